//! Silence: how much of it a peer may keep.

use std::time::Instant;

use mqtt_codec::ReasonCode;
use tidegate_gateway::{Context, Detach};

use super::{MqttChannel, Stage};

/// So many bytes of an unfinished packet are a sign of life. A client that sends a large packet over a slow link cannot
/// send a PINGREQ before its end; one that sends fewer within the silence allowed to it is taken for lost, so that a
/// packet of `n` bytes can hold a connection for at most `n / 1024 + 1` times that silence.
const SIGN_OF_LIFE: u16 = 1_024;

impl MqttChannel {
    /// The peer was heard.
    pub(super) fn hear(&mut self, now: Instant) {
        self.heard = now;
        self.unfinished = 0;
    }

    /// Bytes of an unfinished packet came. They help only a client that was let in: the time to introduce itself is
    /// counted from the beginning, whatever comes.
    pub(super) fn note_progress(&mut self, now: Instant, bytes: usize) {
        if self.stage != Stage::Open {
            return;
        }
        let bytes = u16::try_from(bytes).unwrap_or(u16::MAX);
        self.unfinished = self.unfinished.saturating_add(bytes);
        if self.unfinished >= SIGN_OF_LIFE {
            self.hear(now);
        }
    }

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
