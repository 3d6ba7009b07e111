//! What a listener of any gateway can be told: `[<gateway>.listeners.<name>]`.

mod check;
mod options;

use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{Bind, ByteSize, Duration, FileMode, Rate};

pub use check::check_listeners;
pub use options::LISTENER_OPTIONS;

/// A listener of a gateway over byte streams.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListenerConfig {
    /// What carries it.
    pub transport: Transport,
    /// Where it binds.
    pub bind: Bind,
    /// The Unix socket it binds instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Who may connect to the Unix socket.
    pub path_mode: FileMode,
    /// Whether it is open. One that needs a certificate stays closed until there is one.
    pub enabled: bool,
    /// Whose limits, names, chain of authenticators and protocol options hold here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Connections it holds at most.
    pub max_connections: u32,
    /// Connections it holds at most from one address.
    pub max_connections_per_address: u32,
    /// How fast it accepts; peers beyond it wait in the system's backlog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_connection_rate: Option<Rate>,
    /// Peers that wait in the system's backlog.
    pub backlog: u32,
    /// Addresses that are let in; empty for all.
    #[serde(deserialize_with = "crate::network::list")]
    pub allow: Vec<IpNet>,
    /// Addresses that are turned away, whatever `allow` says.
    #[serde(deserialize_with = "crate::network::list")]
    pub deny: Vec<IpNet>,
    /// Whether connections begin with a PROXY protocol header.
    pub proxy_protocol: bool,
    /// Who may say for whom it speaks, by a PROXY header or `X-Forwarded-For`.
    #[serde(deserialize_with = "crate::network::list")]
    pub trusted_proxies: Vec<IpNet>,
    /// How long PROXY header, TLS and WebSocket handshakes may take together.
    pub handshake_timeout: Duration,
    /// The sockets.
    pub socket: SocketConfig,
    /// What differs from `[tls]`.
    pub tls: TlsOverride,
    /// The WebSocket.
    pub websocket: WebSocketConfig,
}

/// What carries a listener's peers.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// A byte stream over TCP, or over a Unix socket.
    #[default]
    Tcp,
    /// The same over TLS.
    Tls,
    /// WebSocket.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Transport {
    /// Whether it is encrypted.
    #[must_use]
    pub const fn is_tls(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }

    /// Whether it is a WebSocket.
    #[must_use]
    pub const fn is_websocket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }
}

/// Options of a listener's sockets.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SocketConfig {
    /// Whether small packets leave at once.
    pub no_delay: bool,
    /// After how much silence the system asks whether the peer is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<Duration>,
    /// The system's receive buffer; its own choice when unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive_buffer: Option<ByteSize>,
    /// The system's send buffer; its own choice when unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_buffer: Option<ByteSize>,
}

impl Default for SocketConfig {
    fn default() -> Self {
        Self {
            no_delay: true,
            keep_alive: Some(Duration::from_secs(300)),
            receive_buffer: None,
            send_buffer: None,
        }
    }
}

/// What a listener's TLS has different from `[tls]`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsOverride {
    /// The certificate chain (PEM), the server's own first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// Its private key (PEM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// Who may issue client certificates (PEM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ca: Option<PathBuf>,
    /// Whether clients show a certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<ClientCertificate>,
}

/// Whether clients show a certificate.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientCertificate {
    /// None is asked for.
    #[default]
    None,
    /// One is asked for; who has none is let in without. One that is not valid ends the connection.
    Optional,
    /// Nobody is let in without.
    Required,
}

/// A listener's WebSocket.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebSocketConfig {
    /// The path a client asks for.
    pub path: String,
    /// Origins whose pages may connect (`https://panel.example.org`); empty for those of this machine,
    /// `*` for all.
    pub origins: Vec<String>,
    /// Whether a client that names no origin, as programs do, may connect.
    pub allow_missing_origin: bool,
    /// Whether a client must offer one of the gateway's sub-protocols.
    pub require_subprotocol: bool,
    /// The longest frame taken.
    pub max_frame_size: ByteSize,
    /// After how much silence a peer is pinged, and closed after as much again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ping_interval: Option<Duration>,
}

impl Default for WebSocketConfig {
    fn default() -> Self {
        Self {
            path: "/mqtt".to_owned(),
            origins: Vec::new(),
            allow_missing_origin: true,
            require_subprotocol: true,
            max_frame_size: ByteSize::mib(16),
            ping_interval: None,
        }
    }
}

impl Default for ListenerConfig {
    fn default() -> Self {
        Self {
            transport: Transport::Tcp,
            bind: Bind::loopback(1883),
            path: None,
            path_mode: FileMode::new(0o660),
            enabled: true,
            zone: None,
            max_connections: 1_000_000,
            max_connections_per_address: 1_000_000,
            max_connection_rate: None,
            backlog: 4_096,
            allow: Vec::new(),
            deny: Vec::new(),
            proxy_protocol: false,
            trusted_proxies: Vec::new(),
            handshake_timeout: Duration::from_secs(10),
            socket: SocketConfig::default(),
            tls: TlsOverride::default(),
            websocket: WebSocketConfig::default(),
        }
    }
}

impl ListenerConfig {
    /// The sockets to bind. With port 0 only the first address is bound: a second one would get another port.
    #[must_use]
    pub fn addresses(&self) -> Vec<std::net::SocketAddr> {
        let second = self.bind.second(self.bind.port).filter(|second| second.port() != 0);
        std::iter::once(self.bind.first()).chain(second).collect()
    }
}
