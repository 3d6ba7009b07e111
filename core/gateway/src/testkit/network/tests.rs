use std::convert::Infallible;

use tidegate_broker::{
    Authenticated, Authenticator, ClientRates, Credentials, Hearing, Member, Principal, PrincipalRef,
    RequestId, SharedRates, Verdict, Zone,
};
use tidegate_types::{ClientId, Draft, Guarantee, Limits, Properties, Realm};

use super::*;
use crate::{Channel, Context, Decoded, Detach, Framed, Listener, OpenOptions, Protocol, Reply, WireError};

/// Every byte is a message; before the first the client proves who it is by its certificate.
struct Bytes {
    accepted: Accepted,
    taken: Arc<Mutex<Vec<(String, u8)>>>,
    name: Option<String>,
    gone: Option<CloseReason>,
}

#[derive(Debug)]
struct Never(Infallible);

impl std::fmt::Display for Never {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Never {}

impl WireError for Never {
    fn section(&self) -> &'static str {
        match self.0 {}
    }
}

impl Bytes {
    fn enter(&mut self, cx: &mut Context<'_>) -> String {
        let credentials = Credentials {
            realm: Realm(0),
            client: "",
            user: None,
            password: None,
            method: None,
            exchange: None,
            remote: self.accepted.remote,
            listener: &self.accepted.listener,
            loopback: self.accepted.is_loopback(),
            certificate: self.accepted.certificate.as_ref(),
        };
        let Some(Ok(Authenticated::Principal(principal, _))) = cx.door.authenticate(&credentials).done()
        else {
            panic!("refused")
        };
        let client = principal.client.clone().unwrap();
        let name = format!("{}/{client}", principal.listener.as_deref().unwrap());
        let options = OpenOptions {
            realm: Realm(0),
            client,
            clean: true,
            expiry: Duration::ZERO,
            credit: 1,
            handles: 1,
            will: None,
            protocol: &Protocol { gateway: "test", name: "test" },
            remote: self.accepted.remote,
        };
        cx.door.open(&principal, options).done().unwrap().unwrap();
        name
    }
}

impl Channel for Bytes {
    type Packet<'a> = u8;
    type Error = Never;

    fn decode(&self, bytes: &[u8]) -> Result<Decoded<u8>, Never> {
        Ok(bytes.first().map_or(Decoded::NeedMore(1), |byte| Decoded::Packet(*byte, 1)))
    }

    fn handle_packet(&mut self, cx: &mut Context<'_>, packet: u8) {
        let name = match self.name.take() {
            Some(name) => name,
            None => self.enter(cx),
        };
        let draft = Draft {
            topic: "t",
            properties: Properties::NONE,
            payload: &[packet],
            guarantee: Guarantee::AtMostOnce,
            retain: false,
            expiry_seconds: None,
        };
        cx.door.publish(&draft, None).done().unwrap().unwrap();
        self.taken.lock().unwrap().push((name.clone(), packet));
        self.name = Some(name);
    }

    fn handle_malformed(&mut self, _: &mut Context<'_>, error: &Never) {
        match error.0 {}
    }

