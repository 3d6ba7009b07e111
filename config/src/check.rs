//! The second step of validation: rules that a type cannot say.

use std::fmt::Display;

use crate::Problem;
use crate::problem::Fault;
use crate::tree::{Node, deepest};

/// Collects what a section's own rules refuse; knows where each value came from.
///
/// Keys are relative to the section (`listeners.lan.bind`).
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

    fn push(&mut self, key: &str, fault: Fault) {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        let (node, _) = deepest(self.tree, &path);
        let problem = path.iter().rev().fold(Problem::new(fault), |problem, segment| problem.under(segment));
        self.problems.push(problem.or_at(&node.origin));
    }
}
