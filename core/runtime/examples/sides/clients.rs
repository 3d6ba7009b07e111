//! The other side of a measurement: clients over each transport, blocking.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tidegate_gateway::Transport;

pub(crate) trait Both: Read + Write {
    /// The socket below.
    #[allow(dead_code, reason = "one of two measurements needs it")]
    fn into_socket(self: Box<Self>) -> TcpStream;
}

impl Both for TcpStream {
    fn into_socket(self: Box<Self>) -> TcpStream {
        *self
    }
}

impl Both for StreamOwned<ClientConnection, TcpStream> {
    fn into_socket(self: Box<Self>) -> TcpStream {
        self.sock
    }
}

pub(crate) struct Clients {
    transport: Transport,
    address: SocketAddr,
    tls: Arc<ClientConfig>,
}

impl Clients {
    pub(crate) fn new(transport: Transport, address: SocketAddr, ca: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
        let mut tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        // Every handshake is a full one.
        tls.resumption = rustls::client::Resumption::disabled();
        Self { transport, address, tls: Arc::new(tls) }
    }

    /// A client whose handshakes are done.
    pub(crate) fn connect(&self) -> Box<dyn Both> {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_nodelay(true).unwrap();
        let mut stream: Box<dyn Both> = if self.transport.is_tls() {
            let name = "localhost".try_into().unwrap();
            let mut session = ClientConnection::new(Arc::clone(&self.tls), name).unwrap();
            let mut socket = socket;
            while session.is_handshaking() {
                session.complete_io(&mut socket).unwrap();
            }
            Box::new(StreamOwned::new(session, socket))
        } else {
            Box::new(socket)
        };
        if self.transport.is_websocket() {
            upgrade(&mut stream);
        }
        stream
    }

    /// A packet as it is sent: in a WebSocket a frame, masked with nothing.
    pub(crate) fn frame(&self, packet: &[u8]) -> Vec<u8> {
        if !self.transport.is_websocket() {
            return packet.to_vec();
        }
        let length = match u16::try_from(packet.len()).unwrap() {
            short @ 0..=125 => vec![0x80 | short.to_be_bytes()[1]],
            long => [&[0x80 | 126], &long.to_be_bytes()[..]].concat(),
        };
        [&[0x82], &length[..], &[0; 4], packet].concat()
    }

    /// Reads until so many bytes of payload came, in however many frames.
    #[allow(dead_code, reason = "one of two measurements needs it")]
    pub(crate) fn read_payload(&self, stream: &mut Box<dyn Both>, count: usize) {
        let mut left = count;
        while left > 0 {
            let frame = if self.transport.is_websocket() { frame_length(stream) } else { left };
            std::io::copy(&mut stream.take(u64::try_from(frame).unwrap()), &mut std::io::sink()).unwrap();
            left -= frame;
        }
    }
}

#[allow(dead_code, reason = "one of two measurements needs it")]
fn frame_length(stream: &mut impl Read) -> usize {
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    let mut long = [0; 8];
    let size = match head[1] {
        126 => 2,
        127 => 8,
        short => return usize::from(short),
    };
    stream.read_exact(&mut long[8 - size..]).unwrap();
    usize::try_from(u64::from_be_bytes(long)).unwrap()
}

fn upgrade(stream: &mut (impl Read + Write)) {
    let request = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: mqtt\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
}
