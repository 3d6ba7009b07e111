//! The sections that belong to the broker itself, whatever gateways it was built with.

mod admin;
mod auth;
mod data;
mod limits;
mod log;
mod node;
mod session;

pub use admin::Admin;
pub use auth::{AllowAnonymous, Auth};
pub use data::Data;
pub use limits::{Limits, OfflinePolicy};
pub use log::{Log, LogFormat, LogTarget};
pub use node::Node;
pub use session::Session;

use crate::Registration;

/// Every section of this module, in the order of the reference file.
#[must_use]
pub const fn all() -> [Registration; 7] {
    [
        Registration::of::<Node>(),
        Registration::of::<Log>(),
        Registration::of::<Data>(),
        Registration::of::<Admin>(),
        Registration::of::<Auth>(),
        Registration::of::<Limits>(),
        Registration::of::<Session>(),
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
            lint::<Limits>(),
            lint::<Session>(),
        ];
        assert_eq!(faults.concat(), Vec::<String>::new());
    }
}
