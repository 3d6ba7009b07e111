//! Groups of subscribers that share the messages of one filter.
//!
//! A group with a member that outlives its connection owns one bounded queue, from which members pull by credit.
//! Any other group pushes straight to a member in turn; one that is away is chosen only when nobody is there.

use std::sync::Arc;

use tidegate_types::{Filter, GroupName, Message};

use crate::router::Options;
use crate::session::{Origin, Pushed, Queue, Queued, Session};
use crate::sync::{AtomicU32, AtomicUsize, Mutex, Ordering, fence};
use crate::zone::SessionLimits;

/// What a group did with a message.
#[derive(Debug)]
pub(crate) enum Dispatch {
    /// It waits in the group's queue, and this member is woken for it.
    Waits { wake: Option<Arc<Session>>, oldest: Vec<Queued> },
    /// It goes to this member.
    Direct(Chosen),
    /// Nobody takes it, or the queue is full.
    Refused,
}

/// A member that gets an entry.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) session: Arc<Session>,
    pub(crate) entry: Box<Queued>,
    /// How many had left the group when it was chosen.
    pub(crate) left: u32,
}

/// A group of subscribers.
pub(crate) struct Group {
    filter: Filter,
    name: GroupName,
    /// Entries in the queue; read without the lock.
    waiting: AtomicUsize,
    /// Counts members that left.
    left: AtomicU32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    members: Vec<Member>,
    next: usize,
    queue: Queue,
    /// A member outlives its connection: the group owns a queue.
    keeps: bool,
}

struct Member {
    session: Arc<Session>,
    options: Options,
    durable: bool,
}

impl Group {
    pub(crate) fn new(filter: Filter, name: GroupName) -> Self {
        Self {
            filter,
            name,
            waiting: AtomicUsize::new(0),
            left: AtomicU32::new(0),
            state: Mutex::new(State::default()),
        }
    }

    pub(crate) fn key(&self) -> (&Filter, &GroupName) {
        (&self.filter, &self.name)
    }

    pub(crate) fn is(&self, filter: &Filter, name: &GroupName) -> bool {
        self.filter == *filter && self.name == *name
    }

    /// Adds a member or changes what it asked for. Answers whether it is new.
    pub(crate) fn join(&self, session: &Arc<Session>, options: Options, durable: bool) -> bool {
        let mut state = self.state.lock();
        state.keeps |= durable;
        let known = state.members.iter_mut().find(|member| Arc::ptr_eq(&member.session, session));
        if let Some(member) = known {
            member.options = options;
            member.durable = durable;
            return false;
        }
        state.members.push(Member { session: Arc::clone(session), options, durable });
        true
    }

    /// Takes a member out. Answers whether the group is empty then; what waits for nobody is gone with it.
    pub(crate) fn leave(&self, session: &Session) -> bool {
        let mut state = self.state.lock();
        self.left.fetch_add(1, Ordering::Relaxed);
        state.members.retain(|member| !std::ptr::eq(Arc::as_ptr(&member.session), session));
        if state.members.is_empty() {
            state.queue = Queue::default();
            self.waiting.store(0, Ordering::Relaxed);
        }
        state.keeps = state.members.iter().any(|member| member.durable) || !state.queue.is_empty();
        state.members.is_empty()
    }

    /// How many members have left so far.
    pub(crate) fn left(&self) -> u32 {
        self.left.load(Ordering::Relaxed)
    }

    pub(crate) fn has_member(&self, session: &Session) -> bool {
        let state = self.state.lock();
        state.members.iter().any(|member| std::ptr::eq(Arc::as_ptr(&member.session), session))
    }

    /// Whether it owns a queue.
    pub(crate) fn keeps(&self) -> bool {
        self.state.lock().keeps
    }

    pub(crate) fn has_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// How many entries one member takes before it looks whether others are idle.
    pub(crate) fn share(&self) -> usize {
        let members = self.state.lock().members.len().max(1);
        self.waiting.load(Ordering::Relaxed).div_ceil(members).max(1)
    }

    /// Takes the oldest entry.
    pub(crate) fn take(&self) -> Option<Queued> {
        let mut state = self.state.lock();
        let entry = state.queue.pop();
        self.waiting.store(state.queue.len(), Ordering::Relaxed);
        entry
    }

