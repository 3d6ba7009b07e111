//! A client above its rate is read more slowly: nothing is lost, and nobody else waits.

use tidegate_interop_tests::broker::{Running, Settings};
use tidegate_interop_tests::wire::client::Client;
use tidegate_interop_tests::wire::decode::Packet;
use tidegate_interop_tests::wire::encode::{Connect, Publish, put_subscribe};
use tidegate_interop_tests::wire::{Version, kind};

use crate::interop::attacks::guarded::tidegate;
use crate::interop::attacks::visitor::{VERSIONS, Visitor};

fn broker(key: &str, rate: &str) -> Option<Running> {
    tidegate(&Settings::default().with_text(&format!("zones.default.{key}"), rate))
}

/// Sends `count` messages of QoS 1 with as many bytes each, at once.
fn pour(client: &mut Client, version: Version, count: u16, bytes: usize) {
    client
        .send_with(|out| {
            for id in 1..=count {
                let mut payload = id.to_string().into_bytes();
                payload.resize(bytes.max(payload.len()), b' ');
                let (topic, payload) = ("flood", payload.as_slice());
                Publish { version, topic, payload, qos: 1, id, retain: false, properties: &[] }.put(out);
            }
        })
        .unwrap();
}

/// Takes `count` messages, which have to be all there are, in order.
fn take(ear: &mut Client, count: u16) {
    for number in 1..=count {
        let message = ear.message().unwrap();
        let text = String::from_utf8(message.payload).unwrap();
        assert_eq!(text.trim_end().parse(), Ok(number), "lost, twice or out of order");
    }
    ear.expect_quiet().unwrap();
}

/// All of them are acknowledged, in order, and the client is still connected.
fn acknowledged(client: &mut Client, count: u16) {
    for number in 1..=count {
        match client.receive().unwrap() {
            // Nobody subscribes, or somebody does.
            Packet::Ack(kind::PUBACK, id, 0x10 | 0) => assert_eq!(id, number),
            other => panic!("{other:?}"),
        }
    }
    client.expect_quiet().unwrap();
}

/// Others send and receive while the flood is on its way; it has to be unfinished when they are done.
fn flood(broker: &Running, version: Version, count: u16, bytes: usize) {
    let mut ear = Visitor::new(version, "ear").connect(broker.address);
    ear.subscribe("flood", 0, &[]).unwrap();
    let mut flooder = Visitor::new(version, "flooder").connect(broker.address);
    let mut other = Visitor::new(version, "other").connect(broker.address);
    other.subscribe("talk", 0, &[]).unwrap();
    let mut mouth = Visitor::new(version, "mouth").connect(broker.address);
    pour(&mut flooder, version, count, bytes);
    for number in 0..15_u8 {
        mouth.publish("talk", &[number], &[]).unwrap();
        assert_eq!(other.message().unwrap().payload, [number]);
    }
    // Those who talked are done, and the flooder has got by far not all of his acknowledgements.
    let last = count;
    flooder.patience(std::time::Duration::from_millis(1)).unwrap();
    let mut early = 0;
    while let Ok(packet) = flooder.receive() {
        early += 1;
        assert_eq!(packet, Packet::Ack(kind::PUBACK, early, 0));
    }
    assert!(early < last, "{version:?}: it was not slowed");
    flooder.patience(tidegate_interop_tests::wire::client::DEADLINE).unwrap();
    take(&mut ear, count);
    for number in early + 1..=last {
        assert_eq!(flooder.receive().unwrap(), Packet::Ack(kind::PUBACK, number, 0));
    }
    flooder.expect_quiet().unwrap();
}

#[test]
fn messages_above_the_rate_are_late_and_not_lost() {
    let Some(broker) = broker("max_message_rate", "40/s burst 20") else { return };
    for version in VERSIONS {
        flood(&broker, version, 160, 1);
    }
}

#[test]
fn bytes_above_the_rate_are_late_and_not_lost() {
    let Some(broker) = broker("max_byte_rate", "32KiB/s burst 8KiB") else { return };
    flood(&broker, Version::V5, 100, 1024);
    flood(&broker, Version::V311, 100, 1024);
}

