//! The port for operators.

mod token;

use std::net::SocketAddr;
use std::sync::Arc;

use tidegate_config::sections::Admin as Section;

use crate::Server;

pub use token::Token;

/// A route of a gateway.
#[derive(Clone, Copy, Debug)]
pub struct GatewayRoute {}

/// The open port.
#[derive(Debug)]
pub struct Admin { address: SocketAddr }

impl Admin {
    pub fn start(_section: &Section, _server: Arc<Server>, _token: Token) -> anyhow::Result<Option<Self>> { Ok(None) }
    pub fn address(&self) -> SocketAddr { self.address }
    pub fn set_token(&self, _token: Token) {}
}
