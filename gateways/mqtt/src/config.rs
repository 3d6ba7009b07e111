//! `[mqtt]`: what the operator decides, and what a channel needs of it.

mod check;
mod fields;
mod listeners;
mod options;
mod qos_rule;
mod settings;
mod version;

use tidegate_config::{Checks, OptionDoc, Section, check_listeners};

pub use fields::{MqttConfig, MqttZone};
pub use qos_rule::QosRule;
pub use settings::Settings;
pub use version::ProtocolVersion;

impl Section for MqttConfig {
    const NAME: &'static str = "mqtt";
    const INTRO: &'static str = "MQTT 3.1, 3.1.1 and 5, over byte streams and WebSocket, with TLS and without. What \
                                 stands in mqtt.zones.<name> holds instead for clients of listeners that name the zone.";

    fn options() -> &'static [OptionDoc] {
        options::ALL
    }

    fn check(&self, checks: &mut Checks<'_>) {
        check::options("", self, checks);
        for name in self.zones.keys() {
            if name == "default" {
                checks.refuse(
                    "zones.default",
                    "what holds where no zone says otherwise stands in [mqtt] itself",
                );
            }
            check::options(&format!("zones.{name}."), &self.in_zone(Some(name)), checks);
        }
        check_listeners(&self.listeners, checks);
    }
}

#[cfg(test)]
mod tests;
