//! What must be refused, and why: one line a rule, with the reason code that is owed.

use mqtt_codec::{Decoded, Limits, ReasonCode, Role, Version, decode};

use crate::hex;

/// A line of the table: what it is, who decodes it, on which connection, the bytes, the answer.
pub(crate) struct Refused {
    pub(crate) what: &'static str,
    pub(crate) role: Role,
    pub(crate) version: Option<Version>,
    pub(crate) line: &'static str,
    pub(crate) reason: ReasonCode,
    /// Part of the clause that is cited.
    pub(crate) clause: &'static str,
}

use ReasonCode as R;
use Role::{Client, Server};

const V3: Option<Version> = Some(Version::V3);
const V4: Option<Version> = Some(Version::V4);
const V5: Option<Version> = Some(Version::V5);

/// Makes the table shorter to read.
macro_rules! refused {
    ($($what:literal, $role:ident, $version:expr, $line:literal => $reason:ident, $clause:literal;)*) => {
        &[$(Refused {
            what: $what, role: $role, version: $version, line: $line, reason: R::$reason, clause: $clause,
        }),*]
    };
}

const FIXED_HEADER: &[Refused] = refused! {
    "type 0", Server, V4, "00 00" => MalformedPacket, "2.1.2";
    "type 0 before CONNECT", Server, None, "00 00" => MalformedPacket, "2.1.2";
    "PUBLISH before CONNECT", Server, None, "30 03 0001'a'" => ProtocolError, "3.1.0-1";
    "PINGREQ before CONNECT", Server, None, "C0 00" => ProtocolError, "3.1.0-1";
    "a client without a version", Client, None, "20 02 00 00" => ProtocolError, "3.1.0-1";
    "a second CONNECT", Server, V4, "10 0D 0004'MQTT' 04 02 003C 0001'c'" => ProtocolError, "3.1.0-2";
    "a second CONNECT, 5", Server, V5, "10 0D 0004'MQTT' 04 02 003C 0001'c'" => ProtocolError, "3.1.0-2";
    "CONNECT flags", Server, None, "11 0D 0004'MQTT' 04 02 003C 0001'c'" => MalformedPacket, "2.1.3-1";
    "CONNACK flags", Client, V4, "21 02 00 00" => MalformedPacket, "2.1.3-1";
    "PUBACK flags", Server, V4, "41 02 0001" => MalformedPacket, "2.1.3-1";
    "PUBREC flags", Server, V5, "52 02 0001" => MalformedPacket, "2.1.3-1";
    "PUBREL flags 0000", Server, V4, "60 02 0001" => MalformedPacket, "3.6.1-1";
    "PUBREL flags 0110", Server, V5, "66 02 0001" => MalformedPacket, "3.6.1-1";
    "PUBREL DUP in 3.1.1", Server, V4, "6A 02 0001" => MalformedPacket, "3.6.1-1";
    "PUBCOMP flags", Server, V4, "74 02 0001" => MalformedPacket, "2.1.3-1";
    "SUBSCRIBE flags", Server, V4, "80 06 0001 0001'a' 00" => MalformedPacket, "3.8.1-1";
    "SUBSCRIBE DUP in 5", Server, V5, "8A 07 0001 00 0001'a' 00" => MalformedPacket, "3.8.1-1";
    "SUBACK flags", Client, V4, "98 03 0001 00" => MalformedPacket, "2.1.3-1";
    "UNSUBSCRIBE flags", Server, V4, "A0 05 0001 0001'a'" => MalformedPacket, "3.10.1-1";
    "UNSUBACK flags", Client, V4, "B1 02 0001" => MalformedPacket, "2.1.3-1";
    "PINGREQ flags", Server, V4, "C1 00" => MalformedPacket, "2.1.3-1";
    "PINGRESP flags", Client, V5, "D8 00" => MalformedPacket, "2.1.3-1";
    "DISCONNECT flags", Server, V4, "E2 00" => MalformedPacket, "3.14.1-1";
    "AUTH flags", Server, V5, "F1 00" => MalformedPacket, "3.15.1-1";
    "AUTH in 3.1.1", Server, V4, "F0 00" => MalformedPacket, "2.2.1";
    "CONNACK to a server", Server, V4, "20 02 00 00" => ProtocolError, "2.1.2";
    "SUBACK to a server", Server, V5, "90 04 0001 00 00" => ProtocolError, "2.1.2";
    "UNSUBACK to a server", Server, V4, "B0 02 0001" => ProtocolError, "2.1.2";
    "PINGRESP to a server", Server, V4, "D0 00" => ProtocolError, "2.1.2";
    "SUBSCRIBE to a client", Client, V4, "82 06 0001 0001'a' 00" => ProtocolError, "2.1.2";
    "UNSUBSCRIBE to a client", Client, V4, "A2 05 0001 0001'a'" => ProtocolError, "2.1.2";
    "PINGREQ to a client", Client, V4, "C0 00" => ProtocolError, "2.1.2";
    "DISCONNECT to a 3.1.1 client", Client, V4, "E0 00" => ProtocolError, "2.1.2";
    "CONNECT to a client", Client, V4, "10 00" => ProtocolError, "3.1.0-2";
    "remaining length of five bytes", Server, V4, "30 FFFFFFFF" => MalformedPacket, "1.5.5";
    "remaining length of five bytes, CONNECT", Server, None, "10 80808080" => MalformedPacket, "1.5.5";
    "PUBACK with a reason in 3.1", Server, V3, "40 03" => MalformedPacket, "2.1.4";
    "SUBSCRIBE flag 0 in 3.1", Server, V3, "83 06 0001 0001'a' 00" => MalformedPacket, "3.8.1-1";
    "remaining length too long in 5", Server, V5, "C0 8000" => MalformedPacket, "1.5.5-1";
    "remaining length too long in a CONNECT of 5", Server, None, "10 8E00 0004'MQTT' 05 02" => MalformedPacket, "1.5.5-1";
    "PINGREQ with a body", Server, V4, "C0 01" => MalformedPacket, "2.1.4";
    "PINGRESP with a body", Client, V5, "D0 01" => MalformedPacket, "2.1.4";
    "DISCONNECT with a body in 3.1.1", Server, V4, "E0 01" => MalformedPacket, "2.1.4";
    "PUBACK of one byte", Server, V4, "40 01" => MalformedPacket, "2.1.4";
    "PUBACK with a reason in 3.1.1", Server, V4, "40 03" => MalformedPacket, "2.1.4";
    "CONNACK of three bytes in 3.1.1", Client, V4, "20 03" => MalformedPacket, "2.1.4";
    "above the maximum, from the fixed header", Server, V4, "30 FFFF7F" => PacketTooLarge, "3.2.2-15";
};