/// Also what may be lost is not.
#[test]
fn fleeting_messages_above_the_rate_are_not_lost_either() {
    let Some(broker) = broker("max_message_rate", "100/s burst 20") else { return };
    for version in VERSIONS {
        let mut ear = Visitor::new(version, "ear").connect(broker.address);
        ear.subscribe("flood", 0, &[]).unwrap();
        let mut mouth = Visitor::new(version, "mouth").connect(broker.address);
        mouth
            .send_with(|out| {
                for number in 1..=200_u16 {
                    let payload = number.to_string().into_bytes();
                    let (topic, payload, properties) = ("flood", payload.as_slice(), &[][..]);
                    Publish { version, topic, payload, qos: 0, id: 0, retain: false, properties }.put(out);
                }
            })
            .unwrap();
        mouth.expect_quiet().unwrap();
        take(&mut ear, 200);
    }
}

/// A message longer than the whole burst is taken, and waited for.
#[test]
fn one_message_longer_than_the_burst_gets_through() {
    let Some(broker) = broker("max_byte_rate", "64KiB/s burst 1KiB") else { return };
    let mut ear = Visitor::new(Version::V5, "ear").connect(broker.address);
    ear.subscribe("flood", 0, &[]).unwrap();
    let mut mouth = Visitor::new(Version::V5, "mouth").connect(broker.address);
    pour(&mut mouth, Version::V5, 2, 32 << 10);
    take(&mut ear, 2);
    acknowledged(&mut mouth, 2);
}

/// The broker does not read, so it does not hear the client's pings: that is not the client's silence.
#[test]
fn who_is_slowed_is_not_taken_for_silent() {
    let Some(broker) = broker("max_message_rate", "20/s burst 10") else { return };
    for version in [Version::V311, Version::V5] {
        let connect = Connect { keep_alive: 1, ..Connect::clean(version, "flooder") };
        let (mut flooder, _, _) = Client::connect(broker.address, &connect).unwrap();
        // Four seconds and more at this rate; keep alive and a half are one and a half.
        pour(&mut flooder, version, 100, 1);
        acknowledged(&mut flooder, 100);
    }
}

#[test]
fn subscriptions_above_the_rate_are_late_and_not_refused() {
    let Some(broker) = broker("max_subscribe_rate", "40/s burst 20") else { return };
    for version in VERSIONS {
        let mut eager = Visitor::new(version, "eager").connect(broker.address);
        eager
            .send_with(|out| {
                for id in 1..=100 {
                    put_subscribe(out, version, id, &format!("filter/{id}"), 0, &[]);
                }
            })
            .unwrap();
        let mut other = Visitor::new(version, "other").connect(broker.address);
        assert_eq!(other.subscribe("filter/100", 0, &[]).unwrap(), 0, "nobody else waits");
        for id in 1..=100 {
            assert_eq!(eager.receive().unwrap(), Packet::SubAck(id, vec![0]), "{version:?}");
        }
    }
}

/// The rate of a zone is shared by its clients; another zone has its own.
#[test]
fn the_rate_of_a_zone_slows_all_of_it_and_no_other() {
    let settings = Settings::default()
        .with_text("zones.slow.max_zone_message_rate", "40/s burst 20")
        .with_text("mqtt.listeners.slow.bind", "127.0.0.1:0")
        .with_text("mqtt.listeners.slow.zone", "slow");
    let Some(broker) = tidegate(&settings) else { return };
    let slow = broker.listener("slow").unwrap();
    let version = Version::V5;
    let mut ears = ["one", "two"].map(|name| {
        let mut ear = Visitor::new(version, name).connect(broker.address);
        ear.subscribe("flood", 0, &[]).unwrap();
        ear
    });
    let mut flooders = ["left", "right"].map(|name| Visitor::new(version, name).connect(slow));
    for flooder in &mut flooders {
        pour(flooder, version, 60, 1);
    }
    let mut quick = Visitor::new(version, "quick").connect(broker.address);
    pour(&mut quick, version, 200, 1);
    acknowledged(&mut quick, 200);
    for flooder in &mut flooders {
        acknowledged(flooder, 60);
    }
    for ear in &mut ears {
        for _ in 0..60 + 60 + 200 {
            ear.message().unwrap();
        }
        ear.expect_quiet().unwrap();
    }
}
