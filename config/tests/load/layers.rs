//! Which source wins, and how a value is read from each.

use tidegate_config::sections::{AllowAnonymous, Auth, Limits, LogFormat, Node, OfflinePolicy, Session};
use tidegate_config::{Bind, ByteSize, Duration, Lifetime, Sources, sections};

use crate::sample::{Echo, load, loader};

#[test]
fn with_no_source_the_defaults_hold() {
    let loaded = loader().load(&Sources::new()).unwrap();
    assert_eq!(loaded.section::<Echo>().unwrap(), Echo::default());
    assert_eq!(loaded.section::<Limits>().unwrap(), Limits::default());
    assert_eq!(loaded.section::<Session>().unwrap(), Session::default());
}

#[test]
fn set_wins_over_environment_over_file_over_default() {
    let file = "[node]\nname = \"file\"\n";
    let environment = [("TIDEGATE__NODE__NAME", "environment"), ("TIDEGATE_OTHER", "x"), ("PATH", "y")];
    let name = |file: &str, environment: &[(&str, &str)], set: &[&str]| {
        load(file, environment, set).unwrap().section::<Node>().unwrap().name
    };
    assert_eq!(name("", &[], &[]), "tidegate");
    assert_eq!(name(file, &[], &[]), "file");
    assert_eq!(name(file, &environment, &[]), "environment");
    assert_eq!(name(file, &environment, &["node.name=first", "node.name=last"]), "last");
}

#[test]
fn tables_merge_and_leaves_are_replaced() {
    let file = "[echo]\ngreetings = []\n[echo.listeners.default]\nbind = \"*:7\"\n[echo.listeners.lan]\n";
    let set = ["echo.listeners.default.max_connections=5", "echo.listeners.extra.bind=127.0.0.1:0"];
    let echo = load(file, &[], &set).unwrap().section::<Echo>().unwrap();
    assert!(echo.greetings.is_empty());
    assert_eq!(echo.listeners.len(), 3);
    assert_eq!(echo.listeners["default"].bind, Bind::any(7));
    assert_eq!(echo.listeners["default"].max_connections, 5);
    assert!(echo.listeners["default"].enabled);
    assert_eq!(echo.listeners["lan"].bind, Bind::loopback(7));
    assert_eq!(echo.listeners["extra"].bind.to_string(), "127.0.0.1:0");
}

#[test]
fn outside_a_file_the_option_decides_the_type() {
    let set = [
        "node.name=42",
        "echo.max_packet_size=2048",
        "echo.idle = 90s",
        "echo.ratio=2",
        "echo.greetings=[\"a\", \"b\"]",
        "echo.key=12345",
        "echo.listeners.default.bind=\"[::1]:9\"",
        "echo.listeners.v6.bind=[::1]:9",
        "log.format=json",
        "limits.offline_policy=refuse",
        "session.max_expiry=2h",
        "auth.allow_anonymous=true",
    ];
    let environment = [("TIDEGATE__ECHO__LISTENERS__DEFAULT__ENABLED", "false")];
    let loaded = load("", &environment, &set).unwrap();
    let echo: Echo = loaded.section().unwrap();
    assert_eq!(loaded.section::<Node>().unwrap().name, "42");
    assert_eq!(echo.max_packet_size, ByteSize::kib(2));
    assert_eq!(echo.idle, Duration::from_secs(90));
    assert!((echo.ratio - 2.0).abs() < f64::EPSILON);
    assert_eq!(echo.greetings, ["a", "b"]);
    assert_eq!(echo.key.unwrap().expose(), "12345");
    assert_eq!(echo.listeners["default"].bind, echo.listeners["v6"].bind);
    assert!(!echo.listeners["default"].enabled);
    assert_eq!(loaded.section::<sections::Log>().unwrap().format, LogFormat::Json);
    assert_eq!(loaded.section::<Limits>().unwrap().offline_policy, OfflinePolicy::Refuse);
    assert_eq!(loaded.section::<Session>().unwrap().max_expiry, Lifetime::Of(Duration::from_hours(2)));
    assert_eq!(loaded.section::<Auth>().unwrap().allow_anonymous, AllowAnonymous::Always);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_key() {
    assert_eq!(load("\u{feff}[node]\nname = \"a\"", &[], &[]).unwrap().section::<Node>().unwrap().name, "a");
}

#[test]
fn numbers_are_read_in_every_form_that_toml_has() {
    let file = "[echo]\nmax_packet_size = 0x10_00\nratio = 1_000.5e0\n[echo.listeners.default]\n\
                max_connections = 0b1_01\nbind = +9\n";
    let echo: Echo = load(file, &[], &[]).unwrap().section().unwrap();
    assert_eq!(echo.max_packet_size, ByteSize::kib(4));
    assert!((echo.ratio - 1000.5).abs() < f64::EPSILON);
    assert_eq!(echo.listeners["default"].max_connections, 5);
    assert_eq!(echo.listeners["default"].bind, Bind::loopback(9));
}
