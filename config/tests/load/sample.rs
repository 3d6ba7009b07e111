//! A section as a gateway would bring it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_config::{
    Bind, ByteSize, Checks, Duration, Loaded, Loader, OptionDoc, Problems, Registration, Reload, Secret,
    Section, Sources,
};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Echo {
    pub(crate) max_packet_size: ByteSize,
    pub(crate) idle: Duration,
    pub(crate) ratio: f64,
    pub(crate) greetings: Vec<String>,
    pub(crate) key: Option<Secret<String>>,
    pub(crate) listeners: BTreeMap<String, Listener>,
    pub(crate) peers: BTreeMap<String, Friend>,
}

/// A table that has to say something and does not exist by default.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Friend {
    pub(crate) address: Bind,
    #[serde(default)]
    pub(crate) loud: bool,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Listener {
    pub(crate) enabled: bool,
    pub(crate) bind: Bind,
    pub(crate) max_connections: u16,
}

impl Default for Listener {
    fn default() -> Self {
        Self { enabled: true, bind: Bind::loopback(7), max_connections: 100 }
    }
}

impl Default for Echo {
    fn default() -> Self {
        Self {
            max_packet_size: ByteSize::mib(1),
            idle: Duration::from_mins(1),
            ratio: 1.5,
            greetings: vec!["hello".to_owned()],
            key: None,
            listeners: BTreeMap::from([("default".to_owned(), Listener::default())]),
            peers: BTreeMap::new(),
        }
    }
}

const fn option(key: &'static str, unit: &'static str, reload: Reload) -> OptionDoc {
    OptionDoc { key, unit, doc: "A thing of the echo.", cost: "", reload, example: None }
}

impl Section for Echo {
    const NAME: &'static str = "echo";
    const INTRO: &'static str = "Sends back what it gets.";

    fn options() -> &'static [OptionDoc] {
        const OPTIONS: &[OptionDoc] = &[
            option("max_packet_size", "size", Reload::NewConnections),
            option("idle", "duration", Reload::Live),
            option("ratio", "number", Reload::Live),
            option("greetings", "texts", Reload::Live),
            OptionDoc { example: Some("\"a key\""), ..option("key", "a secret", Reload::Live) },
            option("listeners.<name>.enabled", "true or false", Reload::Live),
            option("listeners.<name>.bind", "address", Reload::Restart),
            option("listeners.<name>.max_connections", "connections", Reload::NewConnections),
            OptionDoc {
                example: Some("\"[::1]:7\""),
                ..option("peers.<name>.address", "address", Reload::Live)
            },
            OptionDoc { example: Some("true"), ..option("peers.<name>.loud", "true or false", Reload::Live) },
        ];
        OPTIONS
    }

    fn check(&self, checks: &mut Checks<'_>) {
        checks.within("idle", self.idle, Duration::from_secs(1), Duration::from_hours(1));
        checks.within("ratio", self.ratio, 1.0, 1000.5);
        for (name, listener) in &self.listeners {
            checks.at_least(&format!("listeners.{name}.max_connections"), listener.max_connections, 1);
        }
    }
}

pub(crate) fn loader() -> Loader {
    Loader::new().with(Registration::of::<Echo>())
}

/// Loads a file, environment variables and `--set`s.
pub(crate) fn load(file: &str, environment: &[(&str, &str)], set: &[&str]) -> Result<Loaded, Problems> {
    let variables = environment.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let sources = Sources::new()
        .with_file("tidegate.toml", file)
        .with_environment(variables)
        .with_set(set.iter().copied());
    loader().load(&sources)
}

#[test]
fn the_sample_is_documented() {
    assert_eq!(tidegate_config::lint::<Echo>(), Vec::<String>::new());
}

/// A gateway whose listeners have every option.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Full {
    listeners: BTreeMap<String, tidegate_config::ListenerConfig>,
}

impl Section for Full {
    const NAME: &'static str = "full";
    const INTRO: &'static str = "Listens.";

    fn options() -> &'static [OptionDoc] {
        const COUNT: usize = tidegate_config::LISTENER_OPTIONS.len();
        const ALL: &[OptionDoc] = &tidegate_config::together::<COUNT>(tidegate_config::LISTENER_OPTIONS, &[]);
        ALL
    }

    fn check(&self, checks: &mut Checks<'_>) {
        tidegate_config::check_listeners(&self.listeners, checks);
    }
}

/// Loads a listener `a` that says `text`.
pub(crate) fn listener(text: &str) -> Result<(), String> {
    let sources = Sources::new().with_file("f", format!("[full.listeners.a]\n{text}\n"));
    let loaded = Loader::empty().with(Registration::of::<Full>()).load(&sources);
    loaded.map(drop).map_err(|problems| problems.to_string())
}
