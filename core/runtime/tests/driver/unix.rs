//! Unix sockets.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use tidegate_types::CloseReason;

use super::echo::ECHO;
use super::nobody::Nobody;
use super::stage::{Client, DEADLINE, Stage, listener, loopback, workers};

/// A client as any other: its descriptor reads and writes the same.
fn connect(path: &Path) -> Client {
    let stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    Client(std::os::fd::OwnedFd::from(stream).into())
}

fn stage(path: &Path) -> Stage {
    let mut unix = listener("unix", &[loopback()], 100);
    unix.config.path = Some(path.to_owned());
    Stage::of(workers(2), Nobody::default(), unix)
}

#[test]
fn bytes_there_and_back_and_between_workers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("echo.sock");
    let stage = stage(&path);
    let bound = stage.runtime.listeners()[0].bound.clone();
    assert_eq!((bound[0].path.as_deref(), bound[0].place()), (Some(&*path), path.display().to_string()));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o660);
    let mut client = connect(&path);
    client.echoes(&[7; 1 << 20]);
    assert_eq!((stage.last().remote, stage.last().local), (loopback(), loopback()));
    assert!(stage.last().is_loopback());
    stage.came();
    stage.runtime.shed(0, 1, 1);
    client.echoes(b"moves");
    client.echoes(&[8; 1 << 20]);
    drop(client);
    while stage.next() != super::echo::Happened::Closed(CloseReason::Lost) {}
}

#[test]
fn who_may_connect_changes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("echo.sock");
    let stage = stage(&path);
    stage.change(|config| config.path_mode = tidegate_config::FileMode::new(0o600));
    let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
    stage.until("the file to change", |_| mode() == 0o600);
    connect(&path).echoes(b"here");
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, b"another's").unwrap();
    let before = path.metadata().unwrap().permissions().mode();
    stage.change(|config| config.path_mode = tidegate_config::FileMode::new(0o666));
    stage.until("it to be seen", |stage| stage.host.ticks.load(std::sync::atomic::Ordering::Relaxed) > 2);
    assert_eq!(path.metadata().unwrap().permissions().mode(), before);
}

#[test]
fn the_file_goes_with_the_listener() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("one.sock"), folder.path().join("two.sock"));
    let stage = stage(&path);
    let mut client = connect(&path);
    client.echoes(b"before");
    stage.change(|config| config.path = Some(other.clone()));
    assert!(!path.exists() && other.exists());
    client.echoes(b"the listener stays, and so do its peers");
    stage.runtime.remove("echo");
    client.expect(ECHO, b"broker shutting down");
    assert!(!other.exists());
    stage.apply().unwrap();
    assert!(other.exists());
    drop(stage);
    assert!(!other.exists());
}

#[test]
fn what_was_left_behind_is_replaced_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("echo.sock");
    drop(UnixListener::bind(&path).unwrap());
    let stage = stage(&path);
    connect(&path).echoes(b"replaced");
    let live = folder.path().join("live.sock");
    let _other = UnixListener::bind(&live).unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"precious").unwrap();
    for (path, hint) in [(&live, "another program listens there"), (&file, "a file that is no socket")] {
        stage.echo.listeners.lock()[0].config.path = Some(path.clone());
        let said = stage.apply().unwrap_err()[0].to_string();
        assert!(said.contains(hint) && said.contains(&path.display().to_string()), "{said}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    connect(&path).echoes(b"as before");
}
