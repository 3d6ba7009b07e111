//! `[auth]`

mod anonymous;
mod method;
mod options;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Checks, OptionDoc, Section};

pub use anonymous::AllowAnonymous;
pub use method::{CertificateName, Method, MethodKind, Unknown, WhenDown};

/// Who may connect.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Whether clients without credentials are let in.
    pub allow_anonymous: AllowAnonymous,
    /// Users and password hashes, the simple way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The methods that are asked, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<Vec<String>>,
    /// The methods by name.
    pub methods: BTreeMap<String, Method>,
}

impl Auth {
    /// The method that needs no table: what [`AllowAnonymous`] says.
    pub const ANONYMOUS: &'static str = "anonymous";
    /// The method that [`Auth::password_file`] makes.
    pub const PASSWORD_FILE: &'static str = "password-file";

    /// The method that a chain means by `name`: a table in `[auth.methods]`, or one of the two that need none.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<Method> {
        if let Some(method) = self.methods.get(name) {
            return Some(method.clone());
        }
        match (name, &self.password_file) {
            (Self::ANONYMOUS, _) => Some(Method::new(MethodKind::Anonymous)),
            (Self::PASSWORD_FILE, Some(file)) => Some(Method {
                file: Some(file.clone()),
                authoritative: true,
                ..Method::new(MethodKind::PasswordFile)
            }),
            _ => None,
        }
    }

    /// The names of the methods that are asked where no zone says otherwise, in order.
    #[must_use]
    pub fn chain(&self) -> Vec<String> {
        let simple = || {
            let file = self.password_file.is_some().then_some(Self::PASSWORD_FILE);
            file.into_iter().chain([Self::ANONYMOUS]).map(str::to_owned).collect()
        };
        self.chain.clone().unwrap_or_else(simple)
    }

    /// What is wrong with `chain`, with the index of what it is.
    ///
    /// # Errors
    /// A name that is no method, or one that stands there twice.
    pub fn judge(&self, chain: &[String]) -> Result<(), (usize, String)> {
        for (index, name) in chain.iter().enumerate() {
            if self.method(name).is_none() {
                let mut known: Vec<&str> = self.methods.keys().map(String::as_str).collect();
                known.extend(self.password_file.as_ref().map(|_| Self::PASSWORD_FILE));
                known.push(Self::ANONYMOUS);
                return Err((index, format!("no method {name:?} (known: {})", known.join(", "))));
            }
            if chain.iter().take(index).any(|earlier| earlier == name) {
                return Err((index, format!("{name:?} is asked already")));
            }
        }
        Ok(())
    }
}

impl Section for Auth {
    const NAME: &'static str = "auth";
    const INTRO: &'static str = "Who may connect. The simple way is a password_file and allow_anonymous; the other is \
                                 a chain of methods, each with a table of its own, that are asked in order until one \
                                 answers. Whom none answers is refused.";

    fn options() -> &'static [OptionDoc] {
        options::OPTIONS
    }

    fn check(&self, checks: &mut Checks<'_>) {
        for (name, method) in &self.methods {
            method.check(&format!("methods.{name}"), checks);
            if name == Self::PASSWORD_FILE && self.password_file.is_some() {
                checks.refuse("password_file", "there is a method of the name password-file already");
            }
        }
        match &self.chain {
            Some(chain) if chain.is_empty() => {
                checks.refuse("chain", "nobody could connect: name a method, such as \"anonymous\"");
            }
            Some(chain) => {
                if let Err((index, why)) = self.judge(chain) {
                    checks.refuse(&format!("chain[{index}]"), why);
                }
                let named = |name: &str| chain.iter().any(|member| member == name);
                if self.password_file.is_some() && !named(Self::PASSWORD_FILE) {
                    checks.refuse("password_file", "auth.chain does not name \"password-file\"; for a zone's chain alone, make it a table in [auth.methods]");
                }
            }
            None if !self.methods.is_empty() => {
                // Somebody who defines methods means them to be asked; the simple chain would let in others.
                checks.refuse("methods", "set auth.chain: it names the methods to ask, in order");
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
