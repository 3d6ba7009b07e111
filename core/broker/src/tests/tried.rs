//! Logins counted for the names that were tried, and names nobody has.

use tidegate_guard::{Ban, FailureRules, Threshold};

use super::login::credentials;
use super::*;

/// A method with user names of its own: the data is the name, then `!` or a wrong answer. Says the name at the first
/// step, and answers at once or later.
#[derive(Default)]
struct Method {
    later: bool,
    adjourned: Mutex<Vec<(Adjourned, Verdict)>>,
}

impl Authenticator for Method {
    fn authenticate(&self, credentials: &Credentials<'_>, hearing: &Hearing<'_>) -> Verdict {
        let Some((_, data)) = credentials.method else { return Verdict::Abstain };
        let verdict = match credentials.exchange {
            None => {
                let name = std::str::from_utf8(data).unwrap();
                hearing.tries(name);
                let kept = Exchange(Arc::new(name.to_owned()));
                Verdict::Answer(Ok(Authenticated::Challenge(Box::default(), kept)))
            }
            Some(kept) if data == b"!" => {
                let user: &String = kept.0.downcast_ref().unwrap();
                let user = Some(user.as_str().into());
                let principal = PrincipalRef::new(Principal { user, ..Principal::default() });
                Verdict::Answer(Ok(Authenticated::Principal(principal, Box::default())))
            }
            Some(_) => Verdict::Answer(Err(Refusal::BadCredentials)),
        };
        if !self.later {
            return verdict;
        }
        self.adjourned.lock().push((hearing.adjourn(), verdict));
        Verdict::Later
    }
}

struct Logins {
    world: World,
    method: Arc<Method>,
}

type Answer = Result<Authenticated, Refusal>;

impl Logins {
    fn new(later: bool) -> Self {
        let world = World::new(Limits::default());
        let minute = Duration::from_secs(60);
        let by_pair = Some(Threshold { count: 10, window: minute, keep_out: minute });
        let method = Arc::new(Method { later, ..Method::default() });
        let anonymous = Arc::new(Anonymous { loopback_only: false, names_unproven: false });
        let zone = Zone {
            chain: vec![Member::new("method", method.clone()), Member::new("anonymous", anonymous)],
            failures: FailureRules { by_pair, ..FailureRules::off() },
            ..Zone::default()
        };
        world.broker.set_zones(Arc::new(zone), Vec::new());
        Self { world, method }
    }

    fn ask(&mut self, credentials: &Credentials<'_>) -> Answer {
        let asked =
            self.world.broker.authenticate(&mut self.world.turn, credentials, (Seat::default(), NOTHING));
        if let Some(answer) = asked.done() {
            return answer;
        }
        let (adjourned, verdict) = self.method.adjourned.lock().pop().unwrap();
        adjourned.answer(verdict);
        match self.world.post.0.lock().pop() {
            Some((_, Notice::Reply(_, Reply::Authenticated(answer)))) => answer,
            other => panic!("{other:?}"),
        }
    }

    /// Both steps.
    fn login(&mut self, name: &str, proof: &[u8]) -> Result<PrincipalRef, Refusal> {
        let bare = Credentials { password: None, ..credentials(None) };
        let first = self.ask(&Credentials { method: Some(("own", name.as_bytes())), ..bare })?;
        let Authenticated::Challenge(_, kept) = first else { panic!("{first:?}") };
        let second = Credentials { method: Some(("own", proof)), exchange: Some(&kept), ..bare };
        match self.ask(&second)? {
            Authenticated::Principal(principal, _) => Ok(principal),
            other => panic!("{other:?}"),
        }
    }

    fn anonymous(&mut self) {
        assert!(self.ask(&Credentials { password: None, ..credentials(None) }).is_ok());
    }
}

#[test]
fn failures_count_for_the_name_that_was_tried_and_nameless_logins_clear_nothing() {
    for later in [false, true] {
        let mut logins = Logins::new(later);
        for _ in 0..10 {
            assert_eq!(logins.login("alice", b"guess").unwrap_err(), Refusal::BadCredentials);
            logins.anonymous();
        }
        assert_eq!(logins.login("alice", b"!").unwrap_err(), Refusal::RateExceeded, "later {later}");
        assert!(logins.login("bob", b"!").is_ok(), "nobody else is turned away");
        logins.anonymous();
        logins.world.pass(Duration::from_secs(60));
        assert!(logins.login("alice", b"!").is_ok());
    }
}

#[test]
fn a_success_clears_the_failures_of_who_was_proved_and_of_nobody_else() {
    for (washes, turned_away) in [("alice", false), ("mallory", true)] {
        let mut logins = Logins::new(false);
        for _ in 0..9 {
            assert!(logins.login("alice", b"guess").is_err());
        }
        assert!(logins.login(washes, b"!").is_ok());
        assert!(logins.login("alice", b"guess").is_err());
        assert_eq!(logins.login("alice", b"!").is_err(), turned_away, "{washes}");
    }
}

#[test]
fn a_proof_that_was_begun_does_not_end_after_too_many_failed() {
    let mut logins = Logins::new(false);
    let bare = Credentials { password: None, ..credentials(None) };
    let Ok(Authenticated::Challenge(_, kept)) =
        logins.ask(&Credentials { method: Some(("own", b"alice")), ..bare })
    else {
        panic!("no challenge")
    };
    for _ in 0..10 {
        assert!(logins.login("alice", b"guess").is_err());
    }
    let last = Credentials { method: Some(("own", b"!")), exchange: Some(&kept), ..bare };
    assert_eq!(logins.ask(&last).unwrap_err(), Refusal::RateExceeded);
}

#[test]
fn a_name_nobody_has_is_refused_before_anybody_is_asked_or_bans_are_compared() {
    let mut logins = Logins::new(false);
    let made = logins.world.turn.now.wall;
    let what = "user-regex:^a+$".parse().unwrap();
    let ban = Ban { what, until: None, why: "test".into(), by: "test".into(), made, automatic: false };
    logins.world.broker.ban(&mut logins.world.turn, &ban, false).unwrap();
    let (long, longer) = ("a".repeat(1_024), "a".repeat(1_025));
    for (name, expected) in [(&long, Refusal::Banned), (&longer, Refusal::BadCredentials)] {
        assert_eq!(logins.ask(&credentials(Some(name))).unwrap_err(), expected);
        assert_eq!(logins.login(name, b"!").unwrap_err(), expected, "by a method of its own");
        let who = PrincipalRef::new(Principal { user: Some(name.as_str().into()), ..Principal::default() });
        assert_eq!(logins.world.open_as(&who, options("c")).unwrap_err(), expected);
    }
    let limits = Limits { user_name_bytes: 5, ..Limits::default() };
    let mut world = World::new(limits);
    world
        .broker
        .set_access(vec![Arc::new(Anonymous { loopback_only: false, names_unproven: true })], Vec::new());
    for (name, passes) in [("alice", true), ("robert", false)] {
        let asked =
            world.broker.authenticate(&mut world.turn, &credentials(Some(name)), (Seat::default(), NOTHING));
        assert_eq!(asked.done().unwrap().is_ok(), passes);
    }
    let client = "c".repeat(65_536);
    assert_eq!(world.try_open(options(&client)).unwrap_err(), Refusal::BadClientId);
}
