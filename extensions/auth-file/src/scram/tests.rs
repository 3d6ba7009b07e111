use super::*;

/// The client's side, for tests: its own arithmetic from RFC 5802 §3, nothing of the server's.
#[derive(Clone, Copy)]
pub(crate) struct Client {
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    pub(crate) nonce: &'static str,
}

impl Client {
    pub(crate) fn new(user: &str, password: &str) -> Self {
        let leak = |text: &str| &*Box::leak(text.to_owned().into_boxed_str());
        Self { user: leak(user), password: leak(password), nonce: "fyko+d2lbbFgONRv9qkxdawL" }
    }

    pub(crate) fn first(&self) -> String {
        format!("n,,n={},r={}", self.user, self.nonce)
    }

    /// The answer to a challenge, and what the server has to say then.
    pub(crate) fn last(&self, challenge: &str) -> (String, String) {
        let nonce = challenge.split(',').next().unwrap();
        let unproved = format!("c=biws,{nonce}");
        let proof = Base64::encode_string(&self.proof(challenge, &unproved));
        let server_key = sign(&self.salted(challenge), b"Server Key");
        let signature = sign(&server_key, self.signed(challenge, &unproved).as_bytes());
        (format!("{unproved},p={proof}"), format!("v={}", Base64::encode_string(&signature)))
    }

    fn signed(&self, challenge: &str, unproved: &str) -> String {
        format!("n={},r={},{challenge},{unproved}", self.user, self.nonce)
    }

    fn salted(&self, challenge: &str) -> [u8; 32] {
        let mut parts = challenge.split(',').skip(1);
        let mut part = |front: &str| parts.next().and_then(|part| part.strip_prefix(front)).unwrap();
        let (salt, iterations) = (Base64::decode_vec(part("s=")).unwrap(), part("i=").parse().unwrap());
        let mut salted = [0; 32];
        let algorithm = ring::pbkdf2::PBKDF2_HMAC_SHA256;
        ring::pbkdf2::derive(algorithm, iterations, &salt, self.password.as_bytes(), &mut salted);
        salted
    }

    fn proof(&self, challenge: &str, unproved: &str) -> Vec<u8> {
        let client_key = sign(&self.salted(challenge), b"Client Key");
        let stored_key = ring::digest::digest(&ring::digest::SHA256, &client_key);
        let signature = sign(stored_key.as_ref(), self.signed(challenge, unproved).as_bytes());
        client_key.iter().zip(signature).map(|(a, b)| a ^ b).collect()
    }
}

fn sign(key: &[u8], data: &[u8]) -> Vec<u8> {
    ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key), data).as_ref().to_vec()
}

/// The exchange of RFC 7677 §3.
const FIRST: &str = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const NONCE: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const CHALLENGE: &str =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const LAST: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const END: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

