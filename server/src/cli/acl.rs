//! `tidegate acl`
#![expect(clippy::print_stderr, reason = "warnings stand beside the rules, which go to standard output")]

use std::path::PathBuf;

use anyhow::Context as _;
use tidegate_rules::import;

const EXAMPLES: &str = "\
Examples:
  tidegate acl import-mosquitto /etc/mosquitto/acl > rules.toml
  tidegate acl import-emqx /etc/emqx/acl.conf > rules.toml
  tidegate check --set authorization.file=rules.toml --user alice --publish plant/1/temperature

What is different from where the rules come from is said on standard error and in the file.";

/// Rules of other brokers.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct AclArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum What {
    /// Write the rules of a mosquitto ACL file as ours
    ImportMosquitto {
        /// The ACL file
        file: PathBuf,
    },
    /// Write the rules of EMQX's acl.conf as ours
    ImportEmqx {
        /// The file
        file: PathBuf,
    },
}

/// Does it; answers the rules file.
pub(super) fn acl(args: &AclArgs) -> anyhow::Result<String> {
    let (file, read): (_, fn(&str) -> _) = match &args.what {
        What::ImportMosquitto { file } => (file, import::mosquitto),
        What::ImportEmqx { file } => (file, import::emqx),
    };
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let imported = read(&text).with_context(|| file.display().to_string())?;
    for warning in &imported.warnings {
        eprintln!("{warning}");
    }
    Ok(imported.text)
}