    fn handle_reply(&mut self, _: &mut Context<'_>, _: RequestId, _: Reply) {}
    fn pull(&mut self, _: &mut Context<'_>) {}
    fn handle_timeout(&mut self, _: &mut Context<'_>) {}

    fn handle_close(&mut self, cx: &mut Context<'_>, why: CloseReason) {
        self.gone = Some(why);
        cx.door.detach(Detach::Lost).done().unwrap().unwrap();
    }

    fn is_finished(&self) -> bool {
        self.gone.is_some()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

#[derive(Default)]
struct House(Arc<Mutex<Vec<(String, u8)>>>);

impl Gateway for House {
    fn name(&self) -> &'static str {
        "test"
    }

    fn listeners(&self) -> Vec<Listener> {
        Vec::new()
    }

    fn accept(&self, accepted: Accepted) -> Box<dyn Peer> {
        let (seat, taken) = (accepted.seat, Arc::clone(&self.0));
        Box::new(Framed::new(Bytes { accepted, taken, name: None, gone: None }, seat, 10))
    }
}

/// Lets in whoever has a certificate.
struct Certified;

impl Authenticator for Certified {
    fn authenticate(&self, credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        if credentials.certificate.is_none() {
            return Verdict::Abstain;
        }
        Verdict::Answer(Ok(Authenticated::Principal(PrincipalRef::new(Principal::default()), Box::default())))
    }
}

fn certificate(name: &str) -> Option<Arc<Certificate>> {
    let subject = format!("CN={name}").as_str().into();
    Some(Arc::new(Certificate {
        common_name: Some(name.into()),
        subject,
        names: Vec::new(),
        fingerprint: [0; 32],
    }))
}

fn rate(amount: u64) -> Option<tidegate_broker::guard::Rate> {
    tidegate_broker::guard::Rate::per_second(amount).ok()
}

#[test]
fn who_is_over_its_rate_waits_in_virtual_time_and_loses_nothing() {
    for seed in 0..20 {
        let mut network = Network::new(seed, |post| Broker::new(Limits::default(), post));
        let naming = tidegate_broker::Naming {
            user: tidegate_broker::UserFrom::Sent,
            client: tidegate_broker::ClientFrom::Certificate(tidegate_broker::CertificateField::CommonName),
        };
        let zone =
            Zone { chain: vec![Member::new("certified", Arc::new(Certified))], naming, ..Zone::default() };
        let rates = ClientRates { messages: rate(10), ..ClientRates::default() };
        let slow = Zone { rates, ..zone.clone() };
        network.broker().set_zones(Arc::new(zone), vec![("slow".into(), Arc::new(slow))]);
        let gateway = House::default();
        let mut connect = |name: &str, listener: &str| {
            let origin =
                Origin { certificate: certificate(name), listener: listener.into(), ..Origin::default() };
            network.connect_from(&gateway, origin)
        };
        let (busy, calm) = (connect("busy", "slow"), connect("calm", "default"));
        let message: Vec<u8> = (0..100).collect();
        network.send(busy, &message);
        network.send(calm, &message);
        network.run();
        let of = |name: &str| -> Vec<u8> {
            let taken = gateway.0.lock().unwrap();
            taken.iter().filter(|(by, _)| by == name).map(|(_, byte)| *byte).collect()
        };
        assert_eq!(of("default/calm"), message, "nobody else waits");
        let at_once = of("slow/busy").len();
        assert!((10..=11).contains(&at_once), "{at_once}");
        network.pass(Duration::from_secs(4));
        let later = of("slow/busy").len();
        assert!((49..=52).contains(&later), "{later}");
        network.pass(Duration::from_secs(6));
        assert_eq!(of("slow/busy"), message);
    }
}

#[test]
fn an_operator_puts_out_whom_he_bans() {
    let mut network = Network::new(1, |post| Broker::new(Limits::default(), post));
    let zone = Zone {
        chain: vec![Member::new("certified", Arc::new(Certified))],
        naming: tidegate_broker::Naming {
            client: tidegate_broker::ClientFrom::Certificate(tidegate_broker::CertificateField::CommonName),
            ..Default::default()
        },
        meters: tidegate_broker::ZoneMeters::new(SharedRates::default(), None),
        ..Zone::default()
    };
    network.broker().set_zones(Arc::new(zone), Vec::new());
    let gateway = House::default();
    let remote = ([192, 0, 2, 7], 5).into();
    let origin = Origin { certificate: certificate("eve"), remote, ..Origin::default() };
    let line = network.connect_from(&gateway, origin);
    network.send(line, b"a");
    network.run();
    assert!(network.broker().client(Realm(0), &ClientId::new("eve")).unwrap().connected.is_some());
    let made = network.now().wall;
    let what = "address:192.0.2.7".parse().unwrap();
    let ban = tidegate_broker::guard::Ban {
        what,
        until: None,
        why: "".into(),
        by: "".into(),
        made,
        automatic: false,
    };
    network.act(|broker, turn| assert!(broker.ban(turn, &ban, false).is_ok()));
    network.run();
    assert!(network.is_closed(line));
    assert!(network.broker().client(Realm(0), &ClientId::new("eve")).is_none());
}
