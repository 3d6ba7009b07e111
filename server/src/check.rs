//! `tidegate check`: is the configuration right, what holds, and who may do what through which listener.

mod who;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use tidegate_broker::{Broker, Notice, Seat, Switchboard};
use tidegate_config::sections::{Admin, Auth, Tls, Zones};
use tidegate_config::{Loaded, Transport};
use tidegate_gateway::Listener;
use tidegate_rules::Rules;

use crate::access::Guards;
use crate::gateways::{self, Workshop};
use crate::run::ConfigArgs;
use crate::server::{build_all, kernel_limits, listeners};

pub(crate) use who::WhoArgs;

/// Rules shown for a listener; who wants more asks for somebody.
const MOST_RULES: usize = 50;

/// What `tidegate check` takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

/// Nobody listens: nothing runs.
struct Nobody;

impl Switchboard for Nobody {
    fn notify(&self, _: Seat, _: Notice) {}
}

/// Explains a configuration without starting anything.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn check(args: &CheckArgs) -> anyhow::Result<String> {
    let config = Arc::new(args.config.load()?);
    config.section::<Admin>()?.read_token().map(drop).context("the admin token cannot be read")?;
    let shop = Workshop { broker: Arc::new(Broker::new(kernel_limits(&config)?, Arc::new(Nobody))) };
    let built = build_all(gateways::ALL, &config, &shop)?;
    let all = listeners(built.iter().map(|(name, gateway)| (*name, gateway)));
    let guards = Guards::open(&config, &all, shop.broker.limits(), None)?;
    if args.who.asks() {
        return args.who.answer(guards.rules().map(Arc::as_ref), |listener| guards.zone_of(listener));
    }
    let mut text = values(&config)?;
    let tls = crate::tls::Tls::new(&config);
    writeln!(text, "\nWho may do what:")?;
    let mut heard = BTreeSet::new();
    for (name, gateway) in &built {
        for listener in gateway.listeners() {
            heard.extend(rules_for(guards.rules().map(Arc::as_ref), &listener.whole_name(name)));
            writeln!(text)?;
            explain(&mut text, &config, name, &listener, guards.rules().map(Arc::as_ref))?;
            certificate(&mut text, &tls, name, &listener)?;
        }
    }
    for number in (1..=guards.rules().map_or(0, |rules| rules.len())).filter(|number| !heard.contains(number))
    {
        writeln!(
            text,
            "\nnote: rule {number} names listeners that do not exist (one is called {WHOLE_NAME})"
        )?;
    }
    Ok(text)
}

/// How a listener's name looks in a rule.
const WHOLE_NAME: &str = "gateway.listener, such as mqtt.default";

/// The numbers of the rules that can be for somebody who came through a listener.
fn rules_for(rules: Option<&Rules>, listener: &str) -> Vec<usize> {
    let explained = rules.into_iter().flat_map(|rules| rules.explain_listener(listener));
    explained.map(|rule| rule.rule.number).collect()
}

fn values(config: &Loaded) -> anyhow::Result<String> {
    let lines = config.explain();
    let set = lines.iter().filter(|line| !line.is_default()).count();
    let mut text = String::new();
    for line in &lines {
        writeln!(text, "{line}")?;
    }
    writeln!(text, "\nThe configuration is right: {} values, {set} of them set by you.", lines.len())?;
    Ok(text)
}

/// One listener: where it is, who comes in, what they may do.
fn explain(
    text: &mut String,
    config: &Loaded,
    gateway: &str,
    listener: &Listener,
    rules: Option<&Rules>,
) -> anyhow::Result<()> {
    let (auth, zones): (Auth, Zones) = (config.section()?, config.section()?);
    let on = &listener.config;
    let place = on.path.as_ref().map_or_else(|| on.bind.to_string(), |path| path.display().to_string());
    let zone = on.zone.as_deref().unwrap_or(Zones::DEFAULT);
    let full = format!("{gateway}.{}", listener.name);
    writeln!(text, "{full}: {} on {place}, zone {zone}{}", wire(on.transport), closed(config, listener)?)?;
    let chain = zones.of(on.zone.as_deref()).chain.unwrap_or_else(|| auth.chain());
    let members: Vec<String> = chain.iter().map(|name| member(&auth, name)).collect();
    writeln!(text, "  let in by     {}", members.join(", else "))?;
    if !on.allow.is_empty() || !on.deny.is_empty() {
        let networks = |list: &[_]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let allowed = if on.allow.is_empty() { "everywhere".to_owned() } else { networks(&on.allow) };
        writeln!(text, "  reached from  {allowed}, not {}", networks(&on.deny))?;
    }
    let Some(rules) = rules else {
        writeln!(text, "  may           do everything: there are no rules")?;
        return Ok(());
    };
    let applying = rules.explain_listener(&full);
    writeln!(text, "  may           what these {} rules say, the first that matches:", applying.len())?;
    for rule in applying.iter().take(MOST_RULES) {
        writeln!(text, "    {rule}")?;
    }
    if applying.len() > MOST_RULES {
        writeln!(
            text,
            "    … and {} more: ask for somebody with --user or --client",
            applying.len() - MOST_RULES
        )?;
    }
    writeln!(text, "    otherwise {}", rules.otherwise())?;
    Ok(())
}

/// Reads the listener's certificate as the broker would, and says what is worth knowing of it.
fn certificate(
    text: &mut String,
    tls: &crate::tls::Tls,
    gateway: &str,
    listener: &Listener,
) -> anyhow::Result<()> {
    if !listener.config.transport.is_tls() {
        return Ok(());
    }
    let acceptor = tls
        .acceptor(gateway, listener)
        .with_context(|| format!("{gateway}.{} has no usable TLS", listener.name))?;
    for notice in acceptor.iter().flat_map(|acceptor| acceptor.notices()) {
        writeln!(text, "  note          {notice}")?;
    }
    Ok(())
}

const fn wire(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "plain",
        Transport::Tls => "TLS",
        Transport::Ws => "WebSocket",
        Transport::Wss => "WebSocket over TLS",
    }
}

/// Why a listener is not open, if it is not.
fn closed(config: &Loaded, listener: &Listener) -> anyhow::Result<&'static str> {
    let tls: Tls = config.section()?;
    let has_one = tls.certificate.is_some() || listener.config.tls.certificate.is_some();
    let lacks = listener.config.transport.is_tls() && !has_one;
    Ok(if lacks { "; closed until tls.certificate is set" } else { "" })
}

/// A method and what it asks for.
fn member(auth: &Auth, name: &str) -> String {
    match auth.method(name) {
        Some(method) if method.kind.to_string() == name => match &method.file {
            Some(file) => format!("{name} ({})", file.display()),
            None if name == Auth::ANONYMOUS => format!("{name} ({})", auth.allow_anonymous.in_words()),
            None => name.to_owned(),
        },
        Some(method) => format!("{name} ({})", method.kind),
        None => name.to_owned(),
    }
}
