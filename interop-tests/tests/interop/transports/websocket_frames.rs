//! WebSocket as such, with `ws`, a client that lets one send what one likes: the scenarios of
//! `clients/node/websocket.js`.

use tidegate_interop_tests::broker::Settings;
use tidegate_interop_tests::peers::{need, node};

use super::tidegate;
use crate::interop::stage::Program;

fn scenario(name: &str, settings: &Settings) {
    let Some(node) = need(node::mqttjs()) else { return };
    let Some(broker) = tidegate(settings) else { return };
    let mut command = node.script("websocket.js");
    command.arg(name).arg(broker.listener("ws").unwrap().port().to_string());
    Program::spawn(command).finish();
}

macro_rules! scenarios {
    ($($name:ident: $script:literal $(, $key:literal = $value:literal)*;)*) => {
        $(#[test]
        fn $name() {
            scenario($script, &Settings::default()$(.with(concat!("mqtt.listeners.ws.", $key), $value))*);
        })*
    };
}

scenarios! {
    a_wrong_path_is_not_found: "wrongPath";
    who_asks_for_no_sub_protocol_is_refused: "noProtocol";
    who_asks_for_no_sub_protocol_may_come: "noProtocolNeeded", "websocket.require_subprotocol" = "false";
    pages_of_other_origins_are_refused: "origins", "websocket.origins" = "[\"https://panel.example.org\"]";
    a_client_may_have_to_say_its_origin: "originNeeded",
        "websocket.origins" = "[\"https://panel.example.org\"]", "websocket.allow_missing_origin" = "false";
    a_text_frame_is_not_taken: "textFrame";
    a_huge_frame_is_not_taken: "hugeFrame", "websocket.max_frame_size" = "\"64KiB\"";
    an_unmasked_frame_is_not_taken: "unmasked";
    a_ping_is_answered: "ping";
    a_silent_peer_is_pinged_and_closed: "silence", "websocket.ping_interval" = "\"1s\"";
    packets_do_not_care_for_frames: "frames";
    a_close_is_answered: "close";
    compression_is_not_taken_up: "compression";
    a_plain_request_is_told_to_upgrade: "plainRequest";
}
