//! Every byte as a reason code in every packet that has one, for both receivers, against the specification's
//! tables.

use mqtt_codec::{Decoded, Limits, Role, Version, decode};

/// A packet around a reason code: what stands before and behind it, and which codes a server and a client take.
struct Table {
    packet: &'static str,
    version: Version,
    before: &'static [u8],
    behind: &'static [u8],
    to_server: &'static [u8],
    to_client: &'static [u8],
}

const PUBLISH_FAILURES: &[u8] = &[0x00, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
const PUBLISH_TO_CLIENT: &[u8] = &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
const METHOD: &[u8] = &[4, 0x15, 0, 1, b'm'];

const TABLES: &[Table] = &[
    Table {
        packet: "CONNACK 3.1.1",
        version: Version::V4,
        before: &[0x20, 2, 0],
        behind: &[],
        to_server: &[],
        to_client: &[0, 1, 2, 3, 4, 5],
    },
    Table {
        packet: "CONNACK",
        version: Version::V5,
        before: &[0x20, 3, 0],
        behind: &[0],
        to_server: &[],
        to_client: &[
            0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97,
            0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
        ],
    },
    Table {
        packet: "PUBACK",
        version: Version::V5,
        before: &[0x40, 3, 0, 1],
        behind: &[],
        to_server: PUBLISH_FAILURES,
        to_client: PUBLISH_TO_CLIENT,
    },
    Table {
        packet: "PUBREC",
        version: Version::V5,
        before: &[0x50, 3, 0, 1],
        behind: &[],
        to_server: PUBLISH_FAILURES,
        to_client: PUBLISH_TO_CLIENT,
    },
    Table {
        packet: "PUBREL",
        version: Version::V5,
        before: &[0x62, 3, 0, 1],
        behind: &[],
        to_server: &[0x00, 0x92],
        to_client: &[0x00, 0x92],
    },
    Table {
        packet: "PUBCOMP",
        version: Version::V5,
        before: &[0x70, 3, 0, 1],
        behind: &[],
        to_server: &[0x00, 0x92],
        to_client: &[0x00, 0x92],
    },
    Table {
        packet: "SUBACK 3.1.1",
        version: Version::V4,
        before: &[0x90, 3, 0, 1],
        behind: &[],
        to_server: &[],
        to_client: &[0x00, 0x01, 0x02, 0x80],
    },
    Table {
        packet: "SUBACK",
        version: Version::V5,
        before: &[0x90, 4, 0, 1, 0],
        behind: &[],
        to_server: &[],
        to_client: &[0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2],
    },
    Table {
        packet: "UNSUBACK",
        version: Version::V5,
        before: &[0xB0, 4, 0, 1, 0],
        behind: &[],
        to_server: &[],
        to_client: &[0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91],
    },
    Table {
        packet: "DISCONNECT",
        version: Version::V5,
        before: &[0xE0, 1],
        behind: &[],
        to_server: &[
            0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x8C, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
        ],
        to_client: &[
            0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96,
            0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
        ],
    },
    Table {
        packet: "AUTH",
        version: Version::V5,
        before: &[0xF0, 6],
        behind: METHOD,
        to_server: &[0x18, 0x19],
        to_client: &[0x00, 0x18],
    },
];

#[test]
fn each_packet_takes_its_codes_and_no_others() {
    for table in TABLES {
        for (role, expected) in [(Role::Server, table.to_server), (Role::Client, table.to_client)] {
            let limits = Limits { max_packet_size: 100, role };
            let taken: Vec<u8> = (0..=255)
                .filter(|code| {
                    let bytes = [table.before, &[*code], table.behind].concat();
                    matches!(decode(&bytes, &limits, Some(table.version)), Ok(Decoded::Packet { len, .. }) if len == bytes.len())
                })
                .collect();
            assert_eq!(taken, expected, "{} to {role:?}", table.packet);
        }
    }
}
