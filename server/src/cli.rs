//! The command line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line answers there")]

mod acl;
mod cert;
mod passwd;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tidegate_config::Problems;

use crate::check::{self, CheckArgs};
use crate::client::{self, Ended, PublishArgs, SubscribeArgs};
use crate::run::{self, RunArgs};

/// What sysexits calls a configuration error.
const BAD_CONFIGURATION: u8 = 78;

/// What mosquitto_sub ends with when its time was over, so that scripts need not be changed.
const TIMED_OUT: u8 = 27;

const EXAMPLES: &str = "\
Examples:
  tidegate                                       serve on this machine's loopback, with defaults
  tidegate --config tidegate.toml                serve what the file says
  tidegate --set mqtt.listeners.default.bind='*:1883' --set auth.password_file=users
  tidegate check --config tidegate.toml          is it right, and what holds?
  tidegate sub -v -t 'hello/#'                   print what comes
  tidegate pub -t hello/world -m hi              send something
  tidegate check --user alice --publish a/b      may she, and which rule says so?
  tidegate passwd users alice                    make a user, or change the password
  tidegate cert dev                              certificates to try TLS with

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
    /// Check a configuration: every value that would hold and who set it, and who may do what
    Check(CheckArgs),
    /// Publish a message, or every line of standard input
    #[command(disable_help_flag = true)]
    Pub(PublishArgs),
    /// Subscribe, and print what comes
    #[command(disable_help_flag = true)]
    Sub(SubscribeArgs),
    /// Make, change and delete the users of a password file
    Passwd(passwd::PasswdArgs),
    /// Make certificates for trying things out
    Cert(cert::CertArgs),
    /// Take over the rules of another broker
    Acl(acl::AclArgs),
}

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => run::run(&cli.run).map(|()| ExitCode::SUCCESS),
        Some(Command::Run(args)) => run::run(&args).map(|()| ExitCode::SUCCESS),
        Some(Command::Check(args)) => check::check(&args).map(|text| say(&text)),
        Some(Command::Pub(args)) => client::publish(&args).map(|()| ExitCode::SUCCESS),
        Some(Command::Sub(args)) => client::subscribe(&args).map(|ended| match ended {
            Ended::Counted | Ended::Unread => ExitCode::SUCCESS,
            Ended::TimedOut => ExitCode::from(TIMED_OUT),
        }),
        Some(Command::Passwd(args)) => passwd::passwd(&args).map(|done| say(&format!("{done}\n"))),
        Some(Command::Acl(args)) => acl::acl(&args).map(|rules| say(&rules)),
        Some(Command::Cert(args)) => cert::cert(&args).map(|done| say(&format!("{done}\n"))),
    };
    done.unwrap_or_else(|error| report(&error))
}

fn say(text: &str) -> ExitCode {
    print!("{text}");
    ExitCode::SUCCESS
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_mosquitto_user_feels_at_home() {
        let lines = [
            "tidegate pub -h localhost -p 1884 -t a -m -1 -q 1 -r -V mqttv311 -u u -P p -i id -k 5 -c",
            "tidegate pub -t a -f file --will-topic w --will-payload gone --will-qos 1 --will-retain",
            "tidegate pub -t a -l -D a=b -D c=d",
            "tidegate pub -t a -s",
            "tidegate pub -t a -n -r",
            "tidegate sub -t a -t b -v -C 3 -R -W 5 -V 3.1 -q 2",
        ];
        for line in lines {
            Cli::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
        let wrong = [
            "tidegate pub -t a",
            "tidegate pub -t a -m b -n",
            "tidegate pub -m b",
            "tidegate sub",
            "tidegate sub -t a -c",
            "tidegate sub -t a -q 3",
            "tidegate sub -t a -C 0",
        ];
        for line in wrong {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn options_of_run_need_no_command() {
        let cli = Cli::try_parse_from(["tidegate", "--set", "mqtt.max_qos=1"]).unwrap();
        assert_eq!(cli.run.config.assignments, ["mqtt.max_qos=1"]);
    }
}
