//! A network, a clock and neighbours that can be as bad as a seed wants.
//!
//! [`Network`] runs peers of any gateway on a real kernel in one thread and virtual time: bytes arrive in pieces,
//! in any order between connections, and notices late. [`LateJournal`] commits when told, fails when told, and
//! [`WideFabric`] grants, refuses and fences sessions in any order. The same seed gives the same run.

mod fabric;
mod journal;
mod network;
mod random;

pub use fabric::WideFabric;
pub use journal::LateJournal;
pub use network::{Line, Network, Origin};
pub use random::Random;
