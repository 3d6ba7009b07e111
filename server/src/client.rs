//! A small MQTT client over blocking sockets, for `tidegate pub` and `tidegate sub`.
//!
//! It speaks through the same codec as the broker. It deliberately has no reconnecting, no threads but one that
//! reads standard input, and one message in flight.

mod options;
mod publish;
mod subscribe;
mod wire;

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use mqtt_codec::{Ack, AckKind, Decoded, Disconnect, Limits, Packet, ReasonCode, Version, decode};

pub(crate) use options::ConnectArgs;
pub(crate) use publish::{PublishArgs, publish};
use wire::Wire;

pub(crate) use subscribe::{Ended, SubscribeArgs, subscribe};

/// How long the broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a connection may take to be made.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

const LIMITS: Limits = Limits::client(Limits::MAX_PACKET_SIZE);

/// A connection to a broker.
pub(crate) struct Client {
    stream: Wire,
    pub(crate) version: Version,
    input: Vec<u8>,
    /// Bytes of `input` that were handed out as a packet.
    used: usize,
    keep_alive: Option<Duration>,
    last_sent: Instant,
    /// When a ping was sent that is not answered.
    pinged: Option<Instant>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Client {
    /// Connects and introduces itself.
    pub(crate) fn connect(args: &ConnectArgs) -> anyhow::Result<Self> {
        let mut client = Self {
            stream: Wire::new(dial(&args.host, args.port())?, &args.host, &args.tls)?,
            version: args.version,
            input: Vec::new(),
            used: 0,
            keep_alive: (args.keep_alive != 0).then(|| Duration::from_secs(args.keep_alive.into())),
            last_sent: Instant::now(),
            pinged: None,
        };
        client.write(&args.connect_packet()?)?;
        match client.answer()? {
            Packet::ConnAck(ack) if ack.reason == ReasonCode::Success => {}
            Packet::ConnAck(ack) => bail!(refused(ack.reason, ack.properties.reason_string())),
            other => bail!("the broker answered CONNECT with {:?}", other.packet_type()),
        }
        Ok(client)
    }

    /// Sends a packet.
    pub(crate) fn send(&mut self, packet: &Packet<'_>) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes).context("this cannot be said in MQTT")?;
        self.write(&bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.stream
            .write_all(bytes)
            .and_then(|()| self.stream.flush())
            .context("the connection to the broker was lost")?;
        self.last_sent = Instant::now();
        Ok(())
    }

    /// The next packet that is an answer to something; it must come in time.
    pub(crate) fn answer(&mut self) -> anyhow::Result<Packet<'_>> {
        let end = Instant::now() + PATIENCE;
        self.next(Some(end))?.ok_or_else(|| anyhow!("the broker has not answered in {PATIENCE:?}"))
    }

    /// The next packet, or nothing when `end` has come. Keeps the connection alive meanwhile.
    pub(crate) fn next(&mut self, end: Option<Instant>) -> anyhow::Result<Option<Packet<'_>>> {
        self.input.drain(..self.used);
        self.used = 0;
        loop {
            match decode(&self.input, &LIMITS, Some(self.version)).map_err(|error| {
                anyhow!("the broker broke the protocol: {} ({})", error.what(), error.clause())
            })? {
                Decoded::Packet { packet: Packet::PingResp, len } => {
                    self.input.drain(..len);
                    self.pinged = None;
                }
                Decoded::Packet { len, .. } => {
                    self.used = len;
                    break;
                }
                Decoded::NeedMore { .. } => {
                    if !self.fill(end)? {
                        return Ok(None);
                    }
                }
            }
        }
        match decode(&self.input, &LIMITS, Some(self.version)) {
            Ok(Decoded::Packet { packet: Packet::Disconnect(bye), .. }) => bail!(said_goodbye(&bye)),
            Ok(Decoded::Packet { packet, .. }) => Ok(Some(packet)),
            Ok(Decoded::NeedMore { .. }) | Err(_) => Ok(None),
        }
    }

