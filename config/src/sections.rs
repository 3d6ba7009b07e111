//! The sections that belong to the broker itself, whatever gateways it was built with.

mod admin;
mod auth;
mod authorization;
mod data;
mod limits;
mod log;
mod node;
mod session;
mod tls;
mod zones;

pub use admin::Admin;
pub use auth::{AllowAnonymous, Auth, CertificateName, Method, MethodKind, Unknown, WhenDown};
pub use authorization::{
    Activity, AttributePattern, Authorization, Effect, MOST_RULES, NamePattern, NoMatch, Piece, Placeholder,
    Rule, TopicForm, TopicPattern,
};
pub use data::Data;
pub use limits::{Limits, OfflinePolicy};
pub use log::{Log, LogFormat, LogTarget};
pub use node::Node;
pub use session::Session;
pub use tls::{CrlDepth, CrlVerdict, Tls, TlsName, TlsVersion};
pub use zones::{ClientIdFrom, Takeover, UserFrom, Zone, Zones};

use crate::Registration;

/// Every section of this module, in the order of the reference file.
#[must_use]
pub const fn all() -> [Registration; 10] {
    [
        Registration::of::<Node>(),
        Registration::of::<Log>(),
        Registration::of::<Data>(),
        Registration::of::<Admin>(),
        Registration::of::<Auth>(),
        Registration::of::<Authorization>(),
        Registration::of::<Limits>(),
        Registration::of::<Session>(),
        Registration::of::<Zones>(),
        Registration::of::<Tls>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint;

    #[test]
    fn every_option_is_documented_and_every_default_holds() {
        let faults = [
            lint::<Node>(),
            lint::<Log>(),
            lint::<Data>(),
            lint::<Admin>(),
            lint::<Auth>(),
            lint::<Authorization>(),
            lint::<Limits>(),
            lint::<Session>(),
            lint::<Zones>(),
            lint::<Tls>(),
        ];
        assert_eq!(faults.concat(), Vec::<String>::new());
    }
}
