//! What a gateway keeps with a session: its slow state (topic numbers, a registration), as keys and values that mean
//! nothing to the kernel.
//!
//! Each write counts the attachment's version up, and an entry bears the version that wrote it. Only the gateway that
//! wrote an attachment gets it back: when another one takes the session, the attachment is dropped.

use crate::broker::Broker;
use crate::lease::Lease;
use crate::outcome::{Outcome, RequestId};
use crate::ports::{Fabric, Record};
use crate::turn::Turn;

/// One change of an attachment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Delta<'a> {
    /// What is changed.
    pub key: &'a [u8],
    /// Its value from now on; `None` takes the entry out, if there is one.
    pub value: Option<&'a [u8]>,
}

/// One entry of an attachment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AttachmentEntry {
    /// Its key.
    pub key: Box<[u8]>,
    /// Its value.
    pub value: Box<[u8]>,
    /// The attachment's version when it was written.
    pub version: u64,
}

/// An attachment as its gateway gets it back.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Attachment {
    /// How many writes it has had; zero for one that was never written.
    pub version: u64,
    /// Its entries in the order of their keys.
    pub entries: Vec<AttachmentEntry>,
}

impl Attachment {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let index = self.entries.binary_search_by(|entry| entry.key.as_ref().cmp(key)).ok()?;
        self.entries.get(index).map(|entry| entry.value.as_ref())
    }
}

/// Deltas that wait for something, kept.
pub(crate) type OwnedDeltas = Vec<(Box<[u8]>, Option<Box<[u8]>>)>;

pub(crate) fn own(deltas: &[Delta<'_>]) -> OwnedDeltas {
    deltas.iter().map(|delta| (delta.key.into(), delta.value.map(Box::from))).collect()
}

pub(crate) fn lend(deltas: &OwnedDeltas) -> Vec<Delta<'_>> {
    deltas.iter().map(|(key, value)| Delta { key, value: value.as_deref() }).collect()
}

impl<F: Fabric> Broker<F> {
    pub(crate) fn attach_deltas(
        &self,
        turn: &Turn,
        lease: &Lease,
        deltas: &[Delta<'_>],
        request: RequestId,
    ) -> Outcome<()> {
        let session = &lease.session;
        let (gateway, version) = match session.change_attachment(lease.epoch, deltas, &self.door) {
            Ok(changed) => changed,
            Err(refusal) => return Outcome::Done(Err(refusal)),
        };
        let position = (self.journaled && session.is_durable())
            .then(|| self.journal.write(&Record::Attach { session: session.id, gateway, version, deltas }));
        self.when_committed(turn, (), position, request)
    }
}
