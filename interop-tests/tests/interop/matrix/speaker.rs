//! What a gateway has to be able to say to take part.

use std::path::Path;

use tidegate_interop_tests::broker::{Running, Settings};

/// Somebody who speaks a gateway's protocol.
pub(super) trait Speaker: Sync {
    /// Gateway and version, for people.
    fn name(&self) -> &'static str;

    /// The listeners it needs, beside those that are there. `certificates` is a directory of `tidegate cert dev`.
    fn listeners(&self, settings: Settings, certificates: &Path) -> Settings;

    /// Connects, with words that are said if it is lost; `None` when it is not let in. Who comes again under the same
    /// id takes the place of the one before, whose words are said by then.
    fn connect(
        &self,
        broker: &Running,
        certificates: &Path,
        who: &Who,
        will: Option<&Words<'_>>,
    ) -> Option<Box<dyn Guest>>;

    /// Whether the protocol has this verb.
    fn knows(&self, _verb: Verb) -> bool {
        true
    }
}

/// Somebody who is connected. Dropped, the connection is lost.
pub(super) trait Guest {
    /// Publishes; returns when the broker has judged it.
    fn publish(&mut self, words: &Words<'_>) -> Answer;

    /// Subscribes, alone or as one of a group; returns when the broker has judged it.
    fn subscribe(&mut self, filter: &str, group: Option<&str>, qos: u8) -> Answer;

    /// Payloads of all messages that came up to now; `None` when the broker has closed.
    fn heard(&mut self) -> Option<Vec<String>>;
}

/// What somebody says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    pub(super) topic: &'a str,
    pub(super) payload: &'a str,
    pub(super) qos: u8,
    pub(super) retain: bool,
}

/// What the protocol says came of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Answer {
    Allowed,
    Refused,
    Closed,
    /// It has no way to say; what others hear decides.
    Unsaid,
}

/// Who connects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who {
    pub(super) id: &'static str,
    pub(super) user: Option<&'static str>,
    /// The common name of the certificate he shows, on a listener that asks for one.
    pub(super) certificate: Option<&'static str>,
    /// He comes from 127.0.0.`address`.
    pub(super) address: u8,
}

/// What somebody does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verb {
    Publish {
        qos: u8,
        retain: bool,
    },
    Will {
        qos: u8,
        retain: bool,
    },
    /// Live messages, and what is retained.
    Subscribe {
        qos: u8,
    },
    SubscribeShared {
        qos: u8,
    },
}

impl Verb {
    pub(super) const ALL: [Self; 14] = [
        Self::Publish { qos: 0, retain: false },
        Self::Publish { qos: 1, retain: false },
        Self::Publish { qos: 2, retain: false },
        Self::Publish { qos: 0, retain: true },
        Self::Publish { qos: 2, retain: true },
        Self::Will { qos: 0, retain: false },
        Self::Will { qos: 2, retain: false },
        Self::Will { qos: 1, retain: true },
        Self::Subscribe { qos: 0 },
        Self::Subscribe { qos: 1 },
        Self::Subscribe { qos: 2 },
        Self::SubscribeShared { qos: 0 },
        Self::SubscribeShared { qos: 1 },
        Self::SubscribeShared { qos: 2 },
    ];

    pub(super) fn qos(self) -> u8 {
        match self {
            Self::Publish { qos, .. } | Self::Will { qos, .. } => qos,
            Self::Subscribe { qos } | Self::SubscribeShared { qos } => qos,
        }
    }

    pub(super) fn retains(self) -> bool {
        matches!(self, Self::Publish { retain: true, .. } | Self::Will { retain: true, .. })
    }

    pub(super) fn publishes(self) -> bool {
        matches!(self, Self::Publish { .. } | Self::Will { .. })
    }
}
