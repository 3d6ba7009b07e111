//! Rules of other brokers.

use proptest::prelude::*;
use tidegate_broker::{Decision, Principal};
use tidegate_rules::import::{emqx, mosquitto};
use tidegate_types::{ClientId, Filter, TopicLimits};

use crate::sample::{alice, publish, rules, stranger, subscribe};

const ACL: &str = "# general\ntopic read public/#\n\nuser alice\ntopic readwrite a/#\ntopic deny a/secret/#\n\
                   topic  write out put\ntopic own\nuser b*b\ntopic read literal:x\n\
                   pattern write dev/%c/up\npattern deny dev/%u/secret\n";

#[test]
fn a_mosquitto_file_becomes_rules() {
    let import = mosquitto(ACL).unwrap();
    let rules = rules(&import.text);
    let bob = Principal { user: Some("b*b".into()), ..stranger("c2") };
    let bub = Principal { user: Some("bub".into()), ..stranger("c2") };
    let cases = [
        (alice(), "a/x", Decision::Allow, Decision::Allow),
        (alice(), "a/secret/x", Decision::Deny, Decision::Deny),
        (alice(), "a/secret", Decision::Deny, Decision::Deny),
        (alice(), "out put", Decision::Allow, Decision::Abstain),
        (alice(), "own", Decision::Allow, Decision::Allow),
        (alice(), "public/x", Decision::Abstain, Decision::Abstain),
        (alice(), "dev/c1/up", Decision::Allow, Decision::Abstain),
        (alice(), "dev/c2/up", Decision::Abstain, Decision::Abstain),
        (stranger("c2"), "public/x", Decision::Abstain, Decision::Allow),
        (stranger("c2"), "dev/c2/up", Decision::Allow, Decision::Abstain),
        (bob.clone(), "literal:x", Decision::Abstain, Decision::Allow),
        (bob, "dev/b*b/secret", Decision::Deny, Decision::Deny),
        (bub, "literal:x", Decision::Abstain, Decision::Abstain),
    ];
    for (who, topic, publishing, subscribing) in cases {
        assert_eq!(publish(&rules, &who, topic), publishing, "{:?} publishes to {topic}", who.user);
        assert_eq!(subscribe(&rules, &who, topic), subscribing, "{:?} subscribes to {topic}", who.user);
    }
    assert!(
        import.warnings.iter().any(|warning| warning.starts_with(
            "user \"alice\": subscriptions within \"a/#\" (line 5) that reach into \"a/secret/#\" (line 6) are refused"
        )),
        "{:?}",
        import.warnings
    );
}

#[test]
fn a_wrong_line_is_named() {
    let cases = [
        ("topic", "line 1: a topic is missing"),
        ("\nuser ", "line 2: a user name is missing"),
        ("topic reed a b", "line 1: expected read, write, readwrite or deny, got \"reed\""),
        ("topic read a/#/b", "line 1: no topic filter: \"a/#/b\""),
        ("allow all", "line 1: expected user, topic or pattern"),
    ];
    for (text, message) in cases {
        assert_eq!(mosquitto(text).unwrap_err().to_string(), message, "{text:?}");
    }
}

/// What mosquitto 2 answers, from its manual and its behaviour: a user's own lines, refusals first; then the patterns,
/// refusals first.
fn theirs(
    lines: &[(usize, usize, usize)],
    user: Option<&str>,
    client: &str,
    topic: &str,
    writes: bool,
) -> bool {
    let matches =
        |filter: &str| Filter::new(filter, &TopicLimits::default()).unwrap().matches(topic.as_bytes());
    let of = |section: usize| {
        let lines = lines.iter().filter(move |line| line.0 % SECTIONS.len() == section);
        lines.map(|(_, access, topic)| (ACCESS[access % 4], TOPICS[topic % TOPICS.len()]))
    };
    let own = match user {
        None => 0,
        Some("u") => 1,
        Some("v") => 2,
        Some(_) => usize::MAX,
    };
    for section in [own, 3] {
        let filled = of(section).filter_map(|(access, filter)| match (section, user) {
            (3, None) if filter.contains("%u") => None,
            (3, user) => Some((access, filter.replace("%c", client).replace("%u", user.unwrap_or("")))),
            _ => Some((access, filter.to_owned())),
        });
        let met: Vec<&str> = filled.filter(|(_, filter)| matches(filter)).map(|(access, _)| access).collect();
        if met.contains(&"deny") {
            return false;
        }
        if met.iter().any(|access| *access == "readwrite" || *access == if writes { "write" } else { "read" })
        {
            return true;
        }
    }
    false
}

