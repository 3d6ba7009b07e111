//! Client ids that are let in without a password.

use std::collections::HashMap;

use tidegate_broker::{Authenticator, Credentials, Hearing, Verdict};
use wildmatch::WildMatch;

use crate::naming::Naming;
use crate::table::{Table, TableError, fault};

/// Longer client ids are compared whole only, so that patterns cost little, in bytes.
const LONGEST_MATCHED: usize = 512;
/// A login asks each pattern.
const MOST_PATTERNS: usize = 1_000;

/// Lets in clients of certain ids, exact or by pattern (`*` any characters, `?` one).
///
/// For devices that can say who they are and not prove it, on a network where that is enough: a client id is sent in
/// the clear and is no secret. Give such clients a user name of their own and rules that allow it little.
///
/// An exact id goes before a pattern, and of patterns the one with the most characters of its own. A client that
/// claims a user name other than the one here is passed on to the next authenticator, unless claims are ignored, and
/// so is everybody else.
#[derive(Debug)]
pub struct ClientIds {
    exact: HashMap<Box<str>, Naming>,
    /// The most particular first.
    patterns: Vec<(WildMatch, Naming)>,
    ignore_claimed: bool,
}

impl ClientIds {
    /// Lets in the ids of `table`. `ignore_claimed`: whatever user name the client claims, it is let in under the one
    /// here.
    ///
    /// # Errors
    /// When a key is empty, or there are more than 1,000 patterns.
    pub fn new(table: Table, ignore_claimed: bool) -> Result<Self, TableError> {
        let mut exact = HashMap::new();
        let mut patterns = Vec::new();
        for (id, naming) in table.entries() {
            if id.is_empty() {
                return Err(fault(&id, "a client id has at least one character"));
            }
            if !id.contains(['*', '?']) {
                // Of a list and a file after it the list's entry counts.
                exact.entry(id.into_boxed_str()).or_insert(naming);
            } else if patterns.len() == MOST_PATTERNS {
                return Err(fault(&id, "there are at most 1,000 patterns; exact ids are not limited"));
            } else {
                patterns.push((id, naming));
            }
        }
        let own = |pattern: &str| pattern.chars().filter(|c| !matches!(c, '*' | '?')).count();
        patterns.sort_by(|(a, _), (b, _)| own(b).cmp(&own(a)).then_with(|| a.cmp(b)));
        let patterns = patterns.into_iter().map(|(id, naming)| (WildMatch::new(&id), naming)).collect();
        Ok(Self { exact, patterns, ignore_claimed })
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.exact.len() + self.patterns.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find(&self, id: &str) -> Option<&Naming> {
        if let Some(naming) = self.exact.get(id) {
            return Some(naming);
        }
        if id.is_empty() || id.len() > LONGEST_MATCHED {
            return None;
        }
        self.patterns.iter().find(|(pattern, _)| pattern.matches(id)).map(|(_, naming)| naming)
    }
}

impl Authenticator for ClientIds {
    fn authenticate(&self, credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        if credentials.method.is_some() {
            return Verdict::Abstain;
        }
        match self.find(credentials.client) {
            Some(naming) => naming.judge(credentials, self.ignore_claimed),
            None => Verdict::Abstain,
        }
    }
}
