//! A peer that does not read for a while is heard, whatever carries it.

use std::io::Read;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tidegate_gateway::Transport;
use tidegate_runtime::RuntimeConfig;

use super::carriers::Carried;
use super::echo::{ECHO, FLOOD, Happened, TIMER, frame};
use super::stage::workers;

const ALL: [Transport; 4] = [Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];

#[test]
fn who_does_not_read_for_a_while_is_heard() {
    for transport in ALL {
        let carried = Carried::new(transport, workers(1));
        let mut client = carried.connect();
        client.send(FLOOD, b"16");
        client.0.read_exact(&mut [0; 1024]).unwrap();
        for said in 1..=20 {
            client.send(ECHO, b"I am here");
            carried
                .stage
                .until("it to be heard", |stage| stage.host.published.load(Ordering::Relaxed) >= said);
        }
    }
}

#[test]
fn whom_we_do_not_read_until_it_reads_is_not_silent() {
    for transport in ALL {
        // It may leave nothing unread, so one answer stops us.
        let carried = Carried::new(transport, RuntimeConfig { unread_answers: 1, ..workers(1) });
        carried
            .stage
            .change(|config| config.websocket.ping_interval = Some(Duration::from_millis(100).into()));
        let mut client = carried.connect();
        client.send(FLOOD, b"16");
        client.0.read_exact(&mut [0; 1024]).unwrap();
        carried.stage.came();
        let before = carried.stage.host.published.load(Ordering::Relaxed);
        client.send(ECHO, b"stops us");
        carried.stage.until("it to be heard", |stage| stage.host.published.load(Ordering::Relaxed) > before);
        let mut clock = carried.connect();
        for _ in 0..7 {
            clock.send(TIMER, b"100");
            clock.expect(TIMER, b"time");
        }
        carried.stage.came();
        assert!(!matches!(carried.stage.happened.try_recv(), Ok(Happened::Closed(_))), "{transport:?}");
        // The answer stands somewhere in the flood.
        let mut rest = vec![0; (16 << 20) - 1024 + frame(ECHO, b"stops us").len()];
        client.0.read_exact(&mut rest).unwrap();
        client.echoes(b"and on");
    }
}
