//! Bad configurations and the exact words they get.

use crate::sample::load;

/// The messages, one a line; nothing if the configuration was accepted.
fn refused(file: &str, environment: &[(&str, &str)], set: &[&str]) -> String {
    load(file, environment, set).map_or_else(|problems| problems.to_string(), |_| String::new())
}

/// A file, and the message after its name.
const FILES: &[(&str, &str)] = &[
    (
        "[echo]\nmax_packet_size = true",
        "2:19: echo.max_packet_size: expected a size such as \"1MiB\", got true",
    ),
    (
        "[echo]\nmax_packet_size = \"1M\"",
        "2:19: echo.max_packet_size: expected a size such as \"1MiB\", got \"1M\"",
    ),
    ("[echo]\nmax_packet_size = -1", "2:19: echo.max_packet_size: expected a size such as \"1MiB\", got -1"),
    ("[echo]\nidle = 30", "2:8: echo.idle: expected a duration such as \"30s\" or \"1h30m\", got 30"),
    ("[echo]\nidle = \"0s\"", "2:8: echo.idle: expected from 1s to 1h, got 0s"),
    (
        "\n\n[echo]\n  max_paket_size = 1",
        "4:3: echo.max_paket_size: unknown key; did you mean max_packet_size? (known: max_packet_size, idle, ratio, greetings, key, listeners, peers)",
    ),
    (
        "[echo]\nzzzzzz = 1",
        "2:1: echo.zzzzzz: unknown key (known: max_packet_size, idle, ratio, greetings, key, listeners, peers)",
    ),
    ("[echo]\nratio = \"x\"", "2:9: echo.ratio: expected a number, got \"x\""),
    ("[echo]\nratio = nan", "2:9: echo.ratio: expected from 1 to 1000.5, got NaN"),
    ("[echo]\nratio = inf", "2:9: echo.ratio: expected from 1 to 1000.5, got inf"),
    (
        "[echo]\ngreetings = \"x\"",
        "2:13: echo.greetings: expected an array such as [\"a\", \"b\"], got \"x\"",
    ),
    ("[echo]\ngreetings = [\"a\", 2]", "2:19: echo.greetings[1]: expected text in quotes, got 2"),
    ("[echo.peers.a]", "1:1: echo.peers.a.address: must be set"),
    (
        "[echo]\n\"a b\\n\" = 1",
        "2:1: echo.\"a b\\n\": unknown key (known: max_packet_size, idle, ratio, greetings, key, listeners, peers)",
    ),
    (
        "[echo]\nidle = \"a\\nb\"",
        "2:8: echo.idle: expected a duration such as \"30s\" or \"1h30m\", got \"a\\nb\"",
    ),
    ("echo = 5", "1:8: echo: expected a table, got 5"),
    (
        "[echo.listeners.lan]\nbnid = 1",
        "2:1: echo.listeners.lan.bnid: unknown key; did you mean bind? (known: enabled, bind, \
             max_connections)",
    ),
    (
        "[echo.listeners.lan]\nbind = \"example.org:7\"",
        "2:8: echo.listeners.lan.bind: expected an address such as \"localhost:1883\", \
             \"192.0.2.7:1883\", \"[::1]:1883\" or \"*:1883\", got \"example.org:7\"",
    ),
    (
        "[echo.listeners.lan]\nbind = 70000",
        "2:8: echo.listeners.lan.bind: expected a port from 0 to 65535, got 70000",
    ),
    (
        "[echo.listeners.lan]\nmax_connections = 70000",
        "2:19: echo.listeners.lan.max_connections: expected a whole number from 0 to 65535, got 70000",
    ),
    (
        "[echo.listeners.lan]\nmax_connections = 0",
        "2:19: echo.listeners.lan.max_connections: expected at least 1, got 0",
    ),
    (
        "[echo.listeners.lan]\nenabled = \"yes\"",
        "2:11: echo.listeners.lan.enabled: expected true or false, got \"yes\"",
    ),
    (
        "[echo.listeners.LAN]\nenabled = true",
        "1:17: echo.listeners.LAN: a name is made of lower-case letters, digits, - and _",
    ),
    (
        "[log]\nformat = \"jsno\"",
        "2:10: log.format: \"jsno\" is not one of its values; did you mean \"json\"? (known: \"text\", \
             \"json\")",
    ),
    ("[log]\nformat = 1", "2:10: log.format: 1 is not one of its values (known: \"text\", \"json\")"),
    (
        "[auth]\nallow_anonymous = \"maybe\"",
        "2:19: auth.allow_anonymous: expected \"loopback\", true or false, got \"maybe\"",
    ),
    (
        "[session]\nmax_expiry = \"ever\"",
        "2:14: session.max_expiry: expected a duration such as \"2h\", or \"never\", got \"ever\"",
    ),
    (
        "[limits]\nmax_connections = 99999999999999999999",
        "2:19: limits.max_connections: expected a whole number from 0, got \"99999999999999999999\"",
    ),
    (
        "[admin]\nbind = \"*:18083\"",
        "2:8: admin.bind: *:18083 can be reached from other machines: set admin.token_file too",
    ),
];

#[test]
fn a_file_names_line_column_key_and_what_was_expected() {
    let place = "tidegate.toml:";
    for (file, expected) in FILES {
        assert_eq!(refused(file, &[], &[]), format!("{place}{expected}"), "for\n{file}");
    }
}

#[test]
fn an_unknown_section_is_told_which_there_are() {
    let message = refused("[admni]\n", &[], &[]);
    let expected =
        "tidegate.toml:1:2: admni: unknown key; did you mean admin? (known: node, log, data, admin, auth,";
    assert!(message.starts_with(expected), "{message}");
}

