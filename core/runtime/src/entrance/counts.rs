//! What a listener has seen.

use std::sync::atomic::{AtomicU64, Ordering};

/// Why a peer was turned away before its gateway heard of it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[repr(u8)]
pub enum TurnedAway {
    /// The listener is closing.
    #[error("the listener is closing")]
    Closing,
    /// The listener has its `max_connections`.
    #[error("the listener has its maximum of connections")]
    ListenerFull,
    /// The broker has its maximum of connections.
    #[error("the broker has its maximum of connections")]
    BrokerFull,
    /// Its address has the listener's `max_connections_per_address`.
    #[error("its address has its maximum of connections")]
    AddressFull,
    /// Its address is in `deny`, or not in `allow`.
    #[error("its address is not let in by the listener's allow and deny")]
    Address,
    /// The broker refused its address: a ban, too many failed logins, too many connections in too short a time.
    #[error("the broker does not let its address in")]
    Barred,
    /// No descriptor is left.
    #[error("no descriptor is left; raise the limit of open files")]
    NoDescriptor,
    /// The listener wants a PROXY header, and the peer is none of its `trusted_proxies`.
    #[error("it is not one of the listener's trusted proxies")]
    NotTrusted,
    /// What should have been a PROXY header was none.
    #[error("its PROXY header is malformed")]
    Proxy,
    /// The TLS handshake failed.
    #[error("its TLS handshake failed")]
    Tls,
    /// The WebSocket handshake failed.
    #[error("its WebSocket handshake failed")]
    WebSocket,
    /// PROXY header and handshakes took longer than `handshake_timeout`.
    #[error("its handshake took too long")]
    TooSlow,
    /// It left before its handshakes were done.
    #[error("it left during its handshake")]
    Left,
    /// What it sent in its handshakes is more than is taken.
    #[error("its handshake is too long")]
    TooLong,
    /// All who are in their handshakes keep as much as they may together.
    #[error("all unfinished handshakes together keep too many bytes")]
    NoRoom,
}

impl TurnedAway {
    /// Every reason, with its name in metrics.
    pub const ALL: [(Self, &'static str); 15] = [
        (Self::Closing, "closing"),
        (Self::ListenerFull, "listener_full"),
        (Self::BrokerFull, "broker_full"),
        (Self::AddressFull, "address_full"),
        (Self::Address, "address"),
        (Self::Barred, "barred"),
        (Self::NoDescriptor, "no_descriptor"),
        (Self::NotTrusted, "not_trusted"),
        (Self::Proxy, "proxy_header"),
        (Self::Tls, "tls"),
        (Self::WebSocket, "websocket"),
        (Self::TooSlow, "too_slow"),
        (Self::Left, "left"),
        (Self::TooLong, "too_long"),
        (Self::NoRoom, "no_room"),
    ];

    const fn index(self) -> usize {
        self as usize
    }
}

/// What a listener has seen since it opened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ListenerCounts {
    /// Connections accepted, even if turned away later, in their handshake.
    pub accepted: u64,
    /// Connections closed at once or in their handshake.
    pub refused: u64,
    /// Accepted connections that have ended.
    pub closed: u64,
    /// Bytes read from peers, as they are without TLS and WebSocket.
    pub bytes_in: u64,
    /// Bytes written to peers, likewise.
    pub bytes_out: u64,
    reasons: [u64; TurnedAway::ALL.len()],
}

impl ListenerCounts {
    /// Connections open now.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.accepted.saturating_sub(self.closed)
    }

    /// Of [`ListenerCounts::refused`], those with this reason.
    #[must_use]
    pub fn turned_away(&self, why: TurnedAway) -> u64 {
        self.reasons.get(why.index()).copied().unwrap_or_default()
    }
}

/// One worker's traffic through one listener; on a cache line pair of its own, as only that worker writes it.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Flow {
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
}

/// The counters of one listener.
#[derive(Debug)]
pub(super) struct Counters {
    pub(super) accepted: AtomicU64,
    pub(super) closed: AtomicU64,
    refused: [AtomicU64; TurnedAway::ALL.len()],
    flows: Box<[Flow]>,
}

impl Counters {
    pub(super) fn new(workers: u16) -> Self {
        Self {
            accepted: AtomicU64::new(0),
            closed: AtomicU64::new(0),
            refused: Default::default(),
            flows: (0..workers).map(|_| Flow::default()).collect(),
        }
    }

    pub(super) fn refuse(&self, why: TurnedAway) {
        if let Some(count) = self.refused.get(why.index()) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn bytes(&self, worker: u16, read: u64, written: u64) {
        if let Some(flow) = self.flows.get(usize::from(worker)) {
            flow.bytes_in.fetch_add(read, Ordering::Relaxed);
            flow.bytes_out.fetch_add(written, Ordering::Relaxed);
        }
    }

    pub(super) fn open(&self) -> u64 {
        let closed = self.closed.load(Ordering::Acquire);
        self.accepted.load(Ordering::Acquire).saturating_sub(closed)
    }

    pub(super) fn read(&self) -> ListenerCounts {
        let closed = self.closed.load(Ordering::Acquire);
        let mut reasons = [0; TurnedAway::ALL.len()];
        for (to, from) in reasons.iter_mut().zip(&self.refused) {
            *to = from.load(Ordering::Relaxed);
        }
        ListenerCounts {
            closed,
            accepted: self.accepted.load(Ordering::Acquire),
            refused: reasons.iter().sum(),
            bytes_in: self.flows.iter().map(|flow| flow.bytes_in.load(Ordering::Relaxed)).sum(),
            bytes_out: self.flows.iter().map(|flow| flow.bytes_out.load(Ordering::Relaxed)).sum(),
            reasons,
        }
    }
}
