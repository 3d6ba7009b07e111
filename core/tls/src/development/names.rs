//! Names: of files, and in certificates.

use std::path::{Path, PathBuf};

use crate::TlsError;

/// What the files of a set's authority and server are called.
const RESERVED: [&str; 2] = ["ca", "server"];

/// Where the certificate and the key of a further client called `name` go.
///
/// # Errors
///
/// If the name is not one of letters, digits, `.`, `_` and `-`, begins with a dot, or is that of the authority's or the
/// server's files.
pub fn client_files(directory: &Path, name: &str) -> Result<(PathBuf, PathBuf), TlsError> {
    let refused = |reason: &str| TlsError::Setting { key: "the client's name", reason: reason.to_owned() };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if name.is_empty() || name.starts_with('.') || !name.bytes().all(fits) {
        let reason = "names its files: expected letters, digits, '.', '_' and '-', and no dot in front";
        return Err(refused(reason));
    }
    // There are file systems on which upper and lower case are the same.
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        return Err(refused("names its files, and those of that name are the authority's or the server's"));
    }
    let file = |kind: &str| directory.join(format!("{name}.{kind}"));
    Ok((file("crt"), file("key")))
}

/// What the server's certificate is good for, each once.
pub(super) fn of_server(told: &[String]) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for host in ["localhost", "127.0.0.1", "::1"].into_iter().chain(told.iter().map(String::as_str)) {
        if !hosts.iter().any(|known| known.eq_ignore_ascii_case(host)) {
            hosts.push(host.to_owned());
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_named_once() {
        let told = ["Localhost", "plant.example", "127.0.0.1", "plant.example"].map(str::to_owned);
        assert_eq!(of_server(&told), ["localhost", "127.0.0.1", "::1", "plant.example"]);
    }

    #[test]
    fn names_of_clients_are_names_of_files_of_their_own() {
        let files = |name| client_files(Path::new("certs"), name);
        for bad in [
            "ca", "CA", "server", "Server", "", ".", "..", ".x", "../x", "a/b", "a\\b", "a b", "\u{e4}",
            "a\0",
        ] {
            assert!(files(bad).is_err(), "{bad:?}");
        }
        for good in ["client", "pump-8", "a.b_c", "ca2", "7", "-"] {
            let (certificate, key) = files(good).unwrap();
            assert_eq!(certificate, Path::new("certs").join(format!("{good}.crt")));
            assert_eq!(key, Path::new("certs").join(format!("{good}.key")));
        }
    }
}
