//! The licences of everything that is downloaded.

use crate::metadata::everywhere;

/// Licences that Apache-2.0 software may be built from without a duty beyond naming them. deny.toml has the same
/// list, for those who have cargo-deny.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn every_dependency_has_a_licence_we_may_use() {
    let mut faults = Vec::new();
    for package in everywhere().packages.values() {
        let licence = package.license.as_deref().unwrap_or("");
        if !allowed(licence) {
            faults.push(format!("{} {}: licence {licence:?}", package.name, package.version));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn deny_toml_has_the_same_list() {
    let text = std::fs::read_to_string(crate::tree::root().join("deny.toml")).expect("deny.toml can be read");
    let deny: toml::Table = toml::from_str(&text).expect("deny.toml is TOML");
    let listed = deny["licenses"]["allow"].as_array().expect("deny.toml lists licences");
    let listed: Vec<&str> = listed.iter().filter_map(toml::Value::as_str).collect();
    assert_eq!(listed, ALLOWED);
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    let good =
        ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(MIT OR GPL-2.0) AND Unicode-3.0", "ISC AND (MIT)"];
    let bad = [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "GPL-2.0 OR (MIT AND LGPL-3.0)",
        "Apache-2.0 WITH X",
        "(MIT",
        "MIT)",
    ];
    for (expressions, expected) in [(&good[..], true), (&bad[..], false)] {
        for expression in expressions {
            assert_eq!(allowed(expression), expected, "{expression}");
        }
    }
}

/// Whether an SPDX expression can be met with the allowed licences alone: one side of an `OR`, both of an `AND`,
/// which binds tighter. The old `/` means `OR`.
fn allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    either(&mut rest) == Some(true) && rest.is_empty()
}

/// `both (OR both)*`; `None` if it is no expression.
fn either(rest: &mut &[&str]) -> Option<bool> {
    let mut met = both(rest)?;
    while let ["OR", after @ ..] = *rest {
        *rest = after;
        met |= both(rest)?;
    }
    Some(met)
}

/// `one (AND one)*`.
fn both(rest: &mut &[&str]) -> Option<bool> {
    let mut met = one(rest)?;
    while let ["AND", after @ ..] = *rest {
        *rest = after;
        met &= one(rest)?;
    }
    Some(met)
}

/// A licence, one with an exception, or an expression in brackets.
fn one(rest: &mut &[&str]) -> Option<bool> {
    match *rest {
        ["(", after @ ..] => {
            *rest = after;
            let met = either(rest)?;
            *rest = rest.strip_prefix(&[")"])?;
            Some(met)
        }
        [licence, "WITH", exception, after @ ..] => {
            *rest = after;
            Some(ALLOWED.contains(&format!("{licence} WITH {exception}").as_str()))
        }
        [licence, after @ ..] => {
            *rest = after;
            Some(ALLOWED.contains(licence))
        }
        [] => None,
    }
}
