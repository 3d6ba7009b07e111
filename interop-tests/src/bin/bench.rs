//! `bench`: brokers side by side, A B A B, in broker CPU-µs per delivered message.
#![expect(clippy::print_stdout, reason = "a program prints its result")]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use tidegate_interop_tests::broker::{self, Broker};
use tidegate_interop_tests::load::{Report, SCENARIOS, Scenario, measure};
use tidegate_interop_tests::procfs;

/// Measures brokers side by side. Every measurement gets a fresh broker process.
#[derive(Debug, Parser)]
struct Arguments {
    /// Brokers, in column order; ratios are over the first.
    #[arg(long, value_delimiter = ',', default_value = "tidegate,mosquitto,rumqttd")]
    brokers: Vec<String>,
    /// Only these scenarios (names as in the list that --list prints).
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Rounds over all brokers.
    #[arg(long, default_value_t = 2)]
    rounds: usize,
    /// Seconds of each measured interval.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Write all measurements to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write the table to this file.
    #[arg(long)]
    markdown: Option<PathBuf>,
    /// Print the scenarios and end.
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(reason) => {
            println!("bench: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let scenarios = chosen(&arguments.only)?;
    if arguments.list {
        scenarios.iter().for_each(|s| println!("{:10} {}", s.name, s.title));
        return Ok(ExitCode::SUCCESS);
    }
    let brokers = available(&arguments.brokers)?;
    let report = measure_all(arguments, &scenarios, &brokers);
    println!("{}", report.plain(&scenarios));
    print_pace(&report);
    report.failures.iter().for_each(|failure| println!("not measured: {failure}"));
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?;
        fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    if let Some(path) = &arguments.markdown {
        fs::write(path, report.markdown(&scenarios)).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let clean =
        report.failures.is_empty() && report.samples.iter().all(|s| s.broker != "tidegate" || s.clean());
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(only: &[String]) -> Result<Vec<Scenario>, String> {
    if let Some(unknown) = only.iter().find(|name| SCENARIOS.iter().all(|s| s.name != *name)) {
        return Err(format!("no scenario called {unknown}; --list names them"));
    }
    Ok(SCENARIOS.into_iter().filter(|s| only.is_empty() || only.iter().any(|name| name == s.name)).collect())
}

/// The brokers that can be had; one that cannot is named and left out.
fn available(names: &[String]) -> Result<Vec<Box<dyn Broker>>, String> {
    let mut brokers = Vec::new();
    for name in names {
        match broker::by_name(name) {
            Ok(broker) => brokers.push(broker),
            Err(reason) => println!("leaving out {name}: {reason}"),
        }
    }
    if brokers.is_empty() { Err("no broker to measure".to_owned()) } else { Ok(brokers) }
}

fn measure_all(arguments: &Arguments, scenarios: &[Scenario], brokers: &[Box<dyn Broker>]) -> Report {
    let mut report = Report {
        machine: procfs::machine(),
        brokers: brokers.iter().map(|b| (b.name(), b.version())).collect(),
        seconds: arguments.seconds,
        samples: Vec::new(),
        failures: Vec::new(),
    };
    let bar = ProgressBar::new((scenarios.len() * brokers.len() * arguments.rounds) as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} (left {eta}) {msg}") {
        bar.set_style(style);
    }
    let interval = Duration::from_secs_f64(arguments.seconds);
    for scenario in scenarios {
        for round in 0..arguments.rounds {
            for broker in brokers.iter().filter(|broker| broker.carries(scenario.over)) {
                bar.set_message(format!("{} on {}", scenario.name, broker.name()));
                match measure(broker.as_ref(), scenario, round, interval) {
                    Ok(sample) => report.samples.push(sample),
                    Err(reason) => report.failures.push(reason),
                }
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    report
}

/// Messages a second and delays, where they say something.
fn print_pace(report: &Report) {
    for sample in &report.samples {
        let delay = sample.delay_p50_micros.zip(sample.delay_p99_micros);
        let delay =
            delay.map_or(String::new(), |(p50, p99)| format!(", delay p50 {p50:.0} µs p99 {p99:.0} µs"));
        println!(
            "{:9} {:9} round {}: {:.2} {}, {:.0}/s{delay}, generator {:.2} µs",
            sample.scenario,
            sample.broker,
            sample.round,
            sample.value,
            sample.unit,
            sample.per_second,
            sample.generator_micros,
        );
    }
}
