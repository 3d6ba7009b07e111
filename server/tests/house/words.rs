//! Words that stay out: protocols out of the kernel, machines and unfinished work out of the project.

use crate::exceptions::Exceptions;
use crate::tree::texts;

/// Law 1: the core knows no protocol. These folders are read whole, comments too.
const WIRELESS: [&str; 2] = ["core/broker/src/", "core/gateway/src/"];

/// Protocols, in any case and inside any word.
const PROTOCOLS: [&str; 5] = ["mqtt", "coap", "stomp", "lwm2m", "sockjs"];

/// Packets, as the specifications spell them, as whole words. `ACK` and the like are left out: acknowledging is
/// the kernel's own word.
const PACKETS: &str = "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK PINGREQ PINGRESP \
    CONNECT DISCONNECT PUBLISH SUBSCRIBE UNSUBSCRIBE REGACK WILLTOPIC GWINFO CON NON RST RECEIPT NACK COMMIT";

/// A clause that a rule comes from is cited in brackets and is no wire word: `[MQTT-4.7.1-2]`, `[MQTT3-4.7.1-2]`,
/// also several (`[MQTT-4.8.2-4, -5]`, `[MQTT-3.3.5-1, MQTT-3.3.4-3]`).
fn without_citations(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        kept.push_str(before);
        let inside = after.split(']').next().unwrap_or("");
        rest = if inside.split(',').all(|part| is_clause(part.trim())) {
            after.get(inside.len()..).unwrap_or("")
        } else {
            kept.push('[');
            after
        };
    }
    kept + rest
}

/// Whether `part` is a clause's id: `MQTT-4.7.1-2`, or `-5` after another.
fn is_clause(part: &str) -> bool {
    let number = ["MQTT-", "MQTT3-", "-"].iter().find_map(|front| part.strip_prefix(front));
    let numeric = |c: char| c.is_ascii_digit() || ".-".contains(c);
    number.is_some_and(|number| !number.is_empty() && number.chars().all(numeric))
}

/// The wire words of a line.
fn wire_words(line: &str) -> Vec<String> {
    let line = without_citations(line);
    let lower = line.to_lowercase();
    let protocols = PROTOCOLS.iter().filter(|word| lower.contains(**word)).map(|word| (*word).to_owned());
    let mut found: Vec<String> = protocols.collect();
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    found.extend(
        words.filter(|word| PACKETS.split_whitespace().any(|packet| packet == *word)).map(str::to_owned),
    );
    found
}

#[test]
fn the_core_says_no_wire_word() {
    let mut exceptions = Exceptions::read("word-exceptions.toml");
    let mut faults = Vec::new();
    let core = texts().iter().filter(|(path, _)| WIRELESS.iter().any(|folder| path.starts_with(folder)));
    for (path, text) in core {
        for (number, line) in text.lines().enumerate() {
            for word in wire_words(line) {
                if !exceptions.allow(&format!("{path}: {word}")) {
                    faults.push(format!("{path}:{}: {word}", number + 1));
                }
            }
        }
    }
    exceptions.settle(&faults);
}

#[test]
fn wire_words_are_found_and_citations_are_not() {
    let cases = [
        ("sends a PUBACK", vec!["PUBACK"]),
        ("let MqttPacket = stomp;", vec!["mqtt", "stomp"]),
        ("a CON message, a CONSTANT and a con", vec!["CON"]),
        ("// [MQTT-4.7.1-2] and [MQTT-4.8.2-4, -5]", vec![]),
        ("// [MQTT3-4.7.1-2], [`Topic`] x[0]", vec![]),
        ("// [MQTT-3.3.5-1, MQTT-3.3.4-3]", vec![]),
        ("// [MQTT] as such, [MQTT-x]", vec!["mqtt"]),
        ("// [MQTT-3.3.5-1, the mqtt way]", vec!["mqtt"]),
        ("settle, publish, receipt", vec![]),
    ];
    for (line, expected) in cases {
        assert_eq!(wire_words(line), expected, "{line}");
    }
}

/// What no file says. Put together from halves, as this file is read too.
const UNWANTED: [(&str, &str); 8] = [
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("C:\\Us", "ers"),
    ("TO", "DO"),
    ("FIX", "ME"),
    ("PRIVATE ", "KEY-----"),
    ("<<<<", "<<< "),
];

/// Where `line` says an unwanted word that does not just end a longer one (`framework/` is fine).
fn unwanted(line: &str) -> Vec<String> {
    let inside =
        |at: usize| line.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric()));
    let words = UNWANTED.iter().map(|(front, back)| format!("{front}{back}"));
    words.filter(|word| line.match_indices(word.as_str()).any(|(at, _)| !inside(at))).collect()
}

#[test]
fn no_file_names_a_machine_or_unfinished_work() {
    let mut faults = Vec::new();
    for (path, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            let found = unwanted(line).into_iter().map(|word| format!("{path}:{}: {word}", number + 1));
            faults.extend(found);
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn unwanted_words_are_found_where_they_start() {
    let half = |index: usize| format!("{}{}", UNWANTED[index].0, UNWANTED[index].1);
    assert_eq!(unwanted(&format!("path = \"{}x\"", half(0))), [half(0)]);
    assert_eq!(unwanted(&format!("a/b{}x", half(0))), Vec::<String>::new());
    assert_eq!(unwanted(&format!("// {}: later", half(4))), [half(4)]);
}
