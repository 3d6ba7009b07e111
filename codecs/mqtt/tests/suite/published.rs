//! Two published codecs behind one face: bytes in, and what they made of them out again as bytes.

use bytes::BytesMut;
use mqtt_codec::Version;
use tokio_util::codec::{Decoder, Encoder};

/// Which codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Codec {
    /// rmqtt-codec 0.3.1: 3.1, 3.1.1 and 5.
    Rmqtt,
    /// mqttbytes 0.6.0, from which rumqttc's codec comes: 3.1.1, and 5 without AUTH.
    Mqttbytes,
}

/// What a codec made of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It waits for more, or refuses.
    NotTaken,
    /// It took a packet and wrote it again.
    Taken(Vec<u8>),
    /// It took a packet that it cannot write.
    TakenOnly,
}

impl Codec {
    pub(crate) const ALL: [Self; 2] = [Self::Rmqtt, Self::Mqttbytes];

    /// Whether it knows this version and type at all.
    pub(crate) fn knows(self, version: Version, bytes: &[u8]) -> bool {
        match self {
            Self::Rmqtt => true,
            Self::Mqttbytes => {
                version != Version::V3 && bytes.first().is_none_or(|first| !matches!(first >> 4, 0 | 15))
            }
        }
    }

    /// Lets it read one packet and write it.
    pub(crate) fn judge(self, version: Version, bytes: &[u8]) -> Verdict {
        let bytes = BytesMut::from(bytes);
        let (taken, written) = match (self, version) {
            (Self::Rmqtt, Version::V5) => rmqtt(rmqtt_codec::v5::Codec::new(0, 0), bytes),
            (Self::Rmqtt, _) => rmqtt(rmqtt_codec::v3::Codec::new(0), bytes),
            (Self::Mqttbytes, Version::V5) => mqttbytes_v5(bytes),
            (Self::Mqttbytes, _) => mqttbytes_v4(bytes),
        };
        match (taken, written) {
            (false, _) => Verdict::NotTaken,
            (true, Some(bytes)) => Verdict::Taken(bytes.to_vec()),
            (true, None) => Verdict::TakenOnly,
        }
    }
}

fn rmqtt<C, P>(mut codec: C, mut bytes: BytesMut) -> (bool, Option<BytesMut>)
where
    C: Decoder<Item = (P, u32)> + Encoder<P>,
{
    let Ok(Some((packet, _))) = codec.decode(&mut bytes) else {
        return (false, None);
    };
    let mut out = BytesMut::new();
    let written = codec.encode(packet, &mut out).is_ok();
    (true, written.then_some(out))
}

/// Reads with one module of mqttbytes and writes each packet with its own method.
macro_rules! read_and_write {
    ($module:ident, $bytes:ident, $($plain:pat => $written:expr),*) => {{
        use mqttbytes::$module::Packet as P;
        let mut bytes = $bytes;
        let Ok(packet) = mqttbytes::$module::read(&mut bytes, 1 << 28) else {
            return (false, None);
        };
        let mut out = BytesMut::new();
        let written = match packet {
            P::Connect(packet) => packet.write(&mut out),
            P::ConnAck(packet) => packet.write(&mut out),
            P::Publish(packet) => packet.write(&mut out),
            P::PubAck(packet) => packet.write(&mut out),
            P::PubRec(packet) => packet.write(&mut out),
            P::PubRel(packet) => packet.write(&mut out),
            P::PubComp(packet) => packet.write(&mut out),
            P::Subscribe(packet) => packet.write(&mut out),
            P::SubAck(packet) => packet.write(&mut out),
            P::Unsubscribe(packet) => packet.write(&mut out),
            P::UnsubAck(packet) => packet.write(&mut out),
            P::PingReq => mqttbytes::$module::PingReq.write(&mut out),
            P::PingResp => mqttbytes::$module::PingResp.write(&mut out),
            $($plain => $written(&mut out),)*
        };
        (true, written.is_ok().then_some(out))
    }};
}

fn mqttbytes_v4(bytes: BytesMut) -> (bool, Option<BytesMut>) {
    read_and_write!(v4, bytes, P::Disconnect => |out: &mut BytesMut| mqttbytes::v4::Disconnect.write(out))
}

fn mqttbytes_v5(bytes: BytesMut) -> (bool, Option<BytesMut>) {
    read_and_write!(v5, bytes, P::Disconnect(packet) => |out: &mut BytesMut| packet.write(out))
}
