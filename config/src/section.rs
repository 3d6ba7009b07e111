//! What a part of the broker says about its options.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::tree::{Node, deepest, from_toml, reset};
use crate::{Checks, Origin, Problem, Problems};

/// A section of the configuration: one table at the top level of the file.
///
/// The type is what the file says, read by serde: `#[serde(default, deny_unknown_fields)]` on it and on every
/// struct inside it, `Option` for what may stay unset, `BTreeMap<String, Inner>` for tables that the user
/// names (`[mqtt.listeners.<name>]`). `Default` is the one place where defaults stand: the reference file, the
/// lowest layer of the merge and [`crate::Loaded::explain`] all take them from there.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tidegate_config::{Checks, Duration, OptionDoc, Reload, Section};
///
/// #[derive(Debug, Deserialize, Serialize)]
/// #[serde(default, deny_unknown_fields)]
/// struct Echo {
///     idle: Duration,
/// }
///
/// impl Default for Echo {
///     fn default() -> Self {
///         Self { idle: Duration::from_secs(60) }
///     }
/// }
///
/// impl Section for Echo {
///     const NAME: &'static str = "echo";
///     const INTRO: &'static str = "Sends back what it gets.";
///
///     fn options() -> &'static [OptionDoc] {
///         &[OptionDoc {
///             key: "idle",
///             unit: "duration",
///             doc: "How long a silent peer stays connected.",
///             cost: "an entry in the timer wheel",
///             reload: Reload::NewConnections,
///             example: None,
///         }]
///     }
///
///     fn check(&self, checks: &mut Checks<'_>) {
///         checks.at_least("idle", self.idle, Duration::from_secs(1));
///     }
/// }
///
/// assert_eq!(tidegate_config::lint::<Echo>(), Vec::<String>::new());
/// ```
pub trait Section: Default + DeserializeOwned + Serialize {
    /// The table's name.
    const NAME: &'static str;
    /// One or two sentences on what the section decides.
    const INTRO: &'static str;

    /// Every option, in the order in which the reference file shows them.
    fn options() -> &'static [OptionDoc];

    /// Ranges and rules that hold between options; reports what does not hold. The values have their types
    /// already. The default is: no further rule.
    fn check(&self, checks: &mut Checks<'_>) {
        let _: &mut Checks<'_> = checks;
    }
}

/// One option, for the reference file, `tidegate check` and the reload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OptionDoc {
    /// The key below the section. `<name>` stands for a name that the user chooses (`listeners.<name>.bind`);
    /// another word in its place (`listeners.<tls>.tls.key`) is the name under which the example is shown. An array
    /// of tables has `[]` (`rules[].effect`), beside an option for the array itself (`rules`).
    pub key: &'static str,
    /// What the value is: `size`, `duration`, `messages`, `true or false`, `path`, …
    pub unit: &'static str,
    /// What it decides and what happens at its bound, in whole sentences.
    pub doc: &'static str,
    /// What a larger value costs (memory, time, safety); empty when it costs nothing.
    pub cost: &'static str,
    /// When a change takes hold.
    pub reload: Reload,
    /// A value to show, in TOML, where the default is that the option is unset; `None` otherwise.
    pub example: Option<&'static str>,
}

/// One table of options made of two, for [`Section::options`]: `N` is the sum of their lengths.
///
/// # Panics
/// When it is not; in a constant that is an error of the compiler.
#[must_use]
pub const fn together<const N: usize>(first: &[OptionDoc], second: &[OptionDoc]) -> [OptionDoc; N] {
    const NONE: OptionDoc =
        OptionDoc { key: "", unit: "", doc: "", cost: "", reload: Reload::Restart, example: None };
    assert!(first.len() + second.len() == N, "N is the number of options of both tables");
    let mut all = [NONE; N];
    let (mut target, mut left, mut right) = (all.as_mut_slice(), first, second);
    while let Some((slot, rest)) = target.split_first_mut() {
        match (left, right) {
            ([option, others @ ..], _) => (*slot, left) = (*option, others),
            ([], [option, others @ ..]) => (*slot, right) = (*option, others),
            ([], []) => {}
        }
        target = rest;
    }
    all
}

