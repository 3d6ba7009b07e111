//! Development certificates, made as an operator makes them.

use std::path::PathBuf;

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::broker::tidegate::Tidegate;

use crate::interop::stage::Program;

/// A set of `tidegate cert dev`, in a directory of its own.
#[derive(Debug)]
pub(super) struct Certificates {
    dir: tempfile::TempDir,
}

impl Certificates {
    /// A set for this machine.
    pub(super) fn new() -> Self {
        Self::for_host("localhost")
    }

    /// A set for a host; its name is also the common name of the server's certificate.
    pub(super) fn for_host(host: &str) -> Self {
        let new = Self { dir: tempfile::tempdir().unwrap() };
        new.tool(&["--host", host]);
        new
    }

    /// A file of the set: `ca.crt`, `server.key`, `client.crt` and so on.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The same as text, for command lines.
    pub(super) fn path(&self, name: &str) -> String {
        self.file(name).to_str().unwrap().to_owned()
    }

    /// Makes a certificate for one more client.
    pub(super) fn add_client(&self, name: &str) {
        self.tool(&["--another-client", name]);
    }

    /// Puts a client on the authority's revocation list.
    pub(super) fn revoke(&self, name: &str) {
        self.tool(&["--revoke", &self.path(&format!("{name}.crt"))]);
    }

    /// Replaces the whole set, authority included, under the same names.
    pub(super) fn replace(&self) {
        self.tool(&["--overwrite"]);
    }

    /// A broker that shows the set's certificate.
    pub(super) fn settings(&self) -> Settings {
        let (certificate, key) = (self.path("server.crt"), self.path("server.key"));
        Settings::for_large_packets().with_text("tls.certificate", certificate).with_text("tls.key", key)
    }

    /// A broker that lets in nobody without a certificate of the set's authority, and calls clients by its common name.
    pub(super) fn mutual(&self) -> Settings {
        self.settings()
            .with_text("tls.client_ca", self.path("ca.crt"))
            .with_text("tls.client_certificate", "required")
            .with("tls.crl", format_args!("[\"{}\"]", self.path("ca.crl")))
            .with_text("zones.default.user_from", "certificate-cn")
    }

    fn tool(&self, arguments: &[&str]) {
        let mut command = Tidegate::built().unwrap().tool();
        command.args(["cert", "dev", "--dir"]).arg(self.dir.path()).args(arguments);
        Program::spawn(command).finish();
    }
}
