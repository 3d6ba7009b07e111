//! OpenSSL's client on a listener.

use std::fs::File;
use std::process::{Command, Stdio};

use tidegate_interop_tests::broker::Running;
use tidegate_interop_tests::peers::need;
use tidegate_interop_tests::peers::openssl::openssl;
use tidegate_interop_tests::wire::Version;
use tidegate_interop_tests::wire::encode::{Connect, put_disconnect};

use crate::interop::stage::Program;

/// `openssl s_client` on a listener. It logs in and out again, so that the broker ends the connection and everything
/// the broker had to say has been read.
pub(super) fn s_client(broker: &Running, listener: &str, arguments: &[&str]) -> Option<String> {
    let mut command = need(openssl())?;
    let address = broker.listener(listener).unwrap().to_string();
    command.args(["s_client", "-nocommands", "-ign_eof", "-connect", &address]).args(arguments);
    let mut bytes = Vec::new();
    Connect::clean(Version::V5, "openssl").put(&mut bytes);
    put_disconnect(&mut bytes, 0, &[]);
    let input = broker.dir().join("session.bin");
    std::fs::write(&input, &bytes).unwrap();
    Some(Program::output_of(command, Stdio::from(File::open(input).unwrap())).1)
}

/// Runs one of OpenSSL's tools.
pub(super) fn run_openssl(arguments: &[&str]) -> Option<()> {
    let mut command: Command = need(openssl())?;
    command.args(arguments);
    let (status, text) = Program::output(command);
    assert!(status.success(), "openssl {arguments:?}: {text}");
    Some(())
}

/// The lines of `text` that say what was agreed on.
pub(super) fn agreed(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("New, ") || line.starts_with("Reused, ")).collect()
}
