//! A set of `tidegate cert dev`.

use std::path::Path;

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::broker::tidegate::Tidegate;

use crate::interop::stage::Program;

/// An authority, a server and a client called `client`, in a directory of their own.
#[derive(Debug)]
pub(crate) struct Certificates(tempfile::TempDir);

impl Certificates {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Tidegate::built().unwrap().tool();
        command.args(["cert", "dev", "--host", "localhost", "--dir"]).arg(dir.path());
        Program::spawn(command).finish();
        Self(dir)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.0.path()
    }

    /// A broker that shows the server's.
    pub(crate) fn settings(&self) -> Settings {
        let file = |name: &str| self.directory().join(name).display().to_string();
        Settings::default()
            .with_text("tls.certificate", file("server.crt"))
            .with_text("tls.key", file("server.key"))
    }
}
