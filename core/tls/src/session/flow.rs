//! Receiving, sending, closing.

use std::sync::Arc;

use rustls::unbuffered::{ConnectionState, EncryptError, WriteTraffic};

use super::drive::{Driven, Outcome, drive, flush};
use super::{Progress, Session, Stage};
use crate::hosts::asked_for;
use crate::{TlsAlert, certificate_of};

/// Bytes before a record's content (RFC 8446 §5.1).
const HEADER: usize = 5;
/// The longest record: header, 2^14 bytes and what encryption adds at most (RFC 5246 §6.2.3).
const LONGEST_RECORD: usize = HEADER + (1 << 14) + 2048;
/// What encryption adds to a record at most: header, a nonce in TLS 1.2 or a type in 1.3, a tag.
const OVERHEAD: usize = HEADER + 8 + 16;

impl Session {
    /// Takes `incoming` from the peer, in whatever pieces it comes; it is decrypted in place. Appends the plaintext of
    /// whole records to `plaintext` until `welcome` bytes or more have been appended by this call (a record is not
    /// divided: up to 16 KiB more), and the answers of the protocol to `to_send`.
    ///
    /// All of `incoming` is taken over: what is not handled is copied and kept.
    ///
    /// # Errors
    ///
    /// If the peer breaks the rules, or is not let in. The connection has ended then: send what is in `to_send`
    /// (an alert, in general) and close. What the peer sent before is in `plaintext`.
    pub fn receive(
        &mut self,
        incoming: &mut [u8],
        welcome: usize,
        plaintext: &mut Vec<u8>,
        to_send: &mut Vec<u8>,
    ) -> Result<Progress, TlsAlert> {
        match self.stage {
            Stage::Ended => return Err(TlsAlert::Ended),
            Stage::Closed => return Ok(Progress::Closed),
            Stage::Handshake | Stage::Traffic => {}
        }
        let full = plaintext.len().saturating_add(welcome.max(1));
        let incoming = if self.rest.is_empty() {
            incoming
        } else {
            let taken = self.complete(incoming);
            match self.take_rest(full, plaintext, to_send)? {
                Progress::More if self.rest.is_empty() => incoming.get_mut(taken..).unwrap_or_default(),
                Progress::Closed => return Ok(Progress::Closed),
                progress => {
                    let left = incoming.get(taken..).unwrap_or_default();
                    self.rest.extend_from_slice(left);
                    if left.is_empty() || progress == Progress::Room {
                        return Ok(progress);
                    }
                    // A handshake message in several records: rustls puts it together where they lie.
                    return self.take_rest(full, plaintext, to_send);
                }
            }
        };
        if incoming.is_empty() {
            return Ok(Progress::More);
        }
        let driven = drive(&mut self.conn, incoming, full, plaintext, to_send);
        let used = driven.used;
        let progress = self.settle(driven, incoming.len().saturating_sub(used))?;
        if progress != Progress::Closed {
            self.rest = incoming.get(used..).unwrap_or_default().to_vec();
        }
        Ok(progress)
    }

    /// Takes from `incoming` what the record at the front of the rest lacks, and no more, so that what follows is
    /// handled where it is. How many bytes.
    fn complete(&mut self, incoming: &[u8]) -> usize {
        let mut taken = 0_usize;
        loop {
            let lacks = match self.rest.get(3..HEADER) {
                _ if self.waits_for_room => 0,
                None => HEADER.saturating_sub(self.rest.len()),
                Some(length) => {
                    let length = length.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
                    HEADER.saturating_add(length).min(LONGEST_RECORD).saturating_sub(self.rest.len())
                }
            };
            let next = incoming.get(taken..).unwrap_or_default();
            let next = next.get(..lacks).unwrap_or(next);
            if next.is_empty() {
                return taken;
            }
            self.rest.extend_from_slice(next);
            taken = taken.saturating_add(next.len());
        }
    }

    /// Handles what is kept.
    fn take_rest(
        &mut self,
        full: usize,
        plaintext: &mut Vec<u8>,
        to_send: &mut Vec<u8>,
    ) -> Result<Progress, TlsAlert> {
        let driven = drive(&mut self.conn, &mut self.rest, full, plaintext, to_send);
        let used = driven.used;
        let progress = self.settle(driven, self.rest.len().saturating_sub(used))?;
        if progress == Progress::Closed || used >= self.rest.len() {
            self.rest = Vec::new();
        } else {
            self.rest.drain(..used);
            // Nothing is kept much longer than what is in it.
            if self.rest.capacity() / 4 > self.rest.len() {
                self.rest.shrink_to_fit();
            }
        }
        Ok(progress)
    }

