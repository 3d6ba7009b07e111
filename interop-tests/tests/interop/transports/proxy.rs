//! HAProxy in front: it says for whom it speaks, and is believed only where it may be.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::Command;

use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::peers::haproxy::haproxy;
use tidegate_interop_tests::peers::mosquitto::mosquitto;
use tidegate_interop_tests::peers::{need, node};
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::encode::Connect;

use super::certificates::Certificates;
use super::tidegate;
use crate::interop::stage::{Program, eventually};

const TRUSTED: &str = "[\"127.0.0.1\"]";

/// A broker that wants PROXY headers, from whoever is `trusted`.
fn behind_proxy(settings: Settings, trusted: &str) -> Settings {
    settings
        .with("mqtt.listeners.default.proxy_protocol", true)
        .with("mqtt.listeners.default.trusted_proxies", trusted)
}

/// A running HAProxy and where it listens.
struct Proxy {
    program: Program,
    address: SocketAddr,
}

impl Proxy {
    /// One frontend and one server, with these options on their lines.
    fn new(server: SocketAddr, frontend: &str, options: &str, more: &str, dir: &Running) -> Option<Self> {
        let mut command = need(haproxy())?;
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let state = dir.dir().join("haproxy.sock");
        let configuration = format!(
            "global\n  stats socket {state} mode 600\n  log stdout format raw local0 info\n\
             defaults\n  log global\n  mode tcp\n  timeout connect 30s\n  timeout client 10m\n  timeout server 10m\n\
             listen mqtt\n  bind {address} {frontend}\n{more}  server broker {server} {options}\n",
            state = state.display()
        );
        let file = dir.dir().join("haproxy.cfg");
        fs::write(&file, configuration).unwrap();
        command.args(["-db", "-f"]).arg(file);
        let mut program = Program::spawn(command);
        eventually("HAProxy listens", || {
            assert!(program.runs(), "{}", program.end());
            TcpStream::connect(address).ok()
        });
        Some(Self { program, address })
    }

    /// A mosquitto client of this proxy that comes from `127.0.0.2`.
    fn command(&self, program: &str, arguments: &[&str]) -> Option<Command> {
        let mut command = need(mosquitto())?.command(program);
        command.args(["-h", "localhost", "-p", &self.address.port().to_string(), "-A", "127.0.0.2"]);
        command.args(arguments);
        Some(command)
    }

    /// A connected subscriber with this client id.
    fn subscriber(&self, id: &str, more: &[&str]) -> Option<Program> {
        let publish = [&["-q", "1", "-t", "ready", "-m", "ready", "-r"], more].concat();
        Program::spawn(self.command("mosquitto_pub", &publish)?).finish();
        let mut subscriber =
            Program::spawn(self.command("mosquitto_sub", &[&["-i", id, "-t", "ready"], more].concat())?);
        assert_eq!(subscriber.text(), "ready");
        Some(subscriber)
    }
}

/// The address the broker has for a client.
fn address_of(broker: &Running, id: &str) -> String {
    let client = broker.client(id).unwrap().unwrap();
    let remote = client["connection"]["remote"].as_str().unwrap();
    remote.parse::<SocketAddr>().unwrap().ip().to_string()
}

#[test]
fn the_broker_sees_the_client_behind_the_proxy() {
    for header in ["send-proxy", "send-proxy-v2"] {
        let Some(broker) = tidegate(&behind_proxy(Settings::default(), TRUSTED)) else { return };
        let Some(proxy) = Proxy::new(broker.address, "", header, "", &broker) else { return };
        let Some(_subscriber) = proxy.subscriber("behind", &[]) else { return };
        assert_eq!(address_of(&broker, "behind"), "127.0.0.2", "{header}");
    }
}

#[test]
fn a_client_certificate_shown_to_the_proxy_names_the_user() {
    let certificates = Certificates::new();
    let settings =
        behind_proxy(Settings::default(), TRUSTED).with_text("zones.default.user_from", "certificate-cn");
    let Some(broker) = tidegate(&settings) else { return };
    let pair = ["server.crt", "server.key"].map(|name| fs::read_to_string(certificates.file(name)).unwrap());
    fs::write(certificates.file("pair.pem"), pair.concat()).unwrap();
    let tls = format!(
        "ssl crt {} ca-file {} verify required",
        certificates.path("pair.pem"),
        certificates.path("ca.crt")
    );
    let Some(proxy) = Proxy::new(broker.address, &tls, "send-proxy-v2-ssl-cn", "", &broker) else { return };
    let files = ["ca.crt", "client.crt", "client.key"].map(|name| certificates.path(name));
    let [ca, cert, key] = &files;
    let shown = ["--cafile", ca, "--cert", cert, "--key", key];
    let Some(_subscriber) = proxy.subscriber("certified", &shown) else { return };
    assert_eq!(address_of(&broker, "certified"), "127.0.0.2");
    assert_eq!(broker.client("certified").unwrap().unwrap()["user"], "client");
}

