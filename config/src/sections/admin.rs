//! `[admin]`

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Bind, Checks, OptionDoc, Problem, Problems, Reload, Secret, Section};

/// The port for operators: metrics, health, REST API.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// Whether the port is opened at all.
    pub enabled: bool,
    /// Where it listens.
    pub bind: Bind,
    /// What a caller of the REST API has to show.
    pub token: Option<Secret<String>>,
    /// A file that holds the token.
    pub token_file: Option<PathBuf>,
}

impl Default for Admin {
    fn default() -> Self {
        Self { enabled: true, bind: Bind::loopback(18083), token: None, token_file: None }
    }
}

impl Admin {
    /// Whether a token is configured, in one way or the other.
    #[must_use]
    pub const fn has_token(&self) -> bool {
        self.token.is_some() || self.token_file.is_some()
    }

    /// The token, read from its file if that is where it is; nothing if none is configured.
    ///
    /// # Errors
    /// The file cannot be read, is not UTF-8, or its first line is too short for a token.
    pub fn read_token(&self) -> Result<Option<Secret<String>>, Problems> {
        let Some(path) = &self.token_file else { return Ok(self.token.clone()) };
        let failed =
            |reason: String| Problem::source(None, format!("admin.token_file: {}: {reason}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let token = text.lines().next().unwrap_or_default().trim();
        if token.chars().count() < SHORTEST_TOKEN {
            return Err(failed(TOO_SHORT.to_owned()).into());
        }
        Ok(Some(Secret::new(token.to_owned())))
    }
}

/// The fewest characters of a token: 16 of base 64 are 96 bits.
const SHORTEST_TOKEN: usize = 16;
const TOO_SHORT: &str = "a token has at least 16 characters";

impl Section for Admin {
    const NAME: &'static str = "admin";
    const INTRO: &'static str = "The port for operators: metrics, health checks and the REST API.";

    fn options() -> &'static [OptionDoc] {
        &[
            OptionDoc {
                key: "enabled",
                unit: "true or false",
                doc: "Whether the port is opened at all.",
                cost: "",
                reload: Reload::Restart,
                example: None,
            },
            OptionDoc {
                key: "bind",
                unit: "address",
                doc: "Where it listens. Anything but loopback needs a token.",
                cost: "",
                reload: Reload::Restart,
                example: None,
            },
            OptionDoc {
                key: "token",
                unit: "text of at least 16 characters, a secret",
                doc: "What a caller of the REST API shows as a bearer token. Unset, and without token_file, \
                      one is made at the first start and kept in the data directory, readable by its owner alone.",
                cost: "",
                reload: Reload::Live,
                example: Some("\"use-token_file-instead\""),
            },
            OptionDoc {
                key: "token_file",
                unit: "path",
                doc: "A file whose first line is the token, so that it need not stand in the configuration. Not \
                      together with token.",
                cost: "",
                reload: Reload::Live,
                example: Some("\"/etc/tidegate/admin-token\""),
            },
        ]
    }

    fn check(&self, checks: &mut Checks<'_>) {
        if let Some(token) = &self.token
            && token.expose().chars().count() < SHORTEST_TOKEN
        {
            checks.refuse("token", TOO_SHORT);
        }
        if self.token.is_some() && self.token_file.is_some() {
            checks.refuse("token_file", "set either token or token_file, not both");
        }
        if self.enabled && !self.bind.is_loopback() && !self.has_token() {
            let reason =
                format!("{} can be reached from other machines: set admin.token_file too", self.bind);
            checks.refuse("bind", reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str) -> (tempfile::TempDir, Admin) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, text).unwrap();
        (folder, Admin { token_file: Some(path), ..Admin::default() })
    }

    #[test]
    fn a_token_is_the_first_line_of_its_file() {
        let (_folder, admin) = with_file("0123456789abcdef\nnot this\n");
        assert_eq!(admin.read_token().unwrap().unwrap().expose(), "0123456789abcdef");
        assert_eq!(Admin::default().read_token(), Ok(None));
    }

    #[test]
    fn a_bad_token_file_is_named_and_not_quoted() {
        let (_folder, admin) = with_file("short\n");
        let message = admin.read_token().unwrap_err().to_string();
        assert!(message.starts_with("admin.token_file: ") && message.ends_with(TOO_SHORT), "{message}");
        assert!(!message.contains("short\n"), "{message}");
        let gone = Admin { token_file: Some(PathBuf::from("no/such/file")), ..Admin::default() };
        assert!(gone.read_token().unwrap_err().to_string().starts_with("admin.token_file: no/such/file: "));
    }
}
