//! One measurement: a fresh broker, one scenario.

use std::io;
use std::time::{Duration, Instant};

use super::engine::Engine;
use super::flow::Flow;
use super::logins;
use super::opening::{Entry, open_all};
use super::report::Sample;
use super::scenario::{Kind, Scenario, Shape};
use crate::broker::tidegate::Tidegate;
use crate::broker::{Broker, Running, Settings, start};
use crate::procfs;
use crate::wire::{Version, broken, tls};

/// Time the flow runs before the interval that is measured.
const WARM_UP: Duration = Duration::from_millis(300);
/// Without any progress for this long, what is under way counts as lost.
const STALLED: Duration = Duration::from_secs(2);
/// Pause before each turn of a saturating scenario.
const NAP: Duration = Duration::from_micros(100);
/// Fewer deliveries than this are no steady flow, and give no figure.
const ENOUGH: u64 = 1000;
/// Time memory may settle before it is read.
const SETTLE: Duration = Duration::from_secs(1);

/// Starts the broker, runs the scenario for `interval` and ends the broker.
///
/// # Errors
/// A sentence that says what went wrong; the other measurements can go on.
pub fn measure(
    broker: &dyn Broker,
    scenario: &Scenario,
    round: usize,
    interval: Duration,
) -> Result<Sample, String> {
    let version = match scenario.kind {
        Kind::Flow(shape) => shape.version,
        Kind::Storm(_) | Kind::Idle(_) | Kind::Logins { .. } => Version::V311,
    };
    let over = scenario.over;
    let set = if over.is_tls() { Some(certificates()?) } else { None };
    let settings = Settings {
        version: Some(version),
        over,
        certificates: set.as_ref().map(|set| set.path().to_owned()),
        ..Settings::default()
    };
    let running = start(broker, &settings)?;
    let authority = set.as_ref().map(|set| set.path().join("ca.crt"));
    let trusted = authority.map(|file| tls::trusting(&file)).transpose().map_err(|e| e.to_string())?;
    let mut sample = Sample::new(scenario, broker.name(), round);
    let engine = || Engine::new(over, trusted.clone());
    let outcome = match scenario.kind {
        Kind::Flow(shape) => engine().and_then(|on| run_flow(&running, on, shape, interval, &mut sample)),
        Kind::Storm(clients) => engine().and_then(|on| run_storm(&running, on, clients, &mut sample)),
        Kind::Idle(clients) => engine().and_then(|on| run_idle(&running, on, clients, &mut sample)),
        Kind::Logins { clients, resumed } => {
            logins::run(&running, trusted.as_ref(), clients, resumed, &mut sample)
        }
    };
    match outcome {
        Ok(()) => Ok(sample),
        Err(e) => Err(format!("{} / {}: {e}; {}", broker.name(), scenario.name, tail(&running.log()))),
    }
}

/// A development set, made by tidegate whichever broker is measured.
fn certificates() -> Result<tempfile::TempDir, String> {
    let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut command = Tidegate::built()?.tool();
    let output =
        command.args(["cert", "dev", "--dir"]).arg(dir.path()).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(dir)
}

fn run_flow(
    broker: &Running,
    mut engine: Engine,
    shape: Shape,
    interval: Duration,
    sample: &mut Sample,
) -> io::Result<()> {
    let subscribers = (0..shape.subscribers)
        .map(|s| Entry { client_id: format!("bench-sub-{s}"), filter: Some((shape.filter(s), shape.qos)) });
    let publishers =
        (0..shape.publishers).map(|p| Entry { client_id: format!("bench-pub-{p}"), filter: None });
    let entries: Vec<Entry> = subscribers.chain(publishers).collect();
    open_all(&mut engine, broker.address, shape.version, 0, &entries)?;
    let mut flow = Flow::new(shape);
    run_for(&mut engine, &mut flow, WARM_UP)?;
    flow.delays = Some(Vec::new());
    let before = Moment::now(broker, &flow)?;
    run_for(&mut engine, &mut flow, interval)?;
    let after = Moment::now(broker, &flow)?;
    let delays = flow.delays.take().unwrap_or_default();
    flow.running = false;
    drain(&mut engine, &mut flow)?;
    let delivered = after.delivered - before.delivered;
    if delivered < ENOUGH {
        let lost = (flow.counts.published * shape.copies()).saturating_sub(flow.counts.delivered);
        return Err(broken(&format!("only {delivered} messages in the interval, {lost} lost in all")));
    }
    let micros = |nanos: u64| nanos as f64 / 1000.0 / (delivered.max(1)) as f64;
    sample.value = micros(after.broker_cpu - before.broker_cpu);
    sample.generator_micros = micros(after.own_cpu - before.own_cpu);
    sample.delivered = delivered;
    sample.per_second = delivered as f64 / (after.at - before.at).as_secs_f64();
    sample.lost = (flow.counts.published * shape.copies()).saturating_sub(flow.counts.delivered);
    sample.duplicates = flow.counts.duplicates;
    sample.out_of_order = flow.counts.out_of_order;
    sample.set_delays(delays);
    Ok(())
}

