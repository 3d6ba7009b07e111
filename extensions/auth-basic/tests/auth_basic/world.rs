//! A broker whose chain is one authenticator, and one that is asked after it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tidegate_broker::{
    Authenticated, Authenticator, Broker, Credentials, Hearing, Notice, Principal, PrincipalRef, RequestId,
    Seat, Switchboard, Turn, Verbs as _, Verdict,
};
use tidegate_types::{Limits, Moment, Realm, Refusal, Text};

struct Nobody;

impl Switchboard for Nobody {
    fn notify(&self, _seat: Seat, notice: Notice) {
        panic!("nothing is answered late: {notice:?}")
    }
}

/// Lets in everybody, as `next`: so that a test sees who was passed on.
struct Next;

impl Authenticator for Next {
    fn authenticate(&self, _credentials: &Credentials<'_>, _hearing: &Hearing<'_>) -> Verdict {
        let principal = Principal { user: Some(Text::from("next")), ..Principal::default() };
        Verdict::Answer(Ok(Authenticated::Principal(PrincipalRef::new(principal), Box::default())))
    }
}

pub(crate) const LOGIN: Credentials<'static> = Credentials {
    realm: Realm(0),
    client: "pump-7",
    user: None,
    password: None,
    method: None,
    exchange: None,
    remote: SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), 9),
    listener: "default",
    loopback: false,
    certificate: None,
};

/// What became of a login.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// Let in under this name, or none.
    In(Option<String>),
    /// Passed on.
    Next,
    Refused(Refusal),
}

pub(crate) fn named(user: &str) -> End {
    End::In(Some(user.to_owned()))
}

pub(crate) struct World {
    broker: Broker,
    turn: Turn,
}

impl World {
    pub(crate) fn new(authenticator: impl Authenticator + 'static) -> Self {
        let broker = Broker::new(Limits::default(), Arc::new(Nobody));
        broker.set_access(vec![Arc::new(authenticator), Arc::new(Next)], Vec::new());
        Self { broker, turn: Turn::new(Moment { at: Instant::now(), wall: SystemTime::UNIX_EPOCH }) }
    }

    pub(crate) fn login(&mut self, credentials: &Credentials<'_>) -> End {
        let ticket = (Seat::default(), RequestId(1));
        match self.broker.authenticate(&mut self.turn, credentials, ticket).done().unwrap() {
            Ok(Authenticated::Principal(principal, last)) => {
                assert!(last.is_empty());
                let user = principal.user.as_ref().map(ToString::to_string);
                if user.as_deref() == Some("next") { End::Next } else { End::In(user) }
            }
            Ok(Authenticated::Challenge(..)) => panic!("nobody here challenges"),
            Err(refusal) => End::Refused(refusal),
        }
    }
}
