//! The side that is measured: a runtime with one listener and peers of a few lines.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;

use tidegate_config::TlsOverride;
use tidegate_config::sections::Tls;
use tidegate_gateway::{Accepted, Gateway, Listener, ListenerConfig, Peer, Transport};
use tidegate_runtime::{Exchange, Runtime, RuntimeConfig};
use tidegate_tls::development::{Development, Set, make};
use tidegate_tls::{Acceptor, Settings};

use crate::nobody::Nobody;

type Accept = fn(&Accepted) -> Box<dyn Peer>;

/// A gateway of peers that `accept` makes.
struct Plain(Transport, Accept);

impl Gateway for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn listeners(&self) -> Vec<Listener> {
        let config = ListenerConfig {
            bind: "127.0.0.1:0".parse().unwrap(),
            max_connections: u32::MAX,
            transport: self.0,
            ..ListenerConfig::default()
        };
        vec![Listener { name: Arc::from("tcp"), config }]
    }

    fn accept(&self, peer: Accepted) -> Box<dyn Peer> {
        (self.1)(&peer)
    }

    fn subprotocols(&self) -> &'static [&'static str] {
        &["mqtt"]
    }
}

pub(crate) struct Served {
    _folder: tempfile::TempDir,
    pub(crate) set: Set,
    #[allow(dead_code, reason = "one of two measurements looks at it")]
    pub(crate) runtime: Runtime,
    pub(crate) address: SocketAddr,
}

impl Served {
    pub(crate) fn new(transport: Transport, workers: usize, accept: Accept) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let set = make(folder.path(), &Development::default()).unwrap();
        let host = Nobody::default();
        *host.tls.lock() = Some(acceptor(&set));
        let config = RuntimeConfig { workers: NonZeroUsize::new(workers), ..RuntimeConfig::default() };
        let exchange = Arc::new(Exchange::new(&config));
        let runtime = Runtime::start(config, exchange, Arc::new(host)).unwrap();
        let gateway = Arc::new(Plain(transport, accept)) as Arc<dyn Gateway>;
        let address = runtime.apply(&gateway).unwrap()[0].local;
        Self { _folder: folder, set, runtime, address }
    }
}

/// The transport of a name.
pub(crate) fn transport(name: &str) -> Transport {
    match name {
        "tls" => Transport::Tls,
        "ws" => Transport::Ws,
        "wss" => Transport::Wss,
        _ => Transport::Tcp,
    }
}

fn acceptor(set: &Set) -> Arc<Acceptor> {
    let (certificate, key) = (Some(set.server.clone()), Some(set.server_key.clone()));
    let tls = Tls { certificate, key, ..Tls::default() };
    Arc::new(Acceptor::new(Settings::new(&tls, &TlsOverride::default()).unwrap()).unwrap().unwrap())
}
