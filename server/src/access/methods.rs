//! The methods of authentication, opened as the configuration says.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use anyhow::Context as _;
use parking_lot::Mutex;
use tidegate_auth_basic::{
    AddressEffect, AddressRule, Addresses, CertificateNames, CertificateSettings, ClientIds, Conflict,
    NameSource, Nameless, Naming, Table,
};
use tidegate_auth_file::{AuthFile, Replaced, Settings, Users};
use tidegate_broker::{Authenticator, Member, WhenDown};
use tidegate_config::sections::{self, Auth, CertificateName, Method, MethodKind, Unknown};
use tidegate_types::Text;

use super::doorman::Doorman;

/// The methods by name.
#[derive(Clone, Default)]
pub(crate) struct Methods(BTreeMap<String, Opened>);

#[derive(Clone)]
struct Opened {
    from: Method,
    made: Made,
}

#[derive(Clone)]
enum Made {
    /// A password file, and what was read of it anew and is not in force yet.
    Passwords(Arc<AuthFile>, Arc<Mutex<Option<Users>>>),
    Other(Arc<dyn Authenticator>),
    /// The rule for anonymous clients, which every chain has in a form of its own.
    Anonymous,
}

impl Methods {
    /// Opens every method that any chain may name.
    pub(crate) fn open(auth: &Auth, before: Option<&Self>) -> anyhow::Result<Self> {
        let simple = [Auth::PASSWORD_FILE, Auth::ANONYMOUS];
        let names = auth.methods.keys().map(String::as_str);
        let names = names.chain(simple.into_iter().filter(|name| !auth.methods.contains_key(*name)));
        let mut opened = BTreeMap::new();
        for name in names {
            let Some(from) = auth.method(name) else { continue };
            let same = before.and_then(|before| before.0.get(name)).filter(|before| before.from == from);
            let made = made(&from, same).with_context(|| format!("auth.methods.{name}"))?;
            opened.insert(name.to_owned(), Opened { from, made });
        }
        Ok(Self(opened))
    }

    /// Puts in force what was read anew; answers of whom some file says something else now.
    pub(crate) fn renew(&self) -> HashSet<Text> {
        let mut concerned = HashSet::new();
        for (name, opened) in &self.0 {
            if let Made::Passwords(file, fresh) = &opened.made
                && let Some(fresh) = fresh.lock().take()
            {
                let Replaced { users, gone, changed } = file.replace(fresh);
                let (left, renewed) = (gone.len(), changed.len());
                tracing::info!(method = name, users, gone = left, changed = renewed, "password file read");
                concerned.extend(gone.into_iter().chain(changed));
            }
        }
        concerned
    }

    /// The users of all files, as they will be once what was read anew is in force.
    pub(crate) fn users(&self) -> HashSet<Text> {
        let mut users = HashSet::new();
        for opened in self.0.values() {
            if let Made::Passwords(file, fresh) = &opened.made {
                match &*fresh.lock() {
                    Some(fresh) => users.extend(fresh.names().map(Text::from)),
                    None => users.extend(file.names()),
                }
            }
        }
        users
    }

    /// Whether a user can be known by nothing but a password file.
    pub(crate) fn knows_by_files_alone(&self) -> bool {
        self.0.values().all(|opened| !matches!(opened.made, Made::Other(_)))
    }

    /// Whether nobody in a chain can prove a user's name.
    pub(crate) fn prove_none(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.0.get(name).is_none_or(Opened::is_anonymous))
    }

    /// A chain's members, with its own `doorman` where it has one.
    pub(crate) fn chain(
        &self,
        auth: &Auth,
        names: &[String],
        doorman: &Doorman,
    ) -> anyhow::Result<Vec<Member>> {
        if let Err((_, why)) = auth.judge(names) {
            anyhow::bail!(why);
        }
        let member = |name: &String| {
            let opened = self.0.get(name)?;
            let authenticator = match &opened.made {
                Made::Passwords(file, _) => Arc::clone(file) as Arc<dyn Authenticator>,
                Made::Other(other) => Arc::clone(other),
                Made::Anonymous => Arc::new(doorman.clone()),
            };
            let when_down = match opened.from.when_down {
                sections::WhenDown::Refuse => WhenDown::Refuse,
                sections::WhenDown::Next => WhenDown::AskNext,
            };
            Some(Member { when_down, ..Member::new(name, authenticator) })
        };
        Ok(names.iter().filter_map(member).collect())
    }
}

