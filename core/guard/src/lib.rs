//! May this one now? Bans, flapping, failed logins, rates, connections per address, quotas per user.
//!
//! Tables that the kernel's door and the listeners ask before they let somebody in or go on reading from him. They are
//! shared by all workers and bounded; each says what happens when it is full.
//!
//! The crate deliberately lacks a clock (time is an argument: [`Tick`] for durations, `SystemTime` for what outlives a
//! restart), IO, threads, and knowledge of what a client is or when to ask. It persists nothing: [`Ban`]s are restored
//! with [`Bans::set`], sessions and subscriptions are counted again with [`Quotas::take`] and no limit.
//!
//! | what | for | kept | when full |
//! |---|---|---|---|
//! | [`Bucket`] | one owner's rate | 16 bytes under the owner's lock | – |
//! | [`SharedBucket`] | a rate of a listener, a zone, the broker | one atomic | – |
//! | [`PerAddress`] of `Bucket` | connect rate | 40 bytes an address, 65,536 | forgets the address that used least |
//! | [`PerName`] of buckets | rates of clients that come again | what its owner keeps | forgets the name that used least |
//! | [`OpenConnections`] | connections per address | 24 bytes an address | forgets the address with the fewest |
//! | [`Failures`] | failed logins | 48 bytes each for an address and a pair with a user | those turned away go last |
//! | [`Flapping`] | clients that come and go | 48 bytes a client, 65,536 | forgets who came least often |
//! | [`Bans`] | who is kept out | 100,000, 32 MiB of text | refuses new ones; half is the operator's alone |
//! | [`Quotas`] | what a user has | as many as exist | – |
//!
//! Measured by the `cost` example on one core of a server (AMD EPYC), in processor time: a take from a `Bucket` 4 ns,
//! from a `SharedBucket` 6 ns, from a `PerAddress` 56 ns (100 to 130 ns when it is full and every address is new); a
//! connection's seat taken and given back 80 ns; `Bans::find` 2 ns without bans, 70 ns with 10,000, and for each
//! pattern 4 ns, for each regular expression 40 to 50 ns more; `Failures::may_try` 80 ns; a quota taken and given back
//! 100 ns; `Flapping::note_client` 160 ns with a full table.
//!
//! # How to hook it in
//!
//! ```
//! use std::net::IpAddr;
//! use std::sync::Arc;
//! use std::time::{Duration, Instant, SystemTime};
//!
//! use tidegate_guard::*;
//! use tidegate_types::Text;
//!
//! // Once, when the broker starts.
//! let origin = Origin::new(Instant::now());
//! let accepts = SharedBucket::new(Rate::per_second(5_000)?);
//! let connects = PerAddress::<Bucket>::new(AddressBounds::default());
//! let open = Arc::new(OpenConnections::new(AddressBounds::default()));
//! let (bans, failures) = (Bans::default(), Failures::new(AddressBounds::default()));
//! let (flapping, quotas) = (Flapping::new(AddressBounds::default()), Arc::new(Quotas::new()));
//!
//! // From the configuration; these may change at any time.
//! let connects_of_one = Rate::new(600, Duration::from_secs(60), 100)?;
//! let bytes = Rate::new(1 << 20, Duration::from_secs(1), 4 << 20)?;
//! let failing = FailureRules::default();
//! let flaps = Flapping::USUAL;
//!
//! // A connection arrives: nothing is known but its address.
//! let (now, wall) = (origin.tick(Instant::now()), SystemTime::now());
//! let address: IpAddr = "192.0.2.7".parse()?;
//! assert!(bans.find(&Suspect { address: Some(address), ..Suspect::default() }, wall).is_none());
//! connects.take(address, &connects_of_one, now, 1).expect("within its rate: else close it");
//! accepts.take(now, 1).expect("within the listener's rate: else accept the next one after this wait");
//! let seat = open.enter(address, 1_000)?; // kept with the connection
//!
//! // It says who it is. Before a hash is computed:
//! failures.may_try(&failing, address, Some("eve"), now)?;
//! // ... and after: `failed` when refused, `succeeded` when granted.
//! failures.succeeded(address, Some("eve"));
//!
//! // It opens a session, as somebody who proved to be: now the names count.
//! let suspect = Suspect { client: Some("pump-7"), user: Some("eve"), address: Some(address) };
//! assert!(bans.find(&suspect, wall).is_none());
//! let eve = Text::from("eve");
//! let session = quotas.take(&eve, Kind::Sessions, 1, 10)?; // kept with the session
//! let mut subscriptions = quotas.take(&eve, Kind::Subscriptions, 0, 100)?; // one for all of the session's
//! subscriptions.add(3, 100)?;
//!
//! // It sends 8 MiB at once: they are taken in, then its socket is not read for this long.
//! let mut incoming = Bucket::default(); // kept with the connection
//! let pause = incoming.charge(&bytes, now, 8 << 20);
//! assert_eq!(pause, Duration::from_secs(4));
//!
//! // It is gone without a word, and too often: make it known, kept and announced as any ban.
//! drop((seat, session, subscriptions));
//! if let Some(ban) = flapping.note_client(&flaps, "pump-7", now, wall) {
//!     bans.set(ban, wall)?;
//! }
//!
//! // The operator bans; who is in already is looked for by the caller.
//! let what: BanKey = "client-pattern:pump-*".parse()?;
//! assert!(what.covers(&suspect));
//! let (why, by) = (Text::from("leaks"), Text::from("admin"));
//! bans.set(Ban { what, until: None, why, by, made: wall, automatic: false }, wall)?;
//! assert!(bans.find(&suspect, wall).is_some());
//!
//! // Once a minute; nothing breaks when it is late.
//! bans.sweep(wall);
//! connects.sweep(&connects_of_one, now);
//! open.table().sweep(&(), now);
//! failures.sweep([&failing], now);
//! flapping.sweep([&flaps], now);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

mod addresses;
mod bans;
mod failures;
mod flapping;
mod per_name;
mod quota;
mod rate;
mod table;
mod tally;
mod tick;

pub use addresses::{AddressBounds, Crowded, Open, OpenConnections, PerAddress, Seat};
pub use bans::{Ban, BanError, BanKey, BanKeyError, BanLimits, Bans, Glob, PatternError, Regex, Suspect};
pub use failures::{Counted, FailureRules, Failures, TurnedAway};
pub use flapping::Flapping;
pub use per_name::PerName;
pub use quota::{Exceeded, Hold, Kind, Quotas};
pub use rate::{Bucket, Rate, RateError, SharedBucket};
pub use table::Worth;
pub use tally::Threshold;
pub use tick::{Origin, Tick};
