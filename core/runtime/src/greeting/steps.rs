//! One step of a greeting after the other.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use tidegate_tls::Progress;
use tidegate_types::{Certificate, Text};
use websocket_codec::{ForwardedBy, Parsed, Request};

use super::proxy::Source;
use super::{Greeting, Porter, Refused, Step, proxy};
use crate::connection::{Fault, Frames, Layers};
use crate::entrance::{Settings, TurnedAway};

/// Where a client comes from of which a trusted proxy does not say it: not from the proxy's own machine.
const UNKNOWN: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));

impl Layers {
    /// Takes what came from the socket; what has to be answered is in `sealed`.
    pub(super) fn take(
        &mut self,
        greeting: &mut Greeting,
        new: &mut [u8],
        sealed: &mut Vec<u8>,
        porter: &mut Porter<'_>,
    ) -> Result<(), Refused> {
        let mut after_header;
        let new = if greeting.step == Step::Proxy {
            after_header = match greeting.take_header(new, self.tls.is_some(), porter)? {
                Some(rest) => rest,
                None => return Ok(()),
            };
            after_header.as_mut_slice()
        } else {
            new
        };
        let Some(session) = &mut self.tls else { return self.take_plain(greeting, new, sealed, porter) };
        let mut plain = Vec::new();
        match session.receive(new, usize::MAX, &mut plain, sealed) {
            Ok(Progress::Closed) if greeting.step == Step::Tls && plain.is_empty() => {
                return Err(TurnedAway::Left.into());
            }
            // What came with the end came before it.
            Ok(Progress::Closed) => self.fault = Some(Fault::Ended),
            Ok(_) => {}
            Err(alert) if greeting.step != Step::Tls || !plain.is_empty() => {
                self.fault = Some(Fault::Broken(format!("TLS: {alert}")));
            }
            Err(alert) => return Err(Refused::told(TurnedAway::Tls, &alert)),
        }
        if session.is_handshaking() {
            return Ok(());
        }
        if greeting.step == Step::Tls {
            greeting.step = after_tls(porter);
        }
        self.take_plain(greeting, &mut plain, sealed, porter)
    }

    /// What is there without TLS.
    fn take_plain(
        &mut self,
        greeting: &mut Greeting,
        new: &mut [u8],
        sealed: &mut Vec<u8>,
        porter: &mut Porter<'_>,
    ) -> Result<(), Refused> {
        if greeting.step == Step::Upgrade {
            greeting.bytes.extend_from_slice(new);
            let (request, consumed) = match Request::parse(&greeting.bytes) {
                Parsed::NeedMore => return Ok(()),
                Parsed::Request { request, consumed } => (request, consumed),
                Parsed::Refused(refusal) => return Err(self.refuse(refusal, sealed)),
            };
            self.upgrade(greeting, &request, sealed, porter)?;
            let bytes = std::mem::take(&mut greeting.bytes);
            let mut rest = bytes.get(consumed..).unwrap_or_default().to_vec();
            return self.take_early(greeting, &mut rest, sealed, porter);
        }
        self.take_early(greeting, new, sealed, porter)
    }

    /// What the peer says without waiting for our answer.
    fn take_early(
        &mut self,
        greeting: &mut Greeting,
        new: &mut [u8],
        sealed: &mut Vec<u8>,
        porter: &Porter<'_>,
    ) -> Result<(), Refused> {
        let Some(frames) = &mut self.frames else {
            greeting.early.extend_from_slice(new);
            return Ok(());
        };
        let mut replies = Vec::new();
        let (count, result) = frames.open(new, &mut replies, porter.now);
        greeting.early.extend_from_slice(new.get(..count).unwrap_or_default());
        // The handshake is done: whatever is wrong is wrong with the connection.
        if let Err(fault) = result {
            self.fault = Some(fault);
        }
        self.seal(&replies, sealed)?;
        Ok(())
    }

