//! PINGREQ, PINGRESP, DISCONNECT and AUTH.

use mqtt_codec::{Auth, Disconnect, Packet, Properties, PropertySet, ReasonCode, Role, Version};

use super::{Vector, properties, vector};

use Role::{Client, Server};
use Version::{V3, V4, V5};

pub(super) fn vectors() -> Vec<Vector> {
    let success = Packet::Disconnect(Disconnect::new(ReasonCode::Success));
    let mut list = Vec::new();
    for version in [V3, V4, V5] {
        list.push(vector("pingreq", version, Server, "C0 00", Packet::PingReq));
        list.push(vector("pingresp", version, Client, "D0 00", Packet::PingResp));
        list.push(vector("disconnect", version, Server, "E0 00", success));
    }
    let method = "15 0001'm' 16 0002 0102 1F 0002'go' 26 0001'k' 0001'v'";
    let auth = |reason| Packet::Auth(Auth { reason, properties: properties(PropertySet::Auth, method) });
    let auth_line = |code: &str| format!("F0 17 {code} 15 {method}");
    list.extend([
        vector("disconnect-5-reason-of-success", V5, Server, "E0 01 00", success).not_canonical(),
        vector("disconnect-5-all-empty", V5, Server, "E0 02 00 00", success).not_canonical(),
        vector(
            "disconnect-5-with-will",
            V5,
            Server,
            "E0 01 04",
            Packet::Disconnect(Disconnect::new(ReasonCode::DisconnectWithWill)),
        ),
        vector(
            "disconnect-5-bad-authentication-method",
            V5,
            Client,
            "E0 01 8C",
            Packet::Disconnect(Disconnect::new(ReasonCode::BadAuthenticationMethod)),
        ),
        vector(
            "disconnect-5-session-expiry",
            V5,
            Server,
            "E0 07 00 05 11 0000000A",
            Packet::Disconnect(Disconnect {
                reason: ReasonCode::Success,
                properties: properties(PropertySet::Disconnect, "11 0000000A"),
            }),
        ),
        vector(
            "disconnect-5-from-server",
            V5,
            Client,
            "E0 13 9C 11 1C 0002's1' 1F 0002'go' 26 0001'k' 0001'v'",
            Packet::Disconnect(Disconnect {
                reason: ReasonCode::UseAnotherServer,
                properties: properties(PropertySet::Disconnect, "1C 0002's1' 1F 0002'go' 26 0001'k' 0001'v'"),
            }),
        ),
        vector("auth-continue", V5, Server, &auth_line("18"), auth(ReasonCode::ContinueAuthentication)),
        vector("auth-again", V5, Server, &auth_line("19"), auth(ReasonCode::ReAuthenticate)),
        vector("auth-success", V5, Client, &auth_line("00"), auth(ReasonCode::Success)),
        vector(
            "auth-success-empty",
            V5,
            Client,
            "F0 00",
            Packet::Auth(Auth { reason: ReasonCode::Success, properties: Properties::EMPTY }),
        ),
    ]);
    list
}
