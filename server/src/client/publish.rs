//! `tidegate pub`

use std::io::{self, BufRead as _, Read as _};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::{Context as _, bail};
use mqtt_codec::{AckKind, Packet, PropertiesBuf, Property, PropertySet, Publish, Qos};

use super::options::{ONLY_ID, property, qos};
use super::{Client, ConnectArgs, named};

const EXAMPLES: &str = "\
Examples:
  tidegate pub -t hello/world -m hi
  tidegate pub -t state/door -m open -q 1 -r          retained, acknowledged
  tidegate pub -t state/door -n -r                    retained no more
  sensor | tidegate pub -t sensor/1 -l                a message a line
  tidegate pub -t camera/1 -f picture.jpg -D source=garden";

/// What to publish.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[group(id = "content", args = ["message", "file", "stdin", "lines", "null"], required = true, multiple = false)]
pub(crate) struct PublishArgs {
    #[command(flatten)]
    connect: ConnectArgs,

    /// The topic
    #[arg(short, long, value_name = "TOPIC")]
    topic: String,

    /// The payload, as text
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,

    /// A file that is the payload
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Everything that comes on standard input is the payload
    #[arg(short, long)]
    stdin: bool,

    /// Every line that comes on standard input is a message
    #[arg(short, long)]
    lines: bool,

    /// No payload at all
    #[arg(short, long)]
    null: bool,

    /// The quality of service
    #[arg(short, long, value_name = "0|1|2", default_value = "0", value_parser = qos)]
    qos: Qos,

    /// Retain it
    #[arg(short, long)]
    retain: bool,

    /// A user property (version 5), as often as you like
    #[arg(short = 'D', long = "property", value_name = "NAME=VALUE", value_parser = property)]
    properties: Vec<(String, String)>,
}

/// Publishes.
pub(crate) fn publish(args: &PublishArgs) -> anyhow::Result<()> {
    if mqtt_codec::check_topic_name(&args.topic).is_err() {
        bail!("-t {:?}: a topic has at least one character and no wildcard", args.topic);
    }
    if !args.properties.is_empty() && !args.connect.version.is_v5() {
        bail!("properties need version 5: leave -D out, or use -V 5");
    }
    // Read before connecting: a mistake here is no reason to trouble a broker.
    let whole = whole(args)?;
    let mut client = Client::connect(&args.connect)?;
    match whole {
        Some(payload) => send(&mut client, args, &payload)?,
        None => each_line(&mut client, args)?,
    }
    client.disconnect()
}

/// The payload, if there is one message.
fn whole(args: &PublishArgs) -> anyhow::Result<Option<Vec<u8>>> {
    if let Some(path) = &args.file {
        let read = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        return Ok(Some(read));
    }
    if args.stdin {
        let mut payload = Vec::new();
        io::stdin().read_to_end(&mut payload).context("standard input cannot be read")?;
        return Ok(Some(payload));
    }
    if args.lines {
        return Ok(None);
    }
    Ok(Some(args.message.clone().unwrap_or_default().into_bytes()))
}

fn each_line(client: &mut Client, args: &PublishArgs) -> anyhow::Result<()> {
    let lines = read_lines()?;
    loop {
        match lines.recv_timeout(Duration::from_millis(500)) {
            Ok(line) => send(client, args, &line.context("standard input cannot be read")?)?,
            Err(RecvTimeoutError::Timeout) => client.idle()?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// Lines as they come, read beside the connection, which has to be kept alive meanwhile.
fn read_lines() -> anyhow::Result<Receiver<io::Result<Vec<u8>>>> {
    let (lines, receiver) = sync_channel(64);
    let read = move || {
        for line in io::stdin().lock().split(b'\n') {
            let line = line.map(|mut line| {
                if line.ends_with(b"\r") {
                    line.pop();
                }
                line
            });
            if lines.send(line).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(read)
        .context("no thread for standard input")?;
    Ok(receiver)
}

/// Sends one message and waits until it is the broker's.
fn send(client: &mut Client, args: &PublishArgs, payload: &[u8]) -> anyhow::Result<()> {
    let mut properties = PropertiesBuf::new(PropertySet::Publish);
    for (name, value) in &args.properties {
        properties.push(Property::UserProperty(name, value))?;
    }
    client.send(&Packet::Publish(Publish {
        dup: false,
        qos: args.qos,
        retain: args.retain,
        topic: &args.topic,
        packet_id: (args.qos != Qos::AtMostOnce).then_some(ONLY_ID),
        properties: properties.properties(),
        payload,
    }))?;
    match args.qos {
        Qos::AtMostOnce => Ok(()),
        Qos::AtLeastOnce => acknowledged(client, AckKind::PubAck),
        Qos::ExactlyOnce => {
            acknowledged(client, AckKind::PubRec)?;
            client.acknowledge(AckKind::PubRel, ONLY_ID)?;
            acknowledged(client, AckKind::PubComp)
        }
    }
}

/// Waits for an acknowledgement.
fn acknowledged(client: &mut Client, wanted: AckKind) -> anyhow::Result<()> {
    loop {
        let (kind, ack) = match client.answer()? {
            Packet::PubAck(ack) => (AckKind::PubAck, ack),
            Packet::PubRec(ack) => (AckKind::PubRec, ack),
            Packet::PubComp(ack) => (AckKind::PubComp, ack),
            // What a kept session holds is not what was asked for.
            _ => continue,
        };
        if ack.reason.is_error() {
            let why = named(ack.reason, ack.properties.reason_string());
            bail!("the broker refused the message: {why}");
        }
        if kind == wanted {
            return Ok(());
        }
    }
}
