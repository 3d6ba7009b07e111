//! Users and password hashes in a file.
use std::path::Path;
/// s
#[derive(Debug, Default)]
pub struct Settings {}
/// f
#[derive(Debug)]
pub struct AuthFile {}
impl AuthFile {
    /// o
    /// # Errors
    /// x
    pub fn open(_path: &Path, _s: Settings) -> Result<Self, std::io::Error> { Ok(Self {}) }
    /// u
    pub fn users(&self) -> usize { 0 }
}
impl tidegate_broker::Authenticator for AuthFile {
    fn authenticate(&self, _c: &tidegate_broker::Credentials<'_>, _t: &tidegate_broker::Ticket) -> tidegate_broker::Verdict { tidegate_broker::Verdict::Abstain }
}
