//! Users of a mosquitto password file.

use std::collections::HashSet;
use std::path::Path;

use crate::FileError;
use crate::edit::EditError;
use crate::hash::{Hash, Work};
use crate::store::Held;
use crate::user::Credential;
use crate::users::{LineError, entry};

/// What was found in a mosquitto password file.
///
/// The format is ours too (`user:hash`), so that a file without faults can also be used as it stands. An import makes
/// one file of several, leaves out what is none instead of refusing the whole, and says what is weak.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The lines of users, as they stand there.
    pub lines: Vec<String>,
    /// What was left out, and why.
    pub left_out: Vec<LineError>,
    /// Users whose hash is weak: one round of SHA-512, or fewer rounds of PBKDF2 than OWASP asks for (210,000). They
    /// can log in; a new password gives them argon2id.
    pub weak: Vec<String>,
}

/// Rounds of PBKDF2-HMAC-SHA512 that OWASP's password storage cheat sheet asks for.
const ENOUGH_ROUNDS: u32 = 210_000;

/// Reads a mosquitto password file. Lines that are none are left out and reported; of a user who stands there twice
/// the first line counts.
///
/// # Errors
/// When the file cannot be read.
pub fn import_mosquitto(path: &Path) -> Result<Import, FileError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| FileError::Unreadable { path: path.to_owned(), source })?;
    Ok(Import::parse(&text))
}

impl Import {
    fn parse(text: &str) -> Self {
        let mut import = Self::default();
        let mut names = HashSet::new();
        for (index, line) in text.lines().enumerate() {
            match user(line) {
                Ok(None) => {}
                Ok(Some((name, _))) if !names.insert(name) => {
                    import.left_out.push(LineError { line: index + 1, what: "the user stands here twice" });
                }
                Ok(Some((name, hash))) => {
                    if is_weak(hash.work()) {
                        import.weak.push(name.to_owned());
                    }
                    import.lines.push(line.trim_end().to_owned());
                }
                Err(what) => import.left_out.push(LineError { line: index + 1, what }),
            }
        }
        import
    }

    /// Adds the users to a password file, which is made if it does not exist. Who is in it already stays as he is;
    /// answers who that was.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn add_to(&self, path: &Path) -> Result<Vec<String>, EditError> {
        let file = Held::any(path)?;
        let mut lines = file.read()?;
        let there: HashSet<String> =
            lines.iter().filter_map(|line| name_of(line)).map(str::to_owned).collect();
        let mut kept = Vec::new();
        for line in &self.lines {
            match name_of(line) {
                Some(name) if there.contains(name) => kept.push(name.to_owned()),
                _ => lines.push(line.clone()),
            }
        }
        file.write(&lines)?;
        Ok(kept)
    }
}

fn name_of(line: &str) -> Option<&str> {
    entry(line).ok()?.map(|(name, _)| name)
}

fn user(line: &str) -> Result<Option<(&str, Hash)>, &'static str> {
    let Some((name, credential)) = entry(line)? else { return Ok(None) };
    if !credential.starts_with('$') {
        return Err("a password that is not hashed: `mosquitto_passwd -U FILE` hashes it");
    }
    match Credential::parse(credential)? {
        Credential::Hash(hash) => Ok(Some((name, hash))),
        Credential::Scram(_) => Err("a mosquitto password file holds no SCRAM verifiers"),
    }
}

fn is_weak(work: Work) -> bool {
    match work {
        Work::Sha512 => true,
        Work::Pbkdf2Sha512(rounds) => rounds.get() < ENOUGH_ROUNDS,
        Work::Scram(_) | Work::Argon2id(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Users;

    /// Written by mosquitto_passwd 2.0, and lines that it never writes.
    const FILE: &str = "\
# field devices
alice:$7$101$SxAEc9n0nMtCRZFX$4xKwL9pfT9QQDrGkAM0W1uN2s1MrYYY4vYXKDN1AUAiyf+z3YqN0hk25ir87HoiaOSdESmhr5VjhvPLcfeBT0g==
carol:$6$F9tPzS8VSdxm53cL$6hOBp3OYDTay/84eQ71w8zVDAzSozqBKizHyY5gv6sXaewJfjIFeoPb1Pcen2/yhk5eWnFxuRPM2ucz2qUdwdQ==
plain:secret
alice:$6$F9tPzS8VSdxm53cL$6hOBp3OYDTay/84eQ71w8zVDAzSozqBKizHyY5gv6sXaewJfjIFeoPb1Pcen2/yhk5eWnFxuRPM2ucz2qUdwdQ==
nobody
";

    #[test]
    fn the_good_lines_are_taken_and_the_others_named() {
        let import = Import::parse(FILE);
        assert_eq!(import.lines.len(), 2);
        assert_eq!(import.weak, ["alice", "carol"]);
        let left_out: Vec<usize> = import.left_out.iter().map(|error| error.line).collect();
        assert_eq!(left_out, [4, 5, 6]);
        assert!(import.left_out[0].what.contains("mosquitto_passwd -U"));
    }

    #[test]
    fn who_is_there_already_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        let import = Import::parse(FILE);
        assert!(import.add_to(&path).unwrap().is_empty());
        crate::set_user(&path, "alice", b"new", crate::Cost { memory_kib: 8, passes: 1, lanes: 1 }).unwrap();
        assert_eq!(import.add_to(&path).unwrap(), ["alice", "carol"]);
        let users = Users::read(&path).unwrap();
        assert_eq!(users.len(), 2);
        assert!(users.get("alice").unwrap().matches(b"new"));
        assert!(users.get("carol").unwrap().matches(b"caf$"));
    }
}
