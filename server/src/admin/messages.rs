//! Publishing.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use serde_json::json;
use tidegate_broker::Outcome;
use tidegate_types::{Draft, Guarantee, PropertiesBuilder, PropertiesError, Property};

use super::{Call, Operator, Reply};

/// What is published, in the name of the broker itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Publish {
    topic: String,
    payload: Option<String>,
    payload_base64: Option<String>,
    #[serde(default)]
    qos: u8,
    #[serde(default)]
    retain: bool,
    expiry_seconds: Option<u32>,
    #[serde(default)]
    properties: Properties,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Properties {
    payload_is_text: Option<bool>,
    content_type: Option<String>,
    response_topic: Option<String>,
    correlation_data_base64: Option<String>,
    user: BTreeMap<String, String>,
}

/// The body's schema, for the OpenAPI document.
pub(super) fn schema() -> serde_json::Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["topic"],
        "additionalProperties": false,
        "properties": {
            "topic": text,
            "payload": { "type": "string", "description": "Text; not together with payload_base64." },
            "payload_base64": { "type": "string", "contentEncoding": "base64" },
            "qos": { "type": "integer", "minimum": 0, "maximum": 2, "default": 0 },
            "retain": { "type": "boolean", "default": false },
            "expiry_seconds": { "type": "integer", "minimum": 0 },
            "properties": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "payload_is_text": { "type": "boolean" },
                    "content_type": text,
                    "response_topic": text,
                    "correlation_data_base64": { "type": "string", "contentEncoding": "base64" },
                    "user": { "type": "object", "additionalProperties": text },
                },
            },
        },
    })
}

pub(super) fn publish(operator: &Operator, call: &Call) -> Reply {
    call.json::<Publish>().and_then(|publish| take(operator, &publish)).unwrap_or_else(|reply| reply)
}

fn take(operator: &Operator, publish: &Publish) -> Result<Reply, Reply> {
    let payload = match (&publish.payload, &publish.payload_base64) {
        (Some(_), Some(_)) => return Err(wrong("set either payload or payload_base64")),
        (Some(text), None) => text.clone().into_bytes(),
        (None, Some(text)) => base64("payload_base64", text)?,
        (None, None) => Vec::new(),
    };
    let guarantee = match publish.qos {
        0 => Guarantee::AtMostOnce,
        1 => Guarantee::AtLeastOnce,
        2 => Guarantee::ExactlyOnce,
        _ => return Err(wrong("qos: expected 0, 1 or 2")),
    };
    let block = block(&publish.properties)?;
    let draft = Draft {
        topic: &publish.topic,
        properties: block.as_properties(),
        payload: &payload,
        guarantee,
        retain: publish.retain,
        expiry_seconds: publish.expiry_seconds,
    };
    match operator.server.desk().turn(|broker, turn| broker.publish_as_broker(turn, &draft)) {
        Outcome::Done(Ok(published)) => Ok(Reply::json(json!({ "receivers": published.receivers }))),
        Outcome::Done(Err(refusal)) => Err(Reply::problem(422, format!("the broker refused it: {refusal}"))),
        // Nobody waits for the answer: it was taken, and is being written.
        Outcome::Pending(_) => Ok(Reply::json(json!({ "receivers": null })).with_status(202)),
    }
}

fn block(properties: &Properties) -> Result<PropertiesBuilder, Reply> {
    let correlation = match &properties.correlation_data_base64 {
        Some(text) => Some(base64("correlation_data_base64", text)?),
        None => None,
    };
    let mut block = PropertiesBuilder::new();
    let single = [
        properties.payload_is_text.map(Property::PayloadIsText),
        properties.content_type.as_deref().map(Property::ContentType),
        properties.response_topic.as_deref().map(Property::ResponseTopic),
        correlation.as_deref().map(Property::CorrelationData),
    ];
    let user = properties.user.iter().map(|(name, value)| Property::User(name, value));
    for property in single.into_iter().flatten().chain(user) {
        block.push(property).map_err(|PropertiesError| wrong("a property is longer than 65535 bytes"))?;
    }
    Ok(block)
}

fn base64(field: &str, text: &str) -> Result<Vec<u8>, Reply> {
    Base64::decode_vec(text).map_err(|_| wrong(&format!("{field}: expected base 64 with padding")))
}

fn wrong(detail: &str) -> Reply {
    Reply::problem(400, detail)
}
