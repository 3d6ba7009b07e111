//! One table of routes: the router and the OpenAPI document are both made from it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, RawPathParams};
use axum::http::{Request, Response, header};
use axum::routing::{MethodFilter, MethodRouter, on};

use super::call::{Call, Reply};
use Method::{Delete, Get, Post};

use super::{Operator, bans, clients, gateways, health, http, messages, metrics, openapi};
use crate::gateways::Workshop;

/// What a route does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// Tells something.
    Get,
    /// Does something.
    Post,
    /// Ends something.
    Delete,
}

/// A route that a gateway adds below `/api/v1/gateways/{its name}/`. It has a token behind it like every other.
#[derive(Clone, Copy, Debug)]
pub struct GatewayRoute {
    /// What it does.
    pub method: Method,
    /// The rest of the path, without a slash in front; `{name}` stands for one part.
    pub path: &'static str,
    /// One line on what it does.
    pub summary: &'static str,
    /// Does it. Called on the admin port's thread: it must not wait for anybody.
    pub handle: fn(&Workshop, &Call) -> Reply,
}

/// A route of the admin port.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Whether the caller has to show the token.
    pub(crate) guarded: bool,
    pub(crate) summary: &'static str,
    /// Parts of the query, each with what it means.
    pub(crate) query: &'static [(&'static str, &'static str)],
    /// The name of the body's schema.
    pub(crate) body: Option<&'static str>,
    /// What it answers when it went well.
    pub(crate) answer: (u16, &'static str),
    handle: Handle,
}

