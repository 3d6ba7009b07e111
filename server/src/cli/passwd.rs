//! `tidegate passwd`

use std::io::{self, BufRead as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use tidegate_auth_file::{Cost, remove_user, set_user};

const EXAMPLES: &str = "\
Examples:
  tidegate passwd users alice                  asks for the password
  pwgen | tidegate passwd users alice --password-stdin
  tidegate passwd users alice --delete
  tidegate run --set auth.password_file=users

A running broker reads the file again on SIGHUP.";

/// Whose password.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PasswdArgs {
    /// The password file; made if it does not exist
    file: PathBuf,

    /// The user's name
    user: String,

    /// Take the first line of standard input as the password
    #[arg(long)]
    password_stdin: bool,

    /// Take the user out of the file
    #[arg(long, conflicts_with = "password_stdin")]
    delete: bool,
}

/// Changes the file; answers what was done.
pub(super) fn passwd(args: &PasswdArgs) -> anyhow::Result<String> {
    let (file, user) = (args.file.display(), &args.user);
    if args.delete {
        remove_user(&args.file, user)?;
        return Ok(format!("{user} was taken out of {file}"));
    }
    let password = if args.password_stdin { from_stdin()? } else { from_terminal(user)? };
    Ok(match set_user(&args.file, user, password.as_bytes(), Cost::default())? {
        true => format!("{user} was added to {file}"),
        false => format!("{user} has a new password in {file}"),
    })
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
