//! All descriptors used up. It runs in a process of its own, with a limit low enough to reach.

use std::process::Command;

use super::stage::{Client, Stage};

const CHILD: &str = "TIDEGATE_DRIVER_CHILD";

#[test]
#[cfg(unix)]
fn without_descriptors_new_peers_are_refused_and_old_ones_served() {
    let program = std::env::current_exe().unwrap();
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$0\" --exact limits::in_a_small_process --nocapture --ignored"])
        .arg(program)
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
#[ignore = "runs as the child of the test above"]
fn in_a_small_process() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let stage = Stage::new();
    let mut old = stage.connect();
    old.echoes(b"first");
    let mut clients = Vec::new();
    // This process has both ends: its own `connect` fails first or last, by one descriptor.
    let mut spare = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        spare.push(file);
    }
    // Room for the client's end alone: the broker's end is the one too many.
    for _ in 0..20 {
        spare.pop();
        clients.push(std::net::TcpStream::connect(stage.address).unwrap());
        let stream = clients.pop().unwrap();
        stream.set_read_timeout(Some(super::stage::DEADLINE)).unwrap();
        let mut refused = Client(stream);
        refused.expect_end();
        drop(refused);
        old.echoes(b"served");
        spare.push(std::fs::File::open("/dev/null").unwrap());
    }
    let counts = stage.runtime.listeners()[0].counts;
    assert_eq!((counts.refused, counts.open()), (20, 1), "{counts:?}");
    drop(spare);
    stage.connect().echoes(b"recovered");
}