/// When a changed option takes hold.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Reload {
    /// At once, for everybody.
    Live,
    /// For connections made from then on.
    NewConnections,
    /// When the broker is started again.
    Restart,
}

impl std::fmt::Display for Reload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Live => "at once",
            Self::NewConnections => "for new connections",
            Self::Restart => "at a restart",
        })
    }
}

/// A section's documentation with its defaults, its type forgotten.
#[derive(Clone, Debug)]
pub struct SectionDoc {
    /// The table's name.
    pub name: &'static str,
    /// What the section decides.
    pub intro: &'static str,
    /// Its options, in the order of the reference file.
    pub options: &'static [OptionDoc],
    /// Its defaults, as the file would say them; what is unset is absent.
    pub defaults: toml::Table,
}

impl SectionDoc {
    /// The documentation of `T`.
    #[must_use]
    pub fn of<T: Section>() -> Self {
        Self { name: T::NAME, intro: T::INTRO, options: T::options(), defaults: written(&T::default()) }
    }

    /// The documentation of `key` (below the section), user-chosen names included.
    #[must_use]
    pub fn option(&self, key: &str) -> Option<&'static OptionDoc> {
        self.options.iter().find(|option| matches(option.key, key))
    }

    /// `pattern` with the first name that the defaults have (or `example`) for each `<name>`.
    pub(crate) fn instance(&self, pattern: &str) -> Vec<String> {
        let defaults = self.default_tree();
        let mut path: Vec<String> = Vec::new();
        for segment in pattern.split('.') {
            let name = segment.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
            if let Some(chosen) = name.map_or(Some(segment), |name| (name != "name").then_some(name)) {
                path.push(chosen.to_owned());
                continue;
            }
            let (node, depth) = deepest(&defaults, &path);
            let first = node.table().filter(|_| depth == path.len()).and_then(|table| table.keys().next());
            path.push(first.cloned().unwrap_or_else(|| "example".to_owned()));
        }
        path
    }

    pub(crate) fn default_tree(&self) -> Node {
        from_toml(toml::Value::Table(self.defaults.clone()), &Origin::Default)
    }
}

/// Whether `key` is the documented `pattern`, in which `<name>` stands for any one segment.
fn matches(pattern: &str, key: &str) -> bool {
    let (mut left, mut right) = (pattern.split('.'), key.split('.'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(wanted), Some(got)) if wanted == got || wanted.starts_with('<') => {}
            _ => return false,
        }
    }
}

/// What `section` says, as TOML. A type that TOML cannot write gives an empty table, which [`lint`] reports.
pub(crate) fn written<T: Serialize>(section: &T) -> toml::Table {
    toml::Table::try_from(section).unwrap_or_default()
}

/// A section whose type is forgotten: what a loader and a list of gateways hold.
#[derive(Clone, Copy, Debug)]
pub struct Registration {
    name: &'static str,
    doc: fn() -> SectionDoc,
    validate: fn(&Node, &Node) -> Result<toml::Table, Problems>,
}

impl Registration {
    /// `T`, its type forgotten.
    #[must_use]
    pub const fn of<T: Section>() -> Self {
        Self {
            name: T::NAME,
            doc: SectionDoc::of::<T>,
            validate: |tree, defaults| typed::<T>(tree, defaults).map(|section| written(&section)),
        }
    }

    /// The table's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The section's documentation.
    #[must_use]
    pub fn doc(&self) -> SectionDoc {
        (self.doc)()
    }

    /// The effective values, or everything that is wrong below this section.
    pub(crate) fn validate(&self, tree: &Node, defaults: &Node) -> Result<toml::Table, Problems> {
        (self.validate)(tree, defaults)
    }
}

/// How many wrong values of one section are reported before the loader stops looking.
const MOST_PROBLEMS: usize = 50;