/// Anonymous clients, two users, patterns.
const SECTIONS: [&str; 4] = ["", "user u\n", "user v\n", ""];
const ACCESS: [&str; 4] = ["read", "write", "readwrite", "deny"];
const TOPICS: [&str; 10] = ["#", "a", "a/#", "a/+", "+/c", "%c/x", "a/%u", "a/%c/#", "$SYS/#", "%u/%c"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_mosquitto_file_means_what_it_meant(
        lines in prop::collection::vec((0..4_usize, 0..4_usize, 0..10_usize), 0..12),
        user in prop::option::of(prop::sample::select(vec!["u", "v", "w"])),
    ) {
        let mut text = String::new();
        // Lines before the first user are for anonymous clients.
        for section in [0, 3, 1, 2] {
            text += SECTIONS[section];
            for (_, access, topic) in lines.iter().filter(|line| line.0 % 4 == section) {
                let word = if section == 3 { "pattern" } else { "topic" };
                text += &format!("{word} {} {}\n", ACCESS[access % 4], TOPICS[topic % 10]);
            }
        }
        let rules = rules(&mosquitto(&text).unwrap().text);
        let who = Principal { user: user.map(Into::into), client: Some(ClientId::new("c")), ..Principal::default() };
        for topic in ["a", "a/c", "a/u", "a/c/d", "c/x", "u/c", "$SYS/x", "b", "w/c"] {
            let mine = publish(&rules, &who, topic) == Decision::Allow;
            prop_assert_eq!(mine, theirs(&lines, user, "c", topic, true), "write {} in\n{}", topic, text);
            let mine = subscribe(&rules, &who, topic) == Decision::Allow;
            prop_assert_eq!(mine, theirs(&lines, user, "c", topic, false), "read {} in\n{}", topic, text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in r"(user|topic|pattern|read|deny|[ #+/%cu\n{}\[\]\x22'.,a-z$<>0-9\\]){0,40}") {
        if let Ok(import) = mosquitto(&text) {
            rules(&import.text);
        }
        if let Ok(import) = emqx(&text) {
            rules(&import.text);
        }
    }
}

const CONF: &str = r##"
%% a comment
{allow, {username, {re, "^dash.*$"}}, subscribe, ["$SYS/#"]}.
{allow, {ipaddr, "127.0.0.1"}, all, ["$SYS/#", "#"]}.
{deny, all, subscribe, ["$SYS/#", {eq, "#"}, "eq +/#"]}.
{allow, {'and', [{user, "alice"}, {ipaddrs, ["10.0.0.0/8", "192.0.2.1"]}]},
    {all, [{qos, [0, 1]}, {retain, false}]}, ["a/${clientid}", <<"b/%u">>]}.
{allow, {'or', [{client, "x*"}, {user, "bob"}]}, publish, ["c/${client_attrs.site}/#"]}.
{allow, {user, {re, "(a|b)c"}}, publish, ["never"]}.
{deny, {zone, "z"}, publish, ["d"]}.
{allow, all}.
"##;

#[test]
fn an_emqx_file_becomes_rules() {
    let import = emqx(CONF).unwrap();
    let rules = rules(&import.text);
    let user = |user: &str, client: &str| Principal { user: Some(user.into()), ..stranger(client) };
    let local = Principal { remote: Some("127.0.0.1:1".parse().unwrap()), ..stranger("c") };
    assert_eq!(subscribe(&rules, &user("dashboard", "d"), "$SYS/x"), Decision::Allow);
    assert_eq!(subscribe(&rules, &user("adash", "d"), "$SYS/x"), Decision::Deny);
    assert_eq!(subscribe(&rules, &local, "#"), Decision::Allow);
    assert_eq!(subscribe(&rules, &alice(), "#"), Decision::Deny);
    assert_eq!(subscribe(&rules, &alice(), "+/#"), Decision::Deny);
    assert_eq!(publish(&rules, &alice(), "d"), Decision::Deny);
    assert_eq!(publish(&rules, &alice(), "other"), Decision::Allow);
    let numbers: Vec<String> = rules.explain(&alice()).iter().map(|one| one.words.clone()).collect();
    assert!(
        numbers.iter().any(|words| words
            == "allow user \"alice\" and whoever comes from 10.0.0.0/8 or 192.0.2.1/32 to publish at QoS 0 or 1 \
                messages not retained to \"a/${clientid}\", \"b/${username}\""),
        "{numbers:#?}"
    );
    let said = import.warnings.join("\n");
    assert!(said.contains("line 9: {re, \"(a|b)c\"} has no equivalent here: the rule is left out"), "{said}");
    assert!(
        said.contains("line 10: {zone, \"z\"} has no equivalent here: the rule refuses everybody"),
        "{said}"
    );
}

#[test]
fn a_wrong_term_is_named() {
    let cases = [
        ("{allow, all}", "line 1: expected ."),
        ("allow.", "line 1: expected a tuple {allow, …}."),
        ("\n{permit, all}.", "line 2: a rule begins with allow or deny"),
        ("{allow, all, publish, \"a\"}.", "line 1: expected a list of topics"),
        ("{allow, all, publish, [\"a/#/b\"]}.", "line 1: expected topic filters, or {eq, \"filter\"}"),
        ("{allow, all, sing, [\"a\"]}.", "line 1: expected publish, subscribe or all, with qos and retain"),
        ("{allow, {user, \"a", "line 1: a text has no end"),
    ];
    for (text, message) in cases {
        assert_eq!(emqx(text).unwrap_err().to_string(), message, "{text}");
    }
    let deep = "[".repeat(100_000);
    assert!(emqx(&deep).is_err());
}
