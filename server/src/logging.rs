//! Where the log goes.

use std::io;
use std::str::FromStr as _;

use anyhow::Context as _;
use tidegate_config::sections::{Log, LogFormat, LogTarget};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt, reload};

/// The process's log; its level can be changed while it runs.
pub(crate) struct Logging {
    level: reload::Handle<Targets, Registry>,
}

impl std::fmt::Debug for Logging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logging").finish_non_exhaustive()
    }
}

impl Logging {
    /// Starts the log of this process.
    ///
    /// # Errors
    /// When the level is none, or the process has a log already.
    pub(crate) fn start(config: &Log) -> anyhow::Result<Self> {
        let (filter, level) = reload::Layer::new(targets(&config.level)?);
        let terminal = match config.target {
            LogTarget::Stdout => io::IsTerminal::is_terminal(&io::stdout()),
            LogTarget::Stderr => io::IsTerminal::is_terminal(&io::stderr()),
        };
        let writer = match config.target {
            LogTarget::Stdout => BoxMakeWriter::new(io::stdout),
            LogTarget::Stderr => BoxMakeWriter::new(io::stderr),
        };
        let lines = match config.format {
            LogFormat::Text => fmt::layer().with_ansi(terminal).with_writer(writer).boxed(),
            LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(writer).boxed(),
        };
        let registry = tracing_subscriber::registry().with(filter).with(lines);
        registry.try_init().context("the log cannot be started")?;
        Ok(Self { level })
    }

    /// Changes the level.
    pub(crate) fn set_level(&self, level: Targets) {
        if let Err(error) = self.level.reload(level) {
            tracing::error!(%error, "the log's level cannot be changed");
        }
    }
}

/// Reads a level.
///
/// # Errors
/// When it is none.
pub(crate) fn targets(level: &str) -> anyhow::Result<Targets> {
    Targets::from_str(level).with_context(|| format!("log.level: {level:?} is no level"))
}
