//! What a caller of the API has to show.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use subtle::ConstantTimeEq as _;
use tidegate_config::sections::Admin;

use crate::{numbers, platform};

/// The file in the data directory for a token that nobody configured.
const FILE: &str = "admin-token";

/// A bearer token; never prints.
#[derive(Clone)]
pub struct Token {
    secret: Arc<str>,
    from: From,
}

#[derive(Clone)]
enum From {
    Configuration,
    File(PathBuf),
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(•••)")
    }
}

impl Token {
    /// A token that the configuration says.
    #[must_use]
    pub fn given(secret: &str) -> Self {
        Self { secret: Arc::from(secret), from: From::Configuration }
    }

    /// The configured token, or the one in the data directory, which is made at the first start.
    ///
    /// # Errors
    /// When a file cannot be read or written, or does not hold a token.
    pub fn resolve(section: &Admin, data_dir: &Path) -> anyhow::Result<Self> {
        if let Some(secret) = section.read_token()? {
            let from = section.token_file.clone().map_or(From::Configuration, From::File);
            return Ok(Self { secret: Arc::from(secret.expose().as_str()), from });
        }
        let path = data_dir.join(FILE);
        let shown = path.display();
        if !path.exists() {
            let text = format!("{:032x}{:032x}\n", numbers::unguessable(), numbers::unguessable());
            platform::create_private(&path)
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .with_context(|| format!("the admin token {shown} cannot be written"))?;
        }
        let text = fs::read_to_string(&path)
            .with_context(|| format!("the admin token {shown} cannot be read; remove it to get a new one"))?;
        let secret = text.lines().next().unwrap_or_default().trim();
        if secret.len() < 16 {
            bail!("{shown} holds no token; remove it to get a new one");
        }
        Ok(Self { secret: Arc::from(secret), from: From::File(path) })
    }

    /// Whether `shown` is the token, in a time that tells nothing of where they differ.
    #[must_use]
    pub fn is(&self, shown: &[u8]) -> bool {
        self.secret.as_bytes().ct_eq(shown).into()
    }

    /// Where an operator finds it.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.from {
            From::Configuration => "the token is in the configuration".to_owned(),
            From::File(path) => format!("the token is in {}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = Token::resolve(&Admin::default(), folder.path()).unwrap();
        let again = Token::resolve(&Admin::default(), folder.path()).unwrap();
        assert!(again.is(first.secret.as_bytes()));
        assert!(!again.is(b"") && !again.is(&first.secret.as_bytes()[1..]));
        assert_eq!(format!("{first:?}"), "Token(•••)");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn an_empty_token_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "\n").unwrap();
        assert!(Token::resolve(&Admin::default(), folder.path()).is_err());
    }
}
