//! `[zones]`

mod naming;
mod options;
mod zone;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Checks, OptionDoc, Section, Strikes};

pub use naming::{ClientIdFrom, Takeover, UserFrom};
pub use zone::Zone;

/// What holds for the clients of a listener, by the name of its zone.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Zones(BTreeMap<String, Zone>);

impl Default for Zones {
    /// One zone, for listeners that name none, with the bounds that everybody should have.
    fn default() -> Self {
        let minutes = |count| crate::Duration::from_mins(count);
        let of = |count, window, ban| Some(Strikes::Of { count, window: minutes(window), ban: minutes(ban) });
        let zone =
            Zone { failed_logins: of(10, 1, 5), failed_logins_per_address: of(300, 5, 5), ..Zone::default() };
        Self(BTreeMap::from([(Self::DEFAULT.to_owned(), zone)]))
    }
}

impl Zones {
    /// The zone of listeners that name none; what another zone leaves unset holds as in this one.
    pub const DEFAULT: &'static str = "default";

    /// The names of the zones.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is a zone of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What holds in the zone `name` (`None`: of listeners that name none): what it says, and else what
    /// [`Zones::DEFAULT`] says. A zone that does not exist is the default one: a gateway may have options for a zone
    /// that has none here.
    #[must_use]
    pub fn of(&self, name: Option<&str>) -> Zone {
        let default = self.0.get(Self::DEFAULT).cloned().unwrap_or_default();
        match name.and_then(|name| self.0.get(name)) {
            Some(zone) => zone.clone().or(default),
            None => default,
        }
    }

    /// Every zone as it was written, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Zone)> {
        self.0.iter().map(|(name, zone)| (name.as_str(), zone))
    }
}

impl Section for Zones {
    const NAME: &'static str = "zones";
    const INTRO: &'static str = "What holds for the clients of a listener that names the zone. Nothing is set but what \
                                 is said here; what a zone leaves unset holds as in [zones.default], which is the zone \
                                 of listeners that name none, and what that leaves unset as in [auth], [session] and \
                                 [limits].";

    fn options() -> &'static [OptionDoc] {
        options::OPTIONS
    }

    fn check(&self, checks: &mut Checks<'_>) {
        for (name, zone) in &self.0 {
            zone.check(name, checks);
        }
    }
}

#[cfg(test)]
mod tests;
