//! Against another implementation: tungstenite's client at the other end, and its server beside ours.

use std::io::{self, Read, Write};

use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Bytes, Message, WebSocket};
use websocket_codec::{CloseCode, Kind, encode};

use crate::client::frame;
use crate::generate::{Random, damage, pieces, stream};
use crate::outcome::{ANY, Item, decode};

/// A stream in memory: what is read, and what was written.
#[derive(Default)]
struct Wire {
    input: io::Cursor<Vec<u8>>,
    output: Vec<u8>,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.input.read(buffer)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            read => Ok(read),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn socket(role: Role, input: Vec<u8>) -> WebSocket<Wire> {
    let config = WebSocketConfig::default().read_buffer_size(4_096).write_buffer_size(0);
    WebSocket::from_raw_socket(Wire { input: io::Cursor::new(input), output: Vec::new() }, role, Some(config))
}

/// What a tungstenite reads, until it has nothing more or refuses; and whether it refused.
fn read(socket: &mut WebSocket<Wire>) -> (Vec<Item>, bool) {
    let mut items = Vec::new();
    loop {
        items.push(match socket.read() {
            Ok(Message::Text(text)) => Item::text(text.as_str()),
            Ok(Message::Binary(bytes)) => Item::binary(&bytes),
            Ok(Message::Ping(payload)) => Item::Ping(payload.to_vec()),
            Ok(Message::Pong(payload)) => Item::Pong(payload.to_vec()),
            Ok(Message::Close(frame)) => {
                let code = frame.as_ref().map(|frame| frame.code.into());
                items
                    .push(Item::Close(code, frame.map(|frame| frame.reason.to_string()).unwrap_or_default()));
                return (items, false);
            }
            Ok(Message::Frame(frame)) => panic!("{frame:?}"),
            Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                return (items, false);
            }
            Err(_) => return (items, true),
        });
    }
}

#[test]
fn what_its_client_writes_is_read() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let mut client = socket(Role::Client, Vec::new());
        let mut expected = Vec::new();
        for _ in 0..random.below(8) {
            let len = [0, 1, 125, 126, 1_000, 65_535, 65_536, 100_000][random.below(8)];
            let (message, item) = match random.below(4) {
                0 => {
                    let text = random.text(len);
                    (Message::text(text.clone()), Item::text(&text))
                }
                1 => {
                    let payload = random.bytes(len.min(125));
                    (Message::Ping(payload.clone().into()), Item::Ping(payload))
                }
                _ => {
                    let bytes = random.bytes(len);
                    (Message::binary(bytes.clone()), Item::binary(&bytes))
                }
            };
            client.send(message).unwrap();
            expected.push(item);
        }
        client.close(Some(CloseFrame { code: 1001.into(), reason: "bye".into() })).unwrap();
        expected.push(Item::Close(Some(1001), "bye".to_owned()));
        let written = client.get_ref().output.clone();
        let outcome = decode(&ANY, pieces(&mut random, &written));
        assert_eq!((outcome.items, outcome.error), (expected, None), "seed {seed}");
    }
}

#[test]
fn what_we_write_its_client_reads() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for _ in 0..random.below(8) {
            let len = [0, 1, 125, 126, 1_000, 65_535, 65_536, 100_000][random.below(8)];
            match random.below(4) {
                0 => {
                    let payload = random.bytes(len.min(125));
                    encode::ping(&payload, &mut bytes);
                    expected.push(Item::Ping(payload));
                }
                1 => {
                    let text = random.text(len);
                    bytes.extend([encode::head(Kind::Text, text.len()).as_bytes(), text.as_bytes()].concat());
                    expected.push(Item::text(&text));
                }
                2 => {
                    let payload = random.bytes(len);
                    let mut buffer = [&[0; encode::MAX_HEAD], &payload[..]].concat();
                    let start = encode::enclose(Kind::Binary, &mut buffer).unwrap();
                    bytes.extend(&buffer[start..]);
                    expected.push(Item::binary(&payload));
                }
                _ => {
                    let payload = random.bytes(len.min(125));
                    encode::pong(&payload, &mut bytes);
                    expected.push(Item::Pong(payload));
                }
            }
        }
        encode::close(Some(CloseCode::GOING_AWAY), "wäg", &mut bytes);
        expected.push(Item::Close(Some(1001), "wäg".to_owned()));
        assert_eq!(read(&mut socket(Role::Client, bytes)), (expected, false), "seed {seed}");
    }
}

/// Whole frames, in an order or with bits and payloads that may be wrong.
fn frames(random: &mut Random) -> Vec<u8> {
    let firsts = [0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x80, 0x89, 0x8A];
    let mut bytes = Vec::new();
    for _ in 0..random.below(8) {
        let first = match random.below(30) {
            0 => random.byte(),
            1 => 0x09,
            _ => firsts[random.below(firsts.len())],
        };
        let payload = match random.below(10) {
            0 => random.bytes(3),
            1 => random.bytes(130),
            2 => "€".as_bytes()[..1 + random.below(2)].to_vec(),
            _ => random.text(12).into_bytes(),
        };
        // Of a Close the payload is judged elsewhere: theirs hands on wrong codes as 1002.
        let payload = if first & 0x0F == 8 { Vec::new() } else { payload };
        bytes.extend(frame(first, &payload));
    }
    bytes
}

#[test]
fn its_server_judges_frames_alike() {
    let mut verdicts = [0; 2];
    for seed in 0..4_000 {
        let mut random = Random::new(seed);
        let bytes = frames(&mut random);
        let ours = decode(&ANY, pieces(&mut random, &bytes));
        let (theirs, refused) = read(&mut socket(Role::Server, bytes));
        verdicts[usize::from(refused)] += 1;
        assert_eq!(ours.error.is_some(), refused, "seed {seed}: {:?}", ours.error);
        // Theirs tells of a message at its end, ours at its start.
        let mut whole: Vec<Item> =
            ours.items.into_iter().filter(|item| !matches!(item, Item::Data(_, _, false))).collect();
        let mut theirs = theirs;
        whole.sort_by_key(|item| matches!(item, Item::Data(..)));
        theirs.sort_by_key(|item| matches!(item, Item::Data(..)));
        assert_eq!(whole, theirs, "seed {seed}");
    }
    assert!(verdicts.iter().all(|count| *count > 400), "{verdicts:?}");
}

#[test]
fn what_its_server_refuses_is_refused() {
    let mut both = 0;
    for seed in 0..4_000 {
        let mut random = Random::new(seed);
        let mut bytes = stream(&mut random);
        damage(&mut random, &mut bytes);
        let ours = decode(&ANY, [&bytes[..]]);
        // The other way round it is not so: ours refuses a frame at the first byte that is wrong, theirs when
        // it is whole, and a length that is longer than need be or a wrong close code not at all.
        if read(&mut socket(Role::Server, bytes)).1 {
            both += 1;
            assert!(ours.error.is_some(), "seed {seed}");
        }
    }
    assert!(both > 400, "{both}");
}

#[test]
fn empty_payloads_stay_messages() {
    let bytes = encode::head(Kind::Binary, 0).as_bytes().to_vec();
    let mut client = socket(Role::Client, bytes);
    assert_eq!(client.read().unwrap(), Message::Binary(Bytes::new()));
}