impl Opened {
    fn is_anonymous(&self) -> bool {
        matches!(self.made, Made::Anonymous)
    }
}

fn made(from: &Method, before: Option<&Opened>) -> anyhow::Result<Made> {
    Ok(match from.kind {
        MethodKind::Anonymous => Made::Anonymous,
        MethodKind::PasswordFile => return passwords(from, before),
        MethodKind::ClientIds => {
            Made::Other(Arc::new(ClientIds::new(client_ids(from)?, from.ignore_claimed)?))
        }
        MethodKind::Addresses => Made::Other(Arc::new(Addresses::new(addresses(from)?, from.ignore_claimed))),
        MethodKind::Certificate => Made::Other(Arc::new(CertificateNames::new(certificates(from)?)?)),
    })
}

/// A file that is open already stays open, so that users of whom it says the same stay proved.
fn passwords(from: &Method, before: Option<&Opened>) -> anyhow::Result<Made> {
    let path = from.file.as_deref().unwrap_or_else(|| "".as_ref());
    let users = Users::read(path)?;
    if let Some(Opened { made: Made::Passwords(file, _), .. }) = before {
        return Ok(Made::Passwords(Arc::clone(file), Arc::new(Mutex::new(Some(users)))));
    }
    let default = Settings::default();
    let number =
        |set: Option<std::num::NonZeroU16>, else_: usize| set.map_or(else_, |n| usize::from(n.get()));
    let settings = Settings {
        threads: number(from.threads, default.threads),
        queue: number(from.queue, default.queue),
        authoritative: from.authoritative,
        ..default
    };
    tracing::info!(file = %path.display(), users = users.len(), "password file read");
    Ok(Made::Passwords(Arc::new(AuthFile::new(users, settings)?), Arc::default()))
}

fn client_ids(from: &Method) -> anyhow::Result<Table> {
    let user = from.user.as_deref().unwrap_or_default();
    let mut table = Table::new(from.ids.iter().map(|id| (id.as_str(), user)))?;
    if let Some(file) = &from.file {
        table = table.and(Table::read(file, &Naming::parse(user)?)?);
    }
    Ok(table)
}

/// What is denied goes before what is allowed.
fn addresses(from: &Method) -> anyhow::Result<Vec<AddressRule>> {
    let naming = Naming::parse(from.user.as_deref().unwrap_or_default())?;
    let deny = from.deny.iter().map(|network| (*network, AddressEffect::Deny));
    let allow = from.allow.iter().map(|network| (*network, AddressEffect::Allow(naming.clone())));
    Ok(deny.chain(allow).map(|(network, effect)| AddressRule { network, effect }).collect())
}

fn certificates(from: &Method) -> anyhow::Result<CertificateSettings> {
    Ok(CertificateSettings {
        source: match from.source.unwrap_or_default() {
            CertificateName::Cn => NameSource::CommonName,
            CertificateName::Subject => NameSource::Subject,
            CertificateName::SanDns => NameSource::Dns,
            CertificateName::SanEmail => NameSource::Email,
            CertificateName::SanUri => NameSource::Uri,
            CertificateName::Fingerprint => NameSource::Fingerprint,
        },
        table: from.file.as_deref().map(|file| Table::read(file, &Naming::Anonymous)).transpose()?,
        nameless: match from.unknown.unwrap_or_default() {
            Unknown::Refuse => Nameless::Refuse,
            Unknown::Next => Nameless::AskNext,
        },
        conflict: if from.ignore_claimed { Conflict::Ignore } else { Conflict::Refuse },
    })
}
