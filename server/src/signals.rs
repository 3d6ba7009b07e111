//! What the operating system tells the process.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::task::Poll;

use anyhow::Context as _;

/// Something the process was asked to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signal {
    /// To go down in an orderly way.
    Stop,
    /// To read its configuration again.
    Reload,
}

/// Unread signals; more of them say nothing new.
const UNREAD: usize = 8;

/// Takes the process's signals from now on; they come out of the channel.
///
/// # Errors
/// When the system does not let itself be listened to.
pub(crate) fn listen() -> anyhow::Result<Receiver<Signal>> {
    let (signals, receiver) = sync_channel(UNREAD);
    let (began, begun) = sync_channel(1);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let reactor = tokio::runtime::Builder::new_current_thread().enable_io().build();
            match reactor {
                Ok(reactor) => reactor.block_on(pass_on(&signals, &began)),
                Err(error) => drop(began.send(Err(error))),
            }
        })
        .context("no thread for signals")?;
    begun.recv().context("the thread for signals ended")?.context("signals cannot be taken")?;
    Ok(receiver)
}

#[cfg(unix)]
async fn pass_on(signals: &SyncSender<Signal>, began: &SyncSender<std::io::Result<()>>) {
    use tokio::signal::unix::{SignalKind, signal};

    let kinds = [
        (SignalKind::terminate(), Signal::Stop),
        (SignalKind::interrupt(), Signal::Stop),
        (SignalKind::hangup(), Signal::Reload),
    ];
    let streams = kinds.into_iter().map(|(kind, meaning)| signal(kind).map(|stream| (stream, meaning)));
    let mut streams = match streams.collect::<Result<Vec<_>, _>>() {
        Ok(streams) => streams,
        Err(error) => return drop(began.send(Err(error))),
    };
    drop(began.send(Ok(())));
    loop {
        let meaning = std::future::poll_fn(|cx| {
            let ready = streams
                .iter_mut()
                .find_map(|(stream, meaning)| stream.poll_recv(cx).is_ready().then_some(*meaning));
            ready.map_or(Poll::Pending, Poll::Ready)
        });
        let meaning = meaning.await;
        // A full channel holds enough of them.
        if let Err(std::sync::mpsc::TrySendError::Disconnected(_)) = signals.try_send(meaning) {
            return;
        }
    }
}

#[cfg(not(unix))]
async fn pass_on(signals: &SyncSender<Signal>, began: &SyncSender<std::io::Result<()>>) {
    let mut first = Some(began);
    loop {
        let pressed = tokio::signal::ctrl_c();
        if let Some(began) = first.take() {
            drop(began.send(Ok(())));
        }
        if pressed.await.is_err() {
            return;
        }
        if let Err(std::sync::mpsc::TrySendError::Disconnected(_)) = signals.try_send(Signal::Stop) {
            return;
        }
    }
}
