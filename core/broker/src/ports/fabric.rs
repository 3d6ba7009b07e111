//! What the other nodes know and own.

use tidegate_types::{Filter, Message, Refusal, SessionKey};

use crate::seat::Ticket;

/// Whether a session may be opened here.
#[derive(Debug)]
pub enum Claim {
    /// It may, now.
    Granted,
    /// It is being asked: the answer comes through [`crate::Broker::claimed`] with the ticket.
    Pending,
    /// It may not.
    Refused(Refusal),
}

/// The broker's other nodes.
///
/// The kernel never assumes that it is alone: it claims a session before it opens it, tells which filters have
/// subscribers, and hands every publish on with its origin (which the message carries). The single-node form is
/// [`Alone`], a type of no size whose methods compile to nothing.
pub trait Fabric: Send + Sync + 'static {
    /// Whether there are other nodes. When not, the compiler takes the calls out.
    const CLUSTERED: bool;

    /// Claims ownership of a session for this node. Answers of [`Claim::Pending`] come in any order.
    fn claim(&self, key: &SessionKey, clean: bool, ticket: &Ticket) -> Claim;

    /// Ownership is given up: the session ended here.
    fn release(&self, key: &SessionKey);

    /// A filter got its first subscriber here, or lost its last.
    fn interest(&self, filter: &Filter, wanted: bool);

    /// A message goes to the other nodes that want it. Called after it was routed here.
    fn forward(&self, message: &Message);
}

/// One node.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Fabric for Alone {
    const CLUSTERED: bool = false;

    fn claim(&self, _key: &SessionKey, _clean: bool, _ticket: &Ticket) -> Claim {
        Claim::Granted
    }

    fn release(&self, _key: &SessionKey) {}

    fn interest(&self, _filter: &Filter, _wanted: bool) {}

    fn forward(&self, _message: &Message) {}
}
