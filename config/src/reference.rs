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
        table(&mut text, section, "", &section.defaults);
    }
    text
}

/// One table and the tables in it. `pattern` is the table's key below the section, with `<name>` where the user
/// chooses.
fn table(text: &mut String, section: &SectionDoc, path: &str, values: &toml::Table) {
    let dot = if path.is_empty() { "" } else { "." };
    text.push_str(&format!("[{}{dot}{path}]\n", section.name));
    let mut first = true;
    for option in section.options {
        let Some(key) = own_key(section, path, option) else { continue };
        if values.get(key).is_some_and(toml::Value::is_table) {
            continue;
        }
        if !std::mem::take(&mut first) {
            text.push('\n');
        }
        entry(text, option, key, values.get(key));
    }
    for (key, value) in values {
        if let toml::Value::Table(inner) = value {
            if inner.values().any(|value| !value.is_table()) {
                text.push('\n');
                table(text, section, &format!("{path}{dot}{key}"), inner);
            } else {
                inner_tables(text, section, &format!("{path}{dot}{key}"), inner);
            }
        }
    }
}

/// A table that holds only tables has no header of its own.
fn inner_tables(text: &mut String, section: &SectionDoc, path: &str, values: &toml::Table) {
    for (key, value) in values {
        if let toml::Value::Table(inner) = value {
            text.push('\n');
            table(text, section, &format!("{path}.{key}"), inner);
        }
    }
}

/// The option's last segment, if it stands directly in the table `path`.
fn own_key(section: &SectionDoc, path: &str, option: &'static OptionDoc) -> Option<&'static str> {
    let key = option.key.rsplit('.').next()?;
    let whole = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    (section.option(&whole) == Some(option)).then_some(key)
}

fn entry(text: &mut String, option: &OptionDoc, key: &str, default: Option<&toml::Value>) {
    comment(text, option.doc);
    let cost = if option.cost.is_empty() { String::new() } else { format!(" Cost: {}.", option.cost) };
    comment(text, &format!("Unit: {}.{cost} A change holds {}.", option.unit, option.reload));
    text.push_str(&match (default, option.example) {
        (Some(value), _) => format!("{key} = {value}\n"),
        (None, Some(example)) => format!("# unset; for example:\n# {key} = {example}\n"),
        (None, None) => format!("# {key} is unset\n"),
    });
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
