//! `tidegate run`: the broker as a process.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use tidegate_config::sections::{Admin as AdminSection, Data, Log, Node};
use tidegate_config::{Loaded, Problems, Sources};

use crate::admin::{Admin, Token};
use crate::data_dir::DataDir;
use crate::logging::{self, Logging};
use crate::signals::{self, Signal};
use crate::{Server, gateways, platform, ready, screen};

/// How long peers have to leave when the broker goes down.
const DRAIN: Duration = Duration::from_secs(10);

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigArgs {
    /// The configuration file (TOML); without one the defaults hold.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Where the broker keeps what it has to keep; the same as --set data.dir=DIR.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// Sets one option, over file and environment, as often as you like: --set mqtt.max_qos=1
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub assignments: Vec<String>,
}

impl ConfigArgs {
    /// Reads every source and checks the whole.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place.
    pub fn load(&self) -> Result<Loaded, Problems> {
        let mut sources = Sources::new();
        if let Some(path) = &self.config {
            sources = sources.read_file(path)?;
        }
        let dir = self.data_dir.iter().filter_map(|dir| {
            let quoted = serde_json::to_string(&dir.to_string_lossy()).ok()?;
            Some(format!("data.dir={quoted}"))
        });
        let sources = sources
            .with_environment(std::env::vars_os())
            .with_set(self.assignments.iter().cloned())
            .with_set(dir);
        gateways::loader(gateways::ALL).load(&sources)
    }
}

/// What `tidegate run` takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RunArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArgs,

    /// A file to write, once the broker serves, with its process id and every address it listens on (JSON).
    #[arg(long, value_name = "PATH")]
    pub ready_file: Option<PathBuf>,
}

/// Serves until the process is told to stop.
///
/// # Errors
/// When it cannot start.
pub fn run(args: &RunArgs) -> anyhow::Result<()> {
    let config = args.config.load()?;
    let logging = Logging::start(&config.section::<Log>()?)?;
    // Before anything is opened: a signal that comes early is not lost and does not kill.
    let signals = signals::listen()?;
    let data = DataDir::lock(&config.section::<Data>()?.dir)?;
    platform::raise_descriptor_limit();
    let token = Token::resolve(&config.section::<AdminSection>()?, data.path())?;
    let name = config.section::<Node>()?.name;
    let server = Server::start(gateways::ALL, config.clone(), Some(data.path()))?;
    let admin = Admin::start(&config.section::<AdminSection>()?, Arc::clone(&server), token.clone())?;
    let bound = server.bound();
    let admin_address = admin.as_ref().map(Admin::address);
    screen::show(&screen::Facts {
        name: &name,
        bound: &bound,
        closed: &server.closed(),
        data: data.path(),
        config: &config,
        admin: admin_address,
        token: &token,
    })?;
    if let Some(path) = &args.ready_file {
        ready::write(path, &bound, admin_address)?;
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), listeners = bound.len(), "serving");
    let process = Process { args, server, logging, admin, data };
    process.serve(&signals);
    Ok(())
}

/// The parts that signals act upon.
struct Process<'a> {
    args: &'a RunArgs,
    server: Arc<Server>,
    logging: Logging,
    admin: Option<Admin>,
    data: DataDir,
}

impl Process<'_> {
    fn serve(self, signals: &Receiver<Signal>) {
        while let Ok(signal) = signals.recv() {
            match signal {
                Signal::Stop => break,
                Signal::Reload => {
                    if let Err(error) = self.reload() {
                        tracing::error!("nothing was reloaded, everything stays as it was: {error:#}");
                    }
                }
            }
        }
        self.stop(signals);
    }

    /// Says goodbye to everybody. Asked again meanwhile, it goes at once.
    fn stop(self, signals: &Receiver<Signal>) {
        tracing::info!(connections = self.server.connections(), "going down: peers are told");
        let (done, ended) = std::sync::mpsc::sync_channel(1);
        let server = Arc::clone(&self.server);
        let drain = std::thread::Builder::new().name("drain".to_owned()).spawn(move || {
            let drained = server.drain(DRAIN);
            // Nobody waits any more when it was asked to go at once.
            done.send(drained).unwrap_or_default();
        });
        if let Err(error) = drain {
            tracing::error!(%error, "no thread to say goodbye with");
            return;
        }
        let step = Duration::from_millis(20);
        loop {
            match ended.recv_timeout(step) {
                Ok(drained) => {
                    tracing::info!(told = drained.told, left = drained.left, "stopped");
                    return;
                }
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
            }
            if signals.try_iter().any(|signal| signal == Signal::Stop) {
                tracing::warn!("asked again: stopping at once");
                return;
            }
        }
    }

    fn reload(&self) -> anyhow::Result<()> {
        let config = self.args.config.load()?;
        let token = Token::resolve(&config.section::<AdminSection>()?, self.data.path())?;
        let level = logging::targets(&config.section::<Log>()?.level)?;
        let report = self.server.reload(config)?;
        self.logging.set_level(level);
        if let Some(admin) = &self.admin {
            admin.set_token(token);
        }
        for change in &report.applied {
            tracing::info!("reloaded: {change}");
        }
        for change in &report.at_restart {
            let (key, now) = (&change.key, change.after.as_deref().unwrap_or("unset"));
            tracing::warn!("waits for a restart: {key} = {now}");
        }
        for change in &report.not_applied {
            tracing::error!("not reloaded: {change}");
        }
        for failure in &report.failed {
            tracing::error!("not reloaded: {failure}");
        }
        tracing::info!(
            applied = report.applied.len(),
            at_restart = report.at_restart.len(),
            failed = report.failed.len(),
            "configuration reloaded{}",
            if report.failed.is_empty() { "" } else { " in part" }
        );
        Ok(())
    }
}