    /// What `driven` means for the connection; `left` bytes are not handled.
    fn settle(&mut self, driven: Driven, left: usize) -> Result<Progress, TlsAlert> {
        if self.stage == Stage::Handshake {
            self.host = asked_for().or_else(|| self.host.take());
        }
        self.waits_for_room = matches!(driven.outcome, Outcome::Full);
        let most = usize::try_from(self.most).unwrap_or(usize::MAX).max(LONGEST_RECORD);
        match driven.outcome {
            Outcome::Failed(error) => return Err(self.end(TlsAlert::Refused(error))),
            Outcome::Blocked if left > most => return Err(self.end(TlsAlert::TooLong(most))),
            _ => {}
        }
        if self.stage == Stage::Handshake && !self.conn.is_handshaking() {
            self.finish_handshake()?;
        }
        Ok(match driven.outcome {
            Outcome::Closed => {
                self.stage = Stage::Closed;
                Progress::Closed
            }
            Outcome::Full => Progress::Room,
            Outcome::Blocked | Outcome::Failed(_) => Progress::More,
        })
    }

    /// The handshake is over: who is there?
    fn finish_handshake(&mut self) -> Result<(), TlsAlert> {
        self.stage = Stage::Traffic;
        let shown = self.conn.peer_certificates().and_then(<[_]>::first);
        match shown.map(certificate_of) {
            Some(Some(certificate)) => self.certificate = Some(Arc::new(certificate)),
            Some(None) => {
                let error = rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding);
                return Err(self.end(TlsAlert::Refused(error)));
            }
            None => {}
        }
        Ok(())
    }

    fn end(&mut self, alert: TlsAlert) -> TlsAlert {
        self.stage = Stage::Ended;
        self.rest = Vec::new();
        self.waits_for_room = false;
        alert
    }

    /// Appends `plain`, encrypted in records of 16 KiB at most, to `to_send`.
    ///
    /// # Errors
    ///
    /// [`TlsAlert::NotReady`] before the handshake is finished, [`TlsAlert::Ended`] after the end, and in TLS 1.2 when the keys have
    /// encrypted as much as they may (2^24 records and more); then a `close_notify` is in `to_send`.
    pub fn send(&mut self, plain: &[u8], to_send: &mut Vec<u8>) -> Result<(), TlsAlert> {
        if plain.is_empty() {
            return Ok(());
        }
        let records = plain.len().div_ceil(1 << 14);
        let room = plain.len().saturating_add(records.saturating_mul(OVERHEAD));
        self.write(room, to_send, |traffic, room| traffic.encrypt(plain, room))
    }

    /// Appends a `close_notify` to `to_send`: nothing more is sent. During the handshake there is nothing to say.
    ///
    /// # Errors
    ///
    /// [`TlsAlert::Ended`] after the end.
    pub fn close(&mut self, to_send: &mut Vec<u8>) -> Result<(), TlsAlert> {
        let result = match self.stage {
            Stage::Handshake => Ok(()),
            _ => self.write(OVERHEAD + 2, to_send, |traffic, room| traffic.queue_close_notify(room)),
        };
        self.end(TlsAlert::Ended);
        result
    }

    /// Appends what `write` makes of the traffic state, which needs `room` bytes or says how many.
    fn write(
        &mut self,
        mut room: usize,
        to_send: &mut Vec<u8>,
        mut write: impl FnMut(
            &mut WriteTraffic<'_, rustls::server::ServerConnectionData>,
            &mut [u8],
        ) -> Result<usize, EncryptError>,
    ) -> Result<(), TlsAlert> {
        match self.stage {
            Stage::Handshake => return Err(TlsAlert::NotReady),
            Stage::Ended => return Err(TlsAlert::Ended),
            Stage::Traffic | Stage::Closed => {}
        }
        flush(&mut self.conn, to_send);
        // rustls remembers how far it has read into an unfinished handshake message, and looks there again: it has to
        // get that input again. Whole records that wait for room are not for it now, and none is unfinished then.
        let input: &mut [u8] = if self.waits_for_room { &mut [] } else { &mut self.rest };
        let start = to_send.len();
        loop {
            match self.conn.process_tls_records(input).state {
                Ok(ConnectionState::WriteTraffic(mut traffic)) => loop {
                    to_send.resize(start.saturating_add(room), 0);
                    match write(&mut traffic, to_send.get_mut(start..).unwrap_or_default()) {
                        Ok(written) => {
                            to_send.truncate(start.saturating_add(written));
                            return Ok(());
                        }
                        Err(EncryptError::InsufficientSize(size)) if size.required_size > room => {
                            room = size.required_size;
                        }
                        Err(_) => {
                            to_send.truncate(start);
                            break;
                        }
                    }
                },
                Ok(ConnectionState::TransmitTlsData(sent)) => {
                    sent.done();
                    continue;
                }
                Ok(ConnectionState::PeerClosed) => {
                    self.stage = Stage::Closed;
                    continue;
                }
                _ => {}
            }
            flush(&mut self.conn, to_send);
            return Err(self.end(TlsAlert::Ended));
        }
    }
}
