//! Under which user name somebody is let in.

use tidegate_broker::{Authenticated, Credentials, Principal, PrincipalRef, Verdict};
use tidegate_types::{Refusal, Text};

/// Where the user name comes from of a client that is let in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Naming {
    /// It has none: it is anonymous to the rules.
    #[default]
    Anonymous,
    /// The operator says it.
    Fixed(Text),
    /// It is the client id.
    ClientId,
    /// It is what the client claims, without a proof; none if it claims none.
    Claimed,
}

/// A name that is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a user's name has 1 to 256 bytes and no control characters; `${{clientid}}` and `${{username}}` stand alone"
)]
pub struct NameFault;

impl Naming {
    /// Reads what an operator writes: nothing (`""`), `${clientid}`, `${username}` (what is claimed) or a name.
    ///
    /// # Errors
    /// When the name is none, or mixes names and placeholders.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        match text {
            "" => Ok(Self::Anonymous),
            "${clientid}" => Ok(Self::ClientId),
            "${username}" => Ok(Self::Claimed),
            _ if is_name(text) && !text.contains("${") => Ok(Self::Fixed(Text::from(text))),
            _ => Err(NameFault),
        }
    }

    /// Lets a client in under its name. One that claims another name is passed on, because somebody else may prove
    /// that, unless claims are ignored; so is one whose name is none.
    pub(crate) fn judge(&self, credentials: &Credentials<'_>, ignore_claimed: bool) -> Verdict {
        let user = match self {
            Self::Anonymous => None,
            Self::Fixed(name) => Some(name.as_str()),
            Self::ClientId => Some(credentials.client),
            Self::Claimed => credentials.user,
        };
        let disputed = credentials.user.is_some() && credentials.user != user;
        if (disputed && !ignore_claimed) || user.is_some_and(|user| !is_name(user)) {
            return Verdict::Abstain;
        }
        let_in(user)
    }
}

/// Whether a user may be called so.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=256).contains(&text.len()) && !text.contains(char::is_control)
}

pub(crate) fn let_in(user: Option<&str>) -> Verdict {
    let principal = Principal { user: user.map(Text::from), ..Principal::default() };
    Verdict::Answer(Ok(Authenticated::Principal(PrincipalRef::new(principal), Box::default())))
}

pub(crate) fn refuse(why: Refusal) -> Verdict {
    Verdict::Answer(Err(why))
}
