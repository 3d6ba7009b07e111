//! Sockets: one poll loop over many non-blocking connections, reads and writes in batches.

mod layers;

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use rustls::ClientConfig;

use self::layers::Layers;
use super::over::Over;
use crate::wire::{Frame, broken, frame};

const READ_BUFFER: usize = 256 * 1024;

/// What a connection's owner does with what arrives.
pub trait Handler {
    /// A whole packet arrived on a connection; answers are appended to `out`.
    ///
    /// # Errors
    /// Ends the run: the broker sent something that makes no sense.
    fn packet(&mut self, link: usize, frame: Frame<'_>, out: &mut Vec<u8>) -> io::Result<()>;

    /// All that arrived in this turn was handled: the moment to send more.
    fn turn_ended(&mut self, outbox: &mut Outbox<'_>);
}

#[derive(Debug)]
struct Link {
    stream: TcpStream,
    connected: bool,
    dirty: bool,
    /// Packets to be sent.
    out: Vec<u8>,
    /// What is between packets and socket, if there is anything.
    layers: Option<Box<Layers>>,
    /// Bytes to be written that have passed the layers; without layers, `out` itself is written.
    wire: Vec<u8>,
    written: usize,
    rest: Vec<u8>,
}

/// All connections of a run.
#[derive(Debug)]
pub struct Engine {
    poll: Poll,
    events: Events,
    links: Vec<Link>,
    dirty: Vec<usize>,
    buffer: Vec<u8>,
    over: Over,
    trusted: Option<Arc<ClientConfig>>,
}

/// Lets a handler write to any connection at the end of a turn.
#[derive(Debug)]
pub struct Outbox<'a> {
    links: &'a mut [Link],
    dirty: &'a mut Vec<usize>,
}

impl Outbox<'_> {
    /// The bytes waiting to be written to a connection; it is flushed in this turn.
    pub fn out(&mut self, index: usize) -> &mut Vec<u8> {
        let link = &mut self.links[index];
        if !link.dirty {
            link.dirty = true;
            self.dirty.push(index);
        }
        &mut link.out
    }
}

impl Engine {
    /// An engine without connections; TLS trusts who is `trusted`.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn new(over: Over, trusted: Option<Arc<ClientConfig>>) -> io::Result<Self> {
        let buffer = vec![0; READ_BUFFER];
        let (events, links, dirty) = (Events::with_capacity(1024), Vec::new(), Vec::new());
        Ok(Self { poll: Poll::new()?, events, links, dirty, buffer, over, trusted })
    }

    /// Starts a connection; `first` is sent as soon as it stands. Returns its index: 0, 1, 2, …
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn open(&mut self, address: SocketAddr, first: Vec<u8>) -> io::Result<usize> {
        let mut stream = TcpStream::connect(address)?;
        let index = self.links.len();
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(index), interest)?;
        let layers = Layers::new(self.over, self.trusted.as_ref())?;
        let (wire, rest) = (Vec::new(), Vec::new());
        let (connected, dirty, written) = (false, false, 0);
        self.links.push(Link { stream, connected, dirty, out: first, layers, wire, written, rest });
        Ok(index)
    }

    /// Waits at most `timeout` for the sockets, hands over what arrived, and writes what was answered.
    ///
    /// # Errors
    /// A connection failed or was closed by the broker, or the handler refused a packet.
    pub fn turn(&mut self, timeout: Duration, handler: &mut impl Handler) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(e) if e.kind() != io::ErrorKind::Interrupted => return Err(e),
            _ => {}
        }
        for event in &self.events {
            let index = event.token().0;
            let link = &mut self.links[index];
            if event.is_writable() {
                link.writable()?;
            }
            if event.is_readable() || event.is_read_closed() {
                match link.layers {
                    None => link.readable(index, &mut self.buffer, handler)?,
                    Some(_) => link.readable_through_layers(index, &mut self.buffer, handler)?,
                }
            }
            let nothing = link.out.is_empty() && link.wire.is_empty();
            if !nothing && !link.dirty {
                link.dirty = true;
                self.dirty.push(index);
            }
        }
        handler.turn_ended(&mut Outbox { links: &mut self.links, dirty: &mut self.dirty });
        for index in self.dirty.drain(..) {
            let link = &mut self.links[index];
            link.dirty = false;
            link.flush()?;
        }
        Ok(())
    }
}

impl Link {
    fn writable(&mut self) -> io::Result<()> {
        if !self.connected {
            if let Some(error) = self.stream.take_error()? {
                return Err(error);
            }
            self.connected = true;
            self.stream.set_nodelay(true)?;
            if let Some(layers) = &mut self.layers {
                layers.proceed(&mut self.wire)?;
            }
        }
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = match &mut self.layers {
            None => &mut self.out,
            Some(layers) => {
                if layers.ready() && !self.out.is_empty() {
                    layers.send(&self.out, &mut self.wire)?;
                    self.out.clear();
                }
                &mut self.wire
            }
        };
        while self.connected && self.written < bytes.len() {
            match self.stream.write(&bytes[self.written..]) {
                Ok(n) => self.written += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        if self.connected {
            bytes.clear();
            self.written = 0;
        }
        Ok(())
    }

    /// As [`Link::readable`], through the layers.
    fn readable_through_layers(
        &mut self,
        index: usize,
        buffer: &mut [u8],
        handler: &mut impl Handler,
    ) -> io::Result<()> {
        let Some(layers) = &mut self.layers else { return Ok(()) };
        loop {
            let n = match self.stream.read(buffer) {
                Ok(0) => return Err(broken("the broker closed a connection")),
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return self.flush(),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            layers.receive(&buffer[..n], &mut self.rest, &mut self.wire)?;
            let mut bytes = self.rest.as_slice();
            while let Some(found) = frame(bytes)? {
                handler.packet(index, found, &mut self.out)?;
                bytes = &bytes[found.len..];
            }
            let used = self.rest.len() - bytes.len();
            self.rest.drain(..used);
            if n < buffer.len() {
                return self.flush();
            }
        }
    }

    /// Reads until the socket is empty; the incomplete end of the stream is kept for the next time.
    fn readable(&mut self, index: usize, buffer: &mut [u8], handler: &mut impl Handler) -> io::Result<()> {
        loop {
            let kept = self.rest.len();
            buffer[..kept].copy_from_slice(&self.rest);
            let n = match self.stream.read(&mut buffer[kept..]) {
                Ok(0) => return Err(broken("the broker closed a connection")),
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            let mut bytes = &buffer[..kept + n];
            while let Some(found) = frame(bytes)? {
                handler.packet(index, found, &mut self.out)?;
                bytes = &bytes[found.len..];
            }
            self.rest.clear();
            self.rest.extend_from_slice(bytes);
            if kept + n < buffer.len() {
                return Ok(());
            }
        }
    }
}