#[derive(Clone, Copy)]
enum Handle {
    Ours(fn(&Operator, &Call) -> Reply),
    Gateways(fn(&Workshop, &Call) -> Reply),
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Delete => "delete",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

fn route(
    method: Method,
    path: &str,
    summary: &'static str,
    answer: (u16, &'static str),
    handle: fn(&Operator, &Call) -> Reply,
) -> Route {
    let guarded = path.starts_with("/api/") && path != openapi::PATH;
    let handle = Handle::Ours(handle);
    Route { method, path: path.to_owned(), guarded, summary, query: &[], body: None, answer, handle }
}

/// Every route of a broker with these gateways.
pub(crate) fn table(specs: &[crate::gateways::GatewaySpec]) -> Vec<Route> {
    let own = specs.iter().flat_map(|spec| spec.routes.iter().map(move |own| (spec.name, own)));
    let own = own.map(|(gateway, own)| Route {
        method: own.method,
        path: format!("/api/v1/gateways/{gateway}/{}", own.path),
        guarded: true,
        summary: own.summary,
        query: &[],
        body: None,
        answer: (200, "What the gateway says."),
        handle: Handle::Gateways(own.handle),
    });
    probes().into_iter().chain(of_clients()).chain(of_bans()).chain(of_gateways()).chain(own).collect()
}

/// What machines ask, without a token.
fn probes() -> Vec<Route> {
    vec![
        route(Get, "/health", "Whether the process lives.", (200, "It does."), health::health),
        route(
            Get,
            "/ready",
            "Whether it serves.",
            (200, "Every listener serves; 503 if not."),
            health::ready,
        ),
        route(
            Get,
            "/metrics",
            "Metrics in Prometheus' text format.",
            (200, "All of them."),
            metrics::metrics,
        ),
        route(Get, openapi::PATH, "This document.", (200, "OpenAPI 3.1."), openapi::openapi),
    ]
}

fn of_clients() -> Vec<Route> {
    let one = "/api/v1/clients/{realm}/{id}";
    let page = (200, "Clients, and the cursor of the next page.");
    let list = route(Get, "/api/v1/clients", "A page of clients.", page, clients::list);
    let publish = "Publishes a message in the name of the broker.";
    let publish = route(Post, "/api/v1/publish", publish, (200, "It was taken."), messages::publish);
    let kick = "Ends a client's connection and its session.";
    vec![
        Route { query: clients::PAGE, ..list },
        route(Get, one, "One client and its subscriptions.", (200, "The client."), clients::show),
        route(Delete, one, kick, (204, "Both are ended."), clients::kick),
        Route { body: Some("Publish"), ..publish },
    ]
}

fn of_bans() -> Vec<Route> {
    let one = "/api/v1/bans/{what}";
    let list = route(
        Get,
        "/api/v1/bans",
        "A page of bans.",
        (200, "Bans, and the cursor of the next page."),
        bans::list,
    );
    let set = "Bans a client, user, address or pattern, closes the connections it covers, and keeps it over restarts.";
    let set = route(Post, "/api/v1/bans", set, (201, "It holds and is kept."), bans::set);
    vec![
        Route { query: bans::PAGE, ..list },
        Route { body: Some("Ban"), ..set },
        route(Get, one, "One ban.", (200, "The ban."), bans::show),
        route(Delete, one, "Lifts a ban.", (204, "It is lifted."), bans::lift),
    ]
}

fn of_gateways() -> Vec<Route> {
    let (start, stop) = ("/api/v1/gateways/{gateway}/start", "/api/v1/gateways/{gateway}/stop");
    let stops = "Closes the listeners of a gateway and says goodbye to its peers; their sessions stay.";
    vec![
        route(
            Get,
            "/api/v1/gateways",
            "Gateways and their listeners.",
            (200, "All of them."),
            gateways::list,
        ),
        route(Post, start, "Opens the listeners of a gateway.", (200, "It, running."), gateways::start),
        route(Post, stop, stops, (200, "It, stopped."), gateways::stop),
    ]
}

/// A router for the table.
pub(super) fn router(operator: &Arc<Operator>) -> Router {
    let mut router = Router::new();
    for route in table(operator.server.specs()) {
        let path = route.path.clone();
        router = router.route(&path, method(route, operator));
    }
    router
        .fallback(|| async {
            Reply::problem(404, format!("there is no such path; {} lists them", openapi::PATH))
                .into_response()
        })
        .method_not_allowed_fallback(|| async {
            Reply::problem(405, format!("this path has other methods; {} lists them", openapi::PATH))
                .into_response()
        })
}

fn method(route: Route, operator: &Arc<Operator>) -> MethodRouter {
    let operator = Arc::clone(operator);
    let filter = route.method.filter();
    let route = Arc::new(route);
    on(filter, move |request: Request<Body>| {
        let (operator, route) = (Arc::clone(&operator), Arc::clone(&route));
        async move { answer(&operator, &route, request).await }
    })
}

async fn answer(operator: &Operator, route: &Route, request: Request<Body>) -> Response<Body> {
    if route.guarded && !admitted(operator, &request) {
        let detail =
            "show the admin token: Authorization: Bearer …; the broker's first screen says where it is";
        return Reply::problem(401, detail).into_response();
    }
    let (mut parts, body) = request.into_parts();
    let parameters = match RawPathParams::from_request_parts(&mut parts, &()).await {
        Ok(found) => found.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        Err(_) => return Reply::problem(400, "the path is not UTF-8").into_response(),
    };
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let query = query.into_owned().collect();
    let body = match http::body(Request::from_parts(parts, body)).await {
        Ok(body) => body,
        Err(response) => return response,
    };
    let call = Call { parameters, query, body };
    let reply = match route.handle {
        Handle::Ours(handle) => handle(operator, &call),
        Handle::Gateways(handle) => handle(operator.server.shop(), &call),
    };
    reply.into_response()
}

fn admitted(operator: &Operator, request: &Request<Body>) -> bool {
    let shown = request.headers().get(header::AUTHORIZATION).map(|value| value.as_bytes());
    let token = shown.and_then(|shown| {
        let (scheme, token) = shown.split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
    });
    token.is_some_and(|token| operator.admits(token))
}
