//! TLS around a connection: rustls as a client that trusts one authority.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::broken;
use super::client::{Carrier, socket};

/// A connection inside TLS.
pub type Tls = StreamOwned<ClientConnection, TcpStream>;

impl Carrier for Tls {
    fn socket(&self) -> &TcpStream {
        &self.sock
    }
}

/// A client that trusts the authorities in a PEM file and shows no certificate; TLS 1.3 if the server speaks it. It
/// keeps no tickets: every connection is a full handshake.
///
/// # Errors
/// When the file holds no certificate.
pub fn trusting(authority: &Path) -> io::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authority).map_err(io::Error::other)? {
        roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(io::Error::other)?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

/// The same, but every connection shows the newest ticket it has.
#[must_use]
pub fn resuming(config: &ClientConfig) -> Arc<ClientConfig> {
    let mut config = config.clone();
    config.resumption = rustls::client::Resumption::in_memory_sessions(8);
    Arc::new(config)
}

/// The state of a connection to a server on loopback.
///
/// # Errors
/// When rustls refuses the configuration.
pub fn connection(config: &Arc<ClientConfig>) -> io::Result<ClientConnection> {
    let name = ServerName::from(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST));
    ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)
}

/// Connects and finishes the handshake.
///
/// # Errors
/// What the operating system reports, or `InvalidData` when the server's certificate is not trusted.
pub fn connect(address: SocketAddr, config: &Arc<ClientConfig>) -> io::Result<Tls> {
    let mut stream = StreamOwned::new(connection(config)?, socket(address)?);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// The certificate the server showed, in DER.
///
/// # Errors
/// `InvalidData` before the handshake.
pub fn shown(stream: &Tls) -> io::Result<Vec<u8>> {
    let first = stream.conn.peer_certificates().and_then(<[_]>::first);
    first.map(|certificate| certificate.to_vec()).ok_or_else(|| broken("no certificate"))
}
