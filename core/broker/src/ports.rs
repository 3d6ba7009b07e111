//! What plugs into the kernel.

mod authenticator;
mod authorizer;
mod fabric;
mod interceptor;
mod journal;
mod observer;

pub(crate) use authenticator::refusal_of;
pub use authenticator::{Authenticator, Verdict};
pub use authorizer::{Action, Authorizer, Decision};
pub use fabric::{Alone, Claim, Fabric};
pub use interceptor::{Interceptor, Proposal};
pub use journal::{Journal, Memory, Position, Record};
pub use observer::{Event, EventKind, Interest, Observer};
