//! The reference file: every option with its default, as a file that loads.

use crate::{OptionDoc, SectionDoc};

/// The front of the file.
const HEAD: &str = "\
# Every option of tidegate with its default. This file is generated from the options themselves; a test keeps
# it so. It can be loaded as it stands and changes nothing; a configuration needs only what differs from it.
#
# Sources, weakest first: the defaults, the file given with --config, the environment
# (TIDEGATE__SECTION__KEY=value), the command line (--set section.key=value). Tables merge, anything else is
# replaced. Unknown keys are errors.
#
# size      a whole number with a unit: \"64MiB\", \"512KB\"; a bare number counts bytes
# duration  whole numbers with units: \"500ms\", \"30s\", \"1h30m\"
# address   \"localhost:1883\" (both loopback addresses), \"*:1883\" (every address, IPv4 and IPv6),
#           \"192.0.2.7:1883\", \"[::1]:1883\"; a bare port means localhost; port 0 takes a free one
";

/// The text of the reference file.
#[must_use]
pub fn reference(sections: &[SectionDoc]) -> String {
    let mut text = String::from(HEAD);
    for section in sections {
        text.push('\n');
        comment(&mut text, section.intro);
        let mut explained = Vec::new();
        table(&mut text, section, "", &section.defaults, &mut explained);
        unset_tables(&mut text, section);
    }
    text
}

/// One table and the tables in it; `path` is its key below the section. An option that was explained in an earlier
/// table of the same shape is not explained again.
fn table(
    text: &mut String,
    section: &SectionDoc,
    path: &str,
    values: &toml::Table,
    explained: &mut Vec<&'static str>,
) {
    let options: Vec<_> = section.options.iter().filter(|option| stands_in(section, path, option)).collect();
    let known = !options.is_empty() && options.iter().all(|option| explained.contains(&option.key));
    let said = |option: &&&OptionDoc| !known || values.contains_key(last(option.key));
    // A table that has nothing to say but in tables of its own has no header, unless it is the section.
    if path.is_empty() || options.iter().filter(said).count() > 0 {
        let gap = if path.is_empty() { "" } else { "\n" };
        text.push_str(&format!("{gap}[{}]\n", below(section.name, path)));
    }
    for (index, option) in options.into_iter().filter(|option| said(&option)).enumerate() {
        if known {
            text.push_str(&written(section, option, values));
            continue;
        }
        if index > 0 {
            text.push('\n');
        }
        explain(text, option);
        text.push_str(&written(section, option, values));
        explained.push(option.key);
    }
    for (key, value) in values {
        if let toml::Value::Table(inner) = value {
            table(text, section, &below(path, key), inner, explained);
        }
    }
}

/// The line that gives an option its default.
fn written(section: &SectionDoc, option: &OptionDoc, values: &toml::Table) -> String {
    let key = last(option.key);
    let elements = format!("{}[].", option.key);
    match (values.get(key), option.example) {
        // An array cannot be given in two ways: it is left to the tables further down.
        (Some(_), _) if section.options.iter().any(|other| other.key.starts_with(&elements)) => {
            format!("# {key} has none; each is a table of its own, see below\n")
        }
        (Some(value), _) => format!("{key} = {value}\n"),
        (None, Some(example)) => format!("# unset; for example:\n# {key} = {example}\n"),
        (None, None) => format!("# {key} is unset\n"),
    }
}

/// The tables that do not exist by default, as comments.
fn unset_tables(text: &mut String, section: &SectionDoc) {
    let mut open = None;
    for option in section.options {
        let path = section.instance(option.key);
        let parents = path.split_last().map_or(&[][..], |(_, parents)| parents);
        let exists = |value: Option<&toml::Value>| value.is_some_and(toml::Value::is_table);
        let parent = parents.split_first().map(|(first, rest)| {
            rest.iter().try_fold(section.defaults.get(first), |value, key| Some(value?.get(key.as_str())))
        });
        if parent.is_none_or(|value| exists(value.flatten())) {
            continue;
        }
        if open.as_deref() != Some(parents) {
            let header = below(section.name, &parents.join("."));
            let header = match header.strip_suffix("[]") {
                Some(array) => format!("[[{array}]]"),
                None => format!("[{header}]"),
            };
            text.push_str(&format!("\n# {header}\n"));
            open = Some(parents.to_vec());
        } else {
            text.push_str("#\n");
        }
        explain(text, option);
        let example = option.example.unwrap_or("…");
        text.push_str(&format!("# {} = {example}\n", last(option.key)));
    }
}

/// Whether the option stands directly in the table `path` and is a value there.
fn stands_in(section: &SectionDoc, path: &str, option: &'static OptionDoc) -> bool {
    section.option(&below(path, last(option.key))) == Some(option)
}

fn explain(text: &mut String, option: &OptionDoc) {
    comment(text, option.doc);
    let cost = if option.cost.is_empty() { String::new() } else { format!(" Cost: {}.", option.cost) };
    comment(text, &format!("Unit: {}.{cost} A change holds {}.", option.unit, option.reload));
}

/// `key` below `path`.
fn below(path: &str, key: &str) -> String {
    let dot = if path.is_empty() || key.is_empty() { "" } else { "." };
    format!("{path}{dot}{key}")
}

/// The last segment of a key.
fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// `words` as comment lines of at most 110 characters.
fn comment(text: &mut String, words: &str) {
    let mut line = String::from("#");
    for word in words.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > 110 {
            text.push_str(&line);
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}
