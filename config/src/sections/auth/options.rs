//! What each option of `[auth]` means.

use crate::{OptionDoc, Reload};

const fn option(key: &'static str, unit: &'static str, doc: &'static str, cost: &'static str) -> OptionDoc {
    OptionDoc { key, unit, doc, cost, reload: Reload::NewConnections, example: None }
}

const fn example(
    key: &'static str,
    unit: &'static str,
    doc: &'static str,
    cost: &'static str,
    example: &'static str,
) -> OptionDoc {
    OptionDoc { example: Some(example), ..option(key, unit, doc, cost) }
}

const KIND: &str = "\"password-file\", \"client-ids\", \"certificate\", \"addresses\" or \"anonymous\"";
const WHEN_DOWN: &str = "\"refuse\" or \"next\"";

pub(super) const OPTIONS: &[OptionDoc] = &[
    option(
        "allow_anonymous",
        "\"loopback\", true or false",
        "Whether clients without credentials are let in: \"loopback\" through listeners that only this machine can \
         reach, true through every listener, false through none. Clients that show credentials have them checked in \
         any case. With a chain it says what the method \"anonymous\" does.",
        "true lets everybody in who reaches the port",
    ),
    example(
        "password_file",
        "path",
        "Users and their password hashes, as `tidegate passwd` writes them. It is the method \"password-file\", which \
         needs no table of its own and refuses users that are not in the file; where there is no chain, it is asked \
         first.",
        "",
        "\"/etc/tidegate/passwd\"",
    ),
    example(
        "chain",
        "names of methods",
        "The methods that are asked, in order, for clients of every listener whose zone has no chain of its own. Each \
         lets the client in, refuses it, challenges it, or has nothing to say, and then the next is asked. Whom none \
         lets in is refused. A name is that of a table in [auth.methods], or \"password-file\" or \"anonymous\", which \
         need none. Unset: \"password-file\" if there is a password_file, then \"anonymous\".",
        "",
        "[\"password-file\", \"anonymous\"]",
    ),
    example(
        "methods.<passwords>.kind",
        KIND,
        "What the method asks for: a user name with a password or SCRAM-SHA-256 (\"password-file\"), a client id on a \
         list (\"client-ids\"), a verified client certificate (\"certificate\"), an address (\"addresses\"), or \
         nothing where allow_anonymous allows it (\"anonymous\").",
        "client ids and addresses are no secret: whoever knows or has one is let in",
        "\"password-file\"",
    ),
    example(
        "methods.<passwords>.when_down",
        WHEN_DOWN,
        "What happens when the method cannot answer, as its file cannot be read or what it asks is down: refuse the \
         client, or ask the next method.",
        "\"next\" leaves the door to the later methods while this one is down",
        "\"refuse\"",
    ),
    example(
        "methods.<passwords>.file",
        "path",
        "The method's file. Of \"password-file\": users with password hashes and SCRAM verifiers, as `tidegate passwd` \
         writes them. Of \"client-ids\": one client id or pattern (* and ?) a line, and a user name behind it if it \
         shall have one. Of \"certificate\": a table from names in certificates to user names; without it the name \
         is the user name. Read again at a reload.",
        "",
        "\"/etc/tidegate/passwd\"",
    ),
    example(
        "methods.<passwords>.authoritative",
        "true or false",
        "Whether the file knows everybody who has a user name: one who is not in it, or who shows neither password nor \
         exchange, is refused. If not, the next method is asked. A user that it knows, with another password, is \
         refused in any case.",
        "",
        "true",
    ),
    example(
        "methods.<passwords>.threads",
        "threads, 1 to 64",
        "How many threads compute password hashes. Unset: half of the cores, 1 to 4.",
        "each takes a core and the memory of one hash (19 MiB by default) while it works",
        "2",
    ),
    example(
        "methods.<passwords>.queue",
        "logins",
        "Logins that wait for such a thread; one more is refused as busy. Addresses take turns, and one of them fills no \
         more of it than it leaves free. Unset: 512.",
        "the last in it waits for as many hashes",
        "512",
    ),
    example("methods.<known-devices>.kind", KIND, "A list of client ids.", "", "\"client-ids\""),
    example(
        "methods.<known-devices>.ids",
        "client ids or patterns",
        "Client ids that are let in without a proof; * stands for any text and ? for any one character.",
        "anybody who can guess an id is let in",
        "[\"pump-*\", \"gauge-7\"]",
    ),
    example(
        "methods.<known-devices>.user",
        "user name",
        "The user name of whom the method lets in, for rules: a name, \"${clientid}\", or \"${username}\" for what the \
         client claims without a proof. Unset, they have none. Of \"client-ids\" and \"addresses\".",
        "",
        "\"device\"",
    ),
    example("methods.<certificates>.kind", KIND, "Client certificates.", "", "\"certificate\""),
    example(
        "methods.<certificates>.source",
        "\"cn\", \"subject\", \"san-dns\", \"san-email\", \"san-uri\" or \"fingerprint\"",
        "What in a verified certificate names the user: its one common name, the whole subject (CN=pump-7,O=Works), an \
         alternative name of a kind (of several, the one that the client claims), or the SHA-256 fingerprint in \
         lower-case hexadecimal. Unset: \"cn\". A client without a certificate is for the next method.",
        "",
        "\"cn\"",
    ),
    example(
        "methods.<certificates>.unknown",
        "\"refuse\" or \"next\"",
        "What becomes of a certificate that has no such name, or one that the file lacks. Unset: \"refuse\".",
        "",
        "\"refuse\"",
    ),
    example(
        "methods.<certificates>.ignore_claimed",
        "true or false",
        "Whether a user name that the client claims is ignored. If not, it has to be the one that the method gives it: \
         with another, a certificate's holder is refused, and a client on a list or from an address is for the next \
         method.",
        "",
        "false",
    ),
    example("methods.<office>.kind", KIND, "Addresses.", "", "\"addresses\""),
    example(
        "methods.<office>.allow",
        "networks or addresses",
        "Networks whose clients are let in without a proof; others are for the next method.",
        "an address is no proof in a network where others can take it",
        "[\"192.0.2.0/24\", \"2001:db8::7\"]",
    ),
    example(
        "methods.<office>.deny",
        "networks or addresses",
        "Networks whose clients are refused, whatever allow says.",
        "",
        "[\"192.0.2.128/25\"]",
    ),
];
