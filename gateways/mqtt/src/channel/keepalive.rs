//! Silence: how much of it a peer may keep.

use std::time::Instant;

use mqtt_codec::ReasonCode;
use tidegate_gateway::{Context, Detach};

use super::{MqttChannel, Stage};

impl MqttChannel {
    /// Until when the peer has to be heard. Computed when it is asked for; a packet only notes the time.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Open => self.heard.checked_add(self.settings.patience(self.keep_alive)?),
            Stage::Finished => None,
            Stage::Fresh | Stage::Proving | Stage::Opening => {
                let introduction = self.introduction.as_ref()?;
                introduction.peer.now.checked_add(self.settings.connect_timeout)
            }
        }
    }

    /// A deadline has passed. A peer that does not introduce itself is closed without a word (MQTT 5.0 §3.1.4, MQTT 3.1.1 §3.1.4);
    /// one that is silent for longer than one and a half times its keep alive is taken for lost
    /// [MQTT-3.1.2-22] [MQTT3-3.1.2-24].
    pub(super) fn handle_silence(&mut self, cx: &mut Context<'_>) {
        if self.deadline().is_none_or(|deadline| cx.now.at < deadline) {
            return;
        }
        if self.stage != Stage::Open {
            self.leave_unannounced();
        } else if cx.door.is_blocked() || !self.debts.is_empty() {
            // It may have been left unread because answers of ours are late.
            self.heard = cx.now.at;
        } else {
            self.say_goodbye(cx, ReasonCode::KeepAliveTimeout, "nothing was heard within the keep alive");
            self.leave(cx, Detach::Lost);
        }
    }
}
