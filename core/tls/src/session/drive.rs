//! Handing bytes to rustls and taking from it what they mean.

use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, EncodeError, UnbufferedStatus};

/// What rustls made of the bytes it was given.
pub(super) struct Driven {
    /// How many bytes at the front are done with.
    pub(super) used: usize,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    /// Everything whole has been handled.
    Blocked,
    /// There is as much plaintext as was welcome.
    Full,
    /// The peer has closed its direction.
    Closed,
    Failed(rustls::Error),
}

/// Handles what is whole in `bytes`, record by record, until `plaintext` is `full` bytes long or longer.
pub(super) fn drive(
    conn: &mut UnbufferedServerConnection,
    bytes: &mut [u8],
    full: usize,
    plaintext: &mut Vec<u8>,
    to_send: &mut Vec<u8>,
) -> Driven {
    let mut used = 0_usize;
    loop {
        let left = bytes.get_mut(used..).unwrap_or_default();
        let UnbufferedStatus { mut discard, state } = conn.process_tls_records(left);
        let mut outcome = None;
        match state {
            Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                while let Some(record) = traffic.next_record() {
                    match record {
                        Ok(record) => {
                            discard = discard.saturating_add(record.discard);
                            plaintext.extend_from_slice(record.payload);
                        }
                        Err(error) => outcome = Some(Outcome::Failed(error)),
                    }
                }
                if plaintext.len() >= full && outcome.is_none() {
                    outcome = Some(Outcome::Full);
                }
            }
            Ok(ConnectionState::EncodeTlsData(mut record)) => {
                encode(|room| record.encode(room), to_send);
            }
            Ok(ConnectionState::TransmitTlsData(sent)) => sent.done(),
            Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => outcome = Some(Outcome::Closed),
            Ok(ConnectionState::BlockedHandshake | ConnectionState::WriteTraffic(_)) => {
                outcome = Some(Outcome::Blocked);
            }
            // Early data is never accepted (`max_early_data_size` is 0), and there is no other state.
            Ok(_) => {
                outcome =
                    Some(Outcome::Failed(rustls::Error::General("a state that has no meaning".to_owned())))
            }
            Err(error) => outcome = Some(Outcome::Failed(error)),
        }
        used = used.saturating_add(discard);
        if let Some(outcome) = outcome {
            if !matches!(outcome, Outcome::Blocked) {
                flush(conn, to_send);
            }
            return Driven { used, outcome };
        }
    }
}

/// Appends the records that rustls has ready: an alert, an answer to a key update. They come before anything is
/// read, so that it needs no input.
pub(super) fn flush(conn: &mut UnbufferedServerConnection, to_send: &mut Vec<u8>) {
    while conn.wants_write() {
        match conn.process_tls_records(&mut []).state {
            Ok(ConnectionState::EncodeTlsData(mut record)) => encode(|room| record.encode(room), to_send),
            _ => return,
        }
    }
}

/// Appends what `write` writes, which says how much room it needs.
fn encode(mut write: impl FnMut(&mut [u8]) -> Result<usize, EncodeError>, to_send: &mut Vec<u8>) {
    let start = to_send.len();
    if let Err(EncodeError::InsufficientSize(size)) = write(&mut []) {
        to_send.resize(start.saturating_add(size.required_size), 0);
        let written = write(to_send.get_mut(start..).unwrap_or_default()).unwrap_or(0);
        to_send.truncate(start.saturating_add(written));
    }
}
