//! What the door keeps for one channel.

use std::collections::VecDeque;

use tidegate_broker::{Answer, Lease, Outcome, Reply, RequestId, Seat};
use tidegate_types::Refusal;

/// One channel's side of the door: its seat, its lease, and the answers it is owed, in the order of the questions.
///
/// ```text
///              verb answers at once, nothing owed
///   question ────────────────────────────────────▶ Outcome::Done
///      │ kernel: Pending, or an earlier answer is owed
///      ▼
///   [owed: asked … answered …] ── head answered ──▶ handle_reply
/// ```
#[derive(Debug)]
pub struct Desk {
    seat: Seat,
    next: u32,
    blocked_on: Option<RequestId>,
    pub(crate) lease: Option<Lease>,
    #[expect(clippy::box_collection, reason = "most channels are owed nothing: 8 bytes instead of 32")]
    owed: Option<Box<VecDeque<Owed>>>,
}

#[derive(Debug)]
struct Owed {
    id: RequestId,
    reply: Option<Reply>,
}

impl Desk {
    /// A channel sits down.
    #[must_use]
    pub fn new(seat: Seat) -> Self {
        Self { seat, next: 0, blocked_on: None, lease: None, owed: None }
    }

    /// Where the channel sits.
    #[must_use]
    pub fn seat(&self) -> Seat {
        self.seat
    }

    pub(crate) fn set_seat(&mut self, seat: Seat) {
        self.seat = seat;
    }

    /// Whether the peer must not be read further: a decision is pending that everything after it depends on.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked_on.is_some()
    }

    /// How many answers are owed.
    #[must_use]
    pub fn owed(&self) -> usize {
        self.owed.as_ref().map_or(0, |owed| owed.len())
    }

    pub(crate) fn ask(&mut self) -> RequestId {
        self.next = self.next.wrapping_add(1);
        RequestId(self.next)
    }

    /// Puts an answer in its place in line.
    pub(crate) fn order<T: Answer>(&mut self, id: RequestId, outcome: Outcome<T>) -> Outcome<T> {
        match outcome {
            Outcome::Done(result) if self.owed.is_none() => Outcome::Done(result),
            Outcome::Done(result) => {
                self.owe(id, Some(T::into_reply(result)));
                Outcome::Pending(id)
            }
            Outcome::Pending(_) => {
                self.owe(id, None);
                Outcome::Pending(id)
            }
        }
    }

    /// Like [`Desk::order`], for a verb whose answer decides what the next packets mean.
    pub(crate) fn order_decision<T: Answer>(&mut self, id: RequestId, outcome: Outcome<T>) -> Outcome<T> {
        let outcome = self.order(id, outcome);
        self.blocked_on = matches!(outcome, Outcome::Pending(_)).then_some(id);
        outcome
    }

    fn owe(&mut self, id: RequestId, reply: Option<Reply>) {
        self.owed.get_or_insert_default().push_back(Owed { id, reply });
    }

    /// Records a late answer; one that nobody asked for is dropped.
    pub(crate) fn record(&mut self, id: RequestId, reply: Reply) {
        let asked = self.owed.iter_mut().flat_map(|owed| owed.iter_mut());
        if let Some(owed) = asked.into_iter().find(|owed| owed.id == id && owed.reply.is_none()) {
            owed.reply = Some(reply);
        }
    }

    /// The next answer in order, if it is there.
    pub(crate) fn next_answer(&mut self) -> Option<(RequestId, Reply)> {
        let owed = self.owed.as_mut()?;
        let head = owed.front_mut()?;
        let reply = head.reply.take()?;
        let id = head.id;
        owed.pop_front();
        if owed.is_empty() {
            self.owed = None;
        }
        if self.blocked_on == Some(id) {
            self.blocked_on = None;
        }
        if let Reply::Opened(Ok(opened)) = &reply {
            self.lease = Some(opened.lease.clone());
        }
        Some((id, reply))
    }

    pub(crate) fn lease(&self) -> Result<&Lease, Refusal> {
        self.lease.as_ref().ok_or(Refusal::NoSession)
    }
}
