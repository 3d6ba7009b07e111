//! A blocking connection for tests that say themselves what is sent and when.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::decode::{Message, Packet, packet};
use super::encode::{Connect, Publish, put_ack, put_disconnect, put_subscribe};
use super::property::Property;
use super::{Version, broken, frame, kind};

/// How long an answer may take before a test fails: generous, never asserted.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A socket with generous deadlines.
///
/// # Errors
/// What the operating system reports.
pub fn socket(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, DEADLINE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    Ok(stream)
}

/// What carries a connection.
pub trait Carrier: Read + Write + Send + std::fmt::Debug {
    /// The socket below.
    fn socket(&self) -> &TcpStream;
}

impl Carrier for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

/// A connection that does nothing by itself: no acknowledgement, no ping.
#[derive(Debug)]
pub struct Client {
    stream: Box<dyn Carrier>,
    version: Version,
    buffer: Vec<u8>,
}

impl Client {
    /// Opens the socket only.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn open(address: SocketAddr, version: Version) -> io::Result<Self> {
        Ok(Self::over(socket(address)?, version))
    }

    /// The same on a connection that stands.
    #[must_use]
    pub fn over(stream: impl Carrier + 'static, version: Version) -> Self {
        Self { stream: Box::new(stream), version, buffer: Vec::new() }
    }

    /// Opens the socket, sends the CONNECT and reads the CONNACK.
    ///
    /// # Errors
    /// What the operating system reports, or `ConnectionRefused` with the code the broker gave.
    pub fn connect(address: SocketAddr, connect: &Connect<'_>) -> io::Result<(Self, bool, Vec<Property>)> {
        let mut client = Self::open(address, connect.version)?;
        let (present, properties) = client.log_in(connect)?;
        Ok((client, present, properties))
    }

    /// Sends the CONNECT and reads the CONNACK.
    ///
    /// # Errors
    /// What the operating system reports, or `ConnectionRefused` with the code the broker gave.
    pub fn log_in(&mut self, connect: &Connect<'_>) -> io::Result<(bool, Vec<Property>)> {
        self.send_with(|out| connect.put(out))?;
        match self.receive()? {
            Packet::ConnAck(present, 0, properties) => Ok((present, properties)),
            other => Err(io::Error::new(io::ErrorKind::ConnectionRefused, format!("{other:?}"))),
        }
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Changes how long [`Self::receive`] waits.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn patience(&self, wait: Duration) -> io::Result<()> {
        self.stream.socket().set_read_timeout(Some(wait))
    }

    /// Sends the same bytes again and again until the peer takes no more, closes, or has taken `most` bytes.
    /// Returns how many bytes it took.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn send_until_blocked(&mut self, bytes: &[u8], most: usize) -> io::Result<usize> {
        self.stream.socket().set_write_timeout(Some(Duration::from_secs(2)))?;
        let mut sent = 0;
        while sent < most {
            match self.stream.write(bytes) {
                Ok(n) => sent += n,
                Err(_) => break,
            }
        }
        self.stream.socket().set_write_timeout(Some(DEADLINE))?;
        Ok(sent)
    }

    /// Sends what the closure writes.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn send_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let mut out = Vec::new();
        write(&mut out);
        self.send(&out)
    }

    /// Sends an acknowledgement of the given packet type.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn acknowledge(&mut self, kind: u8, id: u16) -> io::Result<()> {
        self.send_with(|out| put_ack(out, kind, id))
    }

    /// Subscribes to one filter and returns the code granted.
    ///
    /// # Errors
    /// What the operating system reports, or `InvalidData` when another packet comes first.
    pub fn subscribe(&mut self, filter: &str, options: u8, properties: &[Property]) -> io::Result<u8> {
        let version = self.version;
        self.send_with(|out| put_subscribe(out, version, 1, filter, options, properties))?;
        match self.receive()? {
            Packet::SubAck(1, codes) => codes.first().copied().ok_or_else(|| broken("no code")),
            other => Err(broken(&format!("not a SUBACK: {other:?}"))),
        }
    }

    /// Publishes at QoS 1 and waits for the PUBACK; its reason code is returned.
    ///
    /// # Errors
    /// What the operating system reports, or `InvalidData` when another packet comes first.
    pub fn publish(&mut self, topic: &str, payload: &[u8], properties: &[Property]) -> io::Result<u8> {
        let (version, id, retain) = (self.version, 7, false);
        let publish = Publish { version, topic, payload, qos: 1, id, retain, properties };
        self.send_with(|out| publish.put(out))?;
        match self.receive()? {
            Packet::Ack(kind::PUBACK, 7, code) => Ok(code),
            other => Err(broken(&format!("not a PUBACK: {other:?}"))),
        }
    }

    /// The next packet.
    ///
    /// # Errors
    /// `UnexpectedEof` when the broker closed, `WouldBlock` or `TimedOut` past the deadline.
    pub fn receive(&mut self) -> io::Result<Packet> {
        loop {
            if let Some(found) = frame(&self.buffer)? {
                let (read, len) = (packet(found, self.version)?, found.len);
                self.buffer.drain(..len);
                return Ok(read);
            }
            let mut chunk = [0; 16 * 1024];
            match self.stream.read(&mut chunk)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => self.buffer.extend_from_slice(chunk.get(..n).unwrap_or_default()),
            }
        }
    }

    /// The next PUBLISH.
    ///
    /// # Errors
    /// As [`Self::receive`], and `InvalidData` when another packet comes first.
    pub fn message(&mut self) -> io::Result<Message> {
        match self.receive()? {
            Packet::Publish(message) => Ok(message),
            other => Err(broken(&format!("not a PUBLISH: {other:?}"))),
        }
    }

    /// Proves that nothing is on its way: a ping's answer comes next.
    ///
    /// # Errors
    /// As [`Self::receive`], and `InvalidData` when another packet comes first.
    pub fn expect_quiet(&mut self) -> io::Result<()> {
        self.send(&[kind::PINGREQ << 4, 0])?;
        match self.receive()? {
            Packet::PingResp => Ok(()),
            other => Err(broken(&format!("expected silence, got {other:?}"))),
        }
    }

    /// Reads until the broker closes; what came before is returned.
    ///
    /// # Errors
    /// `WouldBlock` or `TimedOut` when the broker keeps the connection past the deadline.
    pub fn closed(&mut self) -> io::Result<Vec<Packet>> {
        let mut seen = Vec::new();
        loop {
            match self.receive() {
                Ok(packet) => seen.push(packet),
                Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Err(e);
                }
                Err(_) => return Ok(seen),
            }
        }
    }

    /// Says goodbye with a normal DISCONNECT and waits for the broker to close.
    ///
    /// # Errors
    /// As [`Self::closed`].
    pub fn disconnect(mut self) -> io::Result<()> {
        self.send_with(|out| put_disconnect(out, 0, &[]))?;
        self.closed().map(drop)
    }
}
