//! Session tickets: what lets a client come back without a full handshake.

use std::sync::Arc;

use rustls::crypto::GetRandomFailed;
use rustls::crypto::ring::Ticketer;
use rustls::server::ProducesTickets;
use rustls::ticketer::TicketRotator;
use tidegate_config::Duration;

/// Makes and reads tickets that are good for `lifetime`, twelve hours at most: keys are made anew after half of it, and
/// the one before is kept for as long again.
pub(crate) fn new(lifetime: Duration) -> Result<Arc<dyn ProducesTickets>, rustls::Error> {
    let half = (lifetime.as_secs_u32() / 2).max(1);
    Ok(Arc::new(TicketRotator::new(half, key)?))
}

/// A ticket key. rustls' own, which would change after six hours: never within the half of twelve.
fn key() -> Result<Box<dyn ProducesTickets>, GetRandomFailed> {
    let inner = Ticketer::new().map_err(|_| GetRandomFailed)?;
    Ok(Box::new(Key(inner)))
}

#[derive(Debug)]
struct Key(Arc<dyn ProducesTickets>);

impl ProducesTickets for Key {
    fn enabled(&self) -> bool {
        self.0.enabled()
    }

    fn lifetime(&self) -> u32 {
        self.0.lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.0.encrypt(plain)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        self.0.decrypt(cipher)
    }
}
