//! Topic aliases, both ways. They live as long as the connection [MQTT-3.3.2-7].

use std::collections::BTreeMap;
use std::num::NonZeroU16;

/// What a client's aliases stand for.
#[derive(Default)]
pub(super) struct Inbound(Vec<Option<Box<str>>>);

impl Inbound {
    /// The client sets an alias, or gives it another topic. The caller has held it against our maximum.
    pub(super) fn set(&mut self, alias: NonZeroU16, topic: &str) {
        let at = usize::from(alias.get()) - 1;
        if self.0.len() <= at {
            self.0.resize_with(at + 1, || None);
        }
        if let Some(place) = self.0.get_mut(at)
            && place.as_deref() != Some(topic)
        {
            *place = Some(topic.into());
        }
    }

    /// What an alias stands for.
    pub(super) fn get(&self, alias: NonZeroU16) -> Option<&str> {
        self.0.get(usize::from(alias.get()) - 1)?.as_deref()
    }
}

/// The aliases we have set: first come, first served, as many as both sides have places for
/// [MQTT-3.1.2-26] [MQTT-3.1.2-27] [MQTT-3.3.2-11].
#[derive(Default)]
pub(super) struct Outbound {
    most: u16,
    set: BTreeMap<Box<str>, NonZeroU16>,
}

/// How a topic goes out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Naming {
    /// As it is.
    Plain,
    /// As it is, with an alias for the next time.
    Introduced(NonZeroU16),
    /// By its alias alone.
    Known(NonZeroU16),
}

/// A topic of this many bytes or fewer costs less than its alias.
const SHORT: usize = 3;

impl Outbound {
    pub(super) fn new(most: u16) -> Self {
        Self { most, set: BTreeMap::new() }
    }

    /// How `topic` goes out next.
    pub(super) fn naming(&self, topic: &str) -> Naming {
        if self.most == 0 || topic.len() <= SHORT {
            return Naming::Plain;
        }
        if let Some(alias) = self.set.get(topic) {
            return Naming::Known(*alias);
        }
        let next = u16::try_from(self.set.len() + 1).ok().filter(|next| *next <= self.most);
        next.and_then(NonZeroU16::new).map_or(Naming::Plain, Naming::Introduced)
    }

    /// `topic` went out with its alias.
    pub(super) fn introduced(&mut self, topic: &str, alias: NonZeroU16) {
        self.set.insert(topic.into(), alias);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_give_an_alias_another_topic() {
        let (mut aliases, two) = (Inbound::default(), NonZeroU16::new(2).unwrap());
        assert_eq!(aliases.get(two), None);
        aliases.set(two, "a/b");
        assert_eq!(aliases.get(two), Some("a/b"));
        assert_eq!(aliases.get(NonZeroU16::MIN), None);
        aliases.set(two, "c");
        assert_eq!(aliases.get(two), Some("c"));
    }

    #[test]
    fn ours_are_given_until_there_are_no_more() {
        let mut aliases = Outbound::new(1);
        assert_eq!(aliases.naming("abc"), Naming::Plain);
        assert_eq!(aliases.naming("a/long/one"), Naming::Introduced(NonZeroU16::MIN));
        aliases.introduced("a/long/one", NonZeroU16::MIN);
        assert_eq!(aliases.naming("a/long/one"), Naming::Known(NonZeroU16::MIN));
        assert_eq!(aliases.naming("another/one"), Naming::Plain);
        assert_eq!(Outbound::new(0).naming("a/long/one"), Naming::Plain);
    }
}
