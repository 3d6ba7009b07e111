//! A WebSocket as a stream of bytes (RFC 6455).

use std::time::{Duration, Instant};

use tidegate_config::WebSocketConfig;
use websocket_codec::{Accepts, CloseCode, Control, Decoder, Kind, Rules, encode};

use super::Fault;

/// One connection's frames.
#[derive(Debug)]
pub(crate) struct Frames {
    decoder: Decoder,
    max_frame: u64,
    keepalive: Option<Keepalive>,
    /// What our Close frame will say: a code, unless the other side's had none, and perhaps why.
    goodbye: (Option<CloseCode>, &'static str),
    /// Whether the other side or a fault of its has decided what it will say.
    decided: bool,
    /// Whether it was sent: nothing may follow (RFC 6455 §5.5.1).
    closed: bool,
}

/// Who is silent is asked, and given up if it does not answer.
#[derive(Clone, Copy, Debug)]
struct Keepalive {
    every: Duration,
    due: Instant,
    asked: bool,
}

impl Keepalive {
    fn new(every: Duration, now: Instant) -> Self {
        Self { every, due: now + every, asked: false }
    }
}

impl Frames {
    /// Just after the handshake.
    pub(crate) fn new(config: &WebSocketConfig, now: Instant) -> Self {
        Self {
            decoder: Decoder::new(),
            max_frame: config.max_frame_size.get(),
            keepalive: config.ping_interval.map(|every| Keepalive::new(every.get(), now)),
            goodbye: (Some(CloseCode::NORMAL), ""),
            decided: false,
            closed: false,
        }
    }

    /// Takes frames apart where they lie: how many bytes of payload are at the front of `bytes` now. Pongs go to
    /// `replies`.
    pub(crate) fn open(
        &mut self,
        bytes: &mut [u8],
        replies: &mut Vec<u8>,
        now: Instant,
    ) -> (usize, Result<(), Fault>) {
        self.hear(now);
        let rules = Rules { accepts: Accepts::Binary, max_frame: self.max_frame, max_message: u64::MAX };
        // A Close is answered when everything before it is: by our goodbye.
        let mut ended = None;
        let unframed = self.decoder.unframe(&rules, bytes, |control| match control {
            Control::Close { code, .. } => ended = Some(code),
            other => other.reply(replies),
        });
        let result = match (unframed.error, ended) {
            (Some(error), _) => {
                self.decide((Some(error.code()), error.what()));
                Err(Fault::Broken(format!("WebSocket: {error}")))
            }
            (None, Some(code)) => {
                self.decide((code, ""));
                Err(Fault::Ended)
            }
            (None, None) => Ok(()),
        };
        (unframed.len, result)
    }

    /// The other side's silence begins anew.
    pub(super) fn hear(&mut self, now: Instant) {
        if let Some(keepalive) = &mut self.keepalive {
            *keepalive = Keepalive::new(keepalive.every, now);
        }
    }

    fn decide(&mut self, goodbye: (Option<CloseCode>, &'static str)) {
        self.goodbye = goodbye;
        self.decided = true;
    }

    /// Our side will say that it ends because of `code`, unless the other side ends before.
    pub(super) fn will_end(&mut self, code: CloseCode) {
        if !self.decided {
            self.goodbye = (Some(code), "");
        }
    }

    /// Begins a frame of `length` bytes.
    pub(super) fn begin(length: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(encode::head(Kind::Binary, length).as_bytes());
    }

    /// Says that nothing follows, if that was not said.
    pub(super) fn close(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.closed, true) {
            let (code, reason) = self.goodbye;
            encode::close(code, reason, out);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.keepalive.map(|keepalive| keepalive.due)
    }

    /// Pings a peer that is silent; whether it did.
    pub(super) fn ping_if_silent(&mut self, now: Instant, out: &mut Vec<u8>) -> Result<bool, Fault> {
        let Some(keepalive) = self.keepalive.as_mut().filter(|keepalive| keepalive.due <= now) else {
            return Ok(false);
        };
        if keepalive.asked {
            return Err(Fault::Broken("WebSocket: no answer to a ping".to_owned()));
        }
        *keepalive = Keepalive { asked: true, ..Keepalive::new(keepalive.every, now) };
        encode::ping(&[], out);
        Ok(true)
    }
}
