//! Files that are changed by several, reached by links, and owned by somebody.

use super::*;
use crate::import_mosquitto;

fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    (folder, path)
}

/// Everybody whose change was taken stands in the file in the end, and nothing is left beside it.
#[test]
fn changes_at_once_are_all_taken() {
    let (folder, path) = folder();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let path = &path;
            scope.spawn(move || {
                for turn in 0..10 {
                    let name = format!("user-{thread}-{turn}");
                    match turn % 3 {
                        0 => set_scram(path, &name, b"x", 4_096).unwrap(),
                        _ => set_user(path, &name, b"x", CHEAP).unwrap(),
                    };
                    if turn == 9 {
                        remove_user(path, &name).unwrap();
                    }
                }
            });
        }
    });
    let users = Users::read(&path).unwrap();
    assert_eq!(users.len(), 8 * 9);
    for thread in 0..8 {
        assert!((0..9).all(|turn| users.get(&format!("user-{thread}-{turn}")).is_some()));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// What comes to nothing leaves nothing, and what a process left that died is in nobody's way.
#[test]
fn refused_changes_leave_no_file() {
    let (folder, path) = folder();
    assert!(matches!(remove_user(&path, "alice"), Err(EditError::File(_))));
    let none = folder.path().join("none");
    set_user(&none.join("users"), "alice", b"x", CHEAP).unwrap_err();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::write(path.with_file_name(format!("users.{}.new", std::process::id())), "left").unwrap();
    assert!(set_user(&path, "alice", b"x", CHEAP).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    // A file that is none stays as it is.
    std::fs::write(&path, "no line").unwrap();
    set_user(&path, "alice", b"x", CHEAP).unwrap_err();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "no line");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_stays_one() {
    let (folder, path) = folder();
    std::fs::create_dir(folder.path().join("real")).unwrap();
    let real = folder.path().join("real/users");
    // To nothing at first.
    std::os::unix::fs::symlink("real/users", &path).unwrap();
    assert!(set_user(&path, "alice", b"x", CHEAP).unwrap());
    assert!(set_user(&real, "bob", b"x", CHEAP).unwrap());
    let import = folder.path().join("other");
    std::fs::write(
        &import,
        "carol:$6$FHglKtdlX3xZ/I55$Z5WpQ0ToSO4qZ20Bd2A9e9ni/cClkyTFEbc1WaOdj2xfrBS/LPHky3ufsaRLOhQZiiYxqSQm0a/mY4iBfAUMoA==\n",
    )
    .unwrap();
    assert!(import_mosquitto(&import).unwrap().add_to(&path).unwrap().is_empty());
    remove_user(&path, "bob").unwrap();
    assert!(path.symlink_metadata().unwrap().is_symlink());
    let users = Users::read(&real).unwrap();
    assert!(users.len() == 2 && users.get("alice").is_some() && users.get("carol").is_some());
}

#[cfg(unix)]
#[test]
fn mode_and_owner_stay() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let (_folder, path) = folder();
    set_user(&path, "alice", b"x", CHEAP).unwrap();
    let told = |path: &Path| {
        let data = std::fs::metadata(path).unwrap();
        (data.uid(), data.gid(), data.permissions().mode() & 0o7777)
    };
    let (user, group, mode) = told(&path);
    assert_eq!(mode, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    // Only root can give files away; others are shown that theirs stay theirs.
    let given = chown(&path, Some(12_345), Some(12_346)).is_ok();
    set_user(&path, "bob", b"x", CHEAP).unwrap();
    assert_eq!(told(&path), if given { (12_345, 12_346, 0o640) } else { (user, group, 0o640) });
}
