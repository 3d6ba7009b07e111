//! What `[tls]` says of its options.

use crate::{OptionDoc, Reload};

/// An option that takes hold for new connections, as all of them do.
const fn option(
    key: &'static str,
    unit: &'static str,
    doc: &'static str,
    cost: &'static str,
    example: Option<&'static str>,
) -> OptionDoc {
    OptionDoc { key, unit, doc, cost, reload: Reload::NewConnections, example }
}

pub(super) const ALL: &[OptionDoc] = &[
    option(
        "certificate",
        "path",
        "The server's certificate chain in PEM: its own certificate first, then its issuers. Clients that ask for \
         no host, or for one that no [tls.names] has, get this one.",
        "",
        Some("\"/etc/tidegate/server.crt\""),
    ),
    option(
        "key",
        "path",
        "The private key of the certificate, in PEM (PKCS #8, PKCS #1 or SEC 1) and without a passphrase. Nobody but \
         the broker should be able to read it.",
        "ECDSA P-256: 0.1 ms of processor time in each full handshake; RSA: 0.5 ms with 2048 bits, 1.4 ms with 3072, \
         3.2 ms with 4096",
        Some("\"/etc/tidegate/server.key\""),
    ),
    option(
        "ocsp",
        "path",
        "An OCSP response in DER that is sent along with the certificate (RFC 6066 §8). The broker does not fetch it: \
         a timer that runs `openssl ocsp` writes the file and reloads.",
        "its bytes in every full handshake",
        Some("\"/etc/tidegate/server.ocsp\""),
    ),
    option(
        "names.<name>.hosts",
        "list of hosts",
        "The hosts for which this certificate is shown (SNI). \"*.example.org\" stands for every name one level below \
         example.org; a whole name goes before it.",
        "",
        Some("[\"broker.example.org\", \"*.plant.example.org\"]"),
    ),
    option(
        "names.<name>.certificate",
        "path",
        "The certificate chain for these hosts, in PEM.",
        "",
        Some("\"/etc/tidegate/plant.crt\""),
    ),
    option("names.<name>.key", "path", "Its private key, in PEM.", "", Some("\"/etc/tidegate/plant.key\"")),
    option(
        "names.<name>.ocsp",
        "path",
        "An OCSP response in DER for it.",
        "its bytes in every full handshake",
        Some("\"/etc/tidegate/plant.ocsp\""),
    ),
    option(
        "client_ca",
        "path",
        "The certificates (PEM) of those who may issue client certificates. The system's own list is never used.",
        "",
        Some("\"/etc/tidegate/clients-ca.crt\""),
    ),
    option(
        "client_certificate",
        "\"none\", \"optional\" or \"required\"",
        "Whether clients show a certificate: \"none\" asks for none; \"optional\" lets in who has none, but not who \
         shows one that is not valid; \"required\" lets nobody in without. A chain of more than 10 certificates or \
         16KiB is refused. Where clients are asked, nobody gets a ticket (tls.session_tickets): every connection is \
         looked at anew, for expiry and revocation too.",
        "about 0.1 ms of processor time in every handshake, of which none is resumed, and the chain's bytes for as \
         long as the connection lasts",
        None,
    ),
    option(
        "crl",
        "list of paths",
        "Revocation lists in PEM or DER, or directories of them, against which client certificates are looked up. \
         They are read when the broker starts and when it reloads, not fetched. Live connections stay. Empty: nothing \
         counts as revoked.",
        "memory for each revoked certificate",
        None,
    ),
    option(
        "crl_unknown",
        "\"refuse\" or \"allow\"",
        "What happens to a client one of whose issuers has no list among tls.crl, once there is any.",
        "\"allow\" lets revoked clients in when a list is forgotten",
        None,
    ),
    option(
        "crl_expired",
        "\"refuse\" or \"allow\"",
        "What happens to a client whose issuer's list is past its next update.",
        "\"refuse\" locks all of that issuer's clients out when the list is not renewed in time",
        None,
    ),
    option(
        "crl_depth",
        "\"chain\" or \"client\"",
        "Which certificates are looked up: \"chain\" the client's and those of its issuers, except the root; \"client\" \
         its own alone.",
        "",
        None,
    ),
    option(
        "min_version",
        "\"1.2\" or \"1.3\"",
        "The oldest version of TLS that is spoken. Older ones than 1.2 are not there.",
        "\"1.2\" serves older devices; its handshake takes one more round trip",
        None,
    ),
    option(
        "ciphers",
        "list of cipher suites",
        "The cipher suites spoken, by name; the client's order decides among them. Empty: all that there are, and all \
         of those are considered safe. A version of which no suite is in the list is not spoken.",
        "",
        None,
    ),
    option(
        "alpn",
        "list of names",
        "The protocols that are answered to clients which ask for one (ALPN, RFC 7301), the preferred first: \"mqtt\", or \
         \"http/1.1\" for WebSocket. Once there is any, a client that asks for none of them is refused; one that does not \
         ask is let in. Empty: what clients ask for is ignored, so that nobody is refused for it.",
        "a list that lacks a name locks out the clients that insist on it",
        None,
    ),
    option(
        "session_tickets",
        "true or false",
        "Whether clients get a ticket with which their next connection is cheaper (RFC 5077, RFC 8446 §4.6.1). The \
         tickets are encrypted with keys that only this process has and that change twice in tls.ticket_lifetime; the \
         broker remembers nothing. Data in the first flight (0-RTT) is never taken: whoever recorded it could send it \
         again, and a publish would happen twice. Where clients are asked for certificates there are no tickets: an \
         expired or revoked certificate could come back with one.",
        "",
        None,
    ),
    option(
        "ticket_lifetime",
        "duration, from 1m to 12h",
        "For how long a session can be resumed, at most.",
        "",
        None,
    ),
    option(
        "tickets_per_handshake",
        "tickets, from 1 to 4",
        "How many tickets a client of TLS 1.3 gets with each full handshake. One is enough for clients that have one \
         connection.",
        "about 250 bytes and 2 µs each",
        None,
    ),
    option(
        "max_handshake_size",
        "size, from 4KiB to 1MiB",
        "What an unfinished handshake message of a peer may hold, a client's certificate chain for example. A peer that \
         goes beyond it is disconnected.",
        "that much memory for each connection that is being made",
        None,
    ),
    option(
        "key_log",
        "true or false",
        "Whether the keys of all connections are written to the file that the environment's SSLKEYLOGFILE names, so that \
         a recorded connection can be read. For debugging alone: whoever has the file reads everything. The broker warns \
         when it is on.",
        "no secrecy",
        None,
    ),
];
