//! `acl.conf` of EMQX: Erlang terms `{allow, {user, "x"}, publish, ["t"]}.`

mod terms;

use tidegate_config::sections::{Activity, Effect, NamePattern};

use super::{Draft, Import, ImportError, is_pattern, pattern, quoted, texts, within_bounds, written};
use terms::Term;

/// What stands in their topics for somebody's parts, in all their versions.
const PLACEHOLDERS: [(&str, &str); 8] = [
    ("${clientid}", "${clientid}"),
    ("${username}", "${username}"),
    ("${peerhost}", "${address}"),
    ("${cert_common_name}", "${cert_cn}"),
    ("${cn}", "${cert_cn}"),
    ("${client_attrs.", "${attr."),
    ("%c", "${clientid}"),
    ("%u", "${username}"),
];

/// Reads an `acl.conf` of EMQX. A condition that has no equivalent here drops a rule that allows, and makes one that
/// refuses hold for everybody; both are said.
///
/// # Errors
/// What is no list of such terms.
pub fn emqx(text: &str) -> Result<Import, ImportError> {
    within_bounds(text)?;
    let mut drafts = Vec::new();
    let mut warnings = vec![
        "EMQX compares a subscription with a rule level by level; here a rule that refuses holds for every \
         subscription that has a topic in common with it, and one that allows must hold \
         all of it"
            .to_owned(),
    ];
    for (line, term) in terms::read(text)? {
        rule(line, &term, &mut drafts, &mut warnings)?;
    }
    written(&drafts, "an acl.conf of EMQX", warnings)
}

fn rule(
    line: usize,
    term: &Term,
    drafts: &mut Vec<Draft>,
    warnings: &mut Vec<String>,
) -> Result<(), ImportError> {
    let wrong = |reason: &str| ImportError { line, reason: reason.to_owned() };
    let parts = term.tuple().ok_or_else(|| wrong("expected a tuple {allow, …}."))?;
    let effect = match parts.first().and_then(Term::atom) {
        Some("allow") => Effect::Allow,
        Some("deny") => Effect::Deny,
        _ => return Err(wrong("a rule begins with allow or deny")),
    };
    let all = [Term::Atom("all".to_owned()), Term::List(vec![Term::Text("#".to_owned())])];
    let (who, action, topics) = match parts {
        [_, who] if who.atom() == Some("all") => (who, &all[0], &all[1]),
        [_, who, action, topics] => (who, action, topics),
        _ => return Err(wrong("expected {allow, all}. or {allow, who, action, topics}.")),
    };
    let topics = topics.list().ok_or_else(|| wrong("expected a list of topics"))?;
    let topics: Option<Vec<String>> = topics.iter().map(topic).collect();
    let topics = topics.ok_or_else(|| wrong("expected topic filters, or {eq, \"filter\"}"))?;
    let people = people(who).unwrap_or_else(|reason| {
        let done = match effect {
            Effect::Allow => "the rule is left out",
            _ => "the rule refuses everybody",
        };
        warnings.push(format!("line {line}: {reason} has no equivalent here: {done}"));
        if effect == Effect::Allow { Vec::new() } else { vec!["any = true".to_owned()] }
    });
    if topics.is_empty() {
        return Ok(());
    }
    let acts =
        acts(action).ok_or_else(|| wrong("expected publish, subscribe or all, with qos and retain"))?;
    for who in people {
        for (action, qos, retain) in &acts {
            drafts.push(Draft {
                effect,
                who: who.clone(),
                action: *action,
                qos: qos.clone(),
                retain: *retain,
                topics: topics.clone(),
                line,
            });
        }
    }
    Ok(())
}

fn topic(term: &Term) -> Option<String> {
    let literal = |text: &str| format!("literal:{}", pattern(text, &[]));
    let ours = match term {
        Term::Text(text) => match text.strip_prefix("eq ") {
            Some(text) => literal(text),
            None => pattern(text, &PLACEHOLDERS),
        },
        Term::Tuple(parts) => match parts.as_slice() {
            [eq, Term::Text(text)] if eq.atom() == Some("eq") => literal(text),
            _ => return None,
        },
        _ => return None,
    };
    is_pattern(&ours).then_some(ours)
}

type Act = (Activity, Vec<u8>, Option<bool>);

