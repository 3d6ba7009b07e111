//! `tidegate passwd`

use std::io::{self, BufRead as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use tidegate_auth_file::{
    Cost, DEFAULT_SCRAM_ITERATIONS, Import, import_mosquitto, remove_user, set_scram, set_user,
};

const EXAMPLES: &str = "\
Examples:
  tidegate passwd users alice                  asks for the password
  pwgen | tidegate passwd users alice --password-stdin
  tidegate passwd users alice --scram          for clients that prove it by SCRAM-SHA-256
  tidegate passwd users alice --delete
  tidegate passwd users --import-mosquitto /etc/mosquitto/passwd
  tidegate run --set auth.password_file=users

A user may have a password, a SCRAM verifier, or both. A running broker reads the file again on SIGHUP.";

/// Whose password.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PasswdArgs {
    /// The password file; made if it does not exist
    file: PathBuf,

    /// The user's name
    #[arg(required_unless_present = "import_mosquitto", conflicts_with = "import_mosquitto")]
    user: Option<String>,

    /// Take the first line of standard input as the password
    #[arg(long)]
    password_stdin: bool,

    /// Write a SCRAM-SHA-256 verifier instead of a hash
    #[arg(long, conflicts_with = "delete")]
    scram: bool,

    /// Rounds of the verifier: what a stolen file costs to try, and a client to log in
    #[arg(long, value_name = "N", requires = "scram", default_value_t = DEFAULT_SCRAM_ITERATIONS)]
    iterations: u32,

    /// Take the user out of the file
    #[arg(long, conflicts_with = "password_stdin")]
    delete: bool,

    /// Add the users of a mosquitto password file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["password_stdin", "scram", "delete"])]
    import_mosquitto: Option<PathBuf>,
}

/// Changes the file; answers what was done.
pub(super) fn passwd(args: &PasswdArgs) -> anyhow::Result<String> {
    if let Some(from) = &args.import_mosquitto {
        return import(args, &import_mosquitto(from)?);
    }
    let Some(user) = &args.user else { bail!("whose password? name a user") };
    let file = args.file.display();
    if args.delete {
        remove_user(&args.file, user)?;
        return Ok(format!("{user} was taken out of {file}"));
    }
    let password = if args.password_stdin { from_stdin()? } else { from_terminal(user)? };
    let password = password.as_bytes();
    let new = if args.scram {
        set_scram(&args.file, user, password, args.iterations)?
    } else {
        set_user(&args.file, user, password, Cost::default())?
    };
    Ok(match new {
        true => format!("{user} was added to {file}"),
        false => format!("{user} has a new password in {file}"),
    })
}

fn import(args: &PasswdArgs, import: &Import) -> anyhow::Result<String> {
    let there = import.add_to(&args.file)?;
    let added = import.lines.len().saturating_sub(there.len());
    let mut said = format!("{added} users were added to {}", args.file.display());
    if !there.is_empty() {
        said.push_str(&format!("\nwere there already and stay as they are: {}", there.join(", ")));
    }
    for line in &import.left_out {
        said.push_str(&format!("\nleft out: {line}"));
    }
    if !import.weak.is_empty() {
        said.push_str(&format!(
            "\nweak hashes, give them new passwords when you can: {}",
            import.weak.join(", ")
        ));
    }
    Ok(said)
}

fn from_stdin() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("standard input cannot be read")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn from_terminal(user: &str) -> anyhow::Result<String> {
    let ask = |question: String| {
        rpassword::prompt_password(question).context("there is no terminal to ask on: use --password-stdin")
    };
    let password = ask(format!("Password for {user}: "))?;
    if ask("Again: ".to_owned())? != password {
        bail!("the two are not the same; nothing was changed");
    }
    Ok(password)
}
