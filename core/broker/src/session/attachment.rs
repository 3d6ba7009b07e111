//! The attachment a session keeps for its gateway.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use tidegate_types::{DoorLimits, Refusal};

use super::{Session, State};
use crate::attachment::{Attachment, AttachmentEntry, Delta};

/// Bytes an entry costs beside its key and value.
const ENTRY_BYTES: usize = size_of::<(Box<[u8]>, Value)>();

#[derive(Debug)]
struct Value {
    value: Box<[u8]>,
    version: u64,
}

/// An attachment, as it is kept.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    version: u64,
    bytes: usize,
    entries: BTreeMap<Box<[u8]>, Value>,
}

fn cost(key: &[u8], value: usize) -> usize {
    ENTRY_BYTES.saturating_add(key.len()).saturating_add(value)
}

impl Kept {
    /// Carries out what was found to fit; answers the new version.
    pub(crate) fn apply(&mut self, deltas: &[Delta<'_>]) -> u64 {
        self.version += 1;
        for Delta { key, value } in deltas {
            if let Some(old) = self.entries.remove(*key) {
                self.bytes = self.bytes.saturating_sub(cost(key, old.value.len()));
            }
            if let Some(value) = value {
                self.bytes = self.bytes.saturating_add(cost(key, value.len()));
                let value = Value { value: (*value).into(), version: self.version };
                self.entries.insert((*key).into(), value);
            }
        }
        self.version
    }

    fn give(&self) -> Attachment {
        let entries = self.entries.iter().map(|(key, Value { value, version })| AttachmentEntry {
            key: key.clone(),
            value: value.clone(),
            version: *version,
        });
        Attachment { version: self.version, entries: entries.collect() }
    }
}

/// Tries deltas on an attachment without changing it.
#[derive(Debug)]
pub(crate) struct Trial<'k, 'd> {
    kept: Option<&'k Kept>,
    /// Lengths of values as they would be; `None` for what would be gone.
    changed: HashMap<&'d [u8], Option<usize>, foldhash::fast::RandomState>,
    entries: usize,
    bytes: usize,
}

impl<'k, 'd> Trial<'k, 'd> {
    pub(crate) fn new(kept: Option<&'k Kept>) -> Self {
        let (entries, bytes) = kept.map_or((0, 0), |kept| (kept.entries.len(), kept.bytes));
        Self { kept, changed: HashMap::default(), entries, bytes }
    }

    /// Tries some more; what they make of the attachment has to fit.
    pub(crate) fn add(&mut self, deltas: &'d [Delta<'d>], limits: &DoorLimits) -> Result<(), Refusal> {
        for Delta { key, value } in deltas {
            let kept = || self.kept.and_then(|kept| kept.entries.get(*key)).map(|entry| entry.value.len());
            let before = self.changed.get(key).copied().unwrap_or_else(kept);
            if let Some(old) = before {
                self.entries = self.entries.saturating_sub(1);
                self.bytes = self.bytes.saturating_sub(cost(key, old));
            }
            if let Some(new) = value {
                self.entries = self.entries.saturating_add(1);
                self.bytes = self.bytes.saturating_add(cost(key, new.len()));
            }
            self.changed.insert(key, value.map(<[u8]>::len));
        }
        let fits = self.entries <= limits.attachment_entries && self.bytes <= limits.attachment_bytes;
        if fits { Ok(()) } else { Err(Refusal::QuotaExceeded) }
    }
}

/// Whether deltas fit an attachment (`None`: an empty one).
pub(crate) fn fits(kept: Option<&Kept>, deltas: &[Delta<'_>], limits: &DoorLimits) -> Result<(), Refusal> {
    if deltas.is_empty() { Ok(()) } else { Trial::new(kept).add(deltas, limits) }
}

impl Session {
    /// Changes the attachment; answers whose it is and its new version. No deltas are no change.
    pub(crate) fn change_attachment(
        &self,
        epoch: u32,
        deltas: &[Delta<'_>],
        limits: &DoorLimits,
    ) -> Result<(&'static str, u64), Refusal> {
        self.leased(epoch, |state| {
            fits(state.kept(), deltas, limits)?;
            let gateway = state.gateway().unwrap_or_default();
            Ok((gateway, state.extra().attachment.apply(deltas)))
        })
    }
}

impl State {
    pub(super) fn kept(&self) -> Option<&Kept> {
        self.extra.as_ref().map(|extra| &extra.attachment)
    }

    /// A copy of the attachment for the gateway it belongs to.
    pub(super) fn attachment(&self) -> Attachment {
        self.kept().map(Kept::give).unwrap_or_default()
    }

    /// The gateway that has the session, or had it last; what it left (unsettled deliveries, keys, an attachment)
    /// means something to it alone. Unknown only where nothing was left.
    pub(super) fn gateway(&self) -> Option<&'static str> {
        let last = || self.extra.as_ref().and_then(|extra| extra.gateway);
        self.connection.map(|connection| connection.protocol.gateway).or_else(last)
    }

    /// Remembers the gateway while no connection says it.
    pub(super) fn note_gateway(&mut self) {
        if self.inflight.is_some() || self.extra.is_some() {
            self.extra().gateway = self.gateway();
        }
    }
}
