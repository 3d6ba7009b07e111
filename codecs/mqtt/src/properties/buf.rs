//! Properties put together by our own side.

use super::validate::{Checked, validate};
use super::{Properties, Property, PropertySet};
use crate::EncodeError;

/// Writes properties in the wire's layout, to be sent as [`Properties`]. Keeps its buffer over
/// [`Self::clear`], so one a worker allocates nothing in the long run. The hot path does not need it: see
/// [`crate::PublishHead`].
#[derive(Clone)]
pub struct PropertiesBuf {
    bytes: Vec<u8>,
    checked: Checked,
    set: PropertySet,
}

/// A place in a [`PropertiesBuf`] to go back to.
#[derive(Clone, Copy)]
pub struct PropertiesMark {
    len: usize,
    checked: Checked,
}

const NOTHING: Checked = Checked { seen: 0, message_expiry: None, topic_alias: None };

impl PropertiesBuf {
    /// For the properties of this packet.
    #[must_use]
    pub const fn new(set: PropertySet) -> Self {
        Self { bytes: Vec::new(), checked: NOTHING, set }
    }

    /// Forgets everything but the buffer, and serves `set` from now on.
    pub fn clear(&mut self, set: PropertySet) {
        self.bytes.clear();
        self.checked = NOTHING;
        self.set = set;
    }

    /// Appends a property.
    ///
    /// # Errors
    /// [`EncodeError::Inconsistent`] for what may not stand here, stands here already or has a value that the
    /// protocol forbids; [`EncodeError::FieldTooLong`] for a string over 65,535 bytes. Nothing is appended
    /// then.
    pub fn push(&mut self, property: Property<'_>) -> Result<(), EncodeError> {
        let mut counter = crate::sink::Counter::default();
        property.write(&mut counter);
        counter.finish()?;
        let bit = property.id().bit();
        if self.checked.seen & !self.set.repeatable() & bit != 0 {
            return Err(EncodeError::Inconsistent("a property that may stand once was pushed twice"));
        }
        let start = self.bytes.len();
        property.write(&mut self.bytes);
        match self.check_from(start, property) {
            Ok(added) => {
                self.checked.seen |= bit;
                self.checked.message_expiry = self.checked.message_expiry.or(added.message_expiry);
                self.checked.topic_alias = self.checked.topic_alias.or(added.topic_alias);
                Ok(())
            }
            Err(error) => {
                self.bytes.truncate(start);
                Err(error)
            }
        }
    }

    /// Lets the decoder's own pass judge what was just written. Authentication data alone would fail it, and
    /// its method may come later; a receiver judges the two together.
    fn check_from(&self, start: usize, property: Property<'_>) -> Result<Checked, EncodeError> {
        if matches!(property, Property::AuthenticationData(_)) && self.set.allows(property.id()) {
            return Ok(NOTHING);
        }
        validate(self.bytes.get(start..).unwrap_or_default(), self.set)
            .map_err(|error| EncodeError::Inconsistent(error.what()))
    }

    /// Where the buffer stands now, for [`Self::rewind`]: a reason string and user properties are pushed last
    /// and taken back if the packet would be longer than the peer takes [MQTT-3.2.2-19] [MQTT-3.2.2-20].
    #[must_use]
    pub const fn mark(&self) -> PropertiesMark {
        PropertiesMark { len: self.bytes.len(), checked: self.checked }
    }

    /// Takes back everything pushed since `mark`.
    pub fn rewind(&mut self, mark: PropertiesMark) {
        self.bytes.truncate(mark.len);
        self.checked = mark.checked;
    }

    /// The properties pushed so far.
    #[must_use]
    pub fn properties(&self) -> Properties<'_> {
        Properties::trusted(&self.bytes, self.checked)
    }
}

impl std::fmt::Debug for PropertiesBuf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.properties().fmt(f)
    }
}

impl std::fmt::Debug for PropertiesMark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PropertiesMark({})", self.len)
    }
}