const CONNECT: &[Refused] = refused! {
    "a name of another length", Server, None, "10 0D 0005" => UnsupportedProtocolVersion, "3.1.2-1";
    "a name length out of all bounds", Server, None, "10 0D 47" => UnsupportedProtocolVersion, "3.1.2-1";
    "a wrong name, from its first letter", Server, None, "10 0D 0004'X'" => UnsupportedProtocolVersion, "3.1.2-1";
    "a name in lower case", Server, None, "10 0D 0004'mqtt'" => UnsupportedProtocolVersion, "3.1.2-1";
    "level 6", Server, None, "10 0D 0004'MQTT' 06" => UnsupportedProtocolVersion, "3.1.2-2";
    "level 3 under the new name", Server, None, "10 0D 0004'MQTT' 03" => UnsupportedProtocolVersion, "3.1.2-2";
    "level 4 under the old name", Server, None, "10 0F 0006'MQIsdp' 04" => UnsupportedProtocolVersion, "3.1.2-2";
    "a bridge's level", Server, None, "10 0D 0004'MQTT' 84" => UnsupportedProtocolVersion, "3.1.2-2";
    "reserved flag", Server, None, "10 0D 0004'MQTT' 04 03" => MalformedPacket, "3.1.2-3";
    "reserved flag, 5", Server, None, "10 0E 0004'MQTT' 05 03" => MalformedPacket, "3.1.2-3";
    "will QoS without will", Server, None, "10 0D 0004'MQTT' 04 0A" => MalformedPacket, "3.1.2-11";
    "will retain without will", Server, None, "10 0E 0004'MQTT' 05 22" => MalformedPacket, "3.1.2-13";
    "will QoS 3", Server, None, "10 0D 0004'MQTT' 04 1E" => MalformedPacket, "3.1.2-12";
    "will QoS 3, 3.1", Server, None, "10 0F 0006'MQIsdp' 03 1E" => MalformedPacket, "3.1.2-12";
    "password without user name, 3.1.1", Server, None, "10 0D 0004'MQTT' 04 42" => MalformedPacket, "MQTT3-3.1.2-22";
    "password without user name, 3.1", Server, None, "10 0F 0006'MQIsdp' 03 42" => MalformedPacket, "MQTT3-3.1.2-22";
    "shorter than a CONNECT can be", Server, None, "10 0B" => MalformedPacket, "2.1.4";
    "no body", Server, None, "10 00" => MalformedPacket, "2.1.4";
    "client id cut off", Server, None, "10 0D 0004'MQTT' 04 02 003C 0002'c'" => MalformedPacket, "4.13.1";
    "client id not UTF-8", Server, None, "10 0D 0004'MQTT' 04 02 003C 0001 FF" => MalformedPacket, "1.5.4-1";
    "client id with NUL", Server, None, "10 0D 0004'MQTT' 04 02 003C 0001 00" => MalformedPacket, "1.5.4-2";
    "empty client id, 3.1", Server, None, "10 0E 0006'MQIsdp' 03 02 003C 0000" => ClientIdentifierNotValid, "MQTT 3.1";
    "empty client id, kept session, 3.1.1", Server, None, "10 0C 0004'MQTT' 04 00 003C 0000" => ClientIdentifierNotValid, "MQTT3-3.1.3-8";
    "bytes behind the last field", Server, None, "10 0E 0004'MQTT' 04 02 003C 0001'c' 00" => MalformedPacket, "4.13.1";
    "will topic missing", Server, None, "10 0D 0004'MQTT' 04 06 003C 0001'c'" => MalformedPacket, "4.13.1";
    "will topic empty", Server, None, "10 11 0004'MQTT' 04 06 003C 0001'c' 0000 0000" => TopicNameInvalid, "4.7.3-1";
    "will topic with wildcard", Server, None, "10 12 0004'MQTT' 04 06 003C 0001'c' 0001'#' 0000" => TopicNameInvalid, "4.7.0-1";
    "user name missing, 3.1.1", Server, None, "10 0D 0004'MQTT' 04 82 003C 0001'c'" => MalformedPacket, "4.13.1";
    "user name not UTF-8", Server, None, "10 10 0004'MQTT' 04 82 003C 0001'c' 0001 C0" => MalformedPacket, "1.5.4-1";
    "password missing", Server, None, "10 10 0004'MQTT' 04 C2 003C 0001'c' 0001'u'" => MalformedPacket, "4.13.1";
    "property length missing", Server, None, "10 0C 0004'MQTT' 05 02 003C 8080" => MalformedPacket, "4.13.1";
    "properties cut off", Server, None, "10 0E 0004'MQTT' 05 02 003C 05 0001'c'" => MalformedPacket, "4.13.1";
    "property length too long a number", Server, None, "10 0F 0004'MQTT' 05 02 003C 8000 0001'c'" => MalformedPacket, "1.5.5-1";
    "property of PUBLISH", Server, None, "10 11 0004'MQTT' 05 02 003C 03 23 0001 0001'c'" => MalformedPacket, "2.2.2.2";
    "property of the will in CONNECT", Server, None, "10 13 0004'MQTT' 05 02 003C 05 18 00000001 0001'c'" => MalformedPacket, "2.2.2.2";
    "property of CONNECT in the will", Server, None, "10 18 0004'MQTT' 05 06 003C 00 0001'c' 05 11 00000001 0001'w' 0000" => MalformedPacket, "2.2.2.2";
    "session expiry twice", Server, None, "10 18 0004'MQTT' 05 02 003C 0A 11 00000001 11 00000001 0001'c'" => ProtocolError, "2.2.2.2";
    "receive maximum 0", Server, None, "10 11 0004'MQTT' 05 02 003C 03 21 0000 0001'c'" => ProtocolError, "3.1.2.11.3";
    "maximum packet size 0", Server, None, "10 13 0004'MQTT' 05 02 003C 05 27 00000000 0001'c'" => ProtocolError, "3.1.2.11.4";
    "request problem information 2", Server, None, "10 10 0004'MQTT' 05 02 003C 02 17 02 0001'c'" => ProtocolError, "3.1.2.11.7";
    "request response information 2", Server, None, "10 10 0004'MQTT' 05 02 003C 02 19 02 0001'c'" => ProtocolError, "3.1.2.11.6";
    "authentication data without method", Server, None, "10 12 0004'MQTT' 05 02 003C 04 16 0001 00 0001'c'" => ProtocolError, "3.1.2.11.10";
    "will payload format 2", Server, None, "10 15 0004'MQTT' 05 06 003C 00 0001'c' 02 01 02 0001'w' 0000" => ProtocolError, "3.3.2.3.2";
};

