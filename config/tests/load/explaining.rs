//! What holds and why, what changed, and the reference file.

use tidegate_config::{Origin, Reload, Sources, reference};

use crate::sample::{load, loader};

fn shown(file: &str, environment: &[(&str, &str)], set: &[&str]) -> Vec<String> {
    load(file, environment, set).unwrap().explain().iter().map(ToString::to_string).collect()
}

#[test]
fn every_value_says_where_it_came_from() {
    let lines = shown(
        "[echo]\nidle = \"90s\"\nkey = \"hunter2\"\n[echo.listeners.lan]\nbind = 9\n",
        &[("TIDEGATE__ECHO__RATIO", "2")],
        &["echo.listeners.default.enabled=false"],
    );
    let echo: Vec<&str> = lines.iter().map(String::as_str).filter(|line| line.starts_with("echo.")).collect();
    assert_eq!(
        echo,
        [
            "echo.max_packet_size = \"1MiB\"  # default",
            "echo.idle = \"1m30s\"  # tidegate.toml:2:8",
            "echo.ratio = 2.0  # TIDEGATE__ECHO__RATIO",
            "echo.greetings = [\"hello\"]  # default",
            "echo.key = \"•••\"  # tidegate.toml:3:7",
            "echo.listeners.default.enabled = false  # --set echo.listeners.default.enabled",
            "echo.listeners.default.bind = \"localhost:7\"  # default",
            "echo.listeners.default.max_connections = 100  # default",
            "echo.listeners.lan.enabled = true  # default",
            "echo.listeners.lan.bind = \"localhost:9\"  # tidegate.toml:5:8",
            "echo.listeners.lan.max_connections = 100  # default",
        ]
    );
    assert!(lines.contains(&"admin.token = unset  # default".to_owned()), "{lines:#?}");
}

#[test]
fn a_reload_knows_what_changed_and_when_it_holds() {
    let before = load("[echo]\nkey = \"one\"\n", &[], &[]).unwrap();
    let after =
        load("[echo]\nkey = \"two\"\nidle = \"2m\"\n[echo.listeners.default]\nbind = 8\n", &[], &[]).unwrap();
    let changes: Vec<String> = before.changes(&after).iter().map(ToString::to_string).collect();
    assert_eq!(
        changes,
        [
            "echo.idle: \"1m\" -> \"2m\" (at once)",
            "echo.key: \"•••\" -> \"•••\" (at once)",
            "echo.listeners.default.bind: \"localhost:7\" -> \"localhost:8\" (at a restart)",
        ]
    );
    assert_eq!(before.changes(&before.clone()), []);
    let gone = after.changes(&load("[echo.listeners.lan]", &[], &[]).unwrap());
    assert!(gone.iter().any(|change| change.key == "echo.listeners.lan.bind" && change.before.is_none()));
    assert!(gone.iter().any(|change| change.key == "echo.key" && change.reload == Reload::Live));
}

#[test]
fn the_reference_file_loads_and_changes_nothing() {
    let text = reference(&loader().docs());
    let plain = loader().load(&Sources::new()).unwrap();
    let loaded = load(&text, &[], &[]).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    assert_eq!(plain.changes(&loaded), []);
    for line in loaded.explain() {
        let unset = line.value == "unset" || line.key == "echo.peers";
        assert!(unset || line.origin != Origin::Default, "{} does not stand in it", line.key);
        let key = line.key.rsplit('.').next().unwrap();
        assert!(text.lines().any(|l| l.trim_start_matches("# ").starts_with(&format!("{key} = "))), "{key}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 110));
}

#[test]
fn a_table_that_does_not_exist_by_default_stands_there_as_a_comment() {
    let text = reference(&loader().docs());
    let start = text.find("# [echo.peers.example]").unwrap();
    let expected = "# [echo.peers.example]\n# A thing of the echo.\n# Unit: address. A change holds at once.\n\
                    # address = \"[::1]:7\"\n#\n# A thing of the echo.\n# Unit: true or false. A change holds at \
                    once.\n# loud = true\n";
    assert_eq!(&text[start..], expected);
    assert!(text.contains("\n\n[echo.listeners.default]\n# A thing of the echo.\n"), "{text}");
}
