//! One question to the rules: may this somebody do that, and which rule says so?

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use anyhow::bail;
use tidegate_broker::{Action, Decision, Principal, Zone};
use tidegate_rules::Rules;
use tidegate_types::{Certificate, ClientId, Guarantee, Text};

/// Who and what.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Ask the rules")]
pub(crate) struct WhoArgs {
    /// A user name
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// A client id
    #[arg(long, value_name = "ID")]
    client: Option<String>,

    /// Where it comes from
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,

    /// The listener it came through, such as mqtt.default
    #[arg(long, value_name = "NAME")]
    listener: Option<String>,

    /// The common name of its certificate
    #[arg(long, value_name = "CN")]
    cert_cn: Option<String>,

    /// An attribute, as often as you like
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    attributes: Vec<String>,

    /// May it publish there? Without --publish and --subscribe every rule for it is listed
    #[arg(long, value_name = "TOPIC", conflicts_with = "subscribe")]
    publish: Option<String>,

    /// May it subscribe to that?
    #[arg(long, value_name = "FILTER")]
    subscribe: Option<String>,

    /// With which quality of service
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2))]
    qos: u8,

    /// With the retain mark
    #[arg(long, requires = "publish")]
    retain: bool,
}

impl WhoArgs {
    /// Whether anything was asked.
    pub(super) const fn asks(&self) -> bool {
        self.user.is_some()
            || self.client.is_some()
            || self.address.is_some()
            || self.listener.is_some()
            || self.cert_cn.is_some()
            || !self.attributes.is_empty()
            || self.publish.is_some()
            || self.subscribe.is_some()
    }

    /// `zone_of` knows the zone of a listener.
    pub(super) fn answer(
        &self,
        rules: Option<&Rules>,
        zone_of: impl FnOnce(&str) -> anyhow::Result<Arc<Zone>>,
    ) -> anyhow::Result<String> {
        let Some(rules) = rules else { return Ok("Allowed: there are no rules.\n".to_owned()) };
        let mut who = self.principal()?;
        if let Some(listener) = &self.listener {
            zone_of(listener)?.give_attributes(&mut who);
        }
        let guarantee = match self.qos {
            0 => Guarantee::AtMostOnce,
            1 => Guarantee::AtLeastOnce,
            _ => Guarantee::ExactlyOnce,
        };
        let action = match (&self.publish, &self.subscribe) {
            (Some(topic), _) => Action::Publish { topic, guarantee, retain: self.retain },
            (None, Some(filter)) => subscribe(filter, guarantee),
            (None, None) => return list(rules, &who),
        };
        let verdict = rules.why(&who, action);
        let word = match verdict.decision {
            Decision::Allow => "Allowed",
            Decision::Deny | Decision::Abstain => "Denied",
            Decision::Expel => "Denied, and the connection ends",
        };
        Ok(match verdict.rule {
            Some(rule) => format!("{word} by rule {} ({}).\n", rule.number, rule.place),
            None => format!("{word}: no rule matches, which means: {}.\n", rules.otherwise()),
        })
    }

    fn principal(&self) -> anyhow::Result<Principal> {
        let mut attributes = Vec::new();
        for attribute in &self.attributes {
            let Some((name, value)) = attribute.split_once('=') else {
                bail!("--attribute {attribute:?}: expected NAME=VALUE");
            };
            attributes.push((Text::from(name), Text::from(value)));
        }
        let certificate = self.cert_cn.as_deref().map(|name| {
            Arc::new(Certificate {
                common_name: Some(Text::from(name)),
                subject: Text::from(format!("CN={name}").as_str()),
                names: Vec::new(),
                fingerprint: [0; 32],
            })
        });
        Ok(Principal {
            user: self.user.as_deref().map(Text::from),
            client: self.client.as_deref().map(ClientId::new),
            remote: self.address.map(|address| (address, 0).into()),
            listener: self.listener.as_deref().map(Arc::from),
            attributes,
            certificate,
            ..Principal::default()
        })
    }
}

/// A subscription, with its group taken off as a client writes it.
fn subscribe(filter: &str, guarantee: Guarantee) -> Action<'_> {
    let shared = filter.strip_prefix("$share/").and_then(|rest| rest.split_once('/'));
    match shared {
        Some((group, filter)) => Action::Subscribe { filter, group: Some(group), guarantee },
        None => Action::Subscribe { filter, group: None, guarantee },
    }
}

fn list(rules: &Rules, who: &Principal) -> anyhow::Result<String> {
    let mut text = String::new();
    for rule in rules.explain(who) {
        writeln!(text, "{rule}")?;
    }
    writeln!(text, "otherwise {}", rules.otherwise())?;
    Ok(text)
}
