//! May change or refuse what is published.

use std::borrow::Cow;

use tidegate_types::{Draft, Guarantee, Properties, Refusal};

use crate::principal::Principal;

/// A draft that can be changed.
#[derive(Clone, Debug)]
pub struct Proposal<'a> {
    /// Where to; authorized before and, if changed, again.
    pub topic: Cow<'a, str>,
    /// The properties block (see [`Properties`]).
    pub properties: Cow<'a, [u8]>,
    /// The content.
    pub payload: Cow<'a, [u8]>,
    /// The guarantee.
    pub guarantee: Guarantee,
    /// Whether it is retained.
    pub retain: bool,
    /// Its expiry in seconds.
    pub expiry_seconds: Option<u32>,
}

impl<'a> Proposal<'a> {
    pub(crate) fn of(draft: &Draft<'a>) -> Self {
        Self {
            topic: Cow::Borrowed(draft.topic),
            properties: Cow::Borrowed(draft.properties.block()),
            payload: Cow::Borrowed(draft.payload),
            guarantee: draft.guarantee,
            retain: draft.retain,
            expiry_seconds: draft.expiry_seconds,
        }
    }

    /// The proposal as a draft; `None` when its properties are no block any more.
    pub(crate) fn draft(&self) -> Option<Draft<'_>> {
        Some(Draft {
            topic: &self.topic,
            properties: Properties::from_block(&self.properties).ok()?,
            payload: &self.payload,
            guarantee: self.guarantee,
            retain: self.retain,
            expiry_seconds: self.expiry_seconds,
        })
    }
}

/// Sees each message before it is routed, in the order of registration. Called in the publisher's turn: it must
/// not block.
pub trait Interceptor: Send + Sync {
    /// Changes the proposal, or refuses it.
    ///
    /// # Errors
    /// The refusal its publisher is told.
    fn publish(&self, who: &Principal, proposal: &mut Proposal<'_>) -> Result<(), Refusal>;
}
