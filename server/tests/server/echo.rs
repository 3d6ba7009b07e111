//! A second gateway, of ten lines: through the same list as the others it is started, reconfigured and stopped while
//! MQTT goes on undisturbed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tidegate::Server;
use tidegate::admin::{Call, GatewayRoute, Method, Reply};
use tidegate::gateways::{self, GatewaySpec, Workshop};
use tidegate_config::{Bind, Loaded, OptionDoc, Registration, Reload, Section, Sources};
use tidegate_gateway::{
    Accepted, Channel, CloseReason, Context, Decoded, Framed, Gateway, Listener, ListenerConfig, Peer,
    Reply as Late, RequestId, WireError,
};

use super::wire::Wire;

/// What is sent back in front of what came.
struct Echo(Arc<str>);

#[derive(Debug, thiserror::Error)]
#[error("everything is right")]
struct Never;

impl WireError for Never {
    fn section(&self) -> &'static str {
        ""
    }
}

/// The protocol.
impl Channel for Echo {
    type Packet<'a> = &'a [u8];
    type Error = Never;
    fn decode<'a>(&self, bytes: &'a [u8]) -> Result<Decoded<&'a [u8]>, Never> {
        Ok(Decoded::Packet(bytes, bytes.len()))
    }
    fn handle_packet(&mut self, cx: &mut Context<'_>, packet: &[u8]) {
        cx.out.buffer().extend([self.0.as_bytes(), packet].concat());
    }
    fn handle_malformed(&mut self, _: &mut Context<'_>, _: &Never) {}
    fn handle_reply(&mut self, _: &mut Context<'_>, _: RequestId, _: Late) {}
    fn pull(&mut self, _: &mut Context<'_>) {}
    fn handle_timeout(&mut self, _: &mut Context<'_>) {}
    fn handle_close(&mut self, _: &mut Context<'_>, _: CloseReason) {
        self.0 = Arc::from("closed");
    }
    fn is_finished(&self) -> bool {
        &*self.0 == "closed"
    }
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct EchoConfig {
    bind: Bind,
    front: String,
}

impl Default for EchoConfig {
    fn default() -> Self {
        Self {
            bind: Bind { host: "127.0.0.1:0".parse::<Bind>().unwrap().host, port: 0 },
            front: String::new(),
        }
    }
}

const fn option(key: &'static str) -> OptionDoc {
    OptionDoc { key, unit: "text", doc: "For the test.", cost: "", reload: Reload::Live, example: None }
}

impl Section for EchoConfig {
    const NAME: &'static str = "echo";
    const INTRO: &'static str = "Sends back what it gets.";
    fn options() -> &'static [OptionDoc] {
        const { &[option("bind"), option("front")] }
    }
}

struct EchoGateway(EchoConfig);

impl Gateway for EchoGateway {
    fn name(&self) -> &'static str {
        "echo"
    }
    fn listeners(&self) -> Vec<Listener> {
        let config = ListenerConfig { bind: self.0.bind, max_connections: 10, ..ListenerConfig::default() };
        vec![Listener { name: Arc::from("default"), config }]
    }
    fn accept(&self, peer: Accepted) -> Box<dyn Peer> {
        Box::new(Framed::new(Echo(Arc::from(self.0.front.as_str())), peer.seat, 1))
    }
}

fn build(config: &Loaded, shop: &Workshop) -> anyhow::Result<Arc<dyn Gateway>> {
    Ok(Arc::new(EchoGateway(shop.section(config)?)))
}

const ROUTES: &[GatewayRoute] = &[GatewayRoute {
    method: Method::Get,
    path: "peers/{name}",
    summary: "For the test.",
    handle: |_, call| Reply::json(call.parameter("name").into()),
}];

/// The list of the binary and one line more.
pub(crate) const SPECS: &[GatewaySpec] = &[
    gateways::ALL[0],
    GatewaySpec { name: "echo", section: Registration::of::<EchoConfig>(), build, routes: ROUTES },
];

pub(crate) fn config(set: &[&str]) -> Loaded {
    let sources = Sources::new().with_set(["mqtt.listeners.default.bind=127.0.0.1:0"]);
    let sources = sources.with_set(set.iter().copied());
    gateways::loader(SPECS).load(&sources).unwrap_or_else(|problems| panic!("{problems}"))
}

pub(crate) fn address(server: &Server, gateway: &str) -> SocketAddr {
    server.bound().iter().find(|bound| bound.gateway == gateway).unwrap().local
}

pub(crate) fn says(wire: &mut Wire, text: &str, expected: &str) {
    wire.send_raw(text.as_bytes());
    assert_eq!(String::from_utf8(wire.read_raw(expected.len())).unwrap(), expected);
}

#[test]
fn a_gateway_comes_changes_and_goes_beside_another() {
    let server = Server::start(SPECS, config(&[]), None).unwrap();
    let mut mqtt = Wire::open(address(&server, "mqtt"), "c");
    mqtt.subscribe("a");
    let mut undisturbed = |when: &str| {
        mqtt.publish("a", when.as_bytes());
        assert_eq!(mqtt.message(), when.as_bytes());
    };
    let first = address(&server, "echo");
    let mut old = Wire::dial(first);
    says(&mut old, "hi", "hi");
    undisturbed("started");

    // Reconfigured: the listener stays, its peers too; new ones get the new settings.
    let report = server.reload(config(&["echo.front=new:"])).unwrap();
    assert_eq!((report.applied.len(), report.at_restart.len(), report.failed.len()), (1, 0, 0), "{report:?}");
    assert_eq!(address(&server, "echo"), first);
    says(&mut old, "hi", "hi");
    says(&mut Wire::dial(first), "hi", "new:hi");
    undisturbed("reconfigured");

    server.stop_gateway("echo").unwrap();
    old.closed();
    assert!(server.bound().iter().all(|bound| bound.gateway == "mqtt"));
    undisturbed("stopped");

    // What is stopped stays so when something else is reloaded.
    server.reload(config(&["echo.front=newer:"])).unwrap();
    assert!(server.bound().iter().all(|bound| bound.gateway == "mqtt"));
    server.start_gateway("echo").unwrap();
    says(&mut Wire::dial(address(&server, "echo")), "hi", "newer:hi");
    undisturbed("started again");
    assert!(server.stop_gateway("nothing").is_err());
}

#[test]
fn a_gateways_own_routes_are_called() {
    let call = Call::default();
    assert_eq!(call.parameter("name"), "");
    let server = Server::start(SPECS, config(&[]), None).unwrap();
    let section = config(&["admin.bind=127.0.0.1:0"]).section().unwrap();
    let token = tidegate::admin::Token::given("0123456789abcdef");
    let admin = tidegate::admin::Admin::start(&section, Arc::clone(&server), token).unwrap().unwrap();
    let get = |path: &str, expected: &str| {
        let mut wire = Wire::dial(admin.address());
        let head = "Host: x\r\nConnection: close\r\nAuthorization: Bearer 0123456789abcdef";
        wire.send_raw(format!("GET {path} HTTP/1.1\r\n{head}\r\n\r\n").as_bytes());
        let answer = String::from_utf8(wire.read_all()).unwrap();
        assert!(answer.ends_with(expected), "{answer}");
    };
    get("/api/v1/gateways/echo/peers/a%2Fb", "\r\n\r\n\"a/b\"");
    get("/api/v1/gateways/echo/peers", "\"title\":\"Not Found\",\"type\":\"about:blank\"}");
}
