//! What carries a client's bytes: a TCP connection, plain or in TLS.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How TLS is spoken.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct TlsArgs {
    /// Speak TLS, and believe a broker whose certificate one of these issued (PEM)
    #[arg(long, value_name = "FILE")]
    pub(super) cafile: Option<PathBuf>,

    /// Show this certificate (PEM)
    #[arg(long, value_name = "FILE", requires_all = ["cafile", "key"])]
    cert: Option<PathBuf>,

    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
}

/// A connection that blocks.
pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    /// A connection that was made to `host`, in TLS if that is wanted.
    pub(super) fn new(stream: TcpStream, host: &str, tls: &TlsArgs) -> anyhow::Result<Self> {
        let Some(authorities) = &tls.cafile else { return Ok(Self::Plain(stream)) };
        let config = Arc::new(tls.config(authorities)?);
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| anyhow!("{host} is no name that a certificate could have; see -h"))?;
        let mut stream = StreamOwned::new(ClientConnection::new(config, name)?, stream);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).context("no TLS connection was made")?;
        }
        Ok(Self::Tls(Box::new(stream)))
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &stream.sock,
        }
    }

    pub(super) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.socket().set_read_timeout(timeout)
    }

    /// Nothing more is sent.
    pub(super) fn shutdown(&mut self) -> io::Result<()> {
        if let Self::Tls(stream) = self {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        self.socket().shutdown(Shutdown::Write)
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(into),
            Self::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl TlsArgs {
    fn config(&self, authorities: &Path) -> anyhow::Result<ClientConfig> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(authorities)? {
            roots.add(certificate).with_context(|| authorities.display().to_string())?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let builder = builder.with_root_certificates(roots);
        let (Some(cert), Some(key)) = (&self.cert, &self.key) else {
            return Ok(builder.with_no_client_auth());
        };
        let secret = PrivateKeyDer::from_pem_reader(open(key)?).with_context(|| key.display().to_string())?;
        let pair = builder.with_client_auth_cert(certificates(cert)?, secret);
        pair.with_context(|| format!("{} and {}", cert.display(), key.display()))
    }
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    Ok(BufReader::new(file))
}

fn certificates(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_reader_iter(open(path)?).collect::<Result<Vec<_>, _>>();
    let read = read.with_context(|| path.display().to_string())?;
    if read.is_empty() { Err(anyhow!("{} holds no certificate", path.display())) } else { Ok(read) }
}
