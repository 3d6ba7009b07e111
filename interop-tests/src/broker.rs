//! A broker under test, whichever it is: started on a free loopback port, ended by its process id.

use std::fmt::Debug;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::load::over::Over;
use crate::procfs;
use crate::wire::Version;

pub mod api;
pub mod mosquitto;
pub mod rumqttd;
pub mod tidegate;

/// How long a broker may take to start before the test gives up.
const START: Duration = Duration::from_secs(60);

/// What a test wants to differ from a broker's defaults.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Largest packet the broker accepts, in bytes.
    pub max_packet_size: Option<u32>,
    /// Bytes of QoS 0 messages that may wait for one client; a message larger than that never gets through.
    pub max_unsent_bytes: Option<u32>,
    /// How many QoS 1 and 2 messages a client may have unacknowledged.
    pub receive_maximum: Option<u16>,
    /// Largest topic alias the broker accepts.
    pub topic_alias_maximum: Option<u16>,
    /// Longest keep-alive the broker grants, in seconds.
    pub max_keep_alive: Option<u16>,
    /// How long a peer may take to send its CONNECT.
    pub connect_timeout: Option<Duration>,
    /// The version all connections will speak: a broker that wants a listener for each serves this one.
    pub version: Option<Version>,
    /// Number of file descriptors the broker process may hold.
    pub fd_limit: Option<u32>,
    /// What carries the connections.
    pub over: Over,
    /// Where `server.crt` and `server.key` are, for what is carried over TLS.
    pub certificates: Option<PathBuf>,
    /// Further options, `key` and TOML value, as only tidegate knows them.
    pub options: Vec<(String, String)>,
}

impl Settings {
    /// Room for packets of 16 MiB at every quality of service.
    #[must_use]
    pub fn for_large_packets() -> Self {
        let most = Some(16 << 20);
        Self { max_packet_size: most, max_unsent_bytes: most, ..Self::default() }
    }

    /// The certificate chain and the key to be shown, if there are any.
    #[must_use]
    pub fn pair(&self) -> Option<[String; 2]> {
        let dir = self.certificates.as_ref()?;
        Some(["server.crt", "server.key"].map(|name| dir.join(name).display().to_string()))
    }

    /// The same with one more option of tidegate's own; `value` is TOML.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl std::fmt::Display) -> Self {
        self.options.push((key.to_owned(), value.to_string()));
        self
    }

    /// The same with one more option of tidegate's own that is text, such as a path.
    #[must_use]
    pub fn with_text(self, key: &str, value: impl std::fmt::Display) -> Self {
        self.with(key, format_args!("\"{value}\""))
    }
}

/// A kind of broker. The same tests run on each.
pub trait Broker: Debug + Send + Sync {
    /// Short name, for tables and test output.
    fn name(&self) -> &'static str;
    /// The version it reports.
    fn version(&self) -> String;
    /// Whether it can carry MQTT so.
    fn carries(&self, over: Over) -> bool {
        let _ = over;
        true
    }
    /// The command that serves MQTT on `site.address`, or on a port of its choice.
    ///
    /// # Errors
    /// A sentence that says why the broker cannot be started.
    fn command(&self, site: &Site, settings: &Settings) -> Result<Command, String>;
    /// Where it listens once it serves; `None` while it does not.
    fn ready(&self, site: &Site) -> Option<SocketAddr> {
        TcpStream::connect_timeout(&site.address, Duration::from_millis(200)).ok().map(|_| site.address)
    }
}

/// The place a broker process lives in.
#[derive(Debug)]
pub struct Site {
    /// A private directory, removed afterwards.
    pub dir: tempfile::TempDir,
    /// A loopback address that was free a moment ago.
    pub address: SocketAddr,
}

impl Site {
    /// A file in the place by which a broker says that it serves.
    #[must_use]
    pub fn ready_file(&self) -> PathBuf {
        self.dir.path().join("ready.json")
    }

    /// The file both output streams of the broker go to.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.dir.path().join("broker.log")
    }
}

/// A running broker; dropping it ends the process.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// `None` only while the broker is being killed.
    site: Option<Site>,
    /// Where it serves MQTT.
    pub address: SocketAddr,
}

