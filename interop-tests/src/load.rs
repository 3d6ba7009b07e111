//! A load generator to be trusted against any broker: one thread, packets prepared in advance, everything that
//! arrives counted and checked for loss, repetition and order.
//!
//! A figure is the broker's CPU time between two moments of steady flow, divided by what was delivered between
//! them. Publishers never outrun the subscribers by more than a window, so that nothing has to be dropped and a
//! queue's growth is not measured. What it deliberately lacks: retained and offline scenarios.

pub mod engine;
pub mod flow;
pub mod logins;
pub mod opening;
pub mod over;
pub mod report;
pub mod run;
pub mod scenario;

pub use report::{Report, Sample};
pub use run::measure;
pub use scenario::{SCENARIOS, Scenario};
