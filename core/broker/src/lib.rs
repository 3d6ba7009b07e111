//! tidegate's kernel: a publish/subscribe core that knows no protocol.
//!
//! A synchronous, shared, runtime-free library. Everything a client does is a verb of [`Verbs`], called in the
//! client's own turn; what a verb has for others it notes in that [`Turn`], which the driver empties when the turn
//! ends. Time is an argument; nothing here does IO, spawns, or waits.
//!
//! Locks, in order: groups' registry or session table shard, router shard, session, group. Two sessions are never
//! held at once, and nothing is called out to under a lock.
//!
//! Nothing reaches the router that was not authorized: what goes in bears a mark that one file of this crate can make.
//! From outside there is neither the mark nor the router.
//!
//! ```compile_fail,E0603
//! use tidegate_broker::access::Authorized;
//! ```
//! ```compile_fail,E0616
//! fn walk_round(broker: &tidegate_broker::Broker) {
//!     broker.router.exact(b"topic", |_, _| {});
//! }
//! ```
//! ```compile_fail,E0624
//! use tidegate_broker::{Broker, Turn};
//! use tidegate_types::Draft;
//!
//! fn walk_round(broker: &Broker, turn: &mut Turn, draft: Draft<'_>) {
//!     broker.take_authorized(turn, todo!(), draft);
//! }
//! ```
//!
//! It deliberately lacks: any wire word, any transport, any back-end (they plug into the ports).

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::disallowed_methods,
        reason = "a test fails by panicking, and may read the clock"
    )
)]

mod access;
mod attachment;
mod bans;
mod broker;
mod clients;
mod defences;
mod dispatch;
mod door;
mod group;
mod groups;
mod hearing;
mod inbox;
mod lease;
mod login;
mod matches;
mod observers;
mod open;
mod outcome;
mod ports;
mod principal;
mod proof;
mod publish;
mod rates;
mod rejudge;
mod requests;
pub mod retained;
pub mod router;
mod rules;
mod seat;
mod session;
mod settle;
mod subscribe;
mod sync;
mod table;
mod timers;
mod transact;
mod turn;
mod verbs;
pub mod wheel;
mod wills;
mod zone;

pub use access::Anonymous;
pub use attachment::{Attachment, AttachmentEntry, Delta};
pub use broker::{Broker, Counters};
pub use clients::{ClientInfo, ConnectionInfo, SubscriptionInfo};
pub use door::{
    Authenticated, Budget, Credentials, Delivery, Detach, Exchange, Granted, Identifiers, OpenOptions,
    Opened, Protocol, Published, PullEnd, Pulled, Removed, RetainedOn, Settlement, SubscribeDraft, Verbs,
    WillDraft,
};
pub use hearing::{Adjourned, Hearing};
pub use lease::Lease;
pub use outcome::{Answer, Outcome, Reply, RequestId};
pub use ports::{
    Action, Alone, Authenticator, Authorizer, Claim, Decision, Event, EventKind, Fabric, Interceptor,
    Interest, Journal, Memory, Observer, Position, Proposal, Record, Verdict,
};
pub use principal::{Principal, PrincipalRef};
pub use retained::{Cursor, Retained, RetainedFull, ScanEnd};
pub use router::{Inserted, Options, Router, Target};
pub use seat::{Notice, Seat, Switchboard, Ticket};
/// Bans, rates and thresholds, as zones and operators state them.
pub use tidegate_guard as guard;
pub use transact::{Operation, Transacted};
pub use turn::{Tally, Turn};
pub use wheel::Wheel;
pub use zone::{
    AttributePattern, CertificateField, ClientFrom, ClientRates, DecisionLimits, ListenerZone, Member,
    Naming, SessionLimits, SharedRates, Takeover, UserFrom, UserQuotas, WhenDown, Zone, ZoneMeters,
};

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod interleavings;
