//! Who may do what: an [`Authorizer`] over rules in the configuration and in a file.
//!
//! The first rule that matches decides; what none matches is abstained from (and so refused, unless another source
//! allows it) or allowed, as the configuration says. Subscriptions are judged as sets of topics ([`sets`]): a rule
//! that allows has to hold all that a subscription can match, a rule that refuses needs one topic in common with it.
//! What was granted is therefore delivered unfiltered.
//!
//! It deliberately lacks a cache (the kernel has one for each client), a clock and everything that waits: rules that a
//! back-end knows are another extension. It watches nothing; changed rules are read anew and put in their place whole.
//! A decision among 10,000 rules that name users, clients or places costs 60 to 160 ns of a processor and a rule 0.3 to
//! 0.8 KB; rules that nothing but a pattern with a leading wildcard, an attribute or a network tells apart are asked
//! one by one, 5 to 60 ns each (`examples/cost.rs`). A subscription with wildcards is compared with the shapes of the
//! topics that are refused: 0.05 to 0.2 µs among 100,000 rules; where two or more levels are named by both, at worst one
//! step for each rule under the rarest of these names.
//!
//! ```
//! use tidegate_broker::{Action, Authorizer, Decision, Principal};
//! use tidegate_config::sections::{Authorization, NoMatch};
//! use tidegate_rules::Rules;
//! use tidegate_types::{ClientId, Guarantee};
//!
//! let text = r##"
//!     [[rule]]
//!     effect = "deny"
//!     any = true
//!     topics = "secret/#"
//!
//!     [[rule]]
//!     effect = "allow"
//!     any = true
//!     topics = ["devices/${clientid}/#", "#"]
//! "##;
//! let rules = Rules::new(&Authorization::read_rules("rules.toml", text)?, NoMatch::Deny);
//! let who = Principal { client: Some(ClientId::new("pump-7")), ..Principal::default() };
//! let subscribe = |filter| Action::Subscribe { filter, group: None, guarantee: Guarantee::AtMostOnce };
//! assert_eq!(rules.authorize(&who, subscribe("devices/pump-7/#")), Decision::Allow);
//! assert_eq!(rules.authorize(&who, subscribe("#")), Decision::Deny); // it reaches into secret/#
//! assert_eq!(rules.why(&who, subscribe("#")).rule.map(|rule| rule.place.to_string()).as_deref(), Some("rules.toml:2:5"));
//! # Ok::<(), tidegate_config::Problems>(())
//! ```

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod condition;
mod explain;
pub mod import;
mod index;
mod name;
mod pattern;
mod rule;
pub mod sets;
mod source;
mod values;

use tidegate_broker::{Action, Authorizer, Decision, Principal};
use tidegate_config::Origin;
use tidegate_config::sections::{self as written, NoMatch};

pub use explain::Explained;
pub use source::RulesError;

use index::Index;
use rule::{Question, Rule};

/// Rules in their order.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    cited: Vec<Cited>,
    index: Index,
    no_match: NoMatch,
}

/// Where a rule stands, for people.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cited {
    /// Its number, from 1, in the order in which rules are asked.
    pub number: usize,
    /// Where it is written.
    pub place: Origin,
    /// What its author says of it.
    pub comment: Option<Box<str>>,
}

/// A decision and what made it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Verdict<'a> {
    /// What is decided.
    pub decision: Decision,
    /// The rule that decided; none if no rule matched, or none was asked because somebody is a superuser.
    pub rule: Option<&'a Cited>,
}

impl Rules {
    /// These rules, asked in this order.
    #[must_use]
    pub fn new(rules: &[(written::Rule, Origin)], no_match: NoMatch) -> Self {
        let cite = |(at, (rule, place)): (usize, &(written::Rule, Origin))| Cited {
            number: at.saturating_add(1),
            place: place.clone(),
            comment: rule.comment.as_deref().map(Box::from),
        };
        let cited = rules.iter().enumerate().map(cite).collect();
        let rules: Vec<Rule> = rules.iter().map(|(rule, _)| Rule::new(rule)).collect();
        let index = Index::new(&rules);
        Self { rules, cited, index, no_match }
    }

    /// How many rules there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The decision, and the rule that makes it.
    #[must_use]
    pub fn why(&self, who: &Principal, action: Action<'_>) -> Verdict<'_> {
        if who.superuser {
            return Verdict { decision: Decision::Allow, rule: None };
        }
        let found = self.index.first(&self.rules, Question::of(action), who);
        self.verdict(found)
    }

    fn verdict(&self, found: Option<usize>) -> Verdict<'_> {
        let none = match self.no_match {
            NoMatch::Deny => Decision::Abstain,
            NoMatch::Allow => Decision::Allow,
        };
        let decision = found.and_then(|number| self.rules.get(number)).map_or(none, Rule::decision);
        Verdict { decision, rule: found.and_then(|number| self.cited.get(number)) }
    }
}

impl Rules {
    /// A refusal and the rule that made it; a refusal that a client's memory repeats is not logged again.
    fn log(&self, who: &Principal, action: Action<'_>, verdict: &Verdict<'_>) {
        let rule = verdict.rule.map_or_else(|| self.otherwise().to_owned(), |rule| rule.place.to_string());
        let (user, client) = (who.user.as_ref(), who.client.as_ref());
        tracing::debug!(?user, ?client, ?action, rule, "refused");
    }
}

impl Authorizer for Rules {
    fn authorize(&self, who: &Principal, action: Action<'_>) -> Decision {
        let verdict = self.why(who, action);
        if verdict.decision != Decision::Allow && tracing::enabled!(tracing::Level::DEBUG) {
            self.log(who, action, &verdict);
        }
        verdict.decision
    }
}
