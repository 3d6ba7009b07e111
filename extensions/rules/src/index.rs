//! Finds the first rule that decides, without asking all.
//!
//! Rules for named users, clients, certificates or listeners wait in a bucket under each name, those for patterns of
//! users or clients under what the pattern begins with; the others share one.
//! A few rules in a bucket are asked in order; many stand in a tree of the levels of their topics, and those that
//! refuse subscriptions by the shape of their topics too. Either way every candidate is asked in full, so that the
//! index can be wrong only by leaving one out, and a test compares it with asking all.

mod build;
mod reach;
mod tree;

use hashbrown::HashMap;
use tidegate_broker::Principal;

use crate::rule::{Question, Rule};
use crate::sets;
use crate::values::Values;
use reach::Reach;
use tree::{Entry, Tree};

type Names = HashMap<Box<[u8]>, Bucket, foldhash::fast::RandomState>;

/// Rules by whom and what they are about.
#[derive(Debug, Default)]
pub(crate) struct Index {
    users: Names,
    clients: Names,
    common_names: Names,
    listeners: Names,
    client_heads: Heads,
    user_heads: Heads,
    anonymous: Bucket,
    rest: Bucket,
}

/// Rules for names that begin alike.
#[derive(Debug, Default)]
struct Heads {
    buckets: Names,
    /// How long the beginnings are, shortest first: so many look-ups a name costs at most.
    lengths: Box<[usize]>,
}

/// Rules for the same somebody, by number.
#[derive(Debug)]
enum Bucket {
    Few(Box<[u32]>),
    Many(Box<Tree>, Box<Reach>),
}

impl Default for Bucket {
    fn default() -> Self {
        Self::Few(Box::default())
    }
}

/// A search for the rule with the lowest number.
#[derive(Debug)]
struct Search<'a> {
    rules: &'a [Rule],
    question: Question<'a>,
    values: &'a Values<'a>,
    room: Vec<u8>,
    /// The best found so far; no rule from there on is of interest.
    best: u32,
    /// What was looked at: rules, nodes, shapes. A measure that no clock disturbs.
    work: usize,
}

impl Index {
    /// The number of the first rule that decides.
    pub(crate) fn first(&self, rules: &[Rule], question: Question<'_>, who: &Principal) -> Option<usize> {
        self.measured(rules, question, who).0
    }

    /// The number, and what was looked at for it.
    fn measured(&self, rules: &[Rule], question: Question<'_>, who: &Principal) -> (Option<usize>, usize) {
        let values = Values::new(who);
        let mut search =
            Search { rules, question, values: &values, room: Vec::new(), best: u32::MAX, work: 0 };
        if let Some(client) = &who.client {
            search.named(&self.clients, client.as_bytes());
            search.begun(&self.client_heads, client.as_bytes());
        }
        match &who.user {
            Some(user) => {
                search.named(&self.users, user.as_bytes());
                search.begun(&self.user_heads, user.as_bytes());
            }
            None => search.bucket(&self.anonymous),
        }
        if let Some(name) = who.certificate.as_ref().and_then(|certificate| certificate.common_name.as_ref())
        {
            search.named(&self.common_names, name.as_bytes());
        }
        if let Some(listener) = &who.listener {
            search.named(&self.listeners, listener.as_bytes());
        }
        search.bucket(&self.rest);
        let found = (search.best != u32::MAX).then(|| usize::try_from(search.best).unwrap_or(usize::MAX));
        (found, search.work)
    }
}

impl<'a> Search<'a> {
    fn named(&mut self, names: &Names, name: &[u8]) {
        if let Some(bucket) = (!names.is_empty()).then(|| names.get(name)).flatten() {
            self.bucket(bucket);
        }
    }

    fn begun(&mut self, heads: &Heads, name: &[u8]) {
        for head in heads.lengths.iter().map_while(|length| name.get(..*length)) {
            self.named(&heads.buckets, head);
        }
    }

    fn bucket(&mut self, bucket: &Bucket) {
        match bucket {
            Bucket::Few(numbers) => {
                for number in numbers {
                    if *number >= self.best {
                        return;
                    }
                    self.work = self.work.saturating_add(1);
                    let rule = self.rule(*number);
                    if rule.is_some_and(|rule| rule.applies(self.question, self.values, &mut self.room)) {
                        self.best = *number;
                    }
                }
            }
            Bucket::Many(tree, reach) => {
                tree.search(self);
                if self.question.wild {
                    reach.search(self, self.text());
                }
            }
        }
    }

    /// Asks the rules of these patterns, lowest number first.
    fn ask(&mut self, entries: &[Entry]) {
        for (number, pattern) in entries {
            if *number >= self.best {
                return;
            }
            self.work = self.work.saturating_add(1);
            let (Some(rule), Ok(pattern)) = (self.rule(*number), usize::try_from(*pattern)) else { continue };
            if rule.is_about(self.question, self.values.who())
                && rule.topics.get(pattern).is_some_and(|pattern| {
                    pattern.speaks_of(self.question.text, rule.allows(), self.values, &mut self.room)
                })
            {
                self.best = *number;
            }
        }
    }

    /// What is asked about; the longer way to say it leads past everything that is its equal.
    fn text(&self) -> &'a [u8] {
        if self.question.wild { sets::normal(self.question.text) } else { self.question.text }
    }

    fn rule(&self, number: u32) -> Option<&'a Rule> {
        self.rules.get(usize::try_from(number).ok()?)
    }
}

#[cfg(test)]
mod tests;
