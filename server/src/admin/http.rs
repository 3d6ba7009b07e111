//! Connections of the admin port.

use std::net::TcpListener as Socket;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::http::{Request, Response};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use super::Reply;

/// Connections at one time; more wait in the system's backlog.
const CONNECTIONS: usize = 64;

/// How long the head of a request may take to come, the pause between two requests included.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// How long the body of a request may take to come.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 * 1024;

/// Bytes of a request's body.
pub(super) const BODY_BYTES: usize = 4 * 1024 * 1024;

/// After a failed accept: a loop that cannot accept must not spin.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stopped`.
pub(super) async fn serve(sockets: Vec<Socket>, router: Router, stopped: oneshot::Receiver<()>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut accepting = JoinSet::new();
    for socket in sockets {
        match TcpListener::from_std(socket) {
            Ok(socket) => drop(accepting.spawn(accept(socket, router.clone(), Arc::clone(&room)))),
            Err(error) => tracing::error!(%error, "the admin port cannot be served"),
        }
    }
    // Sent or dropped, it means the same; what still runs ends with the set.
    drop(stopped.await);
}

async fn accept(socket: TcpListener, router: Router, room: Arc<Semaphore>) {
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        match socket.accept().await {
            Ok((stream, _)) => {
                let router = router.clone();
                open.spawn(async move {
                    talk(stream, router).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "admin: accept failed");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn talk(stream: TcpStream, router: Router) {
    let service = TowerToHyperService::new(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "admin: a connection ended early");
    }
}

/// The whole body of a request, within its bounds.
pub(super) async fn body(request: Request<Body>) -> Result<Vec<u8>, Response<Body>> {
    let too_long =
        || Reply::problem(413, format!("the body is longer than {BODY_BYTES} bytes")).into_response();
    // A body that says how long it is need not come to be refused.
    let announced = usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX);
    if announced > BODY_BYTES {
        return Err(too_long());
    }
    match tokio::time::timeout(BODY_TIME, to_bytes(request.into_body(), BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes.to_vec()),
        Ok(Err(_)) => Err(too_long()),
        Err(_) => Err(Reply::problem(408, "the body did not come in time").into_response()),
    }
}
