//! Which messages reach whom, at which QoS, in which order, and how often.

use std::time::Duration;

use mqtt_codec::{
    Ack, Connect, Packet, Properties, Property, PropertySet, Publish, Qos, Unsubscribe, Version, Will,
};

use crate::world::{World, all, hello, id, properties, publish};

const V4: Version = Version::V4;
const V5: Version = Version::V5;
const LEVELS: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];

/// The messages a client was sent: topic, QoS, RETAIN, payload.
fn got(world: &mut World, client: usize, version: Version) -> Vec<(String, Qos, bool, Vec<u8>)> {
    let bytes = world.take(client);
    all(version, &bytes)
        .iter()
        .map(|packet| match packet {
            Packet::Publish(p) => (p.topic.to_owned(), p.qos, p.retain, p.payload.to_vec()),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn number(qos: Qos) -> u16 {
    u16::from(qos != Qos::AtMostOnce)
}

/// [MQTT-3.8.4-8] [MQTT3-3.8.4-6] [MQTT-3.2.2-10] [MQTT-4.8.2-3]
#[test]
fn the_lower_of_published_and_granted_qos_is_delivered() {
    for filter in ["t", "$share/g/t"] {
        for granted in LEVELS {
            for published in LEVELS {
                let mut world = World::new();
                let client = world.connect(&hello(V5, "c"));
                world.subscribe(client, V5, filter, granted);
                let sender = world.connect(&hello(V4, "s"));
                world.send(sender, V4, &[Packet::Publish(publish(published, number(published), "t", b""))]);
                let seen: Vec<_> = got(&mut world, client, V5).iter().map(|message| message.1).collect();
                assert_eq!(seen, [granted.min(published)], "{filter}");
            }
        }
    }
}

/// [MQTT-3.3.4-2] [MQTT3-3.3.5-1]
#[test]
fn of_overlapping_subscriptions_the_highest_qos_is_respected() {
    let mut world = World::new();
    let client = world.connect(&hello(V4, "c"));
    world.subscribe(client, V4, "t/+", Qos::AtMostOnce);
    world.subscribe(client, V4, "t/#", Qos::ExactlyOnce);
    let sender = world.connect(&hello(V4, "s"));
    world.send(sender, V4, &[Packet::Publish(publish(Qos::ExactlyOnce, 1, "t/1", b""))]);
    let highest = got(&mut world, client, V4).iter().map(|message| message.1).max();
    assert_eq!(highest, Some(Qos::ExactlyOnce));
}

/// What matches is delivered [MQTT-4.5.0-1] [MQTT3-4.5.0-1], nothing else is [MQTT-3.3.2-3] [MQTT3-3.3.2-3], and a
/// leading `$` is hidden from a leading wildcard [MQTT-4.7.2-1] [MQTT3-4.7.2-1].
#[test]
fn filters_match_what_they_say() {
    for (filter, expected) in [
        ("#", &["a", "a/b", "/a"][..]),
        ("+", &["a"]),
        ("+/b", &["a/b"]),
        ("$priv/#", &["$priv", "$priv/b"]),
        ("a/b", &["a/b"]),
    ] {
        let mut world = World::new();
        let client = world.connect(&hello(V4, "c"));
        world.subscribe(client, V4, filter, Qos::AtMostOnce);
        let sender = world.connect(&hello(V4, "s"));
        for topic in ["a", "a/b", "/a", "$priv", "$priv/b"] {
            world.send(sender, V4, &[Packet::Publish(publish(Qos::AtMostOnce, 0, topic, b""))]);
        }
        let topics: Vec<_> = got(&mut world, client, V4).into_iter().map(|message| message.0).collect();
        assert_eq!(topics, expected, "{filter}");
    }
}

/// [MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT3-4.6.0-5] [MQTT3-4.6.0-6]
#[test]
fn a_topics_messages_stay_in_order_at_every_qos() {
    for version in [V4, V5] {
        for qos in LEVELS {
            let mut world = World::new();
            let client = world.connect(&hello(version, "c"));
            world.subscribe(client, version, "t", qos);
            let sender = world.connect(&hello(version, "s"));
            let mut seen: Vec<u32> = Vec::new();
            for n in 0..2_000_u32 {
                let packet_id =
                    if qos == Qos::AtMostOnce { 0 } else { u16::try_from(n % 60_000).unwrap() + 1 };
                let payload = n.to_be_bytes();
                let mut packets = vec![Packet::Publish(publish(qos, packet_id, "t", &payload))];
                if qos == Qos::ExactlyOnce {
                    packets.push(Packet::PubRel(Ack::success(id(packet_id))));
                }
                world.send(sender, version, &packets);
                answer(&mut world, client, version, &mut seen);
            }
            assert!(seen.iter().copied().eq(0..2_000), "{version} {qos:?}: {} messages", seen.len());
        }
    }
}

/// Acknowledges everything a client was sent and notes the payloads.
fn answer(world: &mut World, client: usize, version: Version, seen: &mut Vec<u32>) {
    loop {
        let bytes = world.take(client);
        let mut answers = Vec::new();
        for packet in all(version, &bytes) {
            match packet {
                Packet::Publish(p) => {
                    seen.push(u32::from_be_bytes(p.payload.try_into().unwrap()));
                    match (p.qos, p.packet_id) {
                        (Qos::AtLeastOnce, Some(id)) => answers.push(Packet::PubAck(Ack::success(id))),
                        (Qos::ExactlyOnce, Some(id)) => answers.push(Packet::PubRec(Ack::success(id))),
                        _ => {}
                    }
                }
                Packet::PubRel(p) => answers.push(Packet::PubComp(Ack::success(p.packet_id))),
                other => panic!("{other:?}"),
            }
        }
        if answers.is_empty() {
            return;
        }
        world.send(client, version, &answers);
    }
}

/// A retained message replaces the one before [MQTT-3.3.1-5] [MQTT3-3.3.1-5], at QoS 0 too [MQTT3-3.3.1-7]; it is sent
/// to new subscriptions with RETAIN [MQTT3-3.3.1-6] [MQTT3-3.3.1-8] and to old ones without [MQTT3-3.3.1-9]. One
/// without RETAIN changes nothing [MQTT-3.3.1-8] [MQTT3-3.3.1-12]; an empty one removes it, is passed on, and is not
/// retained [MQTT-3.3.1-6] [MQTT-3.3.1-7] [MQTT3-3.3.1-10] [MQTT3-3.3.1-11]. It outlives sessions [MQTT3-3.1.2-7].
#[test]
fn a_topic_has_one_retained_message() {
    let mut world = World::new();
    let old = world.connect(&hello(V4, "old"));
    world.subscribe(old, V4, "r", Qos::ExactlyOnce);
    let sender = world.connect(&hello(V4, "s"));
    let mut told = Vec::new();
    for (n, (qos, retain, payload)) in [
        (Qos::AtLeastOnce, true, &b"first"[..]),
        (Qos::AtMostOnce, true, b"second"),
        (Qos::AtLeastOnce, false, b"passing"),
        (Qos::AtLeastOnce, true, b"third"),
        (Qos::AtLeastOnce, true, b""),
    ]
    .into_iter()
    .enumerate()
    {
        let packet = Publish { retain, ..publish(qos, number(qos), "r", payload) };
        world.send(sender, V4, &[Packet::Publish(packet)]);
        world.take(sender);
        told.extend(got(&mut world, old, V4).into_iter().map(|message| (message.2, message.3)));
        if n == 3 {
            world.lose(sender);
            let again = world.connect(&hello(V4, "s"));
            assert_ne!(again, sender);
        }
        let new = world.connect(&hello(V4, "new"));
        world.subscribe(new, V4, "r", Qos::ExactlyOnce);
        let expected: &[(Qos, &[u8])] = match n {
            0 => &[(Qos::AtLeastOnce, b"first")],
            1 | 2 => &[(Qos::AtMostOnce, b"second")],
            3 => &[(Qos::AtLeastOnce, b"third")],
            _ => continue,
        };
        let seen = got(&mut world, new, V4);
        assert!(seen.iter().all(|message| message.2), "{seen:?}");
        let seen: Vec<_> = seen.iter().map(|message| (message.1, &*message.3)).collect();
        assert_eq!(seen, expected, "after {n}");
        world.lose(new);
    }
    let expected = [&b"first"[..], b"second", b"passing", b"third"].map(|payload| (false, payload.to_vec()));
    assert_eq!(told, expected);
}

#[test]
fn an_empty_retained_message_removes_and_is_passed_on() {
    let mut world = World::new();
    let sender = world.connect(&hello(V5, "s"));
    let send = |world: &mut World, payload| {
        let packet = Publish { retain: true, ..publish(Qos::AtMostOnce, 0, "r", payload) };
        world.send(sender, V5, &[Packet::Publish(packet)]);
    };
    send(&mut world, b"value");
    let old = world.connect(&hello(V4, "old"));
    world.subscribe(old, V4, "r", Qos::AtMostOnce);
    assert_eq!(got(&mut world, old, V4).len(), 1);
    send(&mut world, b"");
    assert_eq!(got(&mut world, old, V4), [("r".to_owned(), Qos::AtMostOnce, false, Vec::new())]);
    let new = world.connect(&hello(V4, "new"));
    world.subscribe(new, V4, "r", Qos::AtMostOnce);
    assert!(world.take(new).is_empty());
}

/// [MQTT-3.1.2-14] [MQTT-3.1.2-15] [MQTT3-3.1.2-16] [MQTT3-3.1.2-17]
#[test]
fn a_will_is_retained_if_it_says_so() {
    for version in [V4, V5] {
        for retain in [false, true] {
            let mut world = World::new();
            let will = Will {
                qos: Qos::AtLeastOnce,
                retain,
                properties: Properties::EMPTY,
                topic: "w",
                payload: b"x",
            };
            let client = world.connect(&Connect { will: Some(will), ..hello(version, "c") });
            world.lose(client);
            let heir = world.connect(&hello(V4, "heir"));
            world.subscribe(heir, V4, "w", Qos::AtMostOnce);
            assert_eq!(got(&mut world, heir, V4).len(), usize::from(retain));
        }
    }
}

/// The same filter replaces the subscription [MQTT-3.8.4-3] [MQTT3-3.8.4-3], retained messages come again
/// [MQTT-3.8.4-4].
#[test]
fn the_same_filter_replaces_the_subscription() {
    let mut world = World::new();
    let sender = world.connect(&hello(V4, "s"));
    let value = Publish { retain: true, ..publish(Qos::AtLeastOnce, 1, "t", b"kept") };
    world.send(sender, V4, &[Packet::Publish(value)]);
    let client = world.connect(&hello(V4, "c"));
    for qos in [Qos::ExactlyOnce, Qos::AtMostOnce] {
        world.subscribe(client, V4, "t", qos);
        assert_eq!(got(&mut world, client, V4).len(), 1);
    }
    world.send(sender, V4, &[Packet::Publish(publish(Qos::AtLeastOnce, 2, "t", b""))]);
    let seen: Vec<_> = got(&mut world, client, V4).iter().map(|message| message.1).collect();
    assert_eq!(seen, [Qos::AtMostOnce]);
}

/// Nothing new comes [MQTT-3.10.4-2] [MQTT3-3.10.4-2], what was begun is finished [MQTT-3.10.4-3] [MQTT3-3.10.4-3].
#[test]
fn a_filter_given_up_brings_nothing_new() {
    let mut world = World::new();
    let client = world.connect(&hello(V4, "c"));
    world.subscribe(client, V4, "t", Qos::ExactlyOnce);
    let sender = world.connect(&hello(V4, "s"));
    world.send(sender, V4, &[Packet::Publish(publish(Qos::ExactlyOnce, 1, "t", b"begun"))]);
    let bytes = world.take(client);
    let [Packet::Publish(Publish { packet_id: Some(begun), .. })] = all(V4, &bytes)[..] else { panic!() };
    let filters = mqtt_codec::Filters::from_slice(&["t"]);
    let packet = Unsubscribe { packet_id: id(2), properties: Properties::EMPTY, filters };
    world.send(client, V4, &[Packet::Unsubscribe(packet)]);
    assert_eq!(world.take(client), [0xB0, 2, 0, 2]);
    world.send(sender, V4, &[Packet::Publish(publish(Qos::AtLeastOnce, 2, "t", b"new"))]);
    assert!(world.take(client).is_empty());
    world.send(client, V4, &[Packet::PubRec(Ack::success(begun))]);
    assert_eq!(world.take(client), mqtt_codec::AckKind::PubRel.success(begun));
}

/// [MQTT-4.3.3-7] [MQTT-4.3.3-13]
#[test]
fn an_exchange_that_was_begun_is_finished_even_if_the_message_is_too_old() {
    let mut world = World::new();
    let hour = properties(PropertySet::Connect, &[Property::SessionExpiryInterval(3600)]);
    let connect = Connect { clean_start: false, properties: hour.properties(), ..hello(V5, "c") };
    let client = world.connect(&connect);
    world.subscribe(client, V5, "t", Qos::ExactlyOnce);
    let sender = world.connect(&hello(V5, "s"));
    let second = properties(PropertySet::Publish, &[Property::MessageExpiryInterval(1)]);
    let packet = Publish { properties: second.properties(), ..publish(Qos::ExactlyOnce, 1, "t", b"x") };
    world.send(sender, V5, &[Packet::Publish(packet)]);
    assert_eq!(all(V5, &world.take(client)).len(), 1);
    world.lose(client);
    world.pass(Duration::from_secs(10));
    let client = world.arrive();
    world.send(client, V5, &[Packet::Connect(connect)]);
    let bytes = world.take(client);
    let [Packet::ConnAck(_), Packet::Publish(again)] = all(V5, &bytes)[..] else { panic!("{bytes:?}") };
    assert!(again.dup);
    assert_eq!(again.properties.message_expiry_interval(), Some(0));
}

/// The window holds back PUBLISH [MQTT-4.9.0-1] [MQTT-4.9.0-2] and nothing else [MQTT-4.9.0-3] [MQTT-3.3.4-10].
#[test]
fn a_full_window_holds_back_messages_alone() {
    let mut world = World::new();
    let one = properties(PropertySet::Connect, &[Property::ReceiveMaximum(std::num::NonZeroU16::MIN)]);
    let client = world.connect(&Connect { properties: one.properties(), ..hello(V5, "c") });
    world.subscribe(client, V5, "t", Qos::AtLeastOnce);
    let sender = world.connect(&hello(V4, "s"));
    for n in 1..=2 {
        world.send(sender, V4, &[Packet::Publish(publish(Qos::AtLeastOnce, n, "t", b""))]);
    }
    assert_eq!(got(&mut world, client, V5).len(), 1);
    let mine = publish(Qos::AtLeastOnce, 4, "other", b"");
    world.send(client, V5, &[Packet::PingReq, Packet::Publish(mine)]);
    let bytes = world.take(client);
    assert!(matches!(all(V5, &bytes)[..], [Packet::PingResp, Packet::PubAck(_)]), "{bytes:?}");
}

/// Nothing behind a CONNECT that is refused is processed [MQTT-3.1.4-6] [MQTT3-3.1.4-5].
#[test]
fn nothing_behind_a_refused_connect_is_processed() {
    for version in [V4, V5] {
        let mut world = World::new();
        let heir = world.connect(&hello(V4, "heir"));
        world.subscribe(heir, V4, "t", Qos::AtMostOnce);
        let long = "x".repeat(2_000);
        let client = world.arrive();
        let publish = Packet::Publish(publish(Qos::AtMostOnce, 0, "t", b"x"));
        world.send(client, version, &[Packet::Connect(hello(version, &long)), publish]);
        assert!(world.is_closed(client));
        assert!(world.take(heir).is_empty());
    }
}
