//! Requests that wait for their answer.
//!
//! ```text
//!   request ──▶ open ──first answer──▶ Responded(message)
//!                 │ time is over, or the asker's lease ends
//!                 └──────────────────▶ Responded(NoAnswer)
//! ```
//!
//! Kept beside the sessions, so that one without requests pays nothing. An answer is told to its asker's seat; it is
//! never queued, so it needs no subscription and no credit, and it is lost with the connection.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use tidegate_types::{Draft, Message, PropertiesBuilder, Property, PublisherId, Refusal};

use crate::broker::Broker;
use crate::lease::Lease;
use crate::outcome::{Outcome, Reply, RequestId};
use crate::ports::Fabric;
use crate::publish::From;
use crate::seat::{Notice, Seat};
use crate::sync::{AtomicU32, Mutex, Ordering};
use crate::timers::Due;
use crate::turn::Turn;
use crate::zone::Load;

/// Deadlines this close share a timer.
const TOGETHER: Duration = Duration::from_millis(100);

/// The open requests of all sessions.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    next: AtomicU32,
    askers: Mutex<HashMap<PublisherId, Asker, foldhash::fast::RandomState>>,
}

/// One session's.
#[derive(Debug)]
struct Asker {
    epoch: u32,
    seat: Seat,
    open: Vec<Open>,
    /// When timers come.
    timers: BTreeSet<Instant>,
}

#[derive(Debug)]
struct Open {
    number: u32,
    request: RequestId,
    deadline: Instant,
    correlation: Box<[u8]>,
}

impl Requests {
    /// Opens a request; answers whether a timer is to be set for it.
    fn open(&self, lease: &Lease, seat: Seat, open: Open, limit: usize) -> Result<bool, Refusal> {
        let mut askers = self.askers.lock();
        // The lease ends before its requests do, so what is opened under a current one is ended with it.
        if !lease.is_current() {
            return Err(Refusal::TakenOver);
        }
        let asker = askers.entry(lease.session.id).or_insert_with(|| Asker {
            epoch: lease.epoch,
            seat,
            open: Vec::new(),
            timers: BTreeSet::new(),
        });
        if asker.open.len() >= limit {
            return Err(Refusal::QuotaExceeded);
        }
        (asker.epoch, asker.seat) = (lease.epoch, seat);
        let deadline = open.deadline;
        asker.open.push(open);
        let comes = asker.timers.range(deadline..=deadline + TOGETHER).next().is_some();
        Ok(!comes && asker.timers.insert(deadline))
    }

    /// Closes a request; answers who asked. With `correlation`, only if it is the one expected.
    fn close(
        &self,
        session: PublisherId,
        number: u32,
        correlation: Option<&[u8]>,
    ) -> Option<(Seat, RequestId)> {
        let mut askers = self.askers.lock();
        let asker = askers.get_mut(&session)?;
        let index = asker.open.iter().position(|open| {
            open.number == number && correlation.is_none_or(|given| *given == *open.correlation)
        })?;
        let closed = asker.open.swap_remove(index);
        Some((asker.seat, closed.request))
    }

    /// Closes all requests of a session but those of a lease.
    fn end(&self, session: PublisherId, but: Option<u32>) -> Option<Asker> {
        let mut askers = self.askers.lock();
        let ends = askers.get(&session).is_some_and(|asker| but != Some(asker.epoch));
        if ends { askers.remove(&session) } else { None }
    }

    /// Closes what is over at `now`.
    fn expire(&self, session: PublisherId, now: Instant) -> Vec<(Seat, RequestId)> {
        let mut askers = self.askers.lock();
        let Some(asker) = askers.get_mut(&session) else { return Vec::new() };
        asker.timers.retain(|at| *at > now);
        let over = asker.open.extract_if(.., |open| open.deadline <= now);
        let over = over.map(|open| (asker.seat, open.request)).collect();
        if asker.open.is_empty() && asker.timers.is_empty() {
            askers.remove(&session);
        }
        over
    }

    /// The asker sits elsewhere now.
    pub(crate) fn reseat(&self, lease: &Lease, seat: Seat) {
        if let Some(asker) = self.askers.lock().get_mut(&lease.session.id)
            && asker.epoch == lease.epoch
        {
            asker.seat = seat;
        }
    }
}

