//! tidegate's configuration: the loader, the units, the errors with file, line and hint, and the sections
//! of the broker itself.
//!
//! A section is a struct with a `Default`, serde's two derives and a table of [`OptionDoc`]s; see
//! [`Section`]. The loader lays the sources over one another (built-in defaults, then the file, then the
//! environment `TIDEGATE__SECTION__KEY`, then `--set section.key=value`), keeps for every value where it
//! came from, and hands back checked sections or every problem it found.
//!
//! What it deliberately lacks: it knows no gateway and no crate of the broker, opens no socket, reads no
//! environment and no clock by itself (sources are arguments; only [`Sources::read_file`] and [`sections::Admin::read_token`] touch the disk),
//! and watches nothing. It is a leaf, so that any gateway may depend on it for its own section.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod bind;
mod check;
mod de;
mod duration;
mod explain;
mod file_mode;
mod lifetime;
mod list_file;
mod listener;
mod loader;
mod network;
mod origin;
mod problem;
mod rate;
mod reference;
mod secret;
mod section;
pub mod sections;
mod size;
mod source;
mod strikes;
mod tree;
mod unit;

pub use bind::{Bind, Host};
pub use check::Checks;
pub use duration::Duration;
pub use explain::{Change, Line};
pub use file_mode::FileMode;
pub use lifetime::Lifetime;
pub use listener::{
    ClientCertificate, LISTENER_OPTIONS, ListenerConfig, SocketConfig, TlsOverride, Transport,
    WebSocketConfig, check_listeners,
};
pub use loader::{Loaded, Loader};
pub use origin::Origin;
pub use problem::{Problem, Problems};
pub use rate::Rate;
pub use reference::reference;
pub use secret::Secret;
pub use section::{OptionDoc, Registration, Reload, Section, SectionDoc, lint, together};
pub use size::ByteSize;
pub use source::Sources;
pub use strikes::Strikes;
pub use unit::ParseUnitError;
