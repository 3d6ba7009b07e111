//! Erlang terms, as far as rules use them: atoms, texts, numbers, tuples, lists.

use std::fmt;

use crate::import::ImportError;

/// How deep terms may nest.
const DEEPEST: usize = 16;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Term {
    Atom(String),
    Text(String),
    Number(i64),
    Tuple(Vec<Term>),
    List(Vec<Term>),
}

impl Term {
    pub(super) fn atom(&self) -> Option<&str> {
        if let Self::Atom(atom) = self { Some(atom) } else { None }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn tuple(&self) -> Option<&[Self]> {
        if let Self::Tuple(parts) = self { Some(parts) } else { None }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        if let Self::List(parts) = self { Some(parts) } else { None }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, parts, close) = match self {
            Self::Atom(atom) => return f.write_str(atom),
            Self::Text(text) => return write!(f, "\"{}\"", text.escape_debug()),
            Self::Number(number) => return number.fmt(f),
            Self::Tuple(parts) => ('{', parts, '}'),
            Self::List(parts) => ('[', parts, ']'),
        };
        let parts: Vec<String> = parts.iter().map(Self::to_string).collect();
        write!(f, "{open}{}{close}", parts.join(", "))
    }
}

/// The terms of a text, each ended by a dot, with the line where it begins.
pub(super) fn read(text: &str) -> Result<Vec<(usize, Term)>, ImportError> {
    let mut reader = Reader { rest: text, line: 1 };
    let mut terms = Vec::new();
    loop {
        reader.skip();
        if reader.rest.is_empty() {
            return Ok(terms);
        }
        let line = reader.line;
        let term = reader.term(0)?;
        reader.expect('.')?;
        terms.push((line, term));
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    fn wrong(&self, reason: impl Into<String>) -> ImportError {
        ImportError { line: self.line, reason: reason.into() }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or("");
        if c == '\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(c)
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Leaves out spaces and comments.
    fn skip(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                '%' => while self.peek().is_some_and(|c| c != '\n') && self.next().is_some() {},
                c if c.is_whitespace() => {
                    self.next();
                }
                _ => return,
            }
        }
    }

    fn expect(&mut self, wanted: char) -> Result<(), ImportError> {
        self.skip();
        if self.next() == Some(wanted) { Ok(()) } else { Err(self.wrong(format!("expected {wanted}"))) }
    }

    fn term(&mut self, depth: usize) -> Result<Term, ImportError> {
        self.skip();
        if depth > DEEPEST {
            return Err(self.wrong(format!("terms nest more than {DEEPEST} deep")));
        }
        match self.peek() {
            Some('{') => Ok(Term::Tuple(self.several('}', depth)?)),
            Some('[') => Ok(Term::List(self.several(']', depth)?)),
            Some('"') => Ok(Term::Text(self.quoted('"')?)),
            Some('\'') => Ok(Term::Atom(self.quoted('\'')?)),
            Some('<') => self.binary(),
            Some(c) if c.is_ascii_digit() || c == '-' => {
                let end =
                    self.rest.find(|c: char| !(c.is_ascii_digit() || c == '-')).unwrap_or(self.rest.len());
                let (digits, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
                let number = digits.parse().map_err(|_| self.wrong(format!("{digits} is no number")))?;
                self.rest = rest;
                Ok(Term::Number(number))
            }
            Some(c) if c.is_ascii_lowercase() => {
                let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_@".contains(c)));
                let (atom, rest) =
                    self.rest.split_at_checked(end.unwrap_or(self.rest.len())).unwrap_or((self.rest, ""));
                self.rest = rest;
                Ok(Term::Atom(atom.to_owned()))
            }
            _ => Err(self.wrong("expected a term")),
        }
    }

    fn several(&mut self, close: char, depth: usize) -> Result<Vec<Term>, ImportError> {
        self.next();
        let mut parts = Vec::new();
        loop {
            self.skip();
            if self.peek() == Some(close) && parts.is_empty() {
                self.next();
                return Ok(parts);
            }
            parts.push(self.term(depth.saturating_add(1))?);
            self.skip();
            match self.next() {
                Some(',') => {}
                Some(c) if c == close => return Ok(parts),
                _ => return Err(self.wrong(format!("expected , or {close}"))),
            }
        }
    }

    /// `<<"text">>`
    fn binary(&mut self) -> Result<Term, ImportError> {
        self.expect('<')?;
        self.expect('<')?;
        self.skip();
        let text = if self.peek() == Some('"') {
            self.quoted('"')?
        } else {
            return Err(self.wrong("expected text"));
        };
        // An encoding says nothing new: the file is UTF-8.
        self.rest = self.rest.strip_prefix("/utf8").unwrap_or(self.rest);
        self.expect('>')?;
        self.expect('>')?;
        Ok(Term::Text(text))
    }

    fn quoted(&mut self, quote: char) -> Result<String, ImportError> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some(c) if c == quote => return Ok(text),
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some(c) if c.is_ascii_punctuation() => text.push(c),
                    _ => return Err(self.wrong("this escape is not known here")),
                },
                Some(c) => text.push(c),
                None => return Err(self.wrong("a text has no end")),
            }
        }
    }
}
