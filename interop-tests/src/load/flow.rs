//! Messages under way: publishers with windows, subscribers that check what they get.

use std::io;
use std::time::{Duration, Instant};

use super::engine::{Handler, Outbox};
use super::scenario::{PAYLOAD, Pattern, Shape};
use crate::wire::encode::{Publish, put_ack};
use crate::wire::{Frame, Version, broken, kind, varint};

/// Payload: publisher (4 bytes), sequence (8), nanoseconds since the start (8), padding.
const STAMPED: usize = 20;

/// What arrived, and how.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Messages published.
    pub published: u64,
    /// Messages delivered, over all subscribers.
    pub delivered: u64,
    /// Deliveries of a message this subscriber (or this shared group) had already.
    pub duplicates: u64,
    /// Deliveries with a lower sequence than the one before, from the same publisher.
    pub out_of_order: u64,
}

#[derive(Debug)]
struct Template {
    bytes: Vec<u8>,
    id_at: usize,
    payload_at: usize,
}

#[derive(Debug)]
struct Publisher {
    templates: Vec<Template>,
    sent: u64,
    acknowledged: u64,
    /// Copies of its messages delivered, or given up.
    delivered: u64,
    touched: bool,
}

#[derive(Debug)]
struct Subscriber {
    first: usize,
    last: Vec<u64>,
}

/// A running scenario. Subscribers are connections `0..subscribers`, publishers follow.
#[derive(Debug)]
pub struct Flow {
    shape: Shape,
    publishers: Vec<Publisher>,
    subscribers: Vec<Subscriber>,
    touched: Vec<usize>,
    /// One bit a message and publisher: has any member of the shared group had it.
    group_seen: Vec<Vec<u64>>,
    /// Totals since the start.
    pub counts: Counts,
    /// Delays of deliveries in nanoseconds, kept when paced and while this is `Some`.
    pub delays: Option<Vec<u64>>,
    /// Whether publishers go on.
    pub running: bool,
    started: Instant,
    now: u64,
    paced: u64,
}

