//! Chains of authenticators, at once and later.

use tidegate_types::Certificate;

use super::*;

/// Says what it is told to, or adjourns.
#[derive(Default)]
struct Scripted {
    says: Option<fn(&Credentials<'_>) -> Verdict>,
    adjourned: Mutex<Vec<Adjourned>>,
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    fn new(says: fn(&Credentials<'_>) -> Verdict) -> Arc<Self> {
        Arc::new(Self { says: Some(says), ..Self::default() })
    }

    fn take(&self) -> Adjourned {
        self.adjourned.lock().pop().expect("it adjourned")
    }
}

impl Authenticator for Scripted {
    fn authenticate(&self, credentials: &Credentials<'_>, hearing: &Hearing<'_>) -> Verdict {
        let user = credentials.user.unwrap_or("nobody");
        self.asked.lock().push(format!("{user}:{:?}", credentials.password));
        let verdict = self.says.map_or(Verdict::Abstain, |says| says(credentials));
        if matches!(verdict, Verdict::Later) {
            self.adjourned.lock().push(hearing.adjourn());
        }
        verdict
    }
}

fn believed(user: &str) -> Verdict {
    let principal = Principal { user: Some(user.into()), ..Principal::default() };
    Verdict::Answer(Ok(Authenticated::Principal(PrincipalRef::new(principal), Box::from(*b"last"))))
}

pub(super) fn credentials(user: Option<&str>) -> Credentials<'_> {
    Credentials {
        realm: Realm(0),
        client: "c",
        user,
        password: Some(b"secret"),
        method: None,
        exchange: None,
        remote: ([192, 0, 2, 7], 1).into(),
        listener: "default",
        loopback: false,
        certificate: None,
    }
}

fn chain(members: Vec<(Arc<Scripted>, WhenDown)>) -> Zone {
    let member = |(number, (authenticator, when_down)): (usize, (Arc<Scripted>, WhenDown))| Member {
        when_down,
        ..Member::new(&format!("{number}"), authenticator)
    };
    Zone { chain: members.into_iter().enumerate().map(member).collect(), ..Zone::default() }
}

type Answer = Result<Authenticated, Refusal>;

fn ask(world: &mut World, credentials: &Credentials<'_>) -> Option<Answer> {
    let seat = Seat { slot: 9, ..Seat::default() };
    world.broker.authenticate(&mut world.turn, credentials, (seat, RequestId(5))).done()
}

fn told(world: &World) -> Answer {
    let (seat, notice) = world.post.0.lock().pop().expect("it was told");
    assert_eq!(seat.slot, 9);
    match notice {
        Notice::Reply(RequestId(5), Reply::Authenticated(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

fn principal(answer: Answer) -> PrincipalRef {
    match answer.unwrap() {
        Authenticated::Principal(principal, _) => principal,
        Authenticated::Challenge(..) => panic!("a challenge"),
    }
}

#[test]
fn members_are_asked_in_order_until_one_answers() {
    let mut world = World::new(Limits::default());
    let first = Scripted::new(|_| Verdict::Abstain);
    let second = Scripted::new(|_| believed("eve"));
    let third = Scripted::new(|_| believed("mallory"));
    let all = [&first, &second, &third].map(|one| (Arc::clone(one), WhenDown::Refuse));
    world.broker.set_zones(Arc::new(chain(all.to_vec())), Vec::new());
    let answer = ask(&mut world, &credentials(Some("eve"))).unwrap();
    let principal = principal(answer);
    assert_eq!(principal.user.as_ref().unwrap().as_str(), "eve");
    // The kernel says how he came.
    assert_eq!(principal.client, Some(ClientId::new("c")));
    assert_eq!(principal.remote, Some(([192, 0, 2, 7], 1).into()));
    assert_eq!(principal.listener.as_deref(), Some("default"));
    assert!(third.asked.lock().is_empty());
}

#[test]
fn one_that_is_down_closes_the_door_or_leaves_it_to_the_next() {
    for (when_down, expected) in
        [(WhenDown::Refuse, Err(Refusal::Unavailable)), (WhenDown::AskNext, Ok("eve"))]
    {
        let mut world = World::new(Limits::default());
        let down = Scripted::new(|_| Verdict::Down);
        let next = Scripted::new(|_| believed("eve"));
        let zone = chain(vec![(down, when_down), (next, WhenDown::Refuse)]);
        world.broker.set_zones(Arc::new(zone), Vec::new());
        let answer = ask(&mut world, &credentials(None)).unwrap();
        let user = answer.map(|answer| principal(Ok(answer)).user.clone().unwrap());
        assert_eq!(user.as_ref().map(tidegate_types::Text::as_str).map_err(|refusal| *refusal), expected);
    }
}

#[test]
fn a_late_abstention_goes_on_with_the_same_secret() {
    let mut world = World::new(Limits::default());
    let late = Scripted::new(|_| Verdict::Later);
    let later = Scripted::new(|_| Verdict::Later);
    let last = Scripted::new(|_| believed("eve"));
    let all = [&late, &later, &last].map(|one| (Arc::clone(one), WhenDown::AskNext));
    world.broker.set_zones(Arc::new(chain(all.to_vec())), Vec::new());
    assert!(ask(&mut world, &credentials(Some("eve"))).is_none());
    late.take().answer(Verdict::Abstain);
    assert!(world.post.0.lock().is_empty(), "the second member adjourned too");
    // Dropped without an answer it is down, and the next is asked.
    drop(later.take());
    let principal = principal(told(&world));
    assert_eq!(principal.client, Some(ClientId::new("c")), "made whole though it came late");
    let secret = format!("eve:{:?}", Some(b"secret"));
    for member in [late, later, last] {
        assert_eq!(*member.asked.lock(), std::slice::from_ref(&secret));
    }
}

#[test]
fn a_late_refusal_and_a_late_failure_are_told_and_counted() {
    let mut world = World::new(Limits::default());
    let late = Scripted::new(|_| Verdict::Later);
    world.broker.set_zones(Arc::new(chain(vec![(late.clone(), WhenDown::Refuse)])), Vec::new());
    for (verdict, expected) in [
        (Verdict::Answer(Err(Refusal::BadCredentials)), Refusal::BadCredentials),
        (Verdict::Down, Refusal::Unavailable),
        (Verdict::Abstain, Refusal::BadCredentials),
    ] {
        assert!(ask(&mut world, &credentials(Some("eve"))).is_none());
        late.take().answer(verdict);
        assert_eq!(told(&world).unwrap_err(), expected);
    }
    assert_eq!(world.broker.counters().refused_logins, 3);
}

/// Answers its own adjournment before it says that it adjourned, or adjourns and says something else.
struct Hasty(bool);

impl Authenticator for Hasty {
    fn authenticate(&self, _credentials: &Credentials<'_>, hearing: &Hearing<'_>) -> Verdict {
        let (first, second) = (hearing.adjourn(), hearing.adjourn());
        first.answer(believed("eve"));
        drop(second);
        if self.0 { Verdict::Later } else { Verdict::Abstain }
    }
}

#[test]
fn a_login_is_answered_once_however_its_judge_behaves() {
    for later in [true, false] {
        let mut world = World::new(Limits::default());
        world.broker.set_access(vec![Arc::new(Hasty(later))], Vec::new());
        let answer = ask(&mut world, &credentials(Some("eve"))).expect("it is answered at once");
        assert_eq!(answer.is_ok(), later);
        assert!(world.post.0.lock().is_empty(), "and not a second time");
    }
}

/// Asks for a second step and remembers a number between the two.
struct Stepwise(u32);

impl Authenticator for Stepwise {
    fn authenticate(&self, credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        match credentials.exchange {
            None => {
                let exchange = Exchange(Arc::new(self.0));
                Verdict::Answer(Ok(Authenticated::Challenge(Box::from(*b"?"), exchange)))
            }
            Some(exchange) if exchange.0.downcast_ref() == Some(&self.0) => believed("eve"),
            Some(_) => Verdict::Abstain,
        }
    }
}

#[test]
fn a_further_step_is_judged_by_who_asked_for_it() {
    let mut world = World::new(Limits::default());
    let silent = Scripted::new(|_| Verdict::Abstain);
    let (stepwise, other): (Arc<dyn Authenticator>, Arc<dyn Authenticator>) =
        (Arc::new(Stepwise(1)), Arc::new(Stepwise(1)));
    world.broker.set_access(vec![silent.clone(), stepwise.clone()], Vec::new());
    let first = Credentials { method: Some(("X", b"1")), ..credentials(None) };
    let Some(Ok(Authenticated::Challenge(data, exchange))) = ask(&mut world, &first) else {
        panic!("no challenge")
    };
    assert_eq!(*data, *b"?");
    let second = Credentials { method: Some(("X", b"2")), exchange: Some(&exchange), ..first };
    assert!(ask(&mut world, &second).unwrap().is_ok());
    assert_eq!(silent.asked.lock().len(), 1, "nobody else is asked about the second step");
    // Another authenticator of the same kind is not the one that asked.
    world.broker.set_access(vec![other], Vec::new());
    assert_eq!(ask(&mut world, &second).unwrap().unwrap_err(), Refusal::Unavailable);
    let foreign = Exchange(Arc::new(1_u32));
    let forged = Credentials { exchange: Some(&foreign), ..second };
    assert_eq!(ask(&mut world, &forged).unwrap().unwrap_err(), Refusal::BadMethod);
}

#[test]
fn names_come_from_where_the_zone_says() {
    let certificate = Arc::new(Certificate {
        common_name: Some("pump-7".into()),
        subject: "CN=pump-7,O=Works".into(),
        names: vec![tidegate_types::AlternativeName::Dns("pump.example".into())],
        fingerprint: [0; 32],
    });
    let cn = CertificateField::CommonName;
    let sent = (UserFrom::Sent, ClientFrom::Sent);
    let table = [
        (sent, true, Ok((Some("eve"), "c"))),
        ((UserFrom::Certificate(cn), ClientFrom::Sent), true, Ok((Some("pump-7"), "c"))),
        ((UserFrom::Certificate(cn), ClientFrom::Sent), false, Ok((None, "c"))),
        ((UserFrom::Sent, ClientFrom::User), true, Ok((Some("eve"), "eve"))),
        (
            (UserFrom::Certificate(CertificateField::Dns), ClientFrom::User),
            true,
            Ok((Some("pump.example"), "pump.example")),
        ),
        ((UserFrom::Certificate(cn), ClientFrom::User), false, Err(Refusal::BadClientId)),
        (
            (UserFrom::Sent, ClientFrom::Certificate(CertificateField::Subject)),
            true,
            Ok((Some("eve"), "CN=pump-7,O=Works")),
        ),
        ((UserFrom::Sent, ClientFrom::Certificate(cn)), false, Err(Refusal::BadClientId)),
    ];
    for ((user, client), shows, expected) in table {
        let mut world = World::new(Limits::default());
        let echo = Scripted::new(|came| {
            let user = came.user.map(tidegate_types::Text::from);
            let principal = PrincipalRef::new(Principal { user, ..Principal::default() });
            Verdict::Answer(Ok(Authenticated::Principal(principal, Box::default())))
        });
        let zone = Zone { naming: Naming { user, client }, ..chain(vec![(echo, WhenDown::Refuse)]) };
        world.broker.set_zones(Arc::new(zone), Vec::new());
        let certificate = shows.then_some(&certificate);
        let answer = ask(&mut world, &Credentials { certificate, ..credentials(Some("eve")) }).unwrap();
        let names = answer.map(|answer| principal(Ok(answer)));
        let names = names.as_ref().map(|one| {
            let user = one.user.as_ref().map(tidegate_types::Text::as_str);
            (user, one.client.as_ref().unwrap().as_str())
        });
        assert_eq!(names.map_err(|refusal| *refusal), expected, "{user:?} {client:?} {shows}");
    }
}

#[test]
fn a_session_is_opened_under_the_name_that_was_proved() {
    let mut world = World::new(Limits::default());
    let principal = Principal { client: Some(ClientId::new("proved")), ..Principal::default() };
    let client = world.open_as(&PrincipalRef::new(principal), options("asked")).unwrap();
    assert_eq!(client.lease.key().client.as_str(), "proved");
}
