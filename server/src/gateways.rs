//! The list of gateways: what the broker speaks.

use std::sync::Arc;

use anyhow::Context as _;
use tidegate_broker::{Alone, Broker};
use tidegate_config::{Loaded, Loader, Registration, Section};
use tidegate_gateway::{Gateway, Realm};

use crate::admin::GatewayRoute;

/// Builds a gateway for a configuration that was checked. Called again when the configuration has changed: peers
/// stay with the gateway that accepted them, new ones come to the new one.
pub type Build = fn(&Loaded, &Workshop) -> anyhow::Result<Arc<dyn Gateway>>;

/// A gateway the binary was built with.
#[derive(Clone, Copy, Debug)]
pub struct GatewaySpec {
    /// Its name: that of its section, of its realm and of [`Gateway::name`].
    pub name: &'static str,
    /// Its section of the configuration.
    pub section: Registration,
    /// How it is made.
    pub build: Build,
    /// What it adds to the admin API, below `/api/v1/gateways/{name}/`.
    pub routes: &'static [GatewayRoute],
}

/// Every gateway, in the order of the reference file. A new one is its two crates, a feature and a line here.
pub const ALL: &[GatewaySpec] = &[
    #[cfg(feature = "mqtt")]
    GatewaySpec { name: "mqtt", section: Registration::of::<MqttConfig>(), build: mqtt, routes: &[] },
];

#[cfg(feature = "mqtt")]
use tidegate_gateway_mqtt::{MqttConfig, MqttGateway};

#[cfg(feature = "mqtt")]
fn mqtt(config: &Loaded, shop: &Workshop) -> anyhow::Result<Arc<dyn Gateway>> {
    let section = shop.section::<MqttConfig>(config)?;
    let ids: tidegate_gateway_mqtt::IdSource = Arc::new(crate::numbers::unguessable);
    Ok(Arc::new(MqttGateway::new(&section, shop.realm("mqtt"), ids, shop.pending_answers(config)?)))
}

/// A loader that knows the sections of the broker and of `specs`.
#[must_use]
pub fn loader(specs: &[GatewaySpec]) -> Loader {
    specs.iter().fold(Loader::new(), |loader, spec| loader.with(spec.section))
}

/// What gateways are built from beside their configuration.
#[derive(Clone, Debug)]
pub struct Workshop {
    pub(crate) broker: Arc<Broker<Alone>>,
}

impl Workshop {
    /// A gateway's own section.
    ///
    /// # Errors
    /// When the section is not right, which loading it has excluded.
    pub fn section<T: Section>(&self, config: &Loaded) -> anyhow::Result<T> {
        config.section::<T>().with_context(|| format!("the section [{}]", T::NAME))
    }

    /// The realm of that name; a gateway's own unless its listeners are configured to share one.
    #[must_use]
    pub fn realm(&self, name: &str) -> Realm {
        self.broker.realm(name)
    }

    /// How many answers a channel may be owed.
    ///
    /// # Errors
    /// When the section is not right, which loading it has excluded.
    pub fn pending_answers(&self, config: &Loaded) -> anyhow::Result<u16> {
        Ok(self.section::<tidegate_config::sections::Session>(config)?.max_pending_answers)
    }

    /// The kernel, for what a gateway adds to the admin API.
    #[must_use]
    pub fn broker(&self) -> &Arc<Broker<Alone>> {
        &self.broker
    }
}
