//! The scenarios both halves of rumqttc share: its two clients have the same shape in different types.

/// Expands to a `Peer` and tests. The module gives `Client`, `Connection`, `Event`, `Incoming`, `LastWill`,
/// `MqttOptions`, `Publish` and `QoS` of its half, and the functions `options`, `persistent`, `topic` and `will`.
macro_rules! rumqttc_scenarios {
    () => {
        /// One connection; all that arrives is read by a thread.
        struct Peer {
            client: Client,
            incoming: Receiver<Incoming>,
            /// Ends with the error that ended the connection.
            thread: Option<JoinHandle<String>>,
            stop: Arc<AtomicBool>,
        }

        impl Peer {
            fn connect(options: MqttOptions) -> (Self, bool) {
                let (client, mut connection) = Client::new(options, 25_000);
                let (send, incoming) = sync_channel(100_000);
                let stop = Arc::new(AtomicBool::new(false));
                let stopped = Arc::clone(&stop);
                let thread = std::thread::spawn(move || {
                    for event in connection.iter() {
                        let event = match event {
                            Ok(event) => event,
                            Err(error) => return format!("{error:?}"),
                        };
                        if let Event::Incoming(packet) = event {
                            drop(send.send(packet));
                        }
                        if stopped.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                    String::new()
                });
                let peer = Self { client, incoming, thread: Some(thread), stop };
                match peer.next() {
                    Incoming::ConnAck(connack) => (peer, connack.session_present),
                    other => panic!("{other:?}"),
                }
            }

            fn next(&self) -> Incoming {
                self.incoming.recv_timeout(DEADLINE).unwrap()
            }

            fn subscribe(&self, filter: &str, qos: QoS) {
                self.client.subscribe(filter, qos).unwrap();
                while !matches!(self.next(), Incoming::SubAck(_)) {}
            }

            /// Publishes at QoS 1 or 2 and waits until the exchange is complete.
            fn publish(&self, topic: &str, qos: QoS, retain: bool, payload: &[u8]) {
                self.client.publish(topic, qos, retain, payload.to_vec()).unwrap();
                while !matches!(self.next(), Incoming::PubAck(_) | Incoming::PubComp(_)) {}
            }

            fn message(&self) -> Publish {
                loop {
                    if let Incoming::Publish(message) = self.next() {
                        return message;
                    }
                }
            }

            fn disconnect(mut self) {
                self.client.disconnect().unwrap();
                self.thread.take().unwrap().join().unwrap();
            }

            /// Drops the socket without DISCONNECT: the thread ends after the next thing it hears.
            fn break_off(mut self, nudge: &Peer, topic: &str) {
                self.stop.store(true, Ordering::Relaxed);
                nudge.publish(topic, QoS::AtLeastOnce, false, b"nudge");
                self.thread.take().unwrap().join().unwrap();
            }
        }

        fn peer(broker: &Running, client_id: &str) -> Peer {
            Peer::connect(options(broker, client_id)).0
        }

        #[test]
        fn every_qos() {
            let broker = broker();
            let (subscriber, publisher) = (peer(&broker, "subscriber"), peer(&broker, "publisher"));
            let all = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
            for granted in all {
                let name = format!("matrix/{}", granted as u8);
                subscriber.subscribe(&name, granted);
                for qos in all {
                    publisher.client.publish(name.as_str(), qos, false, vec![qos as u8]).unwrap();
                    let message = subscriber.message();
                    assert_eq!(message.payload.as_ref(), [qos as u8]);
                    assert_eq!(message.qos as u8, (qos as u8).min(granted as u8));
                    assert_eq!(topic(&message), name);
                }
            }
        }

        #[test]
        fn retained() {
            let broker = broker();
            let publisher = peer(&broker, "publisher");
            publisher.publish("kept", QoS::AtLeastOnce, true, b"first");
            publisher.publish("kept", QoS::ExactlyOnce, true, b"second");
            let late = peer(&broker, "late");
            late.subscribe("kept", QoS::AtLeastOnce);
            let message = late.message();
            assert_eq!((message.payload.as_ref(), message.retain), (b"second".as_slice(), true));
            publisher.publish("kept", QoS::AtLeastOnce, true, b"");
            let later = peer(&broker, "later");
            later.subscribe("kept", QoS::AtLeastOnce);
            publisher.publish("kept", QoS::AtLeastOnce, false, b"live");
            assert_eq!(later.message().payload.as_ref(), b"live");
        }

        #[test]
        fn wills() {
            let broker = broker();
            let watcher = peer(&broker, "watcher");
            watcher.subscribe("will", QoS::AtLeastOnce);
            let with_will = |client_id: &str| {
                let mut options = options(&broker, client_id);
                options.set_last_will(will("will", "gone"));
                Peer::connect(options).0
            };
            with_will("leaving").disconnect();
            let dying = with_will("dying");
            dying.subscribe("nudge", QoS::AtMostOnce);
            dying.break_off(&peer(&broker, "nudger"), "nudge");
            assert_eq!(watcher.message().payload.as_ref(), b"gone");
            peer(&broker, "marker").publish("will", QoS::AtLeastOnce, false, b"marker");
            assert_eq!(watcher.message().payload.as_ref(), b"marker", "one will, not two");
        }

        #[test]
        fn sessions() {
            let broker = broker();
            let (first, present) = Peer::connect(persistent(&broker, "keeper"));
            assert!(!present);
            first.subscribe("topic", QoS::ExactlyOnce);
            first.disconnect();
            let publisher = peer(&broker, "publisher");
            for number in 0..50 {
                let qos = if number % 2 == 0 { QoS::AtLeastOnce } else { QoS::ExactlyOnce };
                publisher.publish("topic", qos, false, &[number]);
            }
            let (second, present) = Peer::connect(persistent(&broker, "keeper"));
            assert!(present);
            for number in 0..50 {
                assert_eq!(second.message().payload.as_ref(), [number]);
            }
        }

        #[test]
        fn large_payloads() {
            let broker = broker_with(&Settings::for_large_packets());
            let (subscriber, publisher) = (peer(&broker, "subscriber"), peer(&broker, "publisher"));
            subscriber.subscribe("large", QoS::ExactlyOnce);
            for size in [1_000_000, 10_000_000] {
                let payload: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
                for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
                    publisher.publish("large", qos, false, &payload);
                    assert!(subscriber.message().payload == payload, "{size} bytes arrive unchanged");
                }
            }
        }

        #[test]
        fn a_burst_arrives_complete_and_in_order() {
            let broker = broker();
            for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                let (subscriber, publisher) = (peer(&broker, "subscriber"), peer(&broker, "publisher"));
                subscriber.subscribe("burst", qos);
                for number in 0..20_000_u32 {
                    publisher.client.publish("burst", qos, false, number.to_be_bytes().to_vec()).unwrap();
                }
                for number in 0..20_000_u32 {
                    assert_eq!(subscriber.message().payload.as_ref(), number.to_be_bytes());
                }
                publisher.disconnect();
                subscriber.disconnect();
            }
        }
    };
}

pub(crate) use rumqttc_scenarios;