/// A listener of the sample gateway's, whose keys are those of every listener.
#[test]
fn rules_between_the_options_of_a_listener() {
    use crate::sample::listener;
    for (text, expected) in [
        ("path = \"/run/x\"\nbind = 7", "full.listeners.a.path: a listener has a bind or a path, not both"),
        ("proxy_protocol = true", "full.listeners.a.proxy_protocol: nobody is trusted to send the header"),
        ("websocket.path = \"/x\"", "full.listeners.a.websocket: only a listener whose transport is"),
        ("transport = \"ws\"\nwebsocket.path = \"mqtt\"", "expected a path that begins with /"),
        (
            "transport = \"ws\"\nwebsocket.origins = [\"https://a\", \"b\"]",
            "3:35: full.listeners.a.websocket.origins[1]",
        ),
        ("tls.key = \"k\"", "full.listeners.a.tls: only a listener whose transport is \"tls\" or \"wss\""),
        ("transport = \"tls\"\ntls.key = \"k\"", "full.listeners.a.tls: certificate and key belong together"),
        ("max_connection_rate = \"5\"", "expected a rate such as"),
        ("path_mode = \"rw\"", "expected the octal mode of a file such as \"0660\""),
        ("allow = [\"10.0.0.0/33\"]", "allow[0]: expected a network such as"),
        ("backlog = 0", "backlog: expected from 1 to 65535, got 0"),
        (
            "[full.listeners.b]\nbind = 1\n[full.listeners.c]\nbind = \"localhost:1\"",
            "c.bind: the listener b binds the same",
        ),
    ] {
        let message = listener(text).unwrap_err();
        assert!(message.contains(expected), "{text}: {message}");
    }
    let trusted = "proxy_protocol = true\ntrusted_proxies = [\"10.1.2.3/8\", \"::1\"]\npath = \"/run/x\"";
    assert_eq!(listener(trusted), Ok(()));
}

#[test]
fn environment_and_set_are_named_instead_of_a_line() {
    let cases = [
        (
            ("TIDEGATE__ECHO__IDLE", "5"),
            "TIDEGATE__ECHO__IDLE: echo.idle: expected a duration such as \"30s\" or \"1h30m\", got 5",
        ),
        (
            ("TIDEGATE__ECHO__LISTENERS__DEFAULT__ENABLED", "yes"),
            "TIDEGATE__ECHO__LISTENERS__DEFAULT__ENABLED: echo.listeners.default.enabled: expected true or \
             false, got \"yes\"",
        ),
        (
            ("TIDEGATE__LOG__LEVLE", "info"),
            "TIDEGATE__LOG__LEVLE: log.levle: unknown key; did you mean level? (known: level, format, target)",
        ),
        (("TIDEGATE__LOG", "info"), "TIDEGATE__LOG: expected a name such as TIDEGATE__SECTION__KEY"),
        (("TIDEGATE__", ""), "TIDEGATE__: expected a name such as TIDEGATE__SECTION__KEY"),
    ];
    for (variable, expected) in cases {
        assert_eq!(refused("", &[variable], &[]), expected);
    }
    let cases = [
        (
            "echo.idle=x",
            "--set echo.idle: echo.idle: expected a duration such as \"30s\" or \"1h30m\", got \"x\"",
        ),
        ("node.nmae=x", "--set node.nmae: node.nmae: unknown key; did you mean name? (known: name)"),
        (
            "echo.idle.x=1",
            "--set echo.idle.x: echo.idle: expected a duration such as \"30s\" or \"1h30m\", got a table",
        ),
        ("nothing", "--set nothing: expected section.key=value"),
        ("a=1", "--set a: expected section.key=value"),
        ("a..b=1", "--set a..b: expected section.key=value"),
    ];
    for (assignment, expected) in cases {
        assert_eq!(refused("", &[], &[assignment]), expected);
    }
}

#[test]
fn text_that_is_not_toml_names_its_place_and_quotes_nothing() {
    let message = refused("[node]\nname = \"a\"\n[admin]\ntoken = \"hunter2hunter2\n", &[], &[]);
    assert!(message.starts_with("tidegate.toml:4:"), "{message}");
    assert!(message.contains("not valid TOML") && !message.contains("hunter2"), "{message}");
    let message = refused("[node]\nname = \"a\"\nname = \"b\"\n", &[], &[]);
    assert!(message.starts_with("tidegate.toml:3:1: not valid TOML: duplicate key"), "{message}");
}

#[test]
fn every_problem_is_reported_at_once() {
    let file = "[echo]\nidel = 1\nratio = true\nidle = 7\npeers = { a = {}, b = { loud = 1 } }\n[log]\nformat = \"x\"\n[nodes]\n";
    let message = refused(file, &[("TIDEGATE__NODE__NAME", "")], &["node=1"]);
    let places: Vec<&str> = message.lines().filter_map(|line| line.split(": ").nth(1)).collect();
    assert_eq!(
        places,
        [
            "echo.idel",
            "echo.ratio",
            "echo.idle",
            "echo.peers.a.address",
            "echo.peers.b.address",
            "echo.peers.b.loud",
            "log.format",
            "nodes",
            "node.name",
            "expected section.key=value",
        ],
        "{message}"
    );
}

#[test]
fn a_secret_is_not_quoted_whatever_is_wrong_with_it() {
    for (file, set) in [
        ("[echo]\nkey = 987654321", vec![]),
        ("[admin]\ntoken = \"987654321\"", vec![]),
        ("", vec!["echo.key=[\"987654321\"]"]),
        ("", vec!["admin.token=987654321"]),
    ] {
        let message = refused(file, &[], &set);
        assert!(!message.is_empty() && !message.contains("987654321"), "{message}");
    }
}
