//! A real browser: MQTT.js in a page of Chromium's, over `ws` and over `wss`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::peers::chromium::chromium;
use tidegate_interop_tests::peers::need;
use tidegate_interop_tests::peers::node::mqttjs;
use tidegate_interop_tests::peers::openssl::openssl;

use super::certificates::Certificates;
use super::tidegate;
use crate::interop::stage::{DEADLINE, Program};

/// Serves the page and MQTT.js, and takes what the page reports.
struct Site {
    address: SocketAddr,
    reports: Receiver<String>,
}

impl Site {
    fn new(bundle: PathBuf) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (send, reports) = sync_channel(16);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (send, bundle) = (send.clone(), bundle.clone());
                // A browser opens connections on which it asks nothing yet.
                std::thread::spawn(move || drop(serve(&stream, &bundle, &send)));
            }
        });
        Self { address, reports }
    }
}

fn serve(mut stream: &TcpStream, bundle: &Path, reports: &SyncSender<String>) -> std::io::Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/browser/page.html");
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path = request.split_whitespace().nth(1).unwrap_or_default();
    let (kind, content) = match path.split('?').next().unwrap_or_default() {
        "/" => ("text/html", fs::read(page)?),
        "/mqtt.min.js" => ("text/javascript", fs::read(bundle)?),
        "/result" => {
            drop(reports.send(String::from_utf8_lossy(&body).into_owned()));
            ("text/plain", Vec::new())
        }
        _ => ("text/plain", Vec::new()),
    };
    let length = content.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&content)
}

/// What the page reports that a browser opens at `host`, with `switches` for the browser.
fn report(site: &Site, host: &str, broker: &str, switches: &[String]) -> Option<String> {
    let mut command = need(chromium())?;
    let profile = tempfile::tempdir().unwrap();
    command.env("TMPDIR", profile.path()).arg(format!("--user-data-dir={}", profile.path().display()));
    command.arg("--no-proxy-server");
    command.args(switches).arg(format!("http://{host}:{}/?broker={broker}", site.address.port()));
    let mut browser = Program::spawn(command);
    let reported = site.reports.recv_timeout(DEADLINE);
    let said = browser.end();
    Some(reported.unwrap_or_else(|_| panic!("the page reports nothing: {said}")))
}

/// SHA-256 of a certificate's public key, in base64: by it a browser can be told to accept the certificate.
fn key_hash(certificates: &Certificates) -> Option<String> {
    need(openssl())?;
    let [certificate, public, der, hash] =
        ["server.crt", "server.pub", "server.der", "server.hash"].map(|name| certificates.path(name));
    let mut said = String::new();
    for arguments in [
        &["x509", "-in", &certificate, "-noout", "-pubkey", "-out", &public][..],
        &["pkey", "-pubin", "-in", &public, "-outform", "der", "-out", &der],
        &["dgst", "-sha256", "-binary", "-out", &hash, &der],
        &["base64", "-in", &hash],
    ] {
        let mut command = openssl().unwrap();
        command.args(arguments);
        said = Program::output(command).1;
    }
    Some(said.trim().to_owned())
}

#[test]
fn a_page_talks_over_websocket() {
    let Some(mqttjs) = need(mqttjs()) else { return };
    let site = Site::new(mqttjs.bundle());
    let origin = format!("[\"http://127.0.0.1:{}\"]", site.address.port());
    let settings = Settings::for_large_packets().with("mqtt.listeners.ws.websocket.origins", origin);
    let Some(broker) = tidegate(&settings) else { return };
    let url = format!("ws://{}/mqtt", broker.listener("ws").unwrap());
    let Some(welcome) = report(&site, "127.0.0.1", &url, &[]) else { return };
    assert_eq!(welcome, "done");
    // The same page under another name is another origin.
    let stranger = report(&site, "localhost", &url, &[]).unwrap();
    assert!(stranger.starts_with("failed"), "{stranger}");
}

#[test]
fn a_page_talks_over_websocket_and_tls() {
    let Some(mqttjs) = need(mqttjs()) else { return };
    let site = Site::new(mqttjs.bundle());
    let certificates = Certificates::new();
    let Some(broker) = tidegate(&certificates.settings()) else { return };
    let Some(hash) = key_hash(&certificates) else { return };
    let url = format!("wss://{}/mqtt", broker.listener("wss").unwrap());
    let trusting = [format!("--ignore-certificate-errors-spki-list={hash}")];
    let Some(welcome) = report(&site, "127.0.0.1", &url, &trusting) else { return };
    assert_eq!(welcome, "done");
    // Without being told, the browser does not trust the certificate.
    let distrusting = report(&site, "127.0.0.1", &url, &[]).unwrap();
    assert!(distrusting.starts_with("failed"), "{distrusting}");
}
