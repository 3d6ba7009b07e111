//! Rules in words, for people who check a configuration.

use std::fmt::{self, Display, Write};

use tidegate_broker::Principal;
use tidegate_config::sections::{Activity, Effect, NoMatch, Piece, Placeholder, TopicForm};

use crate::condition::Condition;
use crate::name::{Name, Token};
use crate::pattern::Pattern;
use crate::rule::Rule;
use crate::{Cited, Rules};

/// A rule in words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explained<'a> {
    /// Which, and where it stands.
    pub rule: &'a Cited,
    /// What it says.
    pub words: String,
}

impl Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {} ({})", self.rule.number, self.words, self.rule.place)?;
        self.rule.comment.iter().try_for_each(|comment| write!(f, " # {}", comment.escape_debug()))
    }
}

impl Rules {
    /// The rules that are for this somebody, in the order in which they are asked: whether one applies depends on the
    /// act alone.
    #[must_use]
    pub fn explain(&self, who: &Principal) -> Vec<Explained<'_>> {
        if who.superuser {
            return Vec::new();
        }
        self.explained(|rule| rule.is_for(who))
    }

    /// The rules that can be for somebody who came through a listener, in order.
    #[must_use]
    pub fn explain_listener(&self, listener: &str) -> Vec<Explained<'_>> {
        self.explained(|rule| {
            rule.who.iter().all(|condition| match condition {
                Condition::Listener(names) => names.iter().any(|name| name.matches(listener.as_bytes())),
                _ => true,
            })
        })
    }

    /// What holds where no rule matches, in words.
    #[must_use]
    pub const fn otherwise(&self) -> &'static str {
        match self.no_match {
            NoMatch::Deny => "deny everything else",
            NoMatch::Allow => "allow everything else",
        }
    }

    fn explained(&self, wanted: impl Fn(&Rule) -> bool) -> Vec<Explained<'_>> {
        let both = self.rules.iter().zip(&self.cited).filter(|(rule, _)| wanted(rule));
        both.map(|(rule, cited)| Explained { rule: cited, words: rule.to_string() }).collect()
    }
}

impl Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = match self.effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
            Effect::Disconnect => "deny, and disconnect,",
        };
        write!(f, "{effect} ")?;
        if self.who.is_empty() {
            f.write_str("everybody")?;
        }
        list(f, &self.who, " and ")?;
        f.write_str(match self.action {
            Activity::Publish => " to publish",
            Activity::Subscribe => " to subscribe",
            Activity::All => " to publish and subscribe",
        })?;
        if self.qos != 0b111 {
            let levels: Vec<u8> = (0..=2_u8).filter(|qos| self.qos & (1 << qos) != 0).collect();
            f.write_str(" at QoS ")?;
            list(f, &levels, " or ")?;
        }
        match self.retain {
            Some(true) => f.write_str(" retained messages")?,
            Some(false) => f.write_str(" messages not retained")?,
            None => {}
        }
        f.write_str(" to ")?;
        list(f, &self.topics, ", ")
    }
}

fn list<T: Display>(f: &mut fmt::Formatter<'_>, items: &[T], between: &str) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

impl Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = |what: &str, names: &[Name]| {
            write!(f, "{what} ")?;
            list(f, names, " or ")
        };
        match self {
            Self::Anonymous => f.write_str("anonymous clients"),
            Self::User(users) => names("user", users),
            Self::Client(clients) => names("client", clients),
            Self::Listener(listeners) => names("whoever came through listener", listeners),
            Self::CommonName(common) => names("whoever has a certificate for", common),
            Self::Subject(subjects) => names("whoever has a certificate with subject", subjects),
            Self::Address(networks) => {
                f.write_str("whoever comes from ")?;
                list(f, networks, " or ")
            }
            Self::Attribute(name, value) => write!(f, "whoever has {name} = {value}"),
        }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => write!(f, "\"{}\"", name.escape_debug()),
            Self::Pattern(head, tokens) => {
                let head = head.chars().map(Token::Char);
                head.chain(tokens.iter().copied()).try_for_each(|token| match token {
                    Token::Char(c @ ('*' | '?' | '\\')) => write!(f, "\\{c}"),
                    Token::Char(c) => write!(f, "{}", c.escape_debug()),
                    Token::One => f.write_char('?'),
                    Token::Many => f.write_char('*'),
                })
            }
        }
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (form, only) = match self {
            Self::Fixed(form, text) => (form, Piece::Text(text.clone())),
            Self::Filled(form, _) => (form, Piece::Text(Box::default())),
        };
        f.write_str(match form {
            TopicForm::Filter => "",
            TopicForm::Literal => "the text ",
            TopicForm::Prefix => "whatever begins with ",
        })?;
        let pieces = match self {
            Self::Fixed(..) => std::slice::from_ref(&only),
            Self::Filled(_, pieces) => pieces,
        };
        f.write_char('"')?;
        for piece in pieces {
            match piece {
                Piece::Text(text) => write!(f, "{}", text.escape_debug())?,
                Piece::Value(Placeholder::Client) => f.write_str("${clientid}")?,
                Piece::Value(Placeholder::User) => f.write_str("${username}")?,
                Piece::Value(Placeholder::CommonName) => f.write_str("${cert_cn}")?,
                Piece::Value(Placeholder::Address) => f.write_str("${address}")?,
                Piece::Value(Placeholder::Attribute(name)) => write!(f, "${{attr.{name}}}")?,
            }
        }
        f.write_char('"')
    }
}