    /// A member with credit and nothing to do, while something waits.
    pub(crate) fn idle_member(&self) -> Option<Arc<Session>> {
        if !self.has_waiting() {
            return None;
        }
        let mut state = self.state.lock();
        state.choose(|session| session.is_idle()).map(|member| Arc::clone(&member.session))
    }

    /// Decides who gets a message.
    pub(crate) fn dispatch(self: &Arc<Self>, message: &Message, limits: &SessionLimits) -> Dispatch {
        let mut state = self.state.lock();
        if state.keeps && message.guarantee().is_tracked() {
            let entry = waiting(message.clone(), message.guarantee(), false);
            let oldest = match state.queue.push(entry, limits, false) {
                Pushed::Refused => return Dispatch::Refused,
                Pushed::DroppedOldest(oldest) => oldest,
                Pushed::Queued | Pushed::Crowded => Vec::new(),
            };
            self.waiting.store(state.queue.len(), Ordering::Relaxed);
            // Pairs with the fence of a pull that found nothing.
            fence(Ordering::SeqCst);
            let wake = state.choose(|session| session.is_idle()).map(|member| Arc::clone(&member.session));
            return Dispatch::Waits { wake, oldest };
        }
        let Some(member) = state.choose_member() else { return Dispatch::Refused };
        let options = member.options;
        let session = Arc::clone(&member.session);
        let guarantee = message.guarantee().min(options.guarantee);
        let retained = message.retain() && options.retain_as_published;
        let identifier = options.identifier.map(std::num::NonZeroU32::get);
        let entry = Box::new(self.entry(message, guarantee, identifier, retained));
        Dispatch::Direct(Chosen { session, entry, left: self.left() })
    }

    fn entry(
        self: &Arc<Self>,
        message: &Message,
        guarantee: tidegate_types::Guarantee,
        identifier: Option<u32>,
        retained: bool,
    ) -> Queued {
        Queued {
            message: message.clone(),
            guarantee,
            retained,
            repeat: false,
            origin: Origin::Group(Box::new((Arc::clone(self), identifier))),
        }
    }

    /// Gives an entry back: to the head of the queue, or straight to another member.
    pub(crate) fn give_back(self: &Arc<Self>, mut entry: Queued) -> Dispatch {
        let mut state = self.state.lock();
        if state.keeps && !state.members.is_empty() {
            state.queue.push_front(waiting(entry.message, entry.guarantee, entry.repeat));
            self.waiting.store(state.queue.len(), Ordering::Relaxed);
            // Pairs with the fence of a pull that found nothing.
            fence(Ordering::SeqCst);
            let wake = state.choose(|session| session.is_idle()).map(|member| Arc::clone(&member.session));
            return Dispatch::Waits { wake, oldest: Vec::new() };
        }
        let Some(member) = state.choose_member() else { return Dispatch::Refused };
        entry.guarantee = entry.message.guarantee().min(member.options.guarantee);
        let identifier = member.options.identifier.map(std::num::NonZeroU32::get);
        entry.origin = Origin::Group(Box::new((Arc::clone(self), identifier)));
        let session = Arc::clone(&member.session);
        Dispatch::Direct(Chosen { session, entry: Box::new(entry), left: self.left() })
    }
}

/// An entry of a group's own queue. It does not name the group: what waits in a group must not keep it alive.
fn waiting(message: Message, guarantee: tidegate_types::Guarantee, repeat: bool) -> Queued {
    let retained = message.retain();
    let origin = Origin::Own(crate::door::Identifiers::None);
    Queued { message, guarantee, retained, repeat, origin }
}

impl State {
    /// The next member in turn that `fits`.
    fn choose(&mut self, fits: impl Fn(&Session) -> bool) -> Option<&Member> {
        let count = self.members.len();
        for step in 0..count {
            let index = (self.next + step) % count;
            if self.members.get(index).is_some_and(|member| fits(&member.session)) {
                self.next = index + 1;
                return self.members.get(index);
            }
        }
        None
    }

    fn choose_member(&mut self) -> Option<&Member> {
        // Two passes, because the borrow of the first would last over the second.
        if self.members.iter().any(|member| member.session.is_connected()) {
            self.choose(|session| session.is_connected())
        } else {
            self.choose(|session| !session.is_over())
        }
    }
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name.as_str(), self.filter)
    }
}
