//! Whatever the sources say, the loader answers, one line a problem.

use proptest::prelude::*;
use tidegate_config::sections::Limits;

use crate::sample::{Echo, load};

/// Text with a fair chance to be nearly right.
fn nearly_toml() -> impl Strategy<Value = String> {
    let table =
        prop::sample::select(vec!["echo", "echo.listeners.lan", "echo.peers.a", "log", "node", "x.y"]);
    let key = prop::sample::select(vec![
        "idle",
        "bind",
        "address",
        "name",
        "level",
        "ratio",
        "key",
        "\"a\\nb\"",
        "zz",
    ]);
    let value = prop_oneof![
        Just("5".to_owned()),
        Just("true".to_owned()),
        Just("[1, {}]".to_owned()),
        Just("{ a = 1 }".to_owned()),
        Just("nan".to_owned()),
        Just("1979-05-27".to_owned()),
        "[a-z0-9: \\*]{0,8}".prop_map(|text| format!("\"{text}\"")),
        ".{0,8}",
    ];
    let entry = (key, value).prop_map(|(key, value)| format!("{key} = {value}\n"));
    let block = (table, prop::collection::vec(entry, 0..4));
    prop::collection::vec(block.prop_map(|(table, lines)| format!("[{table}]\n{}", lines.concat())), 0..4)
        .prop_map(|blocks| blocks.concat())
}

/// Loads, and looks at the answer.
fn answers(file: &str, environment: &[(&str, &str)], set: &[&str]) -> Result<(), TestCaseError> {
    match load(file, environment, set) {
        Ok(loaded) => {
            prop_assert!(loaded.section::<Echo>().is_ok());
            prop_assert_eq!(loaded.changes(&loaded), []);
        }
        Err(problems) => {
            prop_assert!(problems.iter().count() > 0);
            let text = problems.to_string();
            prop_assert_eq!(text.lines().count(), problems.iter().count(), "{}", text);
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", text);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_file_gets_an_answer(file in prop_oneof![nearly_toml(), "(.|\n){0,60}"]) {
        answers(&file, &[], &[])?;
    }

    #[test]
    fn any_variable_and_any_argument_gets_an_answer(
        name in "(ECHO__|LOG__)?[A-Z_]{0,12}(__[A-Z]{0,4}){0,2}",
        key in "((echo|log)\\.)?[a-z.\\PC]{0,12}",
        value in ".{0,12}",
    ) {
        prop_assume!(!value.contains('\0'));
        answers("", &[(&format!("TIDEGATE__{name}"), &value)], &[&format!("{key}={value}"), &key])?;
    }

    #[test]
    fn the_strongest_source_wins(values in prop::array::uniform3(prop::option::of(1u64..u64::MAX / 2))) {
        let [file, variable, argument] = values;
        let text = file.map_or_else(String::new, |value| format!("[limits]\nmax_sessions = {value}\n"));
        let variable_text = variable.map(|value| value.to_string());
        let environment: Vec<(&str, &str)> =
            variable_text.iter().map(|value| ("TIDEGATE__LIMITS__MAX_SESSIONS", value.as_str())).collect();
        let argument_text = argument.map(|value| format!("limits.max_sessions={value}"));
        let set: Vec<&str> = argument_text.iter().map(String::as_str).collect();
        let expected = argument.or(variable).or(file).unwrap_or(Limits::default().max_sessions);
        prop_assert_eq!(load(&text, &environment, &set).unwrap().section::<Limits>().unwrap().max_sessions, expected);
    }
}