fn pencil() -> Verifier {
    static PENCIL: std::sync::LazyLock<Verifier> = std::sync::LazyLock::new(|| {
        let salt = Base64::decode_vec("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        Verifier::of("pencil", NonZeroU32::new(4096).unwrap(), &salt)
    });
    PENCIL.clone()
}

fn begin(first: &[u8]) -> Result<(String, Pending), Fault> {
    Pending::begin(first, NONCE, |_| (Some(Arc::default()), pencil()))
}

#[test]
fn the_exchange_of_the_rfc() {
    let (challenge, pending) = begin(FIRST.as_bytes()).unwrap();
    assert_eq!(challenge, CHALLENGE);
    assert_eq!(pending.finish(LAST.as_bytes()).unwrap(), END);
    let client = Client { user: "user", password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO" };
    assert_eq!(client.last(CHALLENGE), (LAST.to_owned(), END.to_owned()));
}

#[test]
fn who_could_bind_to_the_channel_is_taken_and_who_insists_is_not() {
    let (_, pending) = begin(FIRST.replacen('n', "y", 1).as_bytes()).unwrap();
    assert_eq!(pending.finish(LAST.as_bytes()), Err("another header than in the first message"));
    assert_eq!(pending.binding, Base64::encode_string(b"y,,"));
    let insists = begin(FIRST.replacen('n', "p=tls-server-end-point", 1).as_bytes());
    assert_eq!(insists.unwrap_err(), "channel binding is not offered");
}

#[test]
fn first_messages_that_are_none() {
    let long = |length| format!("n,,n=user,r={}", "x".repeat(length));
    let name = |length| format!("n,,n={},r=x", "x".repeat(length));
    assert!(begin(long(256).as_bytes()).is_ok());
    assert!(begin(name(256).as_bytes()).is_ok());
    let bad = [
        "",
        "n",
        "n,",
        "n,,",
        "x,,n=user,r=x",
        "n,,n=user",
        "n,,n=user,",
        "n,,n=user,r=",
        "n,,n=,r=x",
        "n,,r=x,n=user",
        "n,,m=1,n=user,r=x",
        "n,,n=user,r=x,",
        "n,,n=user,r=x,m=1",
        "n,,n=user,r=x,1=2",
        "n,,n=us=er,r=x",
        "n,,n=us=2cer,r=x",
        "n,,n=user=,r=x",
        "n,,n=user,r=a b",
        "n,,n=user,r=\u{e4}",
        "n,a=other,n=user,r=x",
        "n,user,n=user,r=x",
        "n,,n=us\0er,r=x",
        "n,,n=us\u{200e}er,r=x",
        "n,,n=\u{ad},r=x",
        "N,,n=user,r=x",
    ];
    for bad in bad.into_iter().map(str::to_owned).chain([long(257), long(3_000), name(257)]) {
        assert!(begin(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(begin(b"n,,n=us\xffer,r=x").is_err());
    for good in ["n,a=user,n=user,r=x", "n,,n=user,r=x,e=1,z=,Q=a=b", "y,,n=user,r=x"] {
        assert!(begin(good.as_bytes()).is_ok(), "{good}");
    }
}

#[test]
fn names_are_unescaped_and_prepared() {
    let name = |text: &str| begin(format!("n,,n={text},r=x").as_bytes()).unwrap().1.name;
    assert_eq!(name("a=2Cb=3Dc"), "a,b=c");
    assert_eq!(name("=3D2C"), "=2C");
    // RFC 4013 §3 has these.
    assert_eq!(name("I\u{ad}X"), "IX");
    assert_eq!(name("\u{aa}"), "a");
    assert_eq!(name("\u{2168}"), "IX");
}

#[test]
fn last_messages_that_are_none() {
    let (_, pending) = begin(FIRST.as_bytes()).unwrap();
    let bad = [
        String::new(),
        LAST.replace("c=biws", "c=eSws"),
        LAST.replace("c=biws", "c="),
        LAST.replace("c=biws,", ""),
        LAST.replace("$k0", "$k1"),
        LAST.replace("%hvY", ""),
        LAST.replace("r=rO", "r="),
        LAST.replace(",p=", ",q="),
        LAST.replace("p=dH", "p=dI"),
        LAST.replace("ndVQ=", "ndVQ"),
        LAST.replace(",p=", ",m=1,p="),
        LAST.replace(",p=", ",e=1,p="),
        format!("{LAST},e=1"),
        "x".repeat(5_000),
    ];
    for bad in bad {
        assert!(pending.finish(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(pending.finish(LAST.as_bytes()).is_ok());
}

#[test]
fn a_verifier_is_read_as_it_is_written() {
    let verifier = pencil();
    let text = verifier.to_string();
    assert_eq!(Verifier::parse(&text).unwrap(), verifier);
    assert!(verifier.matches(b"pencil"));
    assert!(!verifier.matches(b"Pencil") && !verifier.matches(b"") && !verifier.matches(b"\xff"));
    let bad = [
        text.replace("i=4096", "i=4095"),
        text.replace("i=4096", "i=10000001"),
        text.replace("i=4096", "i=x"),
        text.replace("s=W22ZaJ0SNY7soEsUEjb6gQ==", "s="),
        text.replace("s=W22ZaJ0SNY7soEsUEjb6gQ==", "s=!!"),
        format!("{text}$"),
        text[..text.len() - 4].to_owned(),
        text.rsplit_once('$').unwrap().0.to_owned(),
    ];
    for bad in bad {
        assert!(Verifier::parse(&bad).is_err(), "{bad}");
    }
}

/// Messages with bytes changed, dropped, doubled and swapped never panic, and none but the right one is taken.
#[test]
fn mutated_messages_are_refused_or_read() {
    let mut numbers = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        numbers ^= numbers << 13;
        numbers ^= numbers >> 7;
        numbers ^= numbers << 17;
        usize::try_from(numbers % below as u64).unwrap()
    };
    let mut mutate = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = u8::try_from(next(256)).unwrap(),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b",=npmrc\xc3\0"[next(9)]),
                _ => bytes.swap(at, 0),
            }
            if bytes.is_empty() {
                break;
            }
        }
        bytes
    };
    let (_, pending) = begin(FIRST.as_bytes()).unwrap();
    let mut begun = 0;
    for _ in 0..20_000 {
        let first = mutate(FIRST);
        if let Ok((_, other)) = begin(&first) {
            begun += 1;
            assert!(first == FIRST.as_bytes() || other.finish(LAST.as_bytes()).is_err());
        }
        let last = mutate(LAST);
        assert!(last == LAST.as_bytes() || pending.finish(&last).is_err(), "{last:?}");
    }
    assert!(begun > 1_000, "{begun} of the changed messages are still ones");
}

/// A proof that is good for what it says is refused when it says another nonce than the challenge, or when the name
/// is nobody's.
#[test]
fn a_good_proof_of_something_else_is_none() {
    let client = Client { user: "user", password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO" };
    let (_, pending) = begin(FIRST.as_bytes()).unwrap();
    for nonce in ["rOprNGfwEbeRWgbNEkqO", "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0x"] {
        // The proof is over the challenge that was made and a last message with this nonce.
        let unproved = format!("c=biws,r={nonce}");
        let proof = client.proof(CHALLENGE, &unproved);
        let last = format!("{unproved},p={}", Base64::encode_string(&proof));
        assert_eq!(pending.finish(last.as_bytes()), Err("another exchange's nonce"));
    }
    let (_, nobody) = Pending::begin(FIRST.as_bytes(), NONCE, |_| (None, pencil())).unwrap();
    assert!(nobody.finish(LAST.as_bytes()).is_err());
    assert!(pending.finish(LAST.as_bytes()).is_ok());
}
