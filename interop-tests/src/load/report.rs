//! Figures: medians over the rounds, ratios, and the forms they are written in.

use serde::Serialize;

use super::scenario::{Kind, Scenario};

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    /// The scenario's name.
    pub scenario: &'static str,
    /// The broker's name.
    pub broker: &'static str,
    /// Round, from zero.
    pub round: usize,
    /// The figure: CPU-µs per delivered message or per client, or bytes per client.
    pub value: f64,
    /// `us` or `bytes`.
    pub unit: &'static str,
    /// Messages delivered in the measured interval, or clients connected.
    pub delivered: u64,
    /// The same, per second.
    pub per_second: f64,
    /// Messages that never arrived.
    pub lost: u64,
    /// Messages that arrived twice.
    pub duplicates: u64,
    /// Messages that arrived behind a later one.
    pub out_of_order: u64,
    /// The generator's own CPU-µs per message or client.
    pub generator_micros: f64,
    /// Median delay in µs, when paced.
    pub delay_p50_micros: Option<f64>,
    /// 99th percentile of the delay in µs, when paced.
    pub delay_p99_micros: Option<f64>,
}

impl Sample {
    pub(super) fn new(scenario: &Scenario, broker: &'static str, round: usize) -> Self {
        let unit = if matches!(scenario.kind, Kind::Idle(_)) { "bytes" } else { "us" };
        Self {
            scenario: scenario.name,
            broker,
            round,
            value: 0.0,
            unit,
            delivered: 0,
            per_second: 0.0,
            lost: 0,
            duplicates: 0,
            out_of_order: 0,
            generator_micros: 0.0,
            delay_p50_micros: None,
            delay_p99_micros: None,
        }
    }

    pub(super) fn set_delays(&mut self, mut nanos: Vec<u64>) {
        nanos.sort_unstable();
        let at = |percent: usize| nanos.get(nanos.len() * percent / 100).map(|n| *n as f64 / 1000.0);
        (self.delay_p50_micros, self.delay_p99_micros) = (at(50), at(99));
    }

    /// Whether nothing was lost, doubled or out of order.
    #[must_use]
    pub fn clean(&self) -> bool {
        self.lost == 0 && self.duplicates == 0 && self.out_of_order == 0
    }
}

/// Everything a run of the benchmark found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Kernel and processor.
    pub machine: String,
    /// Broker names with their versions, in column order.
    pub brokers: Vec<(&'static str, String)>,
    /// Seconds of each measured interval.
    pub seconds: f64,
    /// All measurements.
    pub samples: Vec<Sample>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
}

impl Report {
    fn of<'a>(&'a self, scenario: &'a str, broker: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(move |s| s.scenario == scenario && s.broker == broker)
    }

    /// The median figure of a broker in a scenario.
    #[must_use]
    pub fn median(&self, scenario: &str, broker: &str) -> Option<f64> {
        median(self.of(scenario, broker).map(|s| s.value).collect())
    }

    fn cell(&self, scenario: &str, broker: &str) -> String {
        let Some(value) = self.median(scenario, broker) else { return "–".to_owned() };
        let mut text = number(value);
        let (mut lost, mut doubled, mut swapped) = (0, 0, 0);
        for sample in self.of(scenario, broker) {
            lost += sample.lost;
            doubled += sample.duplicates;
            swapped += sample.out_of_order;
        }
        for (count, what) in [(lost, "lost"), (doubled, "doubled"), (swapped, "out of order")] {
            if count > 0 {
                text += &format!(" ({count} {what})");
            }
        }
        text
    }

    /// The table: a row a scenario, a column a broker, and each other broker's figure over the first one's.
    #[must_use]
    pub fn table(&self, scenarios: &[Scenario]) -> Vec<Vec<String>> {
        let mut head = vec!["CPU-µs per delivered message, unless said".to_owned()];
        head.extend(self.brokers.iter().map(|(name, version)| format!("{name} {version}")));
        let others = || self.brokers.iter().skip(1).map(|(name, _)| *name);
        let first = self.brokers.first().map_or("", |(name, _)| *name);
        head.extend(others().map(|name| format!("{name} ÷ {first}")));
        head.push("generator".to_owned());
        let mut rows = vec![head];
        for scenario in scenarios {
            let mut row = vec![scenario.title.to_owned()];
            row.extend(self.brokers.iter().map(|(broker, _)| self.cell(scenario.name, broker)));
            row.extend(others().map(|other| {
                let pair = self.median(scenario.name, other).zip(self.median(scenario.name, first));
                pair.map_or("–".to_owned(), |(other, ours)| format!("{:.1}", other / ours))
            }));
            let own = self.samples.iter().filter(|s| s.scenario == scenario.name).map(|s| s.generator_micros);
            row.push(median(own.collect()).map_or("–".to_owned(), number));
            rows.push(row);
        }
        rows
    }

    /// The table and its conditions in Markdown.
    #[must_use]
    pub fn markdown(&self, scenarios: &[Scenario]) -> String {
        let mut text = format!("Machine: {}; {} s a measurement.\n\n", self.machine, self.seconds);
        for (at, row) in self.table(scenarios).iter().enumerate() {
            text += &format!("| {} |\n", row.join(" | "));
            if at == 0 {
                text += &format!("|{}\n", "---|".repeat(row.len()));
            }
        }
        for failure in &self.failures {
            text += &format!("\nNot measured: {failure}\n");
        }
        text
    }

    /// The table with aligned columns, for a terminal.
    #[must_use]
    pub fn plain(&self, scenarios: &[Scenario]) -> String {
        let rows = self.table(scenarios);
        let columns = rows.first().map_or(0, Vec::len);
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &rows {
            for (cell, width) in row.iter().zip(&widths) {
                let padding = " ".repeat(width - cell.chars().count());
                text += &format!("{cell}{padding}  ");
            }
            text.push('\n');
        }
        text
    }
}

fn number(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        Some(upper)
    } else {
        values.get(middle - 1).map(|lower| (lower + upper) / 2.0)
    }
}
