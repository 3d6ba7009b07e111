//! The driver over real loopback sockets, with peers a few lines long.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and may say where it is"
)]

#[path = "driver/admission.rs"]
mod admission;
#[path = "driver/budget.rs"]
mod budget;
#[path = "driver/bytes.rs"]
mod bytes;
#[path = "driver/carriers.rs"]
mod carriers;
#[path = "driver/crowd.rs"]
mod crowd;
#[path = "driver/early.rs"]
mod early;
#[path = "driver/echo.rs"]
mod echo;
#[path = "driver/ends.rs"]
mod ends;
#[path = "driver/heard.rs"]
mod heard;
#[path = "driver/limits.rs"]
mod limits;
#[path = "driver/listeners.rs"]
mod listeners;
#[path = "driver/moves.rs"]
mod moves;
#[path = "driver/nobody.rs"]
mod nobody;
#[path = "driver/notices.rs"]
mod notices;
#[path = "driver/orphans.rs"]
mod orphans;
#[path = "driver/proxied.rs"]
mod proxied;
#[path = "driver/sealed.rs"]
mod sealed;
#[path = "driver/secure.rs"]
mod secure;
#[path = "driver/stage.rs"]
mod stage;
#[path = "driver/unix.rs"]
mod unix;
#[path = "driver/websocket.rs"]
mod websocket;
#[path = "driver/work.rs"]
mod work;