const PUBLISH: &[Refused] = refused! {
    "QoS 3", Server, V4, "36" => MalformedPacket, "3.3.1-4";
    "QoS 3, 5, to a client", Client, V5, "3E" => MalformedPacket, "3.3.1-4";
    "DUP with QoS 0", Server, V4, "38" => MalformedPacket, "3.3.1-2";
    "no topic at all", Server, V4, "30 00" => MalformedPacket, "4.13.1";
    "topic cut off", Server, V4, "30 03 0002'a'" => MalformedPacket, "4.13.1";
    "topic with #", Server, V4, "30 05 0003'a/#'" => TopicNameInvalid, "3.3.2-2";
    "topic with +", Server, V5, "30 06 0003'a/+' 00" => TopicNameInvalid, "3.3.2-2";
    "topic with NUL", Server, V4, "30 05 0003'a' 00 'b'" => MalformedPacket, "4.7.3-2";
    "topic not UTF-8", Server, V4, "30 04 0002 C328" => MalformedPacket, "1.5.4-1";
    "topic with a surrogate", Server, V5, "30 06 0003 EDA080 00" => MalformedPacket, "1.5.4-1";
    "topic with an overlong slash", Server, V5, "30 05 0002 C0AF 00" => MalformedPacket, "1.5.4-1";
    "long topic with wildcard", Server, V4, "30 66 0064 61..99 '+'" => TopicNameInvalid, "3.3.2-2";
    "long topic with NUL", Server, V4, "30 66 0064 61..99 00" => MalformedPacket, "4.7.3-2";
    "empty topic", Server, V4, "30 02 0000" => TopicNameInvalid, "MQTT3-4.7.3-1";
    "empty topic without alias, 5", Server, V5, "30 03 0000 00" => ProtocolError, "3.3.2.1";
    "packet identifier missing", Server, V4, "32 03 0001'a'" => MalformedPacket, "4.13.1";
    "packet identifier 0", Server, V4, "32 05 0001'a' 0000" => ProtocolError, "2.2.1-3";
    "packet identifier 0, QoS 2, 5", Client, V5, "34 06 0001'a' 0000 00" => ProtocolError, "2.2.1-4";
    "no property length", Server, V5, "30 03 0001'a'" => MalformedPacket, "4.13.1";
    "properties run over the end", Server, V5, "30 04 0001'a' 01" => MalformedPacket, "4.13.1";
    "a property cut off", Server, V5, "30 06 0001'a' 02 23 00" => MalformedPacket, "4.13.1";
    "alias 0", Server, V5, "30 07 0001'a' 03 23 0000" => TopicAliasInvalid, "3.3.2-8";
    "alias twice", Server, V5, "30 0A 0001'a' 06 23 0001 23 0001" => ProtocolError, "2.2.2.2";
    "payload format 2", Server, V5, "30 06 0001'a' 02 01 02" => ProtocolError, "3.3.2.3.2";
    "payload format twice", Server, V5, "30 08 0001'a' 04 01 01 01 01" => ProtocolError, "2.2.2.2";
    "expiry twice", Server, V5, "30 0E 0001'a' 0A 02 00000001 02 00000001" => ProtocolError, "2.2.2.2";
    "content type twice", Server, V5, "30 0C 0001'a' 08 03 0001'x' 03 0001'x'" => ProtocolError, "2.2.2.2";
    "content type not UTF-8", Server, V5, "30 08 0001'a' 04 03 0001 FF" => MalformedPacket, "1.5.4-1";
    "user property with NUL", Server, V5, "30 0B 0001'a' 07 26 0001'k' 0001 00" => MalformedPacket, "1.5.4-2";
    "user property without value", Server, V5, "30 08 0001'a' 04 26 0001'k'" => MalformedPacket, "4.13.1";
    "response topic with wildcard", Server, V5, "30 08 0001'a' 04 08 0001'#'" => TopicNameInvalid, "3.3.2-14";
    "response topic empty", Server, V5, "30 07 0001'a' 03 08 0000" => TopicNameInvalid, "4.7.3-1";
    "subscription identifier from a client", Server, V5, "30 06 0001'a' 02 0B 01" => ProtocolError, "3.3.4-6";
    "subscription identifier 0", Client, V5, "30 06 0001'a' 02 0B 00" => ProtocolError, "3.3.2.3.8";
    "subscription identifier too long a number", Client, V5, "30 07 0001'a' 03 0B 8100" => MalformedPacket, "1.5.5-1";
    "subscription identifier of five bytes", Client, V5, "30 0A 0001'a' 06 0B 8080808001" => MalformedPacket, "1.5.5";
    "property of CONNECT", Server, V5, "30 07 0001'a' 03 21 0001" => MalformedPacket, "2.2.2.2";
    "unknown property", Server, V5, "30 06 0001'a' 02 7F 00" => MalformedPacket, "2.2.2.2";
    "property 0", Server, V5, "30 06 0001'a' 02 00 00" => MalformedPacket, "2.2.2.2";
    "property identifier of two bytes", Server, V5, "30 06 0001'a' 02 8100" => MalformedPacket, "2.2.2.2";
};