    fn upgrade(
        &mut self,
        greeting: &mut Greeting,
        request: &Request,
        sealed: &mut Vec<u8>,
        porter: &mut Porter<'_>,
    ) -> Result<(), Refused> {
        let entrance = Arc::clone(porter.guest.entrance());
        let judged = entrance.settings(|settings| {
            let policy = settings.policy.as_ref().ok_or(TurnedAway::Closing)?;
            let client =
                request.client_address(greeting.remote, ForwardedBy::XForwardedFor, |ip| settings.trusts(ip));
            let client = client.unwrap_or(UNKNOWN);
            let frames = Frames::new(&settings.listener.config.websocket, porter.now);
            Ok::<_, TurnedAway>((request.accept(policy).map(|accepted| accepted.response), client, frames))
        });
        let (response, client, frames) = judged?;
        let response = match response {
            Ok(response) => response,
            Err(refusal) => return Err(self.refuse(refusal, sealed)),
        };
        if !greeting.admitted {
            greeting.remote = client;
            greeting.admit(porter)?;
        }
        self.seal(&response, sealed)?;
        self.frames = Some(Box::new(frames));
        greeting.step = Step::Ready;
        Ok(())
    }

    fn refuse(&mut self, refusal: websocket_codec::Refusal, sealed: &mut Vec<u8>) -> Refused {
        let response = refusal.response();
        match self.seal(&response, sealed) {
            Ok(()) => Refused::told(TurnedAway::WebSocket, &refusal),
            Err(fault) => fault.into(),
        }
    }
}

impl Greeting {
    /// Takes a PROXY header: what follows it, when it is whole.
    fn take_header(
        &mut self,
        new: &[u8],
        has_tls: bool,
        porter: &mut Porter<'_>,
    ) -> Result<Option<Vec<u8>>, Refused> {
        self.bytes.extend_from_slice(new);
        let (header, length) = match proxy::parse(&self.bytes) {
            Ok(proxy::Parsed::NeedMore) => return Ok(None),
            Ok(proxy::Parsed::Header { header, length }) => (header, length),
            Err(error) => {
                let said = Some(error.to_string());
                return Err(Refused { why: TurnedAway::Proxy, said, is_told: false });
            }
        };
        match header.source {
            Source::Client(client) => self.remote = (client.ip().to_canonical(), client.port()).into(),
            Source::Unknown => self.remote = UNKNOWN,
            Source::Itself => {}
        }
        self.certificate = header.common_name.map(|name| Arc::new(named(&name)));
        let entrance = Arc::clone(porter.guest.entrance());
        // A proxy in front of this one may yet say more.
        let later = |settings: &Settings| {
            settings.listener.config.transport.is_websocket() && settings.trusts(self.remote.ip())
        };
        if !entrance.settings(later) {
            self.admit(porter)?;
        }
        self.step = if has_tls { Step::Tls } else { after_tls(porter) };
        Ok(Some(std::mem::take(&mut self.bytes).split_off(length)))
    }

    /// The address is the client's: whether that is let in.
    fn admit(&mut self, porter: &mut Porter<'_>) -> Result<(), Refused> {
        let address: IpAddr = self.remote.ip();
        let entrance = Arc::clone(porter.guest.entrance());
        entrance.admit_named(porter.guest, address, porter.host)?;
        self.admitted = true;
        Ok(())
    }
}

fn after_tls(porter: &Porter<'_>) -> Step {
    let upgrades = porter.guest.entrance().config(|config| config.transport.is_websocket());
    if upgrades { Step::Upgrade } else { Step::Ready }
}

/// The certificate of which a trusted proxy says no more than the name. It has no fingerprint: nobody here saw it.
fn named(name: &str) -> Certificate {
    let mut subject = String::from("CN=");
    for (at, letter) in name.char_indices() {
        // RFC 4514 §2.4.
        let last = at + letter.len_utf8() == name.len();
        let escaped = match letter {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => true,
            ' ' => at == 0 || last,
            '#' => at == 0,
            _ => false,
        };
        if escaped {
            subject.push('\\');
        }
        subject.push(letter);
    }
    Certificate {
        common_name: Some(Text::from(name)),
        subject: Text::from(subject.as_str()),
        names: Vec::new(),
        fingerprint: [0; 32],
    }
}
