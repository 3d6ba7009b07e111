use super::*;

fn written(unsent: &mut Unsent, each: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while !unsent.is_empty() {
        let mut slices = [IoSlice::new(&[]); WRITE_PIECES];
        let count = unsent.slices(&mut slices);
        let offered: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.to_vec()).collect();
        let taken = each.min(offered.len());
        all.extend_from_slice(&offered[..taken]);
        unsent.advance(taken);
    }
    all
}

#[test]
fn whatever_the_socket_takes_the_bytes_stay_in_order() {
    for each in [1, 2, 3, 7, 50, 1000] {
        let mut unsent = Unsent::default();
        let mut wanted = Vec::new();
        for round in 0..50u8 {
            let mut out = Outbox::new();
            out.buffer().extend_from_slice(&[round; 3]);
            wanted.extend_from_slice(&[round; 3]);
            if round % 3 == 0 {
                out.push_shared(&Arc::from([round; 5]));
                wanted.extend_from_slice(&[round; 5]);
            }
            if round % 7 == 0 {
                out.push_shared(&Arc::from([0u8; 0]));
            }
            unsent.append(&out);
        }
        assert_eq!(written(&mut unsent, each), wanted);
    }
}

#[test]
fn small_answers_share_a_piece() {
    let mut unsent = Unsent::default();
    for _ in 0..1000 {
        unsent.append_bytes(b"ack");
    }
    assert_eq!(unsent.pieces.len(), 1);
    unsent.append_bytes(b"");
    assert_eq!(written(&mut unsent, 999).len(), 3000);
}
