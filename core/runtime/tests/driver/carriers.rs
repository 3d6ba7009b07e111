//! Clients whose bytes go through TLS, a WebSocket, or both.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tidegate_config::sections::Tls;
use tidegate_config::{ClientCertificate, TlsOverride};
use tidegate_gateway::Transport;
use tidegate_runtime::RuntimeConfig;
use tidegate_tls::development::{Development, Set, make};
use tidegate_tls::{Acceptor, Settings};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

use super::nobody::Nobody;
use super::stage::{Client, Stage, listener, loopback, socket};

pub(crate) const SEALED: [Transport; 3] = [Transport::Tls, Transport::Ws, Transport::Wss];

/// An authority, a server and a client, on disk.
pub(crate) struct Certificates {
    _folder: tempfile::TempDir,
    pub(crate) set: Set,
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let set = make(folder.path(), &Development { client: "pump-7".to_owned(), ..Development::default() });
        Self { set: set.unwrap(), _folder: folder }
    }

    pub(crate) fn acceptor(&self, clients: ClientCertificate) -> Arc<Acceptor> {
        let tls = Tls {
            certificate: Some(self.set.server.clone()),
            key: Some(self.set.server_key.clone()),
            client_ca: Some(self.set.ca.clone()),
            client_certificate: clients,
            ..Tls::default()
        };
        let settings = Settings::new(&tls, &TlsOverride::default()).unwrap();
        Arc::new(Acceptor::new(settings).unwrap().unwrap())
    }

    pub(crate) fn client(&self, with_certificate: bool) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(pem(&self.set.ca)).unwrap();
        let config = ClientConfig::builder().with_root_certificates(roots);
        Arc::new(if with_certificate {
            let key = PrivateKeyDer::from_pem_file(&self.set.client_key).unwrap();
            config.with_client_auth_cert(vec![pem(&self.set.client)], key).unwrap()
        } else {
            config.with_no_client_auth()
        })
    }
}

fn pem(path: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(path).unwrap()
}

pub(crate) type Secure<S = TcpStream> = StreamOwned<ClientConnection, S>;

/// The client's side of TLS over `stream`.
pub(crate) fn secure<S: Read + Write>(config: &Arc<ClientConfig>, stream: S) -> Secure<S> {
    let name = "localhost".try_into().unwrap();
    StreamOwned::new(ClientConnection::new(Arc::clone(config), name).unwrap(), stream)
}

/// A WebSocket over `stream`.
pub(crate) fn websocket<S: Read + Write>(stream: S) -> WebSocket<S> {
    let mut request = "ws://localhost/mqtt".into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", "echo".try_into().unwrap());
    let config = WebSocketConfig::default().max_frame_size(None).max_message_size(None);
    tungstenite::client::client_with_config(request, stream, Some(config)).map_err(|_| "refused").unwrap().0
}

/// A WebSocket as a stream: each write is a message.
pub(crate) struct Framed<S> {
    pub(crate) socket: WebSocket<S>,
    rest: io::Cursor<Vec<u8>>,
}

impl<S: Read + Write> Framed<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { socket: websocket(stream), rest: io::Cursor::default() }
    }
}

fn io_error(error: tungstenite::Error) -> io::Error {
    match error {
        tungstenite::Error::Io(error) => error,
        error => io::Error::other(error),
    }
}

impl<S: Read + Write> Read for Framed<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.rest.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            match self.socket.read() {
                Ok(Message::Binary(bytes)) => self.rest = io::Cursor::new(bytes.to_vec()),
                Ok(Message::Close(_)) | Err(tungstenite::Error::ConnectionClosed) => return Ok(0),
                Ok(_) => {}
                Err(error) => return Err(io_error(error)),
            }
        }
    }
}

impl<S: Read + Write> Write for Framed<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.send(Message::Binary(bytes.to_vec().into())).map_err(io_error)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush().map_err(io_error)
    }
}

/// Any client.
pub(crate) trait Both: Read + Write + Send {}
impl<T: Read + Write + Send> Both for T {}

/// A stage whose listener has a transport of its own.
pub(crate) struct Carried {
    pub(crate) stage: Stage,
    pub(crate) certificates: Certificates,
    pub(crate) transport: Transport,
}

impl Carried {
    pub(crate) fn new(transport: Transport, config: RuntimeConfig) -> Self {
        let certificates = Certificates::new();
        let host = Nobody::default();
        *host.tls.lock() = Some(certificates.acceptor(ClientCertificate::Optional));
        let mut listener = listener("tcp", &[loopback()], 1_000);
        listener.config.transport = transport;
        Self { stage: Stage::of(config, host, listener), certificates, transport }
    }

    pub(crate) fn connect(&self) -> Client<Box<dyn Both>> {
        self.over(socket(self.stage.address))
    }

    /// A client over a socket, or what stands for one.
    pub(crate) fn over<S: Both + 'static>(&self, stream: S) -> Client<Box<dyn Both>> {
        let config = self.certificates.client(false);
        Client(match self.transport {
            Transport::Tcp => Box::new(stream),
            Transport::Tls => Box::new(secure(&config, stream)),
            Transport::Ws => Box::new(Framed::new(stream)),
            Transport::Wss => Box::new(Framed::new(secure(&config, stream))),
        })
    }
}

/// A socket that sends byte by byte.
pub(crate) struct Bytewise(pub(crate) TcpStream);

impl Read for Bytewise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Bytewise {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes.get(..1).unwrap_or_default())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