const ACKS: &[Refused] = refused! {
    "PUBACK identifier 0", Server, V4, "40 02 0000" => ProtocolError, "2.2.1-3";
    "PUBREC identifier 0", Server, V5, "50 02 0000" => ProtocolError, "2.2.1-3";
    "PUBREL identifier 0", Server, V4, "62 02 0000" => ProtocolError, "2.2.1-3";
    "PUBCOMP identifier 0", Client, V5, "70 02 0000" => ProtocolError, "2.2.1-3";
    "PUBACK of one byte, 5", Server, V5, "40 01 00" => MalformedPacket, "4.13.1";
    "PUBACK reason unknown", Server, V5, "40 03 0001 7F" => ProtocolError, "3.4.2-1";
    "PUBACK reason of another packet", Server, V5, "40 03 0001 92" => ProtocolError, "3.4.2-1";
    "PUBACK no subscribers from a client", Server, V5, "40 03 0001 10" => ProtocolError, "3.4.2-1";
    "PUBREC reason of another packet", Server, V5, "50 03 0001 8F" => ProtocolError, "3.5.2-1";
    "PUBREL reason of another packet", Server, V5, "62 03 0001 10" => ProtocolError, "3.6.2-1";
    "PUBCOMP reason of another packet", Server, V5, "70 03 0001 80" => ProtocolError, "3.7.2-1";
    "PUBACK foreign property", Server, V5, "40 09 0001 00 05 02 00000001" => MalformedPacket, "2.2.2.2";
    "PUBACK reason string twice", Server, V5, "40 0C 0001 00 08 1F 0001'a' 1F 0001'b'" => ProtocolError, "2.2.2.2";
    "PUBACK trailing bytes", Server, V5, "40 05 0001 00 00 00" => MalformedPacket, "4.13.1";
    "UNSUBACK identifier 0", Client, V4, "B0 02 0000" => ProtocolError, "2.2.1-3";
    "UNSUBACK without codes, 5", Client, V5, "B0 03 0001 00" => ProtocolError, "3.11.3-2";
    "UNSUBACK code of SUBACK", Client, V5, "B0 04 0001 00 01" => ProtocolError, "3.11.3-2";
    "SUBACK identifier 0", Client, V4, "90 03 0000 00" => ProtocolError, "2.2.1-3";
    "SUBACK without codes", Client, V4, "90 02 0001" => ProtocolError, "3.9.3-2";
    "SUBACK code 3", Client, V4, "90 03 0001 03" => ProtocolError, "MQTT3-3.9.3-2";
    "SUBACK code of 5 in 3.1.1", Client, V4, "90 03 0001 87" => ProtocolError, "MQTT3-3.9.3-2";
    "SUBACK code of UNSUBACK", Client, V5, "90 04 0001 00 11" => ProtocolError, "3.9.3-2";
    "CONNACK reserved flag", Client, V4, "20 02 02 00" => MalformedPacket, "3.2.2-1";
    "CONNACK reserved flag, 5", Client, V5, "20 03 80 00 00" => MalformedPacket, "3.2.2-1";
    "CONNACK code 6 in 3.1.1", Client, V4, "20 02 00 06" => ProtocolError, "3.2.2-8";
    "CONNACK code of DISCONNECT", Client, V5, "20 03 00 8E 00" => ProtocolError, "3.2.2-8";
    "CONNACK refuses with a session", Client, V4, "20 02 01 05" => ProtocolError, "MQTT3-3.2.2-4";
    "CONNACK refuses with a session, 5", Client, V5, "20 03 01 87 00" => ProtocolError, "3.2.2-6";
    "CONNACK maximum QoS 2", Client, V5, "20 05 00 00 02 24 02" => ProtocolError, "3.2.2.3";
    "CONNACK receive maximum 0", Client, V5, "20 06 00 00 03 21 0000" => ProtocolError, "3.1.2.11.3";
    "CONNACK without properties, 5", Client, V5, "20 02 00 00" => MalformedPacket, "4.13.1";
    "CONNACK trailing byte, 5", Client, V5, "20 04 00 00 00 00" => MalformedPacket, "4.13.1";
};

