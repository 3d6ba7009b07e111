use mqtt_codec::{PropertiesBuf, Property as Wire, PropertySet};
use tidegate_gateway::Property;

use super::*;

fn block(properties: &[Wire<'_>]) -> PropertiesBuf {
    let mut buffer = PropertiesBuf::new(PropertySet::Publish);
    properties.iter().for_each(|property| buffer.push(*property).unwrap());
    buffer
}

#[test]
fn what_goes_with_the_message_keeps_its_bytes_and_order() {
    let alias = std::num::NonZeroU16::MIN;
    let buffer = block(&[
        Wire::TopicAlias(alias),
        Wire::UserProperty("a", "1"),
        Wire::MessageExpiryInterval(5),
        Wire::PayloadFormatIndicator(true),
        Wire::UserProperty("a", "2"),
    ]);
    let kept = kept(&buffer.properties());
    let seen: Vec<_> = core_properties(&kept).iter().collect();
    assert_eq!(seen, [Property::User("a", "1"), Property::PayloadIsText(true), Property::User("a", "2")]);
}

#[test]
fn one_run_is_borrowed() {
    let buffer = block(&[Wire::ContentType("text/plain"), Wire::CorrelationData(&[1, 2])]);
    assert!(matches!(kept(&buffer.properties()), Cow::Borrowed(run) if !run.is_empty()));
    assert!(matches!(kept(&WireProperties::EMPTY), Cow::Borrowed([])));
}

#[test]
fn for_ever_is_all_ones() {
    assert_eq!(expiry_seconds(expiry(u32::MAX)), u32::MAX);
    assert_eq!(expiry_seconds(expiry(7)), 7);
    assert_eq!(packet_id(0), None);
    assert_eq!(packet_id(65_536), None);
}
