//! The payload of SUBACK and UNSUBACK: a code for each filter, in the order of the filters.

use crate::sink::Sink;
use crate::{ReasonCode, Version};

/// A list of reason codes: bytes that were checked, or a list of our own.
#[derive(Clone, Copy)]
pub struct ReasonCodes<'a>(Codes<'a>);

#[derive(Clone, Copy)]
enum Codes<'a> {
    Wire(&'a [u8]),
    List(&'a [ReasonCode]),
}

impl<'a> ReasonCodes<'a> {
    /// No codes: the UNSUBACK of 3.x.
    pub const EMPTY: Self = Self(Codes::List(&[]));

    /// Codes to be sent.
    #[must_use]
    pub const fn from_slice(list: &'a [ReasonCode]) -> Self {
        Self(Codes::List(list))
    }

    /// Takes bytes if each is a code that `allowed` admits.
    pub(super) fn checked(bytes: &'a [u8], allowed: impl Fn(ReasonCode) -> bool) -> Option<Self> {
        let valid = bytes.iter().all(|&byte| ReasonCode::new(byte).is_some_and(&allowed));
        (valid && !bytes.is_empty()).then_some(Self(Codes::Wire(bytes)))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Codes::Wire(bytes) => bytes.len(),
            Codes::List(list) => list.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The codes in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = ReasonCode> + use<'a> {
        let (wire, list): (&[u8], &[ReasonCode]) = match self.0 {
            Codes::Wire(bytes) => (bytes, &[]),
            Codes::List(list) => (&[], list),
        };
        wire.iter().filter_map(|&byte| ReasonCode::new(byte)).chain(list.iter().copied())
    }

    /// In 3.x all that fails is 0x80 [MQTT3-3.9.3-2].
    pub(super) fn write(&self, version: Version, sink: &mut impl Sink) {
        for code in self.iter() {
            sink.u8(if code.is_error() && !version.is_v5() { 0x80 } else { code.code() });
        }
    }
}

impl std::fmt::Debug for ReasonCodes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for ReasonCodes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}
