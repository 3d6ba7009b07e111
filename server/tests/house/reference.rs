//! The reference file says what the options say.

use tidegate::gateways;
use tidegate_config::{Loader, Sources, reference};

/// A loader that knows every section of the binary.
pub(crate) fn loader() -> Loader {
    gateways::loader(gateways::ALL)
}

/// With `UPDATE=1` in the environment the file is written anew.
#[test]
fn the_reference_file_is_up_to_date() {
    let path = crate::tree::root().join("config/tidegate.reference.toml");
    let expected = reference(&loader().docs());
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, &expected).expect("the reference file can be written");
    }
    let found = std::fs::read_to_string(&path).expect("the reference file can be read");
    assert!(found == expected, "config/tidegate.reference.toml is out of date: run the tests with UPDATE=1");
}

#[test]
fn the_reference_file_loads_and_changes_nothing() {
    let path = crate::tree::root().join("config/tidegate.reference.toml");
    let sources = Sources::new().read_file(&path).unwrap_or_else(|problems| panic!("{problems}"));
    let loaded = loader().load(&sources).unwrap_or_else(|problems| panic!("{problems}"));
    let plain = loader().load(&Sources::new()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(plain.changes(&loaded), []);
}
