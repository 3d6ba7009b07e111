use super::{Properties, PropertiesBuf, Property, PropertySet, Secret};
use crate::{EncodeError, PropertyId, Qos};

fn pushed(set: PropertySet, properties: &[Property<'_>]) -> PropertiesBuf {
    let mut buf = PropertiesBuf::new(set);
    for property in properties {
        buf.push(*property).unwrap();
    }
    buf
}

#[test]
fn a_buffer_takes_only_what_may_stand_there() {
    let mut buf = PropertiesBuf::new(PropertySet::PubAck);
    let wrong = [
        Property::TopicAlias(1.try_into().unwrap()),
        Property::ReasonString("nul\0"),
        Property::UserProperty("k", "nul\0"),
    ];
    for property in wrong {
        assert!(matches!(buf.push(property), Err(EncodeError::Inconsistent(_))), "{property:?}");
    }
    assert_eq!(buf.push(Property::ReasonString(&"x".repeat(65_536))), Err(EncodeError::FieldTooLong));
    assert!(buf.properties().is_empty());
    buf.push(Property::ReasonString("once")).unwrap();
    assert!(matches!(buf.push(Property::ReasonString("twice")), Err(EncodeError::Inconsistent(_))));
    assert_eq!(buf.properties().iter().count(), 1);
    let mut connack = PropertiesBuf::new(PropertySet::ConnAck);
    assert!(connack.push(Property::MaximumQos(Qos::ExactlyOnce)).is_err());
    let mut publish = PropertiesBuf::new(PropertySet::Publish);
    assert!(publish.push(Property::ResponseTopic("a/#")).is_err());
    assert!(publish.push(Property::SubscriptionIdentifier(268_435_456.try_into().unwrap())).is_err());
    assert!(publish.properties().is_empty());
}

#[test]
fn a_buffer_goes_back_to_a_mark() {
    let mut buf = pushed(PropertySet::Publish, &[Property::MessageExpiryInterval(7)]);
    let mark = buf.mark();
    let before = buf.properties().as_bytes().to_vec();
    buf.push(Property::TopicAlias(9.try_into().unwrap())).unwrap();
    buf.push(Property::UserProperty("k", "v")).unwrap();
    assert_eq!(buf.properties().topic_alias().map(u16::from), Some(9));
    buf.rewind(mark);
    assert_eq!(buf.properties().as_bytes(), before);
    assert_eq!(buf.properties().topic_alias(), None);
    assert_eq!(buf.properties().message_expiry_interval(), Some(7));
    assert!(!buf.properties().contains(PropertyId::UserProperty));
    buf.push(Property::TopicAlias(1.try_into().unwrap())).unwrap();
    buf.clear(PropertySet::SubAck);
    assert!(buf.properties().is_empty());
    buf.push(Property::ReasonString("why")).unwrap();
    assert_eq!(buf.properties().reason_string(), Some("why"));
}

#[test]
fn forwardable_runs_are_merged() {
    let (user, expiry) = (Property::UserProperty("k", "v"), Property::MessageExpiryInterval(1));
    let (alias, format) =
        (Property::TopicAlias(1.try_into().unwrap()), Property::PayloadFormatIndicator(true));
    let runs = |properties: &[Property<'_>]| {
        let buf = pushed(PropertySet::Publish, properties);
        buf.properties().forwardable().map(<[u8]>::len).collect::<Vec<_>>()
    };
    assert_eq!(runs(&[]), []);
    assert_eq!(runs(&[expiry, alias]), []);
    assert_eq!(runs(&[user, format]), [9]);
    assert_eq!(runs(&[expiry, user, format, alias]), [9]);
    assert_eq!(runs(&[user, expiry, format, alias, user]), [7, 2, 7]);
    assert_eq!(runs(&[user, expiry, alias]), [7]);
}

/// One of each that a CONNACK can have, read back by its own accessor.
#[test]
fn accessors() {
    let buf = pushed(
        PropertySet::ConnAck,
        &[
            Property::SessionExpiryInterval(1),
            Property::AssignedClientIdentifier("id"),
            Property::ServerKeepAlive(2),
            Property::AuthenticationMethod("m"),
            Property::AuthenticationData(Secret::new(b"d")),
            Property::ReceiveMaximum(3.try_into().unwrap()),
            Property::TopicAliasMaximum(4),
            Property::MaximumQos(Qos::AtLeastOnce),
            Property::RetainAvailable(false),
            Property::MaximumPacketSize(5.try_into().unwrap()),
        ],
    );
    let all = buf.properties();
    assert_eq!((all.session_expiry_interval(), all.server_keep_alive()), (Some(1), Some(2)));
    assert_eq!((all.assigned_client_identifier(), all.authentication_method()), (Some("id"), Some("m")));
    assert_eq!(all.authentication_data().map(|secret| secret.expose()), Some(b"d".as_slice()));
    assert_eq!((all.receive_maximum().map(u16::from), all.topic_alias_maximum()), (Some(3), Some(4)));
    assert_eq!((all.maximum_qos(), all.retain_available()), (Some(Qos::AtLeastOnce), Some(false)));
    assert_eq!(all.maximum_packet_size().map(u32::from), Some(5));
    assert_eq!((all.response_topic(), all.shared_subscription_available()), (None, None));
}

/// Each of the 27 properties stands where table 2-4 of the specification says, and nowhere else.
#[test]
fn the_table_of_properties() {
    use PropertySet as S;
    let acks = [S::PubAck, S::PubRec, S::PubRel, S::PubComp, S::SubAck, S::UnsubAck];
    let with_acks = |others: &[S]| [others, &acks[..]].concat();
    let table: [(u8, &[u8], Vec<S>); 27] = [
        (0x01, &[1], vec![S::Publish, S::Will]),
        (0x02, &[0, 0, 0, 1], vec![S::Publish, S::Will]),
        (0x03, &[0, 0], vec![S::Publish, S::Will]),
        (0x08, &[0, 1, b'a'], vec![S::Publish, S::Will]),
        (0x09, &[0, 0], vec![S::Publish, S::Will]),
        (0x0B, &[1], vec![S::Publish, S::Subscribe]),
        (0x11, &[0, 0, 0, 0], vec![S::Connect, S::ConnAck, S::Disconnect]),
        (0x12, &[0, 0], vec![S::ConnAck]),
        (0x13, &[0, 0], vec![S::ConnAck]),
        (0x15, &[0, 0], vec![S::Connect, S::ConnAck, S::Auth]),
        (0x16, &[0, 0], vec![S::Connect, S::ConnAck, S::Auth]),
        (0x17, &[1], vec![S::Connect]),
        (0x18, &[0, 0, 0, 0], vec![S::Will]),
        (0x19, &[1], vec![S::Connect]),
        (0x1A, &[0, 0], vec![S::ConnAck]),
        (0x1C, &[0, 0], vec![S::ConnAck, S::Disconnect]),
        (0x1F, &[0, 0], with_acks(&[S::ConnAck, S::Disconnect, S::Auth])),
        (0x21, &[0, 1], vec![S::Connect, S::ConnAck]),
        (0x22, &[0, 0], vec![S::Connect, S::ConnAck]),
        (0x23, &[0, 1], vec![S::Publish]),
        (0x24, &[1], vec![S::ConnAck]),
        (0x25, &[0], vec![S::ConnAck]),
        (0x26, &[0, 0, 0, 0], S::ALL.to_vec()),
        (0x27, &[0, 0, 0, 1], vec![S::Connect, S::ConnAck]),
        (0x28, &[0], vec![S::ConnAck]),
        (0x29, &[0], vec![S::ConnAck]),
        (0x2A, &[0], vec![S::ConnAck]),
    ];
    for (id, value, sets) in table {
        for set in S::ALL {
            let mut block = vec![id];
            block.extend_from_slice(value);
            // Data is nothing without its method.
            if id == 0x16 {
                block.splice(0..0, [0x15, 0, 0]);
            }
            assert_eq!(Properties::new(&block, *set).is_ok(), sets.contains(set), "{id:#04x} in {set:?}");
        }
    }
    let known = |id: u8| table_ids().contains(&id);
    for id in (0..=255_u8).filter(|id| !known(*id)) {
        for set in S::ALL {
            assert!(Properties::new(&[id, 0, 0, 0, 0], *set).is_err(), "{id:#04x} in {set:?}");
        }
    }
}

fn table_ids() -> Vec<u8> {
    let ranges = [0x01..=0x03, 0x08..=0x09, 0x0B..=0x0B, 0x11..=0x13, 0x15..=0x1A, 0x1C..=0x1C, 0x1F..=0x1F];
    ranges.into_iter().chain([0x21..=0x2A]).flatten().collect()
}

#[test]
fn secrets_are_not_printed() {
    let buf = pushed(
        PropertySet::Auth,
        &[Property::AuthenticationMethod("PLAIN"), Property::AuthenticationData(Secret::new(b"hunter2"))],
    );
    for text in [format!("{buf:?}"), format!("{:?}", buf.properties()), format!("{:?}", buf.mark())] {
        assert!(!text.contains("hunter2") && !text.contains("104, 117"), "{text}");
    }
}
