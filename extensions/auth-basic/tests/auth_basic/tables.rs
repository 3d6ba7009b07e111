//! Files.

use tidegate_auth_basic::{ClientIds, Naming, Table, TableError};
use tidegate_broker::Credentials;

use crate::world::{End, LOGIN, World, named};

const FILE: &str = "\
# Works
\"pump-7\" = \"seven\"
'CN=pump-8,O=\"Works\"' = \"eight\"
  \"meter-*\" = \"${clientid}\"

valve
\"with \\\"space\" = 'x'
";

fn read(text: &str) -> Result<Table, TableError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    std::fs::write(&path, text).unwrap();
    Table::read(&path, &Naming::Anonymous)
}

#[test]
fn a_file_is_a_table() {
    let ours = [
        ("pump-7", "seven"),
        ("CN=pump-8,O=\"Works\"", "eight"),
        ("meter-*", "${clientid}"),
        ("valve", ""),
        ("with \"space", "x"),
    ];
    assert_eq!(read(FILE).unwrap(), Table::new(ours).unwrap());
    assert_eq!(read("").unwrap(), Table::default());
    let mut world = World::new(ClientIds::new(read(FILE).unwrap(), false).unwrap());
    assert_eq!(world.login(&LOGIN), named("seven"));
    let valve = Credentials { client: "valve", ..LOGIN };
    assert_eq!(world.login(&valve), End::In(None));
}

#[test]
fn keys_without_a_name_have_the_one_meant_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ids");
    std::fs::write(&path, "a\n\"b\" = \"bee\"\r\n").unwrap();
    let table = Table::read(&path, &Naming::parse("device").unwrap()).unwrap();
    let more = Table::new([("c", "sea")]).unwrap();
    assert_eq!(table.and(more), Table::new([("a", "device"), ("b", "bee"), ("c", "sea")]).unwrap());
}

#[test]
fn what_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Table::read(&folder.path().join("missing"), &Naming::Anonymous);
    assert!(matches!(missing, Err(TableError::Unreadable { .. })));
    let bad = [
        "a = \"b\"",
        "pump-7 pumps",
        "\"a\"",
        "\"a\" =",
        "\"a\" = \"\"",
        "\"a\" = 1",
        "\"a\" = true",
        "\"a\" = [\"b\"]",
        "\"a\".b = \"c\"",
        "\"a\" = \"x${clientid}\"",
        "\"a\" \"b\"",
        "\"a = \"b\"",
        "one",
        "\"one\" = \"x\"",
    ];
    for text in bad {
        let fault = read(&format!("# x\none\n{text}\n")).unwrap_err();
        assert!(matches!(&fault, TableError::Line { line: 3, .. }), "{text}: {fault}");
    }
}

#[test]
fn names_are_what_operators_write() {
    assert_eq!(Naming::parse(""), Ok(Naming::Anonymous));
    assert_eq!(Naming::parse("${username}"), Ok(Naming::Claimed));
    assert_eq!(Naming::parse("alice"), Ok(Naming::Fixed("alice".into())));
    for bad in ["a\nb", "${user}", "${clientid}-x", "x${username}", "a\0", &"x".repeat(257)] {
        assert!(Naming::parse(bad).is_err(), "{bad:?}");
    }
}

/// Files with bytes changed are read or refused; nothing panics.
#[test]
fn mutated_files_are_refused_or_read() {
    let mut refused = 0;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    for at in 0..FILE.len() {
        for sign in *b"\"'=[]{}$\n\0z\xff" {
            let mut bytes = FILE.as_bytes().to_vec();
            *bytes.get_mut(at).unwrap() = sign;
            std::fs::write(&path, &bytes).unwrap();
            match Table::read(&path, &Naming::Anonymous).map(|table| ClientIds::new(table, false)) {
                Ok(Ok(ids)) => assert!(ids.len() <= 8),
                Ok(Err(_)) | Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > FILE.len(), "{refused}");
}
