//! A proof in several steps with something kept between them, answered at once or later.

use std::sync::{Arc, Mutex};

use mqtt_codec::{Auth, Connect, Packet, Property, PropertySet, ReasonCode, Secret, Version};
use tidegate_broker::{Adjourned, Authenticator, Exchange, Hearing, Principal, PrincipalRef, Verdict};
use tidegate_gateway::{Authenticated, Credentials, Refusal};
use tidegate_gateway_mqtt::MqttConfig;
use tidegate_types::Text;

use crate::world::{Client, World, all, hello, properties};

const V5: Version = Version::V5;

/// Takes a user name, answers a number that was never used, and wants it back with the user's secret, which is his
/// name in capitals.
#[derive(Default)]
struct Numbers {
    last: Mutex<u32>,
    /// Answers late if there is a list.
    late: Option<Mutex<Vec<(Adjourned, Verdict)>>>,
}

/// What is kept between the steps.
struct Kept {
    user: String,
    number: u32,
}

impl Numbers {
    fn judge(&self, data: &[u8], exchange: Option<&Exchange>) -> Verdict {
        let said = String::from_utf8_lossy(data).into_owned();
        let Some(exchange) = exchange else {
            let mut last = self.last.lock().unwrap();
            *last += 1;
            let kept = Kept { user: said, number: *last };
            let challenge =
                Authenticated::Challenge(last.to_string().into_bytes().into(), Exchange(Arc::new(kept)));
            return Verdict::Answer(Ok(challenge));
        };
        let kept = exchange.0.downcast_ref::<Kept>().unwrap();
        let expected = format!("{} {}", kept.number, kept.user.to_uppercase());
        if said != expected {
            return Verdict::Answer(Err(Refusal::BadCredentials));
        }
        let principal = Principal { user: Some(Text::from(kept.user.as_str())), ..Principal::default() };
        Verdict::Answer(Ok(Authenticated::Principal(PrincipalRef::new(principal), b"welcome"[..].into())))
    }
}

impl Authenticator for Numbers {
    fn authenticate(&self, credentials: &Credentials<'_>, hearing: &Hearing<'_>) -> Verdict {
        let Some(("NUMBERS", data)) = credentials.method else { return Verdict::Abstain };
        let verdict = self.judge(data, credentials.exchange);
        match &self.late {
            None => verdict,
            Some(late) => {
                late.lock().unwrap().push((hearing.adjourn(), verdict));
                Verdict::Later
            }
        }
    }
}

struct Stage {
    world: World,
    numbers: Arc<Numbers>,
}

impl Stage {
    fn new(late: bool) -> Self {
        let numbers = Arc::new(Numbers { late: late.then(Mutex::default), ..Numbers::default() });
        let chain: Vec<Arc<dyn Authenticator>> = vec![Arc::clone(&numbers) as Arc<dyn Authenticator>];
        Self { world: World::guarded(&MqttConfig::default(), chain, Vec::new()), numbers }
    }

    /// Late answers come.
    fn answer(&mut self) {
        if let Some(late) = &self.numbers.late {
            let waiting = std::mem::take(&mut *late.lock().unwrap());
            waiting.into_iter().for_each(|(adjourned, verdict)| adjourned.answer(verdict));
            self.world.settle();
        }
    }

    fn begin(&mut self, id: &str, user: &str) -> Client {
        let client = self.world.arrive();
        let list = [
            Property::AuthenticationMethod("NUMBERS"),
            Property::AuthenticationData(Secret::new(user.as_bytes())),
        ];
        let buffer = properties(PropertySet::Connect, &list);
        let connect = Connect { properties: buffer.properties(), ..hello(V5, id) };
        self.world.send(client, V5, &[Packet::Connect(connect)]);
        self.answer();
        client
    }

    fn step(&mut self, client: Client, reason: ReasonCode, data: &str) {
        let list = [
            Property::AuthenticationMethod("NUMBERS"),
            Property::AuthenticationData(Secret::new(data.as_bytes())),
        ];
        let buffer = properties(PropertySet::Auth, &list);
        self.world.send(client, V5, &[Packet::Auth(Auth { reason, properties: buffer.properties() })]);
        self.answer();
    }

