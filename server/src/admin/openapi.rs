//! The OpenAPI document, made from the table of routes.

use serde_json::{Map, Value, json};

use super::routes::{Route, table};
use super::{Call, Operator, Reply, bans, messages};

/// Where it is.
pub(super) const PATH: &str = "/api/v1/openapi.json";

pub(super) fn openapi(operator: &Operator, _: &Call) -> Reply {
    Reply::json(document(&table(operator.server.specs())))
}

fn document(routes: &[Route]) -> Value {
    let mut paths = Map::new();
    for route in routes {
        let path = paths.entry(route.path.clone()).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.name().to_owned(), operation(route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "tidegate", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Ban": bans::schema(), "Publish": messages::schema(), "Problem": problem() },
        },
    })
}

fn operation(route: &Route) -> Value {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let string = json!({ "type": "string" });
    let mut parameters: Vec<Value> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": string }))
        .collect();
    parameters.extend(route.query.iter().map(|(name, meaning)| {
        json!({ "name": name, "in": "query", "required": false, "description": meaning, "schema": string })
    }));
    let (status, meaning) = route.answer;
    let problem = json!({
        "description": "What is wrong, and what to do.",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    let mut operation = json!({
        "summary": route.summary,
        "parameters": parameters,
        "responses": { status.to_string(): { "description": meaning }, "default": problem },
        "security": if route.guarded { json!([{ "token": [] }]) } else { json!([]) },
    });
    if let (Some(schema), Some(operation)) = (route.body, operation.as_object_mut()) {
        let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
        let body = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        operation.insert("requestBody".to_owned(), body);
    }
    operation
}

/// RFC 9457.
fn problem() -> Value {
    json!({
        "type": "object",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_in_the_document() {
        let routes = table(crate::gateways::ALL);
        let document = document(&routes);
        for route in &routes {
            let operation = &document["paths"][&route.path][route.method.name()];
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{}", route.path);
            assert_eq!(operation["security"] == json!([]), !route.guarded, "{}", route.path);
        }
        let listed = document["paths"].as_object().unwrap().values();
        let count: usize = listed.map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(count, routes.len(), "two routes have one path and method");
    }

    #[test]
    fn everything_that_acts_is_guarded() {
        for route in table(crate::gateways::ALL) {
            let open = ["/health", "/ready", "/metrics", PATH].contains(&route.path.as_str());
            assert_eq!(route.guarded, !open, "{}", route.path);
        }
    }
}
