//! Both ends of a connection, in memory.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use tidegate_config::sections::Tls;
use tidegate_config::{ClientCertificate, TlsOverride};
use tidegate_tls::development::{Development, Set, make};
use tidegate_tls::{Acceptor, Session, Settings};

/// Something to measure.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) acceptor: Acceptor,
    pub(crate) client: Arc<ClientConfig>,
}

/// Both versions, whole handshakes and resumed ones, and with client certificates; or, when the command line names a
/// server's certificate, its key and its authority, whole handshakes with those.
pub(crate) fn cases() -> Vec<Case> {
    let given: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if let [certificate, key, ca] = given.as_slice() {
        return given_cases(certificate, key, ca);
    }
    let directory = tempfile::tempdir().unwrap();
    let set = make(directory.path(), &Development::default()).unwrap();
    let tls = Tls {
        certificate: Some(set.server.clone()),
        key: Some(set.server_key.clone()),
        client_ca: Some(set.ca.clone()),
        crl: vec![set.crl.clone()],
        ..Tls::default()
    };
    let mutual = Tls { client_certificate: ClientCertificate::Required, ..tls.clone() };
    let mut cases = Vec::new();
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        for (what, tls, kinds) in
            [("", &tls, &[false, true][..]), (", client certificate", &mutual, &[false])]
        {
            for resumes in kinds.iter().copied() {
                let settings = Settings::new(tls, &TlsOverride::default()).unwrap();
                let acceptor = Acceptor::new(settings).unwrap().unwrap();
                let client = Arc::new(config(&set, version, resumes));
                // The first one gets the ticket.
                Peers::up(&acceptor, &client);
                let kind = if resumes { ", resumed" } else { "" };
                cases.push(Case { name: format!("{:?}{what}{kind}", version.version), acceptor, client });
            }
        }
    }
    cases
}

fn given_cases(certificate: &Path, key: &Path, ca: &Path) -> Vec<Case> {
    let directory = tempfile::tempdir().unwrap();
    let set = Set { ca: ca.to_owned(), ..make(directory.path(), &Development::default()).unwrap() };
    let (certificate, key) = (Some(certificate.to_owned()), Some(key.to_owned()));
    let tls = Tls { certificate, key, ..Tls::default() };
    let case = |version: &'static SupportedProtocolVersion| Case {
        name: format!("{:?}, the certificate given", version.version),
        acceptor: Acceptor::new(Settings::new(&tls, &TlsOverride::default()).unwrap()).unwrap().unwrap(),
        client: Arc::new(config(&set, version, false)),
    };
    [&rustls::version::TLS13, &rustls::version::TLS12].map(case).into()
}

fn config(set: &Set, version: &'static SupportedProtocolVersion, resumes: bool) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&set.ca).unwrap()).unwrap();
    let chain = vec![CertificateDer::from_pem_file(&set.client).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&set.client_key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .unwrap();
    if !resumes {
        config.resumption = Resumption::disabled();
    }
    config
}

pub(crate) fn client(config: &Arc<ClientConfig>) -> ClientConnection {
    ClientConnection::new(Arc::clone(config), ServerName::try_from("localhost").unwrap()).unwrap()
}

/// Brings `wire` to the client.
pub(crate) fn hear(client: &mut ClientConnection, mut wire: &[u8]) {
    while !wire.is_empty() {
        client.read_tls(&mut wire).unwrap();
        let state = client.process_new_packets().unwrap();
        let mut plain = vec![0; state.plaintext_bytes_to_read()];
        client.reader().read_exact(&mut plain).unwrap();
    }
}

/// A client and a session.
pub(crate) struct Peers {
    pub(crate) client: ClientConnection,
    pub(crate) server: Session,
    /// What the server's part of the handshake took.
    pub(crate) spent: Duration,
}

impl Peers {
    /// A finished handshake.
    pub(crate) fn up(acceptor: &Acceptor, config: &Arc<ClientConfig>) -> Self {
        let mut client = client(config);
        let start = Instant::now();
        let mut server = acceptor.accept().unwrap();
        let mut spent = start.elapsed();
        let (mut up, mut down) = (Vec::new(), Vec::new());
        while client.wants_write() {
            client.write_tls(&mut up).unwrap();
            if client.wants_write() {
                continue;
            }
            let start = Instant::now();
            server.receive(&mut up, usize::MAX, &mut Vec::new(), &mut down).unwrap();
            spent += start.elapsed();
            up.clear();
            hear(&mut client, &down);
            down.clear();
        }
        assert!(!client.is_handshaking() && !server.is_handshaking());
        Self { client, server, spent }
    }

    /// `count` records of `plain` as they come from the client.
    pub(crate) fn wire(&mut self, plain: &[u8], count: usize) -> Vec<u8> {
        let mut wire = Vec::new();
        for _ in 0..count {
            self.client.writer().write_all(plain).unwrap();
            while self.client.wants_write() {
                self.client.write_tls(&mut wire).unwrap();
            }
        }
        wire
    }

    pub(crate) fn say_to_server(&mut self, plain: &[u8]) {
        let mut wire = self.wire(plain, 1);
        self.server.receive(&mut wire, usize::MAX, &mut Vec::new(), &mut Vec::new()).unwrap();
    }

    pub(crate) fn say_to_client(&mut self, plain: &[u8]) {
        let mut wire = Vec::new();
        self.server.send(plain, &mut wire).unwrap();
        hear(&mut self.client, &wire);
    }
}