const SUBSCRIPTIONS: &[Refused] = refused! {
    "SUBSCRIBE identifier 0", Server, V4, "82 06 0000 0001'a' 00" => ProtocolError, "2.2.1-3";
    "SUBSCRIBE without filters", Server, V4, "82 02 0001" => ProtocolError, "3.8.3-2";
    "SUBSCRIBE without filters, 5", Server, V5, "82 03 0001 00" => ProtocolError, "3.8.3-2";
    "SUBSCRIBE without options", Server, V4, "82 05 0001 0001'a'" => MalformedPacket, "4.13.1";
    "SUBSCRIBE QoS 3", Server, V4, "82 06 0001 0001'a' 03" => ProtocolError, "MQTT3-3.8.3-4";
    "SUBSCRIBE QoS 3, 5", Server, V5, "82 07 0001 00 0001'a' 03" => ProtocolError, "3.8.3.1";
    "SUBSCRIBE options of 5 in 3.1.1", Server, V4, "82 06 0001 0001'a' 04" => MalformedPacket, "MQTT3-3.8.3-4";
    "SUBSCRIBE reserved options", Server, V5, "82 07 0001 00 0001'a' 40" => MalformedPacket, "3.8.3-5";
    "SUBSCRIBE retain handling 3", Server, V5, "82 07 0001 00 0001'a' 30" => ProtocolError, "3.8.3.1";
    "SUBSCRIBE no local and shared", Server, V5, "82 10 0001 00 000A'$share/g/t' 04" => ProtocolError, "3.8.3-4";
    "SUBSCRIBE empty filter", Server, V4, "82 05 0001 0000 00" => TopicFilterInvalid, "4.7.3-1";
    "SUBSCRIBE # in the middle", Server, V4, "82 0A 0001 0005'a/#/b' 00" => TopicFilterInvalid, "4.7.1-1";
    "SUBSCRIBE a/b#", Server, V4, "82 09 0001 0004'a/b#' 00" => TopicFilterInvalid, "4.7.1-1";
    "SUBSCRIBE ab#", Server, V4, "82 08 0001 0003'ab#' 00" => TopicFilterInvalid, "4.7.1-1";
    "SUBSCRIBE a/+b", Server, V5, "82 0A 0001 00 0004'a/+b' 00" => TopicFilterInvalid, "4.7.1-2";
    "SUBSCRIBE a+/b", Server, V4, "82 09 0001 0004'a+/b' 00" => TopicFilterInvalid, "4.7.1-2";
    "SUBSCRIBE filter with NUL", Server, V4, "82 07 0001 0002'a' 00 00" => MalformedPacket, "1.5.4-2";
    "SUBSCRIBE filter not UTF-8", Server, V4, "82 06 0001 0001 80 00" => MalformedPacket, "1.5.4-1";
    "SUBSCRIBE shared without a name", Server, V5, "82 0F 0001 00 0009'$share//t' 00" => TopicFilterInvalid, "4.8.2-1";
    "SUBSCRIBE shared without a filter", Server, V5, "82 0E 0001 00 0008'$share/g' 00" => TopicFilterInvalid, "4.8.2-2";
    "SUBSCRIBE shared with an empty filter", Server, V5, "82 0F 0001 00 0009'$share/g/' 00" => TopicFilterInvalid, "4.7.3-1";
    "SUBSCRIBE shared by a wildcard", Server, V5, "82 10 0001 00 000A'$share/+/t' 00" => TopicFilterInvalid, "4.8.2-2";
    "SUBSCRIBE second filter bad", Server, V4, "82 0B 0001 0001'a' 00 0002'b#' 00" => TopicFilterInvalid, "4.7.1-1";
    "SUBSCRIBE identifier property 0", Server, V5, "82 09 0001 02 0B 00 0001'a' 00" => ProtocolError, "3.8.2.1.2";
    "SUBSCRIBE identifier property twice", Server, V5, "82 0B 0001 04 0B 01 0B 02 0001'a' 00" => ProtocolError, "2.2.2.2";
    "UNSUBSCRIBE identifier 0", Server, V4, "A2 05 0000 0001'a'" => ProtocolError, "2.2.1-3";
    "UNSUBSCRIBE without filters", Server, V4, "A2 02 0001" => ProtocolError, "3.10.3-2";
    "UNSUBSCRIBE without filters, 5", Server, V5, "A2 03 0001 00" => ProtocolError, "3.10.3-2";
    "UNSUBSCRIBE filter cut off", Server, V4, "A2 05 0001 0002'a'" => MalformedPacket, "4.13.1";
    "UNSUBSCRIBE bad filter", Server, V4, "A2 07 0001 0003'#/a'" => TopicFilterInvalid, "4.7.1-1";
    "UNSUBSCRIBE shared without a filter", Server, V5, "A2 0D 0001 00 0008'$share/g'" => TopicFilterInvalid, "4.8.2-2";
    "UNSUBSCRIBE filter not UTF-8", Server, V4, "A2 05 0001 0001 FE" => MalformedPacket, "1.5.4-1";
};

