//! `tidegate sub`

use std::collections::HashSet;
use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use mqtt_codec::{
    AckKind, Packet, PacketId, Properties, Publish, Qos, Subscribe, Subscription, SubscriptionOptions,
    Subscriptions,
};

use super::options::{ONLY_ID, qos};
use super::{Client, ConnectArgs};

const EXAMPLES: &str = "\
Examples:
  tidegate sub -v -t 'hello/#'
  tidegate sub -t 'sensor/+/temperature' -q 1 -C 10   the first ten
  tidegate sub -t state/door -C 1 -W 5                the retained state, or give up after 5 seconds
  tidegate sub -t 'jobs/#' -i worker-1 -c -q 1        what came meanwhile, too
  tidegate sub -t '$share/workers/jobs/#'             shared with other workers";

/// What to subscribe to, and what to print.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SubscribeArgs {
    #[command(flatten)]
    connect: ConnectArgs,

    /// A topic filter, as often as you like
    #[arg(short = 't', long = "topic", value_name = "FILTER", required = true)]
    topics: Vec<String>,

    /// The highest quality of service
    #[arg(short, long, value_name = "0|1|2", default_value = "0", value_parser = qos)]
    qos: Qos,

    /// Print the topic before the payload
    #[arg(short, long)]
    verbose: bool,

    /// Leave after this many messages
    #[arg(short = 'C', long, value_name = "MESSAGES", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// Do not print retained messages
    #[arg(short = 'R', long)]
    no_retained: bool,

    /// Leave after this many seconds
    #[arg(short = 'W', long, value_name = "SECONDS")]
    wait: Option<u64>,
}

/// Why it ended without an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ended {
    /// It has printed what it was to print.
    Counted,
    /// Its time was over.
    TimedOut,
    /// Nobody reads what it prints.
    Unread,
}

/// Prints what comes.
pub(crate) fn subscribe(args: &SubscribeArgs) -> anyhow::Result<Ended> {
    for filter in &args.topics {
        if let Err(error) = mqtt_codec::check_topic_filter(filter) {
            bail!("-t {filter:?} is no topic filter: {}", error.what());
        }
    }
    let end = args.wait.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
    let mut client = Client::connect(&args.connect)?;
    let mut printer = Printer { args, printed: 0, out: io::stdout().lock(), open: HashSet::new() };
    let asked = ask(&mut client, args, &mut printer)?;
    let ended = match asked {
        Some(ended) => ended,
        None => printer.print_all(&mut client, end)?,
    };
    client.disconnect()?;
    Ok(ended)
}

/// Subscribes. Messages may come before the answer.
fn ask(
    client: &mut Client,
    args: &SubscribeArgs,
    printer: &mut Printer<'_, impl Write>,
) -> anyhow::Result<Option<Ended>> {
    let options = SubscriptionOptions { qos: args.qos, ..SubscriptionOptions::default() };
    let list: Vec<Subscription<'_>> =
        args.topics.iter().map(|filter| Subscription { filter, options }).collect();
    client.send(&Packet::Subscribe(Subscribe {
        packet_id: ONLY_ID,
        properties: Properties::EMPTY,
        subscriptions: Subscriptions::from_slice(&list),
    }))?;
    loop {
        let came = match client.answer()? {
            Packet::SubAck(ack) => {
                let refused = args.topics.iter().zip(ack.codes.iter()).find(|(_, code)| code.is_error());
                if let Some((filter, code)) = refused {
                    bail!("the broker refused the subscription to {filter:?}: {}", code.name());
                }
                return Ok(None);
            }
            packet => Came::of(&packet),
        };
        if let Some(ended) = printer.take(client, came)? {
            return Ok(Some(ended));
        }
    }
}

/// What came, without the buffer it came in.
enum Came {
    Message { topic: String, payload: Vec<u8>, retained: bool, qos: Qos, id: Option<PacketId> },
    Release(PacketId),
    Other,
}

impl Came {
    fn of(packet: &Packet<'_>) -> Self {
        match packet {
            Packet::Publish(Publish { topic, payload, retain, qos, packet_id, .. }) => Self::Message {
                topic: (*topic).to_owned(),
                payload: payload.to_vec(),
                retained: *retain,
                qos: *qos,
                id: *packet_id,
            },
            Packet::PubRel(ack) => Self::Release(ack.packet_id),
            _ => Self::Other,
        }
    }
}

struct Printer<'a, W> {
    args: &'a SubscribeArgs,
    printed: u64,
    out: W,
    /// Exactly-once messages that were printed and not released.
    open: HashSet<PacketId>,
}

impl<W: Write> Printer<'_, W> {
    fn print_all(&mut self, client: &mut Client, end: Option<Instant>) -> anyhow::Result<Ended> {
        loop {
            let came = match client.next(end)? {
                Some(packet) => Came::of(&packet),
                None => return Ok(Ended::TimedOut),
            };
            if let Some(ended) = self.take(client, came)? {
                return Ok(ended);
            }
        }
    }

    fn take(&mut self, client: &mut Client, came: Came) -> anyhow::Result<Option<Ended>> {
        match came {
            Came::Other => Ok(None),
            Came::Release(id) => {
                self.open.remove(&id);
                client.acknowledge(AckKind::PubComp, id)?;
                Ok(None)
            }
            Came::Message { topic, payload, retained, qos, id } => {
                let repeated = qos == Qos::ExactlyOnce && id.is_some_and(|id| !self.open.insert(id));
                let silent = repeated || retained && self.args.no_retained;
                if !silent && let Some(ended) = self.print(&topic, &payload)? {
                    return Ok(Some(ended));
                }
                match (qos, id) {
                    (Qos::AtLeastOnce, Some(id)) => client.acknowledge(AckKind::PubAck, id)?,
                    (Qos::ExactlyOnce, Some(id)) => client.acknowledge(AckKind::PubRec, id)?,
                    _ => {}
                }
                let enough = self.args.count.is_some_and(|count| self.printed >= count);
                Ok(enough.then_some(Ended::Counted))
            }
        }
    }

    /// Prints a message on a line of its own; not acknowledged when nobody reads it.
    fn print(&mut self, topic: &str, payload: &[u8]) -> anyhow::Result<Option<Ended>> {
        let mut line = Vec::with_capacity(topic.len() + payload.len() + 2);
        if self.args.verbose {
            line.extend_from_slice(topic.as_bytes());
            line.push(b' ');
        }
        line.extend_from_slice(payload);
        line.push(b'\n');
        match self.out.write_all(&line).and_then(|()| self.out.flush()) {
            Ok(()) => self.printed += 1,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Some(Ended::Unread)),
            Err(error) => return Err(error).context("standard output cannot be written"),
        }
        Ok(None)
    }
}
