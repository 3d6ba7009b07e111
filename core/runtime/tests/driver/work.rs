use std::io::Write;

use super::echo::{ECHO, WORK, frame};
use super::stage::Stage;

#[test]
fn what_follows_much_work_waits_for_a_later_turn_and_for_no_byte() {
    let stage = Stage::new();
    let mut client = stage.connect();
    // In one write: pieces that fill a turn each, then two that share one.
    let mut bytes = frame(WORK, b"20000").repeat(50);
    bytes.extend(frame(WORK, b"7"));
    bytes.extend(frame(WORK, b"1"));
    bytes.extend(&frame(ECHO, b"the beginning of a frame")[..9]);
    client.0.write_all(&bytes).unwrap();
    for _ in 0..51 {
        client.expect(WORK, b"0");
    }
    client.expect(WORK, b"7");
    client.0.write_all(&frame(ECHO, b"the beginning of a frame")[9..]).unwrap();
    client.expect(ECHO, b"the beginning of a frame");
}
