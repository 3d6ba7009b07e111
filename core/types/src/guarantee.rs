//! How sure a delivery is.

/// What the two ends agreed for one message.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Guarantee {
    /// Sent once, never repeated, may be lost.
    #[default]
    AtMostOnce = 0,
    /// Repeated until settled; may arrive twice.
    AtLeastOnce = 1,
    /// Repeated until settled, under a handle by which the receiver recognises the repeat.
    ExactlyOnce = 2,
}

impl Guarantee {
    /// Whether a delivery of this kind is tracked until its receiver settles it.
    #[must_use]
    pub fn is_tracked(self) -> bool {
        self != Self::AtMostOnce
    }
}
