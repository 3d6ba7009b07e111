//! The first screen: what runs, where, for whom, and two lines to try it with.
#![expect(clippy::print_stdout, reason = "the first screen is for whoever started the broker")]

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use tidegate_config::Loaded;
use tidegate_config::sections::{AllowAnonymous, Auth};
use tidegate_runtime::{Bound, Closed};

use crate::access::allowed;
use crate::admin::Token;

/// What the screen says.
pub(crate) struct Facts<'a> {
    pub(crate) name: &'a str,
    pub(crate) bound: &'a [Bound],
    pub(crate) closed: &'a [Closed],
    pub(crate) data: &'a Path,
    pub(crate) config: &'a Loaded,
    pub(crate) admin: Option<SocketAddr>,
    pub(crate) token: &'a Token,
}

/// Shows it on standard output.
///
/// # Errors
/// When the section on access is not right, which loading has excluded.
pub(crate) fn show(facts: &Facts<'_>) -> anyhow::Result<()> {
    let program = std::env::args().next().unwrap_or_else(|| "tidegate".to_owned());
    print!("{}", text(facts, &program)?);
    Ok(())
}

fn text(facts: &Facts<'_>, program: &str) -> anyhow::Result<String> {
    let mut out = String::new();
    writeln!(out, "tidegate {}, node {}: a message broker\n", env!("CARGO_PKG_VERSION"), facts.name)?;
    if facts.bound.is_empty() {
        writeln!(out, "  listening  nowhere: every listener is switched off")?;
    }
    for bound in facts.bound {
        writeln!(out, "  {:<10} {} ({})", bound.gateway, bound.place(), bound.listener)?;
    }
    for closed in facts.closed {
        writeln!(out, "  {:<10} closed: {} ({})", closed.gateway, closed.reason, closed.listener)?;
    }
    match facts.admin {
        Some(at) => writeln!(out, "  admin      http://{at}  ({})", facts.token.place())?,
        None => writeln!(out, "  admin      switched off")?,
    }
    writeln!(out, "  data       {}", facts.data.display())?;
    writeln!(out, "  who        {}", who(&facts.config.section()?, facts.bound))?;
    if let Some(at) = facts.bound.iter().find(|bound| bound.gateway == "mqtt" && bound.path.is_none()) {
        let at = address_options(at.local);
        writeln!(out, "\nTry it: paste these into two other terminals.\n")?;
        writeln!(out, "  {program} sub{at} -v -t 'hello/#'")?;
        writeln!(out, "  {program} pub{at} -t hello/world -m hi")?;
    }
    writeln!(out, "\nCtrl-C stops it; `{program} --help` says what else there is.\n")?;
    Ok(out)
}

fn who(rule: &Auth, bound: &[Bound]) -> String {
    if let Some(chain) = &rule.chain {
        return format!("whom one of these lets in: {}", chain.join(", "));
    }
    let users = match &rule.password_file {
        Some(file) => format!("the users of {}", file.display()),
        None => "whatever name they give".to_owned(),
    };
    let open = |bound: &&Bound| allowed(rule.allow_anonymous, bound);
    let all = bound.iter().all(|bound| open(&bound));
    match (rule.allow_anonymous, &rule.password_file) {
        (AllowAnonymous::Always, None) => "everybody who reaches a listener, under any name".to_owned(),
        (AllowAnonymous::Always, Some(_)) => format!("{users}, and everybody who gives no name"),
        (AllowAnonymous::Never, None) => {
            "nobody: set auth.password_file, or auth.allow_anonymous = true".to_owned()
        }
        (AllowAnonymous::Never, Some(_)) => users,
        (AllowAnonymous::Loopback, None) if all => "programs on this machine, without credentials".to_owned(),
        (AllowAnonymous::Loopback, None) => "only who comes through a loopback listener; for the others set \
             auth.password_file, or auth.allow_anonymous = true"
            .to_owned(),
        (AllowAnonymous::Loopback, Some(_)) => {
            format!("{users}; without a name, only through a loopback listener")
        }
    }
}

/// What a client has to be told to reach `at`; nothing when it is the default.
fn address_options(at: SocketAddr) -> String {
    let mut options = String::new();
    let host = at.ip().to_canonical();
    // What listens everywhere listens on the default host too.
    if !host.is_unspecified() && host.to_string() != "127.0.0.1" {
        options.push_str(&format!(" -h {host}"));
    }
    if at.port() != 1883 {
        options.push_str(&format!(" -p {}", at.port()));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tidegate_config::Sources;

    fn screen(set: &[&str], local: &str) -> String {
        let config = crate::gateways::loader(crate::gateways::ALL)
            .load(&Sources::new().with_set(set.iter().copied()))
            .unwrap();
        let local: SocketAddr = local.parse().unwrap();
        let bound =
            [Bound { gateway: "mqtt", listener: Arc::from("default"), asked: local, local, path: None }];
        let facts = Facts {
            name: "n",
            bound: &bound,
            closed: &[],
            data: Path::new("data"),
            config: &config,
            admin: None,
            token: &Token::given("0123456789abcdef"),
        };
        text(&facts, "tidegate").unwrap()
    }

    #[test]
    fn says_what_to_paste() {
        let shown = screen(&[], "127.0.0.1:1883");
        assert!(shown.contains("\n  tidegate sub -v -t 'hello/#'\n"), "{shown}");
        assert!(shown.contains("\n  tidegate pub -t hello/world -m hi\n"), "{shown}");
        assert!(shown.contains("without credentials"), "{shown}");
        assert!(!shown.contains("0123456789abcdef"), "{shown}");
    }

    #[test]
    fn says_the_address_where_it_is_not_the_default() {
        assert!(screen(&[], "[::1]:7").contains(" pub -h ::1 -p 7 -t"));
        assert!(screen(&[], "192.0.2.7:1883").contains(" pub -h 192.0.2.7 -t"));
    }

    #[test]
    fn says_who_may_come() {
        assert!(screen(&[], "0.0.0.0:1883").contains("auth.allow_anonymous = true"));
        assert!(screen(&["auth.allow_anonymous=true"], "0.0.0.0:1883").contains("everybody"));
        assert!(screen(&["auth.allow_anonymous=false"], "127.0.0.1:1883").contains("nobody"));
    }
}