/// `tree` as a checked `T`: first the types, value by value, then the section's own rules.
pub(crate) fn typed<T: Section>(tree: &Node, defaults: &Node) -> Result<T, Problems> {
    let mut tree = tree.clone();
    let mut problems: Vec<Problem> = Vec::new();
    // serde stops at the first error. Putting the wrong value back to its default and reading again finds the
    // next one, so that a user mends a file in one go.
    let section = loop {
        let problem = match crate::de::read::<T>(&tree) {
            Ok(section) => break Some(section),
            Err(problem) => problem,
        };
        let again = reset(&mut tree, defaults, problem.path()) && problems.len() < MOST_PROBLEMS;
        // What was taken out for being wrong and has no default is missing next; it was reported.
        if problems.iter().all(|known| known.path() != problem.path()) {
            problems.push(problem);
        }
        if !again {
            break None;
        }
    };
    if let (Some(section), true) = (&section, problems.is_empty()) {
        let mut checks = Checks::new(&tree);
        section.check(&mut checks);
        problems = checks.into_problems();
    }
    match section {
        Some(section) if problems.is_empty() => Ok(section),
        _ => Err(Problems::new(problems).under(T::NAME)),
    }
}

/// What is wrong with the documentation of `T`, for a test in the crate that has the section: options without
/// documentation, documentation without an option, defaults or examples that are refused.
#[must_use]
pub fn lint<T: Section>() -> Vec<String> {
    let doc = SectionDoc::of::<T>();
    let defaults = doc.default_tree();
    let mut faults = Vec::new();
    for key in crate::explain::leaves(&doc.defaults) {
        if doc.option(&key).is_none() {
            faults.push(format!("{}.{key} has no documentation", T::NAME));
        }
    }
    if let Err(problems) = typed::<T>(&defaults, &defaults) {
        faults.push(format!("the defaults are refused: {problems}"));
    }
    faults.extend(doc.options.iter().filter_map(|option| fault_of::<T>(&doc, &defaults, option)));
    faults
}

/// What is wrong with one option's documentation.
fn fault_of<T: Section>(doc: &SectionDoc, defaults: &Node, option: &OptionDoc) -> Option<String> {
    let named = crate::explain::leaves(&doc.defaults).into_iter().find(|key| matches(option.key, key));
    if option.doc.is_empty() || option.unit.is_empty() {
        return Some(format!("{}.{} is not explained", T::NAME, option.key));
    }
    match (named, option.example) {
        (Some(_), None) => None,
        (Some(_), Some(_)) => Some(format!("{}.{} has a default and an example", T::NAME, option.key)),
        (None, None) => Some(format!("{}.{} has neither a default nor an example", T::NAME, option.key)),
        (None, Some(_)) => {
            let alone = try_examples::<T>(doc, defaults, &[option])?;
            // What stands beside it in a table that does not exist by default may have to be set too, and what
            // refers to that table.
            let table = |option: &OptionDoc| option.key.rsplit_once('.').map(|(table, _)| table);
            let beside: Vec<&OptionDoc> =
                doc.options.iter().filter(|other| table(other) == table(option)).collect();
            let all: Vec<&OptionDoc> = doc.options.iter().collect();
            try_examples::<T>(doc, defaults, &beside).and(try_examples::<T>(doc, defaults, &all))?;
            let problems = alone;
            Some(format!("the example of {}.{} is refused: {problems}", T::NAME, option.key))
        }
    }
}

/// What is wrong with the defaults once the examples of `options` are set.
fn try_examples<T: Section>(doc: &SectionDoc, defaults: &Node, options: &[&OptionDoc]) -> Option<Problems> {
    let mut tree = defaults.clone();
    for option in options.iter().filter(|option| option.example.is_some()) {
        let path = doc.instance(option.key);
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let origin = Origin::Set(option.key.into());
        let example = option.example.map(|example| crate::source::value(example, &origin));
        if let Some(example) = example {
            tree.merge(crate::tree::nest(&keys, example));
        }
    }
    crate::tree::gather(&mut tree);
    typed::<T>(&tree, defaults).err()
}
