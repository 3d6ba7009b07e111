//! Who comes to a broker: in which version, as whom, from which address.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};

use socket2::{Domain, Socket, Type};
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::{Client, DEADLINE};
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::{Connect, Will};
use tidegate_interop_tests::wire::property::{Property, Value, id};

pub(crate) const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

static FOR_AN_HOUR: [Property; 1] = [Property(id::SESSION_EXPIRY, Value::Long(3_600))];

/// Somebody who connects.
#[derive(Clone, Debug)]
pub(crate) struct Visitor<'a> {
    connect: Connect<'a>,
    source: Ipv4Addr,
}

/// What became of him.
#[derive(Debug)]
pub(crate) enum Entrance {
    /// He is in; whether his session was there already.
    In(Client, bool),
    /// The CONNACK's code.
    Refused(u8),
    /// The connection was closed without a word.
    Closed,
}

impl<'a> Visitor<'a> {
    pub(crate) fn new(version: Version, client_id: &'a str) -> Self {
        Self { connect: Connect::clean(version, client_id), source: Ipv4Addr::LOCALHOST }
    }

    pub(crate) fn user(mut self, name: &'a str) -> Self {
        self.connect.user = Some(name);
        self
    }

    pub(crate) fn password(mut self, password: &'a str) -> Self {
        self.connect.password = Some(password.as_bytes());
        self
    }

    /// From 127.0.0.`last`.
    pub(crate) fn from(mut self, last: u8) -> Self {
        self.source = Ipv4Addr::new(127, 0, 0, last);
        self
    }

    /// With a session that stays for an hour.
    pub(crate) fn keeping(mut self) -> Self {
        self.connect.clean = false;
        if self.connect.version == Version::V5 {
            self.connect.properties = &FOR_AN_HOUR;
        }
        self
    }

    pub(crate) fn will(mut self, will: Will<'a>) -> Self {
        self.connect.will = Some(will);
        self
    }

    pub(crate) fn enter(&self, address: SocketAddr) -> Entrance {
        // Where the broker closes at once, the reset may come before the CONNECT is out.
        match socket_from(self.source, address) {
            Ok(stream) => self.enter_by(Client::over(stream, self.connect.version)),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Entrance::Closed,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same on a connection that stands.
    pub(crate) fn enter_by(&self, mut client: Client) -> Entrance {
        if client.send_with(|out| self.connect.put(out)).is_err() {
            return Entrance::Closed;
        }
        match client.receive() {
            Ok(Packet::ConnAck(present, 0, _)) => Entrance::In(client, present),
            Ok(Packet::ConnAck(_, code, _)) => Entrance::Refused(code),
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                let late = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
                assert!(!late.contains(&error.kind()), "neither let in nor refused: {error}");
                Entrance::Closed
            }
        }
    }

    /// He is let in.
    pub(crate) fn connect(&self, address: SocketAddr) -> Client {
        self.resume(address).0
    }

    /// He is let in; whether his session was there already.
    pub(crate) fn resume(&self, address: SocketAddr) -> (Client, bool) {
        match self.enter(address) {
            Entrance::In(client, present) => (client, present),
            other => panic!("{self:?}: {other:?}"),
        }
    }
}

impl Entrance {
    /// What it says: `None` for somebody who is in.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::In(..) => None,
            Self::Refused(code) => Some(Refusal::Code(*code)),
            Self::Closed => Some(Refusal::Silence),
        }
    }
}

/// How somebody is told that he may not come in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    Code(u8),
    Silence,
}

/// A connection from one of this machine's loopback addresses.
pub(crate) fn socket_from(source: Ipv4Addr, address: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    // Where it is the system's choice anyway, the system has more ports to choose from.
    if source != Ipv4Addr::LOCALHOST {
        socket.bind(&SocketAddr::from((IpAddr::V4(source), 0)).into())?;
    }
    socket.connect_timeout(&address.into(), DEADLINE)?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    Ok(stream)
}
