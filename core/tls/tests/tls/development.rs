//! The development set.

use tidegate_tls::TlsError;
use tidegate_tls::development::{Development, Set, client_files, make, make_client, revoke};

use crate::world::World;

#[cfg(unix)]
#[test]
fn keys_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let world = World::new();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for key in [&world.set.ca_key, &world.set.server_key, &world.set.client_key] {
        assert_eq!(mode(key), 0o600, "{}", key.display());
    }
    assert_eq!(mode(&world.set.server), 0o644 & !umask());
}

/// What this process's new files lack.
#[cfg(unix)]
fn umask() -> u32 {
    use std::os::unix::fs::PermissionsExt;

    let file =
        tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o777)).tempfile().unwrap();
    !file.as_file().metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn nothing_is_overwritten_unless_told() {
    let world = World::new();
    let before = std::fs::read(&world.set.ca).unwrap();
    let error = make(world.directory.path(), &Development::default()).unwrap_err();
    assert!(matches!(error, TlsError::Unwritable { .. }) && error.to_string().contains("already"), "{error}");
    assert_eq!(std::fs::read(&world.set.ca).unwrap(), before);
    make(world.directory.path(), &Development { overwrite: true, ..Development::default() }).unwrap();
    assert_ne!(std::fs::read(&world.set.ca).unwrap(), before);

    let what = Development::default();
    let error =
        make_client(world.directory.path(), &what, &world.set.client, &world.set.client_key).unwrap_err();
    assert!(matches!(error, TlsError::Unwritable { .. }));
}

#[test]
fn a_set_has_the_files_it_names() {
    let world = World::new();
    let mut files: Vec<_> =
        std::fs::read_dir(world.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["ca.crl", "ca.crt", "ca.key", "client.crt", "client.key", "server.crt", "server.key"]);
    assert_eq!(world.set, Set::within(world.directory.path()));
}

#[test]
fn only_certificates_of_the_authority_can_be_revoked() {
    let (world, other) = (World::new(), World::new());
    let error = revoke(world.directory.path(), &other.set.client).unwrap_err().to_string();
    assert!(error.contains("another issuer"), "{error}");
    assert!(revoke(world.directory.path(), &world.path("none.crt")).is_err());
    assert!(revoke(world.directory.path(), &world.set.server).unwrap());
    assert!(revoke(world.directory.path(), &world.set.client).unwrap());
    assert!(!revoke(world.directory.path(), &world.set.server).unwrap());
}

#[test]
fn a_further_client_leaves_the_authority_alone() {
    let world = World::new();
    let before = std::fs::read(&world.set.ca_key).unwrap();
    let what = Development { overwrite: true, ..Development::default() };
    for name in ["ca", "server", "../ca", ".ca"] {
        let error = client_files(world.directory.path(), name).unwrap_err().to_string();
        assert!(error.contains("the client's name names its files"), "{error}");
    }
    let (certificate, key) = client_files(world.directory.path(), "pump-8").unwrap();
    make_client(world.directory.path(), &what, &certificate, &key).unwrap();
    assert_eq!(std::fs::read(&world.set.ca_key).unwrap(), before);
    assert!(certificate.exists() && key.exists());
}
