//! One rule.

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::names::one_or_more;
use super::{AttributePattern, NamePattern, TopicPattern};

/// A rule: whom it is for (all that is given must hold), what it speaks of, and its effect.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Rule {
    /// What happens.
    pub effect: Effect,
    /// It is for everybody.
    #[serde(default, skip_serializing_if = "is_unset")]
    pub any: bool,
    /// It is for those without a user name.
    #[serde(default, skip_serializing_if = "is_unset")]
    pub anonymous: bool,
    /// The user's name is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub user: Vec<NamePattern>,
    /// The client's id is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub client: Vec<NamePattern>,
    /// It comes from one of these networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "networks")]
    pub address: Vec<IpNet>,
    /// It came through one of these listeners.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub listener: Vec<NamePattern>,
    /// Its certificate's common name is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub common_name: Vec<NamePattern>,
    /// Its certificate's subject is one of these (RFC 4514, most specific part first).
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub subject: Vec<NamePattern>,
    /// It has all of these attributes.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub attributes: Vec<AttributePattern>,
    /// What it speaks of.
    #[serde(default)]
    pub action: Activity,
    /// Only at these qualities of service; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub qos: Vec<u8>,
    /// Only what is to be retained, or only what is not. Publishing alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retain: Option<bool>,
    /// Where.
    #[serde(default, deserialize_with = "one_or_more")]
    pub topics: Vec<TopicPattern>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It is allowed.
    Allow,
    /// It is refused.
    Deny,
    /// It is refused, and the connection ends.
    Disconnect,
}

/// What a rule speaks of.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Publishing.
    Publish,
    /// Subscribing.
    Subscribe,
    /// Both.
    #[default]
    All,
}

impl Rule {
    /// What does not fit together.
    fn fault(&self) -> Option<&'static str> {
        let narrowed = self.anonymous
            || !self.attributes.is_empty()
            || !self.address.is_empty()
            || [&self.user, &self.client, &self.listener, &self.common_name, &self.subject]
                .iter()
                .any(|names| !names.is_empty());
        match () {
            () if !narrowed && !self.any => {
                Some("says nothing of whom it is for; write any = true for everybody")
            }
            () if narrowed && self.any => Some("is for everybody (any) and for somebody; leave one out"),
            () if self.anonymous && !self.user.is_empty() => {
                Some("is for those without a user name and for a user; make it two rules")
            }
            () if self.topics.is_empty() => {
                Some("says nothing of topics; write topics = \"#\" for all but those that begin with $")
            }
            () if self.qos.iter().any(|qos| *qos > 2) => Some("has a qos other than 0, 1 and 2"),
            () if self.retain.is_some() && self.action != Activity::Publish => {
                Some("has retain, which goes with action = \"publish\" alone")
            }
            () => None,
        }
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rule = Self::deserialize(deserializer)?;
        rule.fault().map_or(Ok(rule), |fault| Err(de::Error::custom(format_args!("the rule {fault}"))))
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let written: Vec<crate::network::Written> = one_or_more(deserializer)?;
    Ok(written.into_iter().map(|network| network.0).collect())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_unset(flag: &bool) -> bool {
    !*flag
}
