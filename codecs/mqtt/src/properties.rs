//! Properties of MQTT 5 (section 2.2.2): checked once, kept as the bytes they came in.

mod block;
mod buf;
mod forwardable;
mod id;
mod property;
mod validate;

pub use block::{Properties, PropertyIter};
pub use buf::{PropertiesBuf, PropertiesMark};
pub use forwardable::Forwardable;
pub use id::{PropertyId, PropertySet};
pub use property::{Property, Secret, SubscriptionId};

#[cfg(test)]
mod tests;
