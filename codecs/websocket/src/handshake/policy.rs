//! Whom a listener lets in.

use std::net::Ipv4Addr;

use super::check::is_token;

/// Whom a listener lets in. Nothing to do with who the client is: that is asked later, by the protocol inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The path, compared byte by byte with the request's, without its query: `/mqtt`.
    pub path: String,
    /// The sub-protocols spoken here. Which of them is taken, the client's list decides (RFC 6455 §4.2.2 has the
    /// server choose, §4.1 says that the client's list is in the order of its preference). Names are compared
    /// as they are, case and all.
    pub protocols: Vec<String>,
    /// Whether a client that offers none of them is refused. Otherwise it is let in and told of none.
    pub require_protocol: bool,
    /// Which pages' scripts may connect, as browsers name them: `https://console.example.org`. Empty: those of
    /// this machine (`localhost`, 127.0.0.0/8, `[::1]`, with any scheme and port). `*`: all.
    /// Programs that are no browser may claim any origin, so this protects users of browsers, not the broker.
    pub origins: Vec<String>,
    /// Whether a request without an Origin is let in, as programs that are no browser send it.
    pub allow_missing_origin: bool,
}

/// What is wrong with a [`Policy`], so that an operator can be told before the first client comes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Such a path cannot be asked for.
    #[error("{0:?} is no path: it begins with '/' and has no query, no fragment and no blank")]
    Path(String),
    /// Such a name cannot stand in a list.
    #[error("{0:?} is no name of a sub-protocol: letters, digits and a few signs, no blank and no comma")]
    Protocol(String),
    /// No browser names an origin so.
    #[error(
        "{0:?} is no origin: scheme, host and perhaps port, as in https://example.org:8443, without a path"
    )]
    Origin(String),
}

impl Policy {
    /// Whether it can be meant.
    ///
    /// # Errors
    /// The first entry that no request can match.
    pub fn check(&self) -> Result<(), PolicyError> {
        let path = self.path.as_bytes();
        let unfit = |byte: &u8| !byte.is_ascii_graphic() || matches!(byte, b'?' | b'#');
        if !path.starts_with(b"/") || path.iter().any(unfit) {
            return Err(PolicyError::Path(self.path.clone()));
        }
        if let Some(name) = self.protocols.iter().find(|name| !is_token(name.as_bytes())) {
            return Err(PolicyError::Protocol(name.clone()));
        }
        match self.origins.iter().find(|origin| *origin != "*" && !is_origin(origin)) {
            Some(origin) => Err(PolicyError::Origin(origin.clone())),
            None => Ok(()),
        }
    }

    /// Whether pages of `origin` may connect.
    pub(super) fn lets_in(&self, origin: &[u8]) -> bool {
        let origin = without_default_port(origin);
        let same = |allowed: &String| without_default_port(allowed.as_bytes()).eq_ignore_ascii_case(origin);
        if self.origins.is_empty() {
            return is_local(origin);
        }
        self.origins.iter().any(|allowed| allowed == "*" || same(allowed))
    }
}

/// Whether a browser could send it (RFC 6454 §6.2): `null`, or a scheme, a host and perhaps a port.
fn is_origin(origin: &str) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else { return origin == "null" };
    let unfit = |c: char| !c.is_ascii_graphic() || matches!(c, '/' | '?' | '#' | '@' | '*');
    !scheme.is_empty()
        && scheme.chars().all(|c| c.is_ascii_alphanumeric())
        && !host.is_empty()
        && !host.contains(unfit)
}

/// Whether a page was loaded from this machine.
fn is_local(origin: &[u8]) -> bool {
    let Some(host) = std::str::from_utf8(origin)
        .ok()
        .filter(|origin| is_origin(origin))
        .and_then(|origin| Some(origin.split_once("://")?.1))
    else {
        return false;
    };
    // What follows the last colon is a port, unless that colon is one of an IPv6 address in brackets.
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    let is_v4 = || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
    host.eq_ignore_ascii_case("localhost") || host == "[::1]" || is_v4()
}

/// An origin as browsers write it: they leave out the scheme's own port (RFC 6454 §6.1).
fn without_default_port(origin: &[u8]) -> &[u8] {
    let ends = [(&b"https://"[..], &b":443"[..]), (b"http://", b":80")];
    let front =
        |scheme: &[u8]| origin.get(..scheme.len()).is_some_and(|front| front.eq_ignore_ascii_case(scheme));
    let end = ends.iter().find(|(scheme, _)| front(scheme)).and_then(|(_, port)| origin.strip_suffix(*port));
    end.unwrap_or(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_request_can_match_is_told() {
        let good = Policy {
            path: "/mqtt".into(),
            protocols: vec!["mqtt".into(), "v12.stomp".into()],
            origins: vec!["https://a.example".into(), "http://[::1]:3000".into(), "null".into(), "*".into()],
            ..Policy::default()
        };
        assert_eq!(good.check(), Ok(()));
        for path in ["", "mqtt", "/a b", "/a?b", "/a#b", "/é"] {
            let bad = Policy { path: path.into(), ..good.clone() };
            assert_eq!(bad.check(), Err(PolicyError::Path(path.into())));
        }
        for name in ["", "a b", "a,b", "a\r\nX: y"] {
            let bad = Policy { protocols: vec![name.into()], ..good.clone() };
            assert_eq!(bad.check(), Err(PolicyError::Protocol(name.into())));
        }
        for origin in
            ["", "a.example", "https://a.example/", "https://*.example", "https://", "*://a.example"]
        {
            let bad = Policy { origins: vec![origin.into()], ..good.clone() };
            assert_eq!(bad.check(), Err(PolicyError::Origin(origin.into())));
        }
    }

    #[test]
    fn origins_are_compared_as_browsers_mean_them() {
        let origins = vec!["https://A.example:443".into(), "http://b.example".into(), "null".into()];
        let policy = Policy { origins, ..Policy::default() };
        for good in ["https://a.example", "HTTPS://A.EXAMPLE:443", "http://b.example:80", "null"] {
            assert!(policy.lets_in(good.as_bytes()), "{good}");
        }
        for bad in [
            "http://a.example",
            "https://a.example:8443",
            "https://a.example.evil",
            "https://xa.example",
            "https://b.example",
            "",
        ] {
            assert!(!policy.lets_in(bad.as_bytes()), "{bad}");
        }
        let all = Policy { origins: vec!["*".into()], ..Policy::default() };
        assert!(all.lets_in(b"https://anybody.example") && all.lets_in(b"null"));
    }

    #[test]
    fn with_none_named_only_pages_of_this_machine_come_in() {
        let none = Policy::default();
        for good in [
            "http://localhost",
            "https://LocalHost:8443",
            "http://127.0.0.1:3000",
            "http://127.1.2.3",
            "http://[::1]",
            "http://[::1]:3000",
        ] {
            assert!(none.lets_in(good.as_bytes()), "{good}");
        }
        for bad in [
            "https://anybody.example",
            "http://localhost.evil.example",
            "http://localhost:80@evil.example",
            "http://127.0.0.1.evil.example",
            "http://evil.example:127",
            "http://[::1].evil.example",
            "http://[::2]",
            "http://localhost:80:80x",
            "http://128.0.0.1",
            "localhost",
            "null",
            "",
        ] {
            assert!(!none.lets_in(bad.as_bytes()), "{bad}");
        }
    }
}