fn tell(turn: &mut Turn, (seat, request): (Seat, RequestId), result: Result<Message, Refusal>) {
    turn.notices.push((seat, Notice::Reply(request, Reply::Responded(result))));
}

/// A request's properties: its asker's, but answers go to `topic`. Answers what they are recognised by: the asker's
/// own mark, or the request's number.
fn addressed(draft: &Draft<'_>, topic: &str, number: u32) -> Option<(PropertiesBuilder, Box<[u8]>)> {
    let mut block = PropertiesBuilder::new();
    let mut correlation = None;
    for property in draft.properties.iter() {
        match property {
            Property::ResponseTopic(_) => {}
            Property::CorrelationData(data) => correlation = Some(Box::from(data)),
            other => {
                block.push(other).ok()?;
            }
        }
    }
    let correlation = correlation.unwrap_or_else(|| Box::from(number.to_be_bytes()));
    block.push(Property::ResponseTopic(topic)).ok()?;
    block.push(Property::CorrelationData(&correlation)).ok()?;
    Some((block, correlation))
}

impl<F: Fabric> Broker<F> {
    pub(crate) fn request_one(
        &self,
        turn: &mut Turn,
        lease: &Lease,
        draft: &Draft<'_>,
        timeout: Duration,
        request: RequestId,
    ) -> Outcome<Message> {
        let session = lease.session.id;
        let Some(seat) = turn.seat else { return Outcome::Done(Err(Refusal::Unavailable)) };
        self.charge(turn, lease, || Load::publish(draft));
        let timeout = timeout.min(self.door.request_timeout);
        let Some(deadline) = turn.now.at.checked_add(timeout) else {
            return Outcome::Done(Err(Refusal::Unavailable));
        };
        let number = self.requests.next.fetch_add(1, Ordering::Relaxed);
        let topic = self.inboxes.reply_topic(session, number);
        let Some((properties, correlation)) = addressed(draft, &topic, number) else {
            return Outcome::Done(Err(Refusal::Unavailable));
        };
        let open = Open { number, request, deadline, correlation };
        match self.requests.open(lease, seat, open, self.door.requests) {
            Ok(true) => {
                // Not called off: requests are few and their time is short.
                self.timers.set(turn.now.at, timeout, Due::request(&lease.session, lease.epoch));
            }
            Ok(false) => {}
            Err(refusal) => return Outcome::Done(Err(refusal)),
        }
        let draft = Draft { properties: properties.as_properties(), ..*draft };
        let (principal, lease) = (&lease.principal, Some(lease));
        // Its own answer is the one that counts: nobody waits for the request's.
        let from = From { principal, publisher: session, lease, once: None, question: None, zone: None };
        match self.take(turn, from, &draft) {
            Outcome::Done(Err(refusal)) => {
                self.requests.close(session, number, None);
                Outcome::Done(Err(refusal))
            }
            Outcome::Done(Ok(_)) | Outcome::Pending(_) => Outcome::Pending(request),
        }
    }

    /// Gives a message to the request it answers; answers how many that are.
    pub(crate) fn respond(&self, turn: &mut Turn, message: &Message) -> u32 {
        let Some((session, number)) = self.inboxes.asked(message.topic()) else { return 0 };
        let correlation = message.properties().iter().find_map(|property| match property {
            Property::CorrelationData(data) => Some(data),
            _ => None,
        });
        let Some(asker) = self.requests.close(session, number, correlation) else { return 0 };
        tell(turn, asker, Ok(message.clone()));
        1
    }

    /// A lease has ended, and its requests with it; those of the lease `but` go on.
    pub(crate) fn end_requests(&self, turn: &mut Turn, session: PublisherId, but: Option<u32>) {
        let Some(asker) = self.requests.end(session, but) else { return };
        for open in asker.open {
            tell(turn, (asker.seat, open.request), Err(Refusal::NoAnswer));
        }
    }

    pub(crate) fn expire_requests(&self, turn: &mut Turn, session: PublisherId) {
        for asker in self.requests.expire(session, turn.now.at) {
            tell(turn, asker, Err(Refusal::NoAnswer));
        }
    }
}
