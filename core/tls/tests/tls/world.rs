//! A set of certificates, clients that trust it, and the wire between a client and a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tidegate_config::sections::Tls;
use tidegate_config::{ClientCertificate, TlsOverride};
use tidegate_tls::development::{Development, Set, make};
use tidegate_tls::{Acceptor, Progress, Session, Settings, TlsAlert};

pub(crate) const BOTH: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

/// A directory with a development set.
pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) set: Set,
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let what = Development { hosts: vec!["broker.example.org".to_owned()], ..Development::default() };
        let set = make(directory.path(), &what).unwrap();
        Self { directory, set }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// `[tls]` with the set's server certificate.
    pub(crate) fn tls(&self) -> Tls {
        Tls {
            certificate: Some(self.set.server.clone()),
            key: Some(self.set.server_key.clone()),
            ..Tls::default()
        }
    }

    /// The same, asking clients for certificates and looking at the list.
    pub(crate) fn mutual(&self, mode: ClientCertificate) -> Tls {
        Tls {
            client_ca: Some(self.set.ca.clone()),
            client_certificate: mode,
            crl: vec![self.set.crl.clone()],
            ..self.tls()
        }
    }

    pub(crate) fn client(&self, version: &'static SupportedProtocolVersion) -> ClientConfig {
        client(&self.set.ca, version, None)
    }

    pub(crate) fn client_with_certificate(&self, version: &'static SupportedProtocolVersion) -> ClientConfig {
        client(&self.set.ca, version, Some((&self.set.client, &self.set.client_key)))
    }
}

pub(crate) fn acceptor(tls: &Tls) -> Acceptor {
    Acceptor::new(Settings::new(tls, &TlsOverride::default()).unwrap()).unwrap().unwrap()
}

/// What comes after `acceptor` with `tls`, whose files are read anew.
pub(crate) fn successor(acceptor: &Acceptor, tls: &Tls) -> Acceptor {
    acceptor.successor(Settings::new(tls, &TlsOverride::default()).unwrap()).unwrap().unwrap()
}

pub(crate) fn client(
    ca: &Path,
    version: &'static SupportedProtocolVersion,
    shows: Option<(&Path, &Path)>,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots);
    match shows {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
            builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap()).unwrap()
        }
    }
}

/// A client and a session with a wire between them.
pub(crate) struct Link {
    pub(crate) client: ClientConnection,
    pub(crate) server: Session,
    /// What the server's application has got.
    pub(crate) got: Vec<u8>,
    /// What the client's application has got.
    pub(crate) answers: Vec<u8>,
    /// Bytes in one piece on the way to the server.
    pub(crate) piece: usize,
    pub(crate) closed: bool,
}

/// Why a link broke.
#[derive(Debug)]
pub(crate) enum Broken {
    Server(TlsAlert),
    Client(rustls::Error),
}

impl Link {
    pub(crate) fn new(acceptor: &Acceptor, client: &Arc<ClientConfig>, host: &str) -> Self {
        let name = ServerName::try_from(host.to_owned()).unwrap();
        Self {
            client: ClientConnection::new(Arc::clone(client), name).unwrap(),
            server: acceptor.accept().unwrap(),
            got: Vec::new(),
            answers: Vec::new(),
            piece: usize::MAX,
            closed: false,
        }
    }

    /// A finished handshake.
    pub(crate) fn up(acceptor: &Acceptor, client: &Arc<ClientConfig>, host: &str) -> Self {
        let mut link = Self::new(acceptor, client, host);
        link.pump().unwrap();
        assert!(!link.client.is_handshaking() && !link.server.is_handshaking());
        link
    }

    /// What the client has to send.
    pub(crate) fn client_sends(&mut self) -> Vec<u8> {
        let mut wire = Vec::new();
        while self.client.wants_write() {
            self.client.write_tls(&mut wire).unwrap();
        }
        wire
    }

    /// Brings `wire` to the client.
    pub(crate) fn client_hears(&mut self, wire: &[u8]) -> Result<(), rustls::Error> {
        let mut left = wire;
        while !left.is_empty() {
            self.client.read_tls(&mut left).unwrap();
            let state = self.client.process_new_packets()?;
            let mut plain = vec![0; state.plaintext_bytes_to_read()];
            std::io::Read::read_exact(&mut self.client.reader(), &mut plain).unwrap();
            self.answers.extend(plain);
        }
        Ok(())
    }

    /// Brings `wire` to the server in pieces; its answer.
    pub(crate) fn server_hears(&mut self, wire: &mut [u8]) -> (Vec<u8>, Result<(), TlsAlert>) {
        let mut to_send = Vec::new();
        for piece in wire.chunks_mut(self.piece) {
            match self.server.receive(piece, usize::MAX, &mut self.got, &mut to_send) {
                Ok(Progress::More) => {}
                Ok(Progress::Closed) => self.closed = true,
                Ok(Progress::Room) => panic!("there is room"),
                Err(alert) => return (to_send, Err(alert)),
            }
        }
        (to_send, Ok(()))
    }

    /// Carries bytes to and fro until nobody has anything to say.
    pub(crate) fn pump(&mut self) -> Result<(), Broken> {
        loop {
            let mut wire = self.client_sends();
            if wire.is_empty() {
                return Ok(());
            }
            let (answer, result) = self.server_hears(&mut wire);
            let heard = self.client_hears(&answer);
            result.map_err(Broken::Server)?;
            heard.map_err(Broken::Client)?;
        }
    }

    pub(crate) fn say_to_server(&mut self, plain: &[u8]) {
        std::io::Write::write_all(&mut self.client.writer(), plain).unwrap();
    }

    pub(crate) fn say_to_client(&mut self, plain: &[u8]) {
        let mut wire = Vec::new();
        self.server.send(plain, &mut wire).unwrap();
        self.client_hears(&wire).unwrap();
    }

    /// Says something in both directions.
    pub(crate) fn talk(&mut self) {
        let (got, answers) = (self.got.len(), self.answers.len());
        self.say_to_server(b"ping");
        self.pump().unwrap();
        self.say_to_client(b"pong");
        assert_eq!((&self.got[got..], &self.answers[answers..]), (&b"ping"[..], &b"pong"[..]));
    }
}
