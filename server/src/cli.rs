//! The command line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line answers there")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tidegate_config::Problems;

use crate::run::{self, ConfigArgs, RunArgs};

/// What sysexits calls a configuration error.
const BAD_CONFIGURATION: u8 = 78;

const EXAMPLES: &str = "\
Examples:
  tidegate                                       serve on this machine's loopback, with defaults
  tidegate --config tidegate.toml                serve what the file says
  tidegate --set mqtt.listeners.default.bind='*:1883' --set auth.password_file=users
  tidegate check --config tidegate.toml          is it right, and what holds?
  tidegate sub -v -t 'hello/#'                   print what comes
  tidegate pub -t hello/world -m hi              send something
  tidegate passwd users alice                    make a user, or change the password

Every option of the configuration, with default and unit: config/tidegate.reference.toml.";

/// A message broker for devices and the applications that work with them.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve (what happens without a command, too)
    Run(RunArgs),
    /// Check a configuration and list every value that would hold, and who set it
    Check(ConfigArgs),
}

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => run::run(&cli.run).map(|()| ExitCode::SUCCESS),
        Some(Command::Run(args)) => run::run(&args).map(|()| ExitCode::SUCCESS),
        Some(Command::Check(args)) => run::check(&args).map(|text| {
            print!("{text}");
            ExitCode::SUCCESS
        }),
    };
    done.unwrap_or_else(|error| report(&error))
}

/// Says what went wrong; a configuration's problems one a line, as an editor understands them.
fn report(error: &anyhow::Error) -> ExitCode {
    match error.downcast_ref::<Problems>() {
        Some(problems) => {
            eprintln!("{problems}");
            ExitCode::from(BAD_CONFIGURATION)
        }
        None => {
            eprintln!("tidegate: {error:#}");
            ExitCode::FAILURE
        }
    }
}