    fn goes_on(&mut self, client: Client, data: &str) {
        self.step(client, ReasonCode::ContinueAuthentication, data);
    }

    /// Packet type, reason code and data of the one packet that came.
    fn reply(&mut self, client: Client) -> (u8, u8, String) {
        let bytes = self.world.take(client);
        let (kind, reason, data) = match all(V5, &bytes)[..] {
            [Packet::Auth(auth)] => (15, auth.reason, auth.properties.authentication_data()),
            [Packet::ConnAck(connack)] => (2, connack.reason, connack.properties.authentication_data()),
            [Packet::Disconnect(disconnect)] => (14, disconnect.reason, None),
            ref other => panic!("{other:?}"),
        };
        let data = data.map_or_else(String::new, |data| String::from_utf8_lossy(data.expose()).into_owned());
        (kind, reason.code(), data)
    }

    /// A client that was let in as `ann`.
    fn let_in(&mut self) -> Client {
        let client = self.begin("c", "ann");
        let (_, _, number) = self.reply(client);
        self.goes_on(client, &format!("{number} ANN"));
        assert_eq!(self.reply(client), (2, 0, "welcome".to_owned()));
        client
    }
}

fn both(act: impl Fn(Stage)) {
    act(Stage::new(false));
    act(Stage::new(true));
}

#[test]
fn what_is_kept_between_two_steps_comes_back() {
    both(|mut stage| {
        let client = stage.begin("c", "ann");
        assert_eq!(stage.reply(client), (15, 0x18, "1".to_owned()));
        let other = stage.begin("d", "ben");
        assert_eq!(stage.reply(other), (15, 0x18, "2".to_owned()));
        stage.goes_on(client, "1 ANN");
        assert_eq!(stage.reply(client), (2, 0, "welcome".to_owned()));
        stage.goes_on(other, "1 ANN");
        assert_eq!(stage.reply(other).1, 0x86, "what another proved proves nothing here");
        assert!(stage.world.is_closed(other));
    });
}

#[test]
fn the_same_user_may_prove_itself_again_and_again() {
    both(|mut stage| {
        let client = stage.let_in();
        for number in 2..4 {
            stage.step(client, ReasonCode::ReAuthenticate, "ann");
            assert_eq!(stage.reply(client), (15, 0x18, number.to_string()));
            stage.goes_on(client, &format!("{number} ANN"));
            assert_eq!(stage.reply(client), (15, 0, "welcome".to_owned()));
        }
        stage.step(client, ReasonCode::ReAuthenticate, "ann");
        stage.reply(client);
        stage.goes_on(client, "3 ANN");
        assert_eq!(stage.reply(client), (14, 0x87, String::new()), "an old answer");
        assert!(stage.world.is_closed(client));
    });
}

#[test]
fn nobody_becomes_somebody_else_on_a_live_connection() {
    both(|mut stage| {
        let client = stage.let_in();
        stage.step(client, ReasonCode::ReAuthenticate, "ben");
        let (_, _, number) = stage.reply(client);
        stage.goes_on(client, &format!("{number} BEN"));
        assert_eq!(stage.reply(client), (14, 0x87, String::new()));
        assert!(stage.world.is_closed(client));
    });
}

#[test]
fn who_goes_while_an_answer_is_awaited_leaves_nothing_behind() {
    let mut stage = Stage::new(true);
    let client = stage.begin("c", "ann");
    let (_, _, number) = stage.reply(client);
    let buffer = properties(
        PropertySet::Auth,
        &[
            Property::AuthenticationMethod("NUMBERS"),
            Property::AuthenticationData(Secret::new(format!("{number} ANN").as_bytes())),
        ],
    );
    let reason = ReasonCode::ContinueAuthentication;
    stage.world.send(client, V5, &[Packet::Auth(Auth { reason, properties: buffer.properties() })]);
    stage.world.lose(client);
    stage.answer();
    assert_eq!(stage.world.take(client), []);
    assert_eq!(stage.world.broker().counters().sessions, 0);
}
