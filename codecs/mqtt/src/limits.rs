//! What a decoder is told about itself.

/// Who is decoding. A server accepts what clients send, a client what servers send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Decoding what clients send.
    Server,
    /// Decoding what a server sends.
    Client,
}

/// The bounds of one decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Bytes, fixed header included; what the Maximum Packet Size property counts. A longer packet is refused
    /// from its fixed header alone.
    pub max_packet_size: u32,
    /// Who is decoding.
    pub role: Role,
}

impl Limits {
    /// The most bytes a packet can have: five of fixed header and 268,435,455 that follow.
    pub const MAX_PACKET_SIZE: u32 = 268_435_460;

    /// For a server that takes packets of at most `max_packet_size` bytes.
    #[must_use]
    pub const fn server(max_packet_size: u32) -> Self {
        Self { max_packet_size, role: Role::Server }
    }

    /// For a client that takes packets of at most `max_packet_size` bytes.
    #[must_use]
    pub const fn client(max_packet_size: u32) -> Self {
        Self { max_packet_size, role: Role::Client }
    }
}