struct Moment {
    at: Instant,
    broker_cpu: u64,
    own_cpu: u64,
    delivered: u64,
}

impl Moment {
    fn now(broker: &Running, flow: &Flow) -> io::Result<Self> {
        let at = Instant::now();
        let (broker_cpu, own_cpu) = (cpu(broker.pid())?, cpu(std::process::id())?);
        Ok(Self { at, broker_cpu, own_cpu, delivered: flow.counts.delivered })
    }
}

pub(super) fn cpu(pid: u32) -> io::Result<u64> {
    procfs::cpu_nanos(pid).ok_or_else(|| broken("the process is gone"))
}

fn run_for(engine: &mut Engine, flow: &mut Flow, time: Duration) -> io::Result<()> {
    let start = Instant::now();
    let mut progress = (start, flow.counts.delivered);
    while start.elapsed() < time {
        turn(engine, flow)?;
        if flow.counts.delivered != progress.1 {
            progress = (Instant::now(), flow.counts.delivered);
        } else if progress.0.elapsed() > STALLED {
            flow.give_up_outstanding();
            progress.0 = Instant::now();
        }
    }
    Ok(())
}

/// A saturating turn first lets a batch gather, which keeps the generator cheap; the windows are larger than what
/// flows meanwhile. A paced turn sleeps until the next publish is due: a poll's millisecond would make bursts of it.
fn turn(engine: &mut Engine, flow: &mut Flow) -> io::Result<()> {
    let Some(wait) = flow.next_due() else {
        std::thread::sleep(NAP);
        return engine.turn(Duration::from_millis(20), flow);
    };
    if !wait.is_zero() {
        std::thread::sleep(wait);
    }
    engine.turn(Duration::ZERO, flow)
}

fn drain(engine: &mut Engine, flow: &mut Flow) -> io::Result<()> {
    let mut progress = (Instant::now(), flow.counts.delivered);
    while flow.outstanding() > 0 && progress.0.elapsed() < STALLED {
        engine.turn(Duration::from_millis(20), flow)?;
        if flow.counts.delivered != progress.1 {
            progress = (Instant::now(), flow.counts.delivered);
        }
    }
    Ok(())
}

fn idle_entries(clients: usize) -> Vec<Entry> {
    let filter = |i| Some((format!("bench/device/{i}/down"), 1));
    (0..clients).map(|i| Entry { client_id: format!("bench-idle-{i:05}"), filter: filter(i) }).collect()
}

fn run_storm(broker: &Running, mut engine: Engine, clients: usize, sample: &mut Sample) -> io::Result<()> {
    let entries = idle_entries(clients);
    let (at, before, own) = (Instant::now(), cpu(broker.pid())?, cpu(std::process::id())?);
    open_all(&mut engine, broker.address, Version::V311, 0, &entries)?;
    let each = |nanos: u64| nanos as f64 / 1000.0 / clients as f64;
    sample.value = each(cpu(broker.pid())? - before);
    sample.generator_micros = each(cpu(std::process::id())? - own);
    sample.delivered = clients as u64;
    sample.per_second = clients as f64 / at.elapsed().as_secs_f64();
    Ok(())
}

fn run_idle(broker: &Running, mut engine: Engine, clients: usize, sample: &mut Sample) -> io::Result<()> {
    let entries = idle_entries(clients);
    std::thread::sleep(SETTLE);
    let before = broker.rss();
    open_all(&mut engine, broker.address, Version::V311, 0, &entries)?;
    std::thread::sleep(SETTLE);
    sample.value = broker.rss().saturating_sub(before) as f64 / clients as f64;
    sample.delivered = clients as u64;
    Ok(())
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().rev().take(3).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}
