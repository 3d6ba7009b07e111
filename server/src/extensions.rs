//! The list of extensions: what plugs into the kernel's ports.

use std::sync::Arc;

use tidegate_auth_file::AuthFile;
use tidegate_broker::Authenticator;
use tidegate_config::Loaded;
use tidegate_config::sections::Auth;

/// Opens an authenticator, if a configuration asks for it.
pub type Open = fn(&Loaded) -> anyhow::Result<Option<Arc<dyn Authenticator>>>;

/// An extension that proves identities.
#[derive(Clone, Copy)]
pub struct AuthenticatorSpec {
    /// Its name, for the log.
    pub name: &'static str,
    /// Opens it. Called again on each reload: what it reads is read anew.
    pub open: Open,
}

impl std::fmt::Debug for AuthenticatorSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthenticatorSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Every authenticator, in the order in which they are asked; the rule for anonymous clients comes after them.
pub const AUTHENTICATORS: &[AuthenticatorSpec] = &[AuthenticatorSpec { name: "auth-file", open: auth_file }];

fn auth_file(config: &Loaded) -> anyhow::Result<Option<Arc<dyn Authenticator>>> {
    let Some(path) = config.section::<Auth>()?.password_file else { return Ok(None) };
    let file = AuthFile::open(&path, tidegate_auth_file::Settings::default())?;
    tracing::info!(file = %path.display(), users = file.users(), "password file read");
    Ok(Some(Arc::new(file)))
}