/// The acts of a rule; two when it speaks of both and of retained messages.
fn acts(term: &Term) -> Option<Vec<Act>> {
    let activity = |term: &Term| match term.atom()? {
        "publish" => Some(Activity::Publish),
        "subscribe" => Some(Activity::Subscribe),
        "all" | "pubsub" => Some(Activity::All),
        _ => None,
    };
    let Term::Tuple(parts) = term else { return Some(vec![(activity(term)?, Vec::new(), None)]) };
    let [kind, options] = parts.as_slice() else { return None };
    let (kind, mut qos, mut retain) = (activity(kind)?, Vec::new(), None);
    for option in options.list()? {
        let [name, value] = option.tuple()? else { return None };
        match (name.atom()?, value) {
            ("qos", Term::Number(number)) => qos.push(u8::try_from(*number).ok()?),
            ("qos", Term::List(numbers)) => {
                for number in numbers {
                    let Term::Number(number) = number else { return None };
                    qos.push(u8::try_from(*number).ok()?);
                }
            }
            ("retain", value) => {
                retain = match value.atom()? {
                    "all" => None,
                    "true" => Some(true),
                    "false" => Some(false),
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
    Some(match (kind, retain) {
        (Activity::Subscribe, _) | (_, None) => vec![(kind, qos, None)],
        (Activity::Publish, _) => vec![(kind, qos, retain)],
        (Activity::All, _) => {
            vec![(Activity::Publish, qos.clone(), retain), (Activity::Subscribe, qos, None)]
        }
    })
}

/// Whom a rule is for, as the lines of one rule of ours or, for `or`, several; what has no equivalent otherwise.
fn people(who: &Term) -> Result<Vec<String>, String> {
    if who.atom() == Some("all") {
        return Ok(vec!["any = true".to_owned()]);
    }
    let parts = who.tuple().unwrap_or_default();
    let [kind, value] = parts else {
        return match parts {
            [kind, Term::Text(name), Term::Text(value)] if kind.atom() == Some("client_attr") => {
                let value = quoted(&format!("{name}={}", NamePattern::escape(value)));
                Ok(vec![format!("attributes = {value}")])
            }
            _ => Err(who.to_string()),
        };
    };
    let named = |key: &str| Ok(vec![format!("{key} = {}", quoted(&name(value)?))]);
    match (kind.atom().unwrap_or_default(), value) {
        ("user" | "username", _) => named("user"),
        ("client" | "clientid", _) => named("client"),
        ("ipaddr", Term::Text(address)) => Ok(vec![format!("address = {}", quoted(address))]),
        ("ipaddrs", Term::List(addresses)) => {
            let addresses: Option<Vec<&str>> = addresses.iter().map(Term::text).collect();
            Ok(vec![format!("address = {}", texts(addresses.ok_or_else(|| who.to_string())?.into_iter()))])
        }
        ("or", Term::List(either)) => {
            let each: Result<Vec<Vec<String>>, String> = either.iter().map(people).collect();
            Ok(each?.concat())
        }
        ("and", Term::List(all)) => every(all).ok_or_else(|| who.to_string()),
        _ => Err(who.to_string()),
    }
}

/// Conditions that must all hold, when each is of another kind and none is a choice.
fn every(all: &[Term]) -> Option<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for condition in all {
        let [line] = <[String; 1]>::try_from(people(condition).ok()?).ok()?;
        let key = line.split(' ').next()?;
        if key == "any" {
            continue;
        }
        if lines.iter().any(|other| other.split(' ').next() == Some(key)) {
            return None;
        }
        lines.push(line);
    }
    Some(vec![if lines.is_empty() { "any = true".to_owned() } else { lines.join("\n") }])
}

/// A name, or a regular expression that one of our patterns says as well.
fn name(term: &Term) -> Result<String, String> {
    match term {
        Term::Text(name) if !name.is_empty() => Ok(NamePattern::escape(name)),
        Term::Tuple(parts) => match parts.as_slice() {
            [re, Term::Text(expression)] if re.atom() == Some("re") => {
                glob(expression).ok_or_else(|| term.to_string())
            }
            _ => Err(term.to_string()),
        },
        _ => Err(term.to_string()),
    }
}

/// A regular expression of plain characters, `.` and `.*`, as a pattern.
fn glob(expression: &str) -> Option<String> {
    let (begins, rest) = expression.strip_prefix('^').map_or((false, expression), |rest| (true, rest));
    let (ends, rest) = rest.strip_suffix('$').map_or((false, rest), |rest| (true, rest));
    let mut pattern = String::from(if begins { "" } else { "*" });
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('.', Some('*')) => {
                chars.next();
                pattern.push('*');
            }
            ('.', Some('+')) => {
                chars.next();
                pattern.push_str("?*");
            }
            ('.', next) if !matches!(next, Some('?' | '{')) => pattern.push('?'),
            ('\\', Some(next)) if next.is_ascii_punctuation() => {
                pattern.push_str(&NamePattern::escape(&chars.next()?.to_string()));
            }
            (c, next) if plain(c) && !matches!(next, Some('*' | '+' | '?' | '{')) => pattern.push(c),
            _ => return None,
        }
    }
    if !ends {
        pattern.push('*');
    }
    (!pattern.is_empty()).then_some(pattern)
}

fn plain(c: char) -> bool {
    !matches!(c, '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' | '\\' | '.')
}