const ENDINGS: &[Refused] = refused! {
    "DISCONNECT reason of a server", Server, V5, "E0 01 8E" => ProtocolError, "3.14.2-1";
    "DISCONNECT reason unknown", Server, V5, "E0 01 05" => ProtocolError, "3.14.2-1";
    "DISCONNECT reason of a client", Client, V5, "E0 01 04" => ProtocolError, "3.14.2-1";
    "DISCONNECT normal from a server", Client, V5, "E0 00" => ProtocolError, "3.14.2-1";
    "DISCONNECT session expiry from a server", Client, V5, "E0 07 8B 05 11 00000001" => ProtocolError, "3.14.2-2";
    "DISCONNECT foreign property", Server, V5, "E0 05 00 03 21 0001" => MalformedPacket, "2.2.2.2";
    "DISCONNECT session expiry twice", Server, V5, "E0 0C 00 0A 11 00000001 11 00000001" => ProtocolError, "2.2.2.2";
    "DISCONNECT trailing bytes", Server, V5, "E0 03 00 00 00" => MalformedPacket, "4.13.1";
    "AUTH success from a client", Server, V5, "F0 00" => ProtocolError, "3.15.2-1";
    "AUTH again from a server", Client, V5, "F0 06 19 04 15 0001'm'" => ProtocolError, "3.15.2-1";
    "AUTH reason of another packet", Server, V5, "F0 06 87 04 15 0001'm'" => ProtocolError, "3.15.2-1";
    "AUTH without properties", Server, V5, "F0 01 18" => MalformedPacket, "4.13.1";
    "AUTH without a method", Server, V5, "F0 02 18 00" => ProtocolError, "4.12.0-5";
    "AUTH with data and no method", Server, V5, "F0 06 18 04 16 0001 00" => ProtocolError, "3.1.2.11.10";
    "AUTH method twice", Server, V5, "F0 0A 18 08 15 0001'm' 15 0001'm'" => ProtocolError, "2.2.2.2";
    "AUTH trailing bytes", Server, V5, "F0 07 18 04 15 0001'm' 00" => MalformedPacket, "4.13.1";
};

/// Every line.
pub(crate) fn refused() -> impl Iterator<Item = &'static Refused> {
    [FIXED_HEADER, CONNECT, PUBLISH, ACKS, SUBSCRIPTIONS, ENDINGS].into_iter().flatten()
}

#[test]
fn refuses_each_for_its_reason() {
    let mut wrong = Vec::new();
    for case in refused() {
        let limits = Limits { max_packet_size: 100_000, role: case.role };
        match decode(&hex::bytes(case.line), &limits, case.version) {
            Err(error) if error.reason() == case.reason && error.clause().contains(case.clause) => {}
            other => wrong.push(format!("{}: {other:?}", case.what)),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The lines end where the fault can be known: one byte less is not refused yet, unless the packet is whole.
#[test]
fn no_prefix_is_taken_for_a_packet() {
    for case in refused() {
        let bytes = hex::bytes(case.line);
        let limits = Limits { max_packet_size: 100_000, role: case.role };
        for cut in 0..bytes.len() {
            let decoded = decode(&bytes[..cut], &limits, case.version);
            assert!(!matches!(decoded, Ok(Decoded::Packet { .. })), "{} at {cut}: {decoded:?}", case.what);
        }
    }
}
