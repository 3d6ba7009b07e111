//! Sockets: one poll loop over many non-blocking connections, reads and writes in batches.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

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
    out: Vec<u8>,
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
    /// An engine without connections.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn new() -> io::Result<Self> {
        let buffer = vec![0; READ_BUFFER];
        let events = Events::with_capacity(1024);
        Ok(Self { poll: Poll::new()?, events, links: Vec::new(), dirty: Vec::new(), buffer })
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
        let rest = Vec::new();
        self.links.push(Link { stream, connected: false, dirty: false, out: first, written: 0, rest });
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
                link.readable(index, &mut self.buffer, handler)?;
            }
            if !link.out.is_empty() && !link.dirty {
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
        }
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.connected && self.written < self.out.len() {
            match self.stream.write(&self.out[self.written..]) {
                Ok(n) => self.written += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        if self.connected {
            self.out.clear();
            self.written = 0;
        }
        Ok(())
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
