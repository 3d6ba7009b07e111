//! A request and an answer, without a word of HTTP's machinery: what handlers take and give.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Entries in a page unless the caller says otherwise, and at most.
const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) content: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Nothing,
    Json(Value),
    Problem(Value),
    Text(&'static str, String),
}

impl Call {
    /// A part of the path that the route names in braces.
    #[must_use]
    pub fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// A part of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// How many entries a page is to have: the query's `limit`.
    ///
    /// # Errors
    /// The answer for one that is no such number.
    pub(crate) fn page_size(&self) -> Result<usize, Reply> {
        match self.query("limit").map(str::parse::<usize>) {
            None => Ok(DEFAULT_PAGE),
            Some(Ok(limit @ 1..=LARGEST_PAGE)) => Ok(limit),
            Some(_) => Err(Reply::problem(400, format!("limit: expected a number from 1 to {LARGEST_PAGE}"))),
        }
    }

    /// The body, as the JSON of a `T`.
    ///
    /// # Errors
    /// The answer for a body that is none.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Reply> {
        serde_json::from_slice(&self.body).map_err(|error| Reply::problem(400, format!("the body: {error}")))
    }
}

impl Reply {
    /// 200 with JSON.
    #[must_use]
    pub fn json(value: Value) -> Self {
        Self { status: 200, content: Content::Json(value) }
    }

    /// Done, and there is nothing to say.
    #[must_use]
    pub fn done() -> Self {
        Self { status: 204, content: Content::Nothing }
    }

    /// An error as RFC 9457 has it: whose fault, and what to do.
    #[must_use]
    pub fn problem(status: u16, detail: impl Into<String>) -> Self {
        let title = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let (title, detail) = (title.unwrap_or("Error"), detail.into());
        let body = json!({ "type": "about:blank", "title": title, "status": status, "detail": detail });
        Self { status, content: Content::Problem(body) }
    }

    pub(crate) fn text(kind: &'static str, text: String) -> Self {
        Self { status: 200, content: Content::Text(kind, text) }
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let (kind, body) = match self.content {
            Content::Nothing => (None, Body::empty()),
            Content::Json(value) => (Some("application/json"), Body::from(value.to_string())),
            Content::Problem(value) => (Some("application/problem+json"), Body::from(value.to_string())),
            Content::Text(kind, text) => (Some(kind), Body::from(text)),
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if let Some(kind) = kind {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
