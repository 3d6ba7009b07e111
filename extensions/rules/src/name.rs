//! Names that rules ask for: exact, or patterns with `*` and `?`.

use tidegate_config::sections::NamePattern;

/// A name, or a pattern of names.
#[derive(Debug)]
pub(crate) enum Name {
    /// This very name.
    Exact(Box<str>),
    /// What begins like this and goes on as the pattern says; most names fail at the beginning.
    Pattern(Box<str>, Box<[Token]>),
}

/// A stretch of a pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Token {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any number of characters.
    Many,
}

impl Name {
    pub(crate) fn new(pattern: &NamePattern) -> Self {
        if let Some(exact) = pattern.exact() {
            return Self::Exact(exact.into());
        }
        let (mut head, mut tokens) = (String::new(), Vec::new());
        let mut chars = pattern.as_str().chars();
        while let Some(c) = chars.next() {
            match c {
                '*' if tokens.last() == Some(&Token::Many) => {}
                '*' => tokens.push(Token::Many),
                '?' => tokens.push(Token::One),
                c => {
                    let c = if c == '\\' { chars.next().unwrap_or(c) } else { c };
                    if tokens.is_empty() { head.push(c) } else { tokens.push(Token::Char(c)) }
                }
            }
        }
        Self::Pattern(head.into(), tokens.into())
    }

    pub(crate) fn exact(&self) -> Option<&str> {
        match self {
            Self::Exact(name) => Some(name),
            Self::Pattern(..) => None,
        }
    }

    /// What every name that it matches begins with.
    pub(crate) fn head(&self) -> &str {
        match self {
            Self::Exact(head) | Self::Pattern(head, _) => head,
        }
    }

    pub(crate) fn matches(&self, name: &[u8]) -> bool {
        match self {
            Self::Exact(exact) => exact.as_bytes() == name,
            Self::Pattern(head, tokens) => name
                .strip_prefix(head.as_bytes())
                .is_some_and(|rest| std::str::from_utf8(rest).is_ok_and(|rest| matches(tokens, rest))),
        }
    }
}

/// Each `*` first takes nothing and then one character more whenever what follows fails; an earlier `*` never has to
/// be looked at again. At worst the product of both lengths, and patterns are short.
fn matches(tokens: &[Token], name: &str) -> bool {
    let (mut token, mut at) = (0_usize, 0_usize);
    let mut resume: Option<(usize, usize)> = None;
    loop {
        let c = name.get(at..).and_then(|rest| rest.chars().next());
        match (tokens.get(token), c) {
            (None, None) => return true,
            (Some(Token::Many), _) => {
                token = token.saturating_add(1);
                resume = Some((token, at));
                continue;
            }
            (Some(Token::One), Some(c)) => at = at.saturating_add(c.len_utf8()),
            (Some(Token::Char(wanted)), Some(c)) if *wanted == c => at = at.saturating_add(c.len_utf8()),
            _ => {
                let Some((after, from)) = resume else { return false };
                let Some(skipped) = name.get(from..).and_then(|rest| rest.chars().next()) else {
                    return false;
                };
                let from = from.saturating_add(skipped.len_utf8());
                (token, at, resume) = (after, from, Some((after, from)));
                continue;
            }
        }
        token = token.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(pattern: &str) -> Name {
        Name::new(&NamePattern::new(pattern).unwrap())
    }

    /// The definition, slow and plain.
    fn slow(tokens: &[Token], name: &[char]) -> bool {
        match (tokens.split_first(), name.split_first()) {
            (None, rest) => rest.is_none(),
            (Some((Token::Many, more)), rest) => {
                slow(more, name) || rest.is_some_and(|(_, rest)| slow(tokens, rest))
            }
            (Some((Token::One, more)), Some((_, rest))) => slow(more, rest),
            (Some((Token::Char(wanted), more)), Some((c, rest))) => wanted == c && slow(more, rest),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn patterns_match_as_defined(pattern in r"[abß*?]{1,7}", text in "[abß]{0,9}") {
            let chars: Vec<char> = text.chars().collect();
            let plain = pattern.chars().map(|c| match c {
                '*' => Token::Many,
                '?' => Token::One,
                c => Token::Char(c),
            });
            let slow = slow(&plain.collect::<Vec<_>>(), &chars);
            prop_assert_eq!(name(&pattern).matches(text.as_bytes()), slow, "{} {}", pattern, text);
        }
    }

    #[test]
    fn a_backslash_makes_it_plain() {
        assert!(name(r"a\*").matches(b"a*") && !name(r"a\*").matches(b"ab"));
        assert!(name(r"a\*?").matches(b"a*x") && !name(r"a\*?").matches(b"axx"));
        assert!(name("*").matches(b"") && name("**b").matches(b"ab"));
    }

    #[test]
    fn a_hostile_name_costs_no_more_than_both_lengths() {
        let pattern = name("*aaaaaaaaab*aaaaaaaaab*");
        assert!(!pattern.matches(&vec![b'a'; 65_535]));
    }
}