impl Running {
    /// The broker's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything the broker has printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.site.as_ref().and_then(|site| fs::read_to_string(site.log()).ok()).unwrap_or_default()
    }

    /// Ends the process at once, with nothing tidied up; its place remains.
    ///
    /// # Panics
    /// Never: a running broker has a place.
    #[must_use]
    pub fn kill(mut self) -> Site {
        drop(self.child.kill());
        drop(self.child.wait());
        self.site.take().unwrap_or_else(|| unreachable!("a running broker has a place"))
    }

    /// The broker's private directory.
    ///
    /// # Panics
    /// Never: a running broker has a place.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.site
            .as_ref()
            .map_or_else(|| unreachable!("a running broker has a place"), |site| site.dir.path())
    }

    /// Resident memory in bytes; zero when the process is gone.
    #[must_use]
    pub fn rss(&self) -> u64 {
        procfs::rss_bytes(self.pid()).unwrap_or(0)
    }

    /// Whether the process still runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The broker the tests run on: tidegate, or the one `INTEROP_BROKER` names (`mosquitto`, `rumqttd`).
///
/// # Errors
/// A sentence that says why that broker cannot be had.
pub fn under_test() -> Result<Box<dyn Broker>, String> {
    by_name(&std::env::var("INTEROP_BROKER").unwrap_or_else(|_| "tidegate".to_owned()))
}

/// A broker by its short name.
///
/// # Errors
/// A sentence that says why that broker cannot be had.
pub fn by_name(name: &str) -> Result<Box<dyn Broker>, String> {
    match name {
        "tidegate" => tidegate::Tidegate::built().map(|b| Box::new(b) as Box<dyn Broker>),
        "mosquitto" => mosquitto::Mosquitto::installed().map(|b| Box::new(b) as Box<dyn Broker>),
        "rumqttd" => rumqttd::Rumqttd::installed().map(|b| Box::new(b) as Box<dyn Broker>),
        other => Err(format!("no broker called {other}: tidegate, mosquitto or rumqttd")),
    }
}

/// Starts a broker and waits until it serves.
///
/// # Errors
/// A sentence with the end of the broker's log when it ends early or does not serve in time.
pub fn start(broker: &dyn Broker, settings: &Settings) -> Result<Running, String> {
    let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
    start_at(broker, settings, Site { dir, address: free_address(settings.over)? })
}

/// Kills a broker with SIGKILL and starts it again where it was, with what it left behind.
///
/// # Errors
/// A sentence with the end of the broker's log when it ends early or does not serve in time.
pub fn kill_and_restart(
    broker: &dyn Broker,
    settings: &Settings,
    running: Running,
) -> Result<Running, String> {
    start_at(broker, settings, running.kill())
}

fn start_at(broker: &dyn Broker, settings: &Settings, site: Site) -> Result<Running, String> {
    drop(fs::remove_file(site.ready_file()));
    let log = fs::File::create(site.log()).map_err(|e| e.to_string())?;
    let errors = log.try_clone().map_err(|e| e.to_string())?;
    let mut command = limited(broker.command(&site, settings)?, settings.fd_limit);
    command.stdin(Stdio::null()).stdout(log).stderr(errors).current_dir(site.dir.path());
    let child = command.spawn().map_err(|e| format!("{}: {e}", broker.name()))?;
    let mut running = Running { child, address: site.address, site: Some(site) };
    let deadline = Instant::now() + START;
    loop {
        if let Some(address) = running.site.as_ref().and_then(|site| broker.ready(site)) {
            running.address = address;
            return Ok(running);
        }
        if !running.alive() || Instant::now() > deadline {
            return Err(format!("{} does not serve: {}", broker.name(), running.log()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The same command under a lower limit of file descriptors, in the same process id.
fn limited(command: Command, fd_limit: Option<u32>) -> Command {
    let Some(limit) = fd_limit else { return command };
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("ulimit -n {limit} && exec \"$0\" \"$@\""));
    shell.arg(command.get_program()).args(command.get_args());
    for (key, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(key, value);
        }
    }
    shell
}

/// An address that is free now. WebSocket libraries may not bind a port on which connections linger: theirs is below
/// the ports that the system gives to clients.
fn free_address(over: Over) -> Result<SocketAddr, String> {
    let bind = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = if over.is_websocket() {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let ports = || (std::process::id() + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let mut tries = (0..12_000).map(|_| 20_000 + ports() as u16);
        tries.find_map(|port| bind(port).ok()).ok_or("no port is free")?
    } else {
        bind(0).map_err(|e| e.to_string())?
    };
    listener.local_addr().map_err(|e| e.to_string())
}