    /// Reads something; false when `end` came first.
    fn fill(&mut self, end: Option<Instant>) -> anyhow::Result<bool> {
        let mut chunk = [0; 64 * 1024];
        loop {
            let now = Instant::now();
            if end.is_some_and(|end| end <= now) {
                return Ok(false);
            }
            self.ping_if_due(now)?;
            let until =
                [end, self.ping_at(), self.pinged.map(|at| at + PATIENCE)].into_iter().flatten().min();
            let wait = until.map(|until| until.saturating_duration_since(now).max(Duration::from_millis(1)));
            self.stream.set_read_timeout(wait)?;
            match self.stream.read(&mut chunk) {
                Ok(0) => bail!("the broker closed the connection"),
                Ok(count) => {
                    self.input.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    return Ok(true);
                }
                Err(error) if is_early(&error) => {}
                Err(error) => return Err(anyhow!(error).context("the connection to the broker was lost")),
            }
        }
    }

    /// When the next ping is due.
    fn ping_at(&self) -> Option<Instant> {
        let at = self.last_sent + self.keep_alive?;
        self.pinged.is_none().then_some(at)
    }

    fn ping_if_due(&mut self, now: Instant) -> anyhow::Result<()> {
        if self.pinged.is_some_and(|at| at + PATIENCE <= now) {
            bail!("the broker has not answered a ping in {PATIENCE:?}");
        }
        if self.ping_at().is_some_and(|at| at <= now) {
            self.send(&Packet::PingReq)?;
            self.pinged = Some(now);
        }
        Ok(())
    }

    /// Takes what came by itself, for somebody who waits for something else.
    pub(crate) fn idle(&mut self) -> anyhow::Result<()> {
        let end = Instant::now() + Duration::from_millis(1);
        while self.next(Some(end))?.is_some() {}
        Ok(())
    }

    /// Sends an acknowledgement.
    pub(crate) fn acknowledge(&mut self, kind: AckKind, id: mqtt_codec::PacketId) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        Ack::success(id).encode(kind, self.version, &mut bytes)?;
        self.write(&bytes)
    }

    /// Says goodbye.
    pub(crate) fn disconnect(mut self) -> anyhow::Result<()> {
        self.send(&Packet::Disconnect(Disconnect::new(ReasonCode::Success)))?;
        self.stream.shutdown().or_else(|error| match error.kind() {
            ErrorKind::NotConnected => Ok(()),
            _ => Err(error),
        })?;
        Ok(())
    }
}

/// Whether a read came back before anything was there.
fn is_early(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn dial(host: &str, port: u16) -> anyhow::Result<TcpStream> {
    let addresses = (host, port).to_socket_addrs();
    let addresses = addresses.with_context(|| format!("{host} is no host that can be found; see -h"))?;
    let mut last = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, CONNECT_PATIENCE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = Some((address, error)),
        }
    }
    match last {
        Some((address, error)) if error.kind() == ErrorKind::ConnectionRefused => {
            bail!("nothing listens on {address}: is the broker running? start it with `tidegate run`")
        }
        Some((address, error)) => {
            Err(anyhow!(error).context(format!("{address} cannot be reached; see -h and -p")))
        }
        None => bail!("{host} has no address; see -h"),
    }
}

fn refused(reason: ReasonCode, said: Option<&str>) -> String {
    let hint = match reason {
        ReasonCode::BadUserNameOrPassword | ReasonCode::NotAuthorized => {
            "; give a name and a password with -u USER -P PASSWORD"
        }
        ReasonCode::ClientIdentifierNotValid => "; give another client id with -i ID",
        ReasonCode::UnsupportedProtocolVersion => "; choose another version with -V",
        _ => "",
    };
    format!("the broker refused the connection: {}{hint}", named(reason, said))
}

fn said_goodbye(bye: &Disconnect<'_>) -> String {
    format!("the broker ended the connection: {}", named(bye.reason, bye.properties.reason_string()))
}

/// A reason's name, and what was said beyond it.
fn named(reason: ReasonCode, said: Option<&str>) -> String {
    let said = said.filter(|said| *said != reason.name());
    let said = said.map(|said| format!(" ({said})")).unwrap_or_default();
    format!("{}{said}", reason.name())
}