#[test]
fn who_is_not_trusted_is_not_listened_to() {
    let Some(broker) = tidegate(&behind_proxy(Settings::default(), "[\"192.0.2.1\"]")) else { return };
    let Some(proxy) = Proxy::new(broker.address, "", "send-proxy-v2", "", &broker) else { return };
    let Some(command) = proxy.command("mosquitto_pub", &["-q", "1", "-t", "topic", "-m", "message"]) else {
        return;
    };
    assert!(!Program::spawn(command).ended().0.success());
}

#[test]
fn who_sends_no_header_is_closed() {
    let Some(broker) = tidegate(&behind_proxy(Settings::default(), TRUSTED)) else { return };
    let mut client = Client::open(broker.address, Version::V5).unwrap();
    client.send_with(|out| Connect::clean(Version::V5, "direct").put(out)).unwrap();
    assert!(client.closed().unwrap().is_empty(), "nothing is answered");
    assert!(broker.client("direct").unwrap().is_none());
}

#[test]
fn a_header_where_none_is_wanted_is_no_connect() {
    let Some(broker) = tidegate(&Settings::default()) else { return };
    let mut client = Client::open(broker.address, Version::V5).unwrap();
    client.send(b"PROXY TCP4 192.0.2.7 192.0.2.8 1234 1883\r\n").unwrap();
    drop(client.send_with(|out| Connect::clean(Version::V5, "liar").put(out)));
    assert!(client.closed().unwrap().is_empty(), "nothing is answered");
    assert!(broker.client("liar").unwrap().is_none());
}

#[test]
fn health_checks_of_the_proxy_itself_are_served() {
    let Some(broker) = tidegate(&behind_proxy(Settings::default(), TRUSTED)) else { return };
    // The check logs in: its header says LOCAL, as it speaks for nobody.
    let mut connect = Vec::new();
    Connect::clean(Version::V311, "check").put(&mut connect);
    let connect: String = connect.iter().map(|byte| format!("{byte:02x}")).collect();
    let check = format!(
        "  option tcp-check\n  tcp-check connect send-proxy\n  tcp-check send-binary {connect}\n  \
         tcp-check expect binary 20020000\n"
    );
    let options = "send-proxy-v2 check check-send-proxy inter 50ms rise 1 fall 1";
    let Some(mut proxy) = Proxy::new(broker.address, "", options, &check, &broker) else { return };
    let Some(_subscriber) = proxy.subscriber("served", &[]) else { return };
    let state = haproxy_state(&broker);
    assert_eq!(state, "UP L7OK", "{}", proxy.program.end());
}

/// What HAProxy says of its server once it has checked it: the state and how the last check went.
fn haproxy_state(broker: &Running) -> String {
    eventually("HAProxy checks", || {
        let mut stream = UnixStream::connect(broker.dir().join("haproxy.sock")).unwrap();
        stream.write_all(b"show stat -1 4 -1 typed\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let field = |name: &str| {
            let line = text.lines().find(|line| line.contains(&format!(".{name}.")));
            line.and_then(|line| line.rsplit(':').next()).unwrap_or_default().to_owned()
        };
        let (status, check) = (field("status"), field("check_status"));
        let checked = !check.is_empty() && check != "INI";
        checked.then(|| format!("{status} {check}"))
    })
}

#[test]
fn a_proxy_of_websockets_says_it_in_the_request() {
    let settings = Settings::default().with("mqtt.listeners.ws.trusted_proxies", TRUSTED);
    let Some(broker) = tidegate(&settings) else { return };
    let Some(node) = need(node::mqttjs()) else { return };
    let http = "  mode http\n  timeout tunnel 10m\n  option forwardfor\n";
    let server = broker.listener("ws").unwrap();
    let Some(proxy) = Proxy::new(server, "", "", http, &broker) else { return };
    let mut command = node.script("websocket.js");
    command.args(["stay", &proxy.address.port().to_string()]);
    let mut client = Program::spawn(command);
    assert_eq!(client.text(), "connected");
    assert_eq!(address_of(&broker, "stays"), "127.0.0.3");
}
