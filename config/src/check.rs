//! The second step of validation: rules that a type cannot say.

use std::fmt::Display;

use crate::problem::Fault;
use crate::tree::{Node, deepest};
use crate::{Origin, Problem};

/// Collects what a section's own rules refuse; knows where each value came from.
///
/// Keys are relative to the section (`listeners.lan.bind`); an array's element is `[n]` behind its key
/// (`rules[2].effect`).
#[derive(Debug)]
pub struct Checks<'a> {
    tree: &'a Node,
    problems: Vec<Problem>,
}

impl<'a> Checks<'a> {
    pub(crate) const fn new(tree: &'a Node) -> Self {
        Self { tree, problems: Vec::new() }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Refuses `value` of `key` unless it is `low` or more (a number that is none is not).
    pub fn at_least<T: PartialOrd + Display>(&mut self, key: &str, value: T, low: T) {
        if !(&low..).contains(&&value) {
            self.expected(key, format!("at least {low}"), value);
        }
    }

    /// Refuses `value` of `key` unless it is from `low` to `high` (a number that is none is not).
    pub fn within<T: PartialOrd + Display>(&mut self, key: &str, value: T, low: T, high: T) {
        if !(&low..=&high).contains(&&value) {
            self.expected(key, format!("from {low} to {high}"), value);
        }
    }

    /// Refuses the value of `key`: `expected` was, `got` is.
    pub fn expected(&mut self, key: &str, expected: impl Display, got: impl Display) {
        self.push(key, Fault::Value { expected: expected.to_string(), got: got.to_string() });
    }

    /// Refuses the value of `key` for a reason in whole words. Name no secret in it.
    pub fn refuse(&mut self, key: &str, reason: impl Display) {
        self.push(key, Fault::Rule(reason.to_string()));
    }

    /// Whether somebody wrote a value for `key`, be it the default's.
    #[must_use]
    pub fn is_set(&self, key: &str) -> bool {
        let path = segments(key);
        let (node, depth) = deepest(self.tree, &path);
        depth == path.len() && node.origin != Origin::Default
    }

    fn push(&mut self, key: &str, fault: Fault) {
        let path = segments(key);
        let (node, _) = deepest(self.tree, &path);
        let problem = path.iter().rev().fold(Problem::new(fault), |problem, segment| problem.under(segment));
        self.problems.push(problem.or_at(&node.origin));
    }
}

/// `rules[2].effect` as `rules`, `[2]`, `effect`.
fn segments(key: &str) -> Vec<String> {
    key.split('.')
        .flat_map(|part| {
            let (name, element) = part.find('[').map_or((part, ""), |at| part.split_at(at));
            [name, element].into_iter().filter(|segment| !segment.is_empty()).map(str::to_owned)
        })
        .collect()
}