impl Flow {
    /// A flow that has not sent anything.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        let heard = (0..shape.subscribers).map(|s| shape.heard_by(s));
        let subscribers =
            heard.map(|who| Subscriber { first: who.start, last: vec![0; who.len()] }).collect();
        Self {
            publishers: (0..shape.publishers).map(|p| Publisher::new(&shape, p)).collect(),
            subscribers,
            touched: (0..shape.publishers).collect(),
            group_seen: vec![Vec::new(); shape.publishers],
            counts: Counts::default(),
            delays: None,
            running: true,
            started: Instant::now(),
            now: 0,
            paced: 0,
            shape,
        }
    }

    /// Deliveries that are still to come.
    #[must_use]
    pub fn outstanding(&self) -> u64 {
        self.publishers.iter().map(|p| (p.sent * self.shape.copies()).saturating_sub(p.delivered)).sum()
    }

    /// Gives up what has not arrived, so that the publishers can go on.
    pub fn give_up_outstanding(&mut self) {
        for (index, publisher) in self.publishers.iter_mut().enumerate() {
            publisher.delivered = publisher.sent * self.shape.copies();
            publisher.touch(index, &mut self.touched);
        }
    }

    /// How long until a paced publisher is due; `None` when the scenario is not paced.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        let rate = self.shape.rate?;
        let due = Duration::from_nanos(self.paced.saturating_mul(1_000_000_000 / rate));
        Some(due.saturating_sub(self.started.elapsed()))
    }

    fn publish_paced(&mut self, outbox: &mut Outbox<'_>, rate: u64) {
        let interval = 1_000_000_000 / rate;
        while self.running && self.paced * interval <= self.now {
            let p = (self.paced % self.shape.publishers as u64) as usize;
            self.publishers[p].put(p, 1, self.now, outbox.out(self.shape.subscribers + p));
            self.counts.published += 1;
            self.paced += 1;
        }
    }

    fn delivery(&mut self, subscriber: usize, frame: Frame<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        let (publisher, sequence, sent_at) = self.read_publish(frame, out)?;
        let who = &mut self.subscribers[subscriber];
        let heard = publisher.checked_sub(who.first).and_then(|at| who.last.get_mut(at));
        let last = heard.ok_or_else(|| broken("a message of a publisher this subscriber does not hear"))?;
        let seen_by_group =
            self.shape.pattern == Pattern::Shared && seen_before(&mut self.group_seen[publisher], sequence);
        if sequence == *last || seen_by_group {
            self.counts.duplicates += 1;
        } else if sequence < *last {
            self.counts.out_of_order += 1;
        } else {
            *last = sequence;
        }
        self.counts.delivered += 1;
        self.publishers[publisher].delivered += 1;
        self.publishers[publisher].touch(publisher, &mut self.touched);
        if self.shape.rate.is_some()
            && let Some(delays) = &mut self.delays
        {
            let now = self.started.elapsed().as_nanos() as u64;
            delays.push(now.saturating_sub(sent_at));
        }
        Ok(())
    }

    /// Publisher, sequence and time in a PUBLISH; it is acknowledged.
    fn read_publish(&self, frame: Frame<'_>, out: &mut Vec<u8>) -> io::Result<(usize, u64, u64)> {
        let short = || broken("a PUBLISH that is too short");
        let (&[high, low], rest) = frame.body.split_first_chunk().ok_or_else(short)?;
        let mut rest = rest.get(usize::from(u16::from_be_bytes([high, low]))..).ok_or_else(short)?;
        let qos = frame.first >> 1 & 3;
        if qos > 0 {
            let (id, after) = rest.split_first_chunk().ok_or_else(short)?;
            let answer = if qos == 1 { kind::PUBACK } else { kind::PUBREC };
            put_ack(out, answer, u16::from_be_bytes(*id));
            rest = after;
        }
        if self.shape.version == Version::V5 {
            let (len, used) = varint(rest)?.ok_or_else(short)?;
            rest = rest.get(used + len..).ok_or_else(short)?;
        }
        let (publisher, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (sequence, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (sent_at, _) = rest.split_first_chunk().ok_or_else(short)?;
        let publisher = u32::from_be_bytes(*publisher) as usize;
        Ok((publisher, u64::from_be_bytes(*sequence), u64::from_be_bytes(*sent_at)))
    }

    fn acknowledgement(&mut self, p: usize, frame: Frame<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        match frame.first >> 4 {
            kind::PUBREC => put_ack(out, kind::PUBREL, packet_id(frame)?),
            kind::PUBACK | kind::PUBCOMP => {
                self.publishers[p].acknowledged += 1;
                self.publishers[p].touch(p, &mut self.touched);
            }
            _ => return Err(broken(&format!("{:#x} to a publisher", frame.first))),
        }
        Ok(())
    }
}

impl Handler for Flow {
    fn packet(&mut self, link: usize, frame: Frame<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        match (link.checked_sub(self.shape.subscribers), frame.first >> 4) {
            (None, kind::PUBLISH) => self.delivery(link, frame, out),
            (None, kind::PUBREL) => {
                put_ack(out, kind::PUBCOMP, packet_id(frame)?);
                Ok(())
            }
            (None, _) => Err(broken(&format!("{:#x} to a subscriber", frame.first))),
            (Some(publisher), _) => self.acknowledgement(publisher, frame, out),
        }
    }

    fn turn_ended(&mut self, outbox: &mut Outbox<'_>) {
        self.now = self.started.elapsed().as_nanos() as u64;
        if let Some(rate) = self.shape.rate {
            self.publish_paced(outbox, rate);
        }
        for p in self.touched.drain(..) {
            let publisher = &mut self.publishers[p];
            publisher.touched = false;
            let room = publisher.room(&self.shape);
            if self.running && self.shape.rate.is_none() && room > 0 {
                publisher.put(p, room, self.now, outbox.out(self.shape.subscribers + p));
                self.counts.published += room;
            }
        }
    }
}

impl Publisher {
    fn new(shape: &Shape, p: usize) -> Self {
        let templates = shape.topics(p).iter().map(|topic| Template::new(shape, topic)).collect();
        Self { templates, sent: 0, acknowledged: 0, delivered: 0, touched: true }
    }

    fn touch(&mut self, index: usize, touched: &mut Vec<usize>) {
        if !self.touched {
            self.touched = true;
            touched.push(index);
        }
    }

    /// How many messages it may send now: nothing until half of the window is free, so that batches form.
    fn room(&self, shape: &Shape) -> u64 {
        let under_way = self.sent - (self.delivered / shape.copies()).min(self.sent);
        let mut window = shape.outstanding;
        let mut room = window.saturating_sub(under_way);
        if shape.qos > 0 {
            window = window.min(shape.window);
            room = room.min(shape.window.saturating_sub(self.sent - self.acknowledged));
        }
        if room * 2 >= window { room } else { 0 }
    }

    fn put(&mut self, index: usize, count: u64, now: u64, out: &mut Vec<u8>) {
        for _ in 0..count {
            let template = &self.templates[(self.sent % self.templates.len() as u64) as usize];
            self.sent += 1;
            let at = out.len();
            out.extend_from_slice(&template.bytes);
            if template.id_at > 0 {
                let id = (self.sent % 65_535) as u16 + 1;
                out[at + template.id_at..][..2].copy_from_slice(&id.to_be_bytes());
            }
            let stamp = &mut out[at + template.payload_at..][..STAMPED];
            stamp[..4].copy_from_slice(&(index as u32).to_be_bytes());
            stamp[4..12].copy_from_slice(&self.sent.to_be_bytes());
            stamp[12..].copy_from_slice(&now.to_be_bytes());
        }
    }
}

impl Template {
    fn new(shape: &Shape, topic: &str) -> Self {
        let (version, qos, payload) = (shape.version, shape.qos, &[b'.'; PAYLOAD]);
        let publish = Publish { version, topic, payload, qos, id: 1, retain: false, properties: &[] };
        let mut bytes = Vec::new();
        publish.put(&mut bytes);
        let payload_at = bytes.len() - PAYLOAD;
        let properties = usize::from(version == Version::V5);
        let id_at = if qos > 0 { payload_at - properties - 2 } else { 0 };
        Self { bytes, id_at, payload_at }
    }
}

fn packet_id(frame: Frame<'_>) -> io::Result<u16> {
    let id = frame.body.first_chunk().ok_or_else(|| broken("an acknowledgement without identifier"))?;
    Ok(u16::from_be_bytes(*id))
}

/// Marks a sequence number; whether it was marked before.
fn seen_before(seen: &mut Vec<u64>, sequence: u64) -> bool {
    let (word, bit) = ((sequence / 64) as usize, 1 << (sequence % 64));
    if word >= seen.len() {
        seen.resize(word + 1, 0);
    }
    let before = seen[word] & bit != 0;
    seen[word] |= bit;
    before
}
