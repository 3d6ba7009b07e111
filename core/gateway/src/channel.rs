//! One peer's state machine.

use std::error::Error;
use std::time::Instant;

use tidegate_broker::{Reply, RequestId};
use tidegate_types::{CloseReason, Moment};

use crate::{Door, Outbox};

/// What a channel may use while something happens to it.
#[derive(Debug)]
pub struct Context<'a> {
    /// The time of this turn.
    pub now: Moment,
    /// The kernel.
    pub door: Door<'a>,
    /// What to send.
    pub out: &'a mut Outbox,
}

/// A peer broke its protocol. The channel turns it into the protocol's last word, if it has one.
pub trait WireError: Error {
    /// The clause that was broken, by the name its specification gives it.
    fn section(&self) -> &'static str;
}

/// What the next bytes are.
#[derive(Debug)]
pub enum Decoded<P> {
    /// A whole packet, and how many bytes it took.
    Packet(P, usize),
    /// Not whole yet: nothing new can be said before there are this many bytes.
    NeedMore(usize),
}

/// One peer's protocol: packets in, verbs and bytes out.
///
/// Methods are called one at a time, in the order things happened. `handle_*` says what happened; `pull` asks the
/// channel to send what its session holds; after any of them the driver writes the outbox.
pub trait Channel: Send {
    /// A packet, borrowed from the read buffer.
    type Packet<'a>;
    /// What the codec says of bytes that are no packet.
    type Error: WireError;

    /// Decodes the packet at the start of `bytes`. Called again with more bytes after [`Decoded::NeedMore`].
    ///
    /// # Errors
    /// When no continuation of `bytes` could be a packet here; the peer is then told and closed.
    fn decode<'a>(&self, bytes: &'a [u8]) -> Result<Decoded<Self::Packet<'a>>, Self::Error>;

    /// A packet came.
    fn handle_packet(&mut self, cx: &mut Context<'_>, packet: Self::Packet<'_>);

    /// Of a packet that is not whole yet `bytes` more came: the peer is not silent, but has said nothing yet. A channel
    /// that counts this as a sign of life bounds it, or one byte now and then would hold a connection for ever.
    fn handle_progress(&mut self, _now: Moment, _bytes: usize) {}

    /// Bytes came that are no packet. Nothing more is decoded after this.
    fn handle_malformed(&mut self, cx: &mut Context<'_>, error: &Self::Error);

    /// A late answer came, in the order of the questions; but the answer to a request ([`Reply::Responded`]) comes
    /// when it comes, and perhaps after the session it was asked for.
    fn handle_reply(&mut self, cx: &mut Context<'_>, id: RequestId, reply: Reply);

    /// The session has something, or the outbox has room again: send while there is credit and room.
    fn pull(&mut self, cx: &mut Context<'_>);

    /// A deadline given by [`Channel::poll_timeout`] has passed.
    fn handle_timeout(&mut self, cx: &mut Context<'_>);

    /// The connection ends, and why. The channel may write a last word unless the peer is gone, and leaves its
    /// session.
    fn handle_close(&mut self, cx: &mut Context<'_>, why: CloseReason);

    /// Whether the peer is to be closed once the outbox is written: the channel has said its last word.
    fn is_finished(&self) -> bool;

    /// When the channel wants [`Channel::handle_timeout`] next.
    fn poll_timeout(&self) -> Option<Instant>;
}
