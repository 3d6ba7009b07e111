//! TLS and WebSocket between a socket and its MQTT, as a client.
//!
//! Every MQTT packet goes into a frame of its own, as clients do it. The masking key is zero: the server has to unmask all
//! the same, and the generator has nothing to do.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection};

use crate::load::over::Over;
use crate::wire::{broken, frame, tls};

const REQUEST: &[u8] = b"GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGlkZWdhdGUgYmVuY2ggMQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";

/// A client's frame: final, binary, masked.
const BINARY: u8 = 0x82;
const MASKED: u8 = 0x80;

/// The layers of one connection.
#[derive(Debug)]
pub(super) struct Layers {
    tls: Option<ClientConnection>,
    websocket: Option<WebSocket>,
    plain: Vec<u8>,
    ready: bool,
}

#[derive(Debug, Default)]
struct WebSocket {
    asked: bool,
    received: Vec<u8>,
}

impl Layers {
    /// The layers of a connection, none for TCP alone.
    pub(super) fn new(over: Over, trusted: Option<&Arc<ClientConfig>>) -> io::Result<Option<Box<Self>>> {
        if over == Over::Tcp {
            return Ok(None);
        }
        let tls = over.is_tls().then(|| {
            let mut tls = tls::connection(trusted.ok_or_else(|| broken("no authority to trust"))?)?;
            tls.set_buffer_limit(None);
            io::Result::Ok(tls)
        });
        let websocket = over.is_websocket().then(WebSocket::default);
        Ok(Some(Box::new(Self { tls: tls.transpose()?, websocket, plain: Vec::new(), ready: false })))
    }

    /// Whether MQTT may be sent.
    pub(super) fn ready(&self) -> bool {
        self.ready
    }

    /// Goes on with the handshakes as far as they go without an answer; what is to be written is added to `wire`.
    pub(super) fn proceed(&mut self, wire: &mut Vec<u8>) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            drain(tls, wire)?;
            if tls.is_handshaking() {
                return Ok(());
            }
        }
        match &mut self.websocket {
            Some(websocket) if !websocket.asked => {
                websocket.asked = true;
                self.write(REQUEST, wire)
            }
            Some(_) => Ok(()),
            None => {
                self.ready = true;
                Ok(())
            }
        }
    }

    /// Sends MQTT packets.
    pub(super) fn send(&mut self, packets: &[u8], wire: &mut Vec<u8>) -> io::Result<()> {
        if self.websocket.is_none() {
            return self.write(packets, wire);
        }
        let mut frames = Vec::with_capacity(packets.len() + packets.len() / 8);
        let mut rest = packets;
        while let Some(packet) = frame(rest)? {
            let (bytes, after) = rest.split_at(packet.len);
            put_head(&mut frames, bytes.len());
            frames.extend_from_slice(bytes);
            rest = after;
        }
        self.write(&frames, wire)
    }

    /// Takes what came from the socket; MQTT is added to `packets`, answers to `wire`.
    pub(super) fn receive(
        &mut self,
        mut bytes: &[u8],
        packets: &mut Vec<u8>,
        wire: &mut Vec<u8>,
    ) -> io::Result<()> {
        if self.tls.is_none() && self.websocket.is_some() {
            self.unframe(bytes, packets)?;
            return self.proceed(wire);
        }
        while !bytes.is_empty() {
            let Some(tls) = &mut self.tls else { return Err(broken("no layer to read")) };
            tls.read_tls(&mut bytes)?;
            let state = tls.process_new_packets().map_err(io::Error::other)?;
            let mut plain = std::mem::take(&mut self.plain);
            plain.resize(state.plaintext_bytes_to_read(), 0);
            tls.reader().read_exact(&mut plain)?;
            match self.websocket {
                Some(_) => self.unframe(&plain, packets)?,
                None => packets.extend_from_slice(&plain),
            }
            self.plain = plain;
        }
        self.proceed(wire)
    }

    fn write(&mut self, bytes: &[u8], wire: &mut Vec<u8>) -> io::Result<()> {
        match &mut self.tls {
            Some(tls) => {
                tls.writer().write_all(bytes)?;
                drain(tls, wire)
            }
            None => {
                wire.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn unframe(&mut self, bytes: &[u8], packets: &mut Vec<u8>) -> io::Result<()> {
        let Some(websocket) = &mut self.websocket else { return Ok(()) };
        websocket.received.extend_from_slice(bytes);
        if !self.ready {
            let Some(end) = websocket.received.windows(4).position(|four| four == b"\r\n\r\n") else {
                return Ok(());
            };
            if !websocket.received.starts_with(b"HTTP/1.1 101 ") {
                return Err(broken(&String::from_utf8_lossy(&websocket.received)));
            }
            websocket.received.drain(..end + 4);
            self.ready = true;
        }
        let mut rest = websocket.received.as_slice();
        while let Some((head, length)) = head(rest)? {
            let Some(payload) = rest.get(head..head + length) else { break };
            packets.extend_from_slice(payload);
            rest = &rest[head + length..];
        }
        let used = websocket.received.len() - rest.len();
        websocket.received.drain(..used);
        Ok(())
    }
}

fn drain(tls: &mut ClientConnection, wire: &mut Vec<u8>) -> io::Result<()> {
    while tls.wants_write() {
        tls.write_tls(wire)?;
    }
    Ok(())
}

fn put_head(out: &mut Vec<u8>, length: usize) {
    out.push(BINARY);
    match length {
        0..126 => out.push(MASKED | length as u8),
        126..0x1_0000 => {
            out.push(MASKED | 126);
            out.extend((length as u16).to_be_bytes());
        }
        _ => {
            out.push(MASKED | 127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend([0; 4]);
}

/// Length of a server's frame head and of its payload (RFC 6455 §5.2), or `None` while the head is not whole.
fn head(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let &[first, short, ref rest @ ..] = bytes else { return Ok(None) };
    // Continuation and binary; a broker that pings or closes in the middle of a measurement spoils it.
    if !matches!(first & 0x0f, 0 | 2) {
        return Err(broken(&format!("a frame of the kind {first:#x}")));
    }
    Ok(match short {
        127 => rest.first_chunk().map(|long| (10, u64::from_be_bytes(*long) as usize)),
        126 => rest.first_chunk().map(|long| (4, usize::from(u16::from_be_bytes(*long)))),
        length => Some((2, usize::from(length))),
    })
}
