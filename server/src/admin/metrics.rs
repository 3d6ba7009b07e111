//! Metrics in Prometheus' text format (0.0.4), from one table that is also their documentation.
//!
//! Written out here: the usual library would put second versions of three crates into the binary, for a format of
//! four kinds of line.

use tidegate_broker::Counters;
use tidegate_runtime::{ListenerReport, TurnedAway};

use super::{Call, Operator, Reply};
use crate::platform::{self, ProcessUse};

/// What a scrape is written from.
struct Sources {
    counters: Counters,
    refused_logins: u64,
    bans: usize,
    connections: usize,
    draining: bool,
    listeners: Vec<ListenerReport>,
    busy: Vec<f64>,
    process: ProcessUse,
}

/// A metric's name, kind and meaning, and its values with their labels.
struct Metric {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    values: fn(&Sources) -> Vec<(String, f64)>,
}

pub(super) fn metrics(operator: &Operator, _: &Call) -> Reply {
    let server = &operator.server;
    let sources = Sources {
        counters: server.desk().broker.counters(),
        refused_logins: server.refused_logins(),
        bans: server.desk().broker.bans().len(),
        connections: server.connections(),
        draining: server.is_draining(),
        listeners: server.runtime().listeners(),
        busy: server.runtime().busy(),
        process: platform::process_use(),
    };
    Reply::text("text/plain; version=0.0.4; charset=utf-8", write(&sources))
}

fn write(sources: &Sources) -> String {
    let mut out = String::new();
    for metric in METRICS {
        let values = (metric.values)(sources);
        if values.is_empty() {
            continue;
        }
        let Metric { name, kind, help, .. } = metric;
        out.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        for (labels, value) in values {
            out.push_str(&format!("{name}{labels} {value}\n"));
        }
    }
    out
}

#[expect(clippy::cast_precision_loss, reason = "the format has floating point numbers; 2^53 is enough")]
fn one(value: u64) -> Vec<(String, f64)> {
    vec![(String::new(), value as f64)]
}

fn size(value: usize) -> Vec<(String, f64)> {
    one(u64::try_from(value).unwrap_or(u64::MAX))
}

fn perhaps(value: Option<u64>) -> Vec<(String, f64)> {
    value.map(one).unwrap_or_default()
}

/// A value for each listener.
fn listeners(sources: &Sources, value: fn(&ListenerReport) -> u64) -> Vec<(String, f64)> {
    let labelled = sources.listeners.iter().filter_map(|report| {
        let bound = report.bound.first()?;
        let labels = format!("{{gateway=\"{}\",listener=\"{}\"}}", bound.gateway, bound.listener);
        one(value(report)).pop().map(|(_, value)| (labels, value))
    });
    labelled.collect()
}

/// Connections that were turned away: a value for each listener and reason there was.
fn turned_away(sources: &Sources) -> Vec<(String, f64)> {
    let of_one = |report: &ListenerReport| {
        let bound = report.bound.first().cloned();
        let counts = report.counts;
        let reasons = TurnedAway::ALL.into_iter().filter_map(move |(why, reason)| {
            let (bound, count) = (bound.as_ref()?, counts.turned_away(why));
            let labels = format!(
                "{{gateway=\"{}\",listener=\"{}\",reason=\"{reason}\"}}",
                bound.gateway, bound.listener
            );
            one(count).pop().filter(|_| count > 0).map(|(_, value)| (labels, value))
        });
        reasons.collect::<Vec<_>>()
    };
    sources.listeners.iter().flat_map(of_one).collect()
}

const COUNTER: &str = "counter";
const GAUGE: &str = "gauge";

const METRICS: &[Metric] = &[
    Metric {
        name: "tidegate_build_info",
        kind: GAUGE,
        help: "Always 1; the label says the version.",
        values: |_| vec![(format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1.0)],
    },
    Metric {
        name: "tidegate_draining",
        kind: GAUGE,
        help: "1 while the broker is going down.",
        values: |s| one(u64::from(s.draining)),
    },
    Metric {
        name: "tidegate_messages_published_total",
        kind: COUNTER,
        help: "Messages taken from publishers.",
        values: |s| one(s.counters.messages.published),
    },
    Metric {
        name: "tidegate_messages_published_bytes_total",
        kind: COUNTER,
        help: "Bytes of their payloads.",
        values: |s| one(s.counters.messages.published_bytes),
    },
    Metric {
        name: "tidegate_messages_delivered_total",
        kind: COUNTER,
        help: "Messages handed to connections for sending, one a receiver.",
        values: |s| one(s.counters.messages.delivered),
    },
    Metric {
        name: "tidegate_messages_delivered_bytes_total",
        kind: COUNTER,
        help: "Bytes of their payloads.",
        values: |s| one(s.counters.messages.delivered_bytes),
    },
    Metric {
        name: "tidegate_messages_settled_total",
        kind: COUNTER,
        help: "Deliveries that their receivers acknowledged.",
        values: |s| one(s.counters.messages.settled),
    },
    Metric {
        name: "tidegate_messages_dropped_total",
        kind: COUNTER,
        help: "Deliveries that did not reach their receiver: queue full, expired, too large, refused.",
        values: |s| one(s.counters.messages.dropped),
    },
    Metric {
        name: "tidegate_messages_held_bytes",
        kind: GAUGE,
        help: "Message bytes in memory: queued, retained and on their way.",
        values: |s| size(s.counters.held_bytes),
    },
    Metric {
        name: "tidegate_sessions",
        kind: GAUGE,
        help: "Sessions, connected and away.",
        values: |s| size(s.counters.sessions),
    },
    Metric {
        name: "tidegate_sessions_connected",
        kind: GAUGE,
        help: "Sessions with a connection.",
        values: |s| one(s.counters.connected),
    },
    Metric {
        name: "tidegate_subscriptions",
        kind: GAUGE,
        help: "Subscriptions of all sessions.",
        values: |s| one(s.counters.subscriptions),
    },
    Metric {
        name: "tidegate_retained_messages",
        kind: GAUGE,
        help: "Retained messages.",
        values: |s| size(s.counters.retained),
    },
    Metric {
        name: "tidegate_retained_bytes",
        kind: GAUGE,
        help: "Their bytes.",
        values: |s| size(s.counters.retained_bytes),
    },
    Metric {
        name: "tidegate_logins_refused_total",
        kind: COUNTER,
        help: "Logins that were refused, at once or by a back-end later.",
        values: |s| one(s.refused_logins),
    },
    Metric { name: "tidegate_bans", kind: GAUGE, help: "Bans in force.", values: |s| size(s.bans) },
    Metric {
        name: "tidegate_connections",
        kind: GAUGE,
        help: "Connections of all listeners.",
        values: |s| size(s.connections),
    },
    Metric {
        name: "tidegate_listener_accepted_total",
        kind: COUNTER,
        help: "Connections accepted and served.",
        values: |s| listeners(s, |report| report.counts.accepted),
    },
    Metric {
        name: "tidegate_listener_refused_total",
        kind: COUNTER,
        help: "Connections closed at once or in their handshake, by reason.",
        values: turned_away,
    },
    Metric {
        name: "tidegate_listener_closed_total",
        kind: COUNTER,
        help: "Served connections that have ended.",
        values: |s| listeners(s, |report| report.counts.closed),
    },
    Metric {
        name: "tidegate_listener_received_bytes_total",
        kind: COUNTER,
        help: "Bytes read from peers.",
        values: |s| listeners(s, |report| report.counts.bytes_in),
    },
    Metric {
        name: "tidegate_listener_sent_bytes_total",
        kind: COUNTER,
        help: "Bytes written to peers.",
        values: |s| listeners(s, |report| report.counts.bytes_out),
    },
    Metric {
        name: "tidegate_worker_busy_ratio",
        kind: GAUGE,
        help: "A worker's busy share of the last second, from 0 to 1; not measured with a single worker.",
        values: |s| {
            let workers = s.busy.iter().enumerate();
            workers.map(|(worker, share)| (format!("{{worker=\"{worker}\"}}"), *share)).collect()
        },
    },
    Metric {
        name: "process_cpu_seconds_total",
        kind: COUNTER,
        help: "Processor time of the process's threads.",
        values: |s| s.process.cpu_seconds.map(|spent| (String::new(), spent)).into_iter().collect(),
    },
    Metric {
        name: "process_resident_memory_bytes",
        kind: GAUGE,
        help: "Resident memory.",
        values: |s| perhaps(s.process.resident_bytes),
    },
    Metric {
        name: "process_open_fds",
        kind: GAUGE,
        help: "Open descriptors.",
        values: |s| perhaps(s.process.descriptors),
    },
    Metric {
        name: "process_max_fds",
        kind: GAUGE,
        help: "How many descriptors may be open.",
        values: |s| perhaps(s.process.descriptor_limit),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_follow_the_conventions() {
        let mut names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        for metric in METRICS {
            assert_eq!(metric.kind == COUNTER, metric.name.ends_with("_total"), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len());
    }

    #[test]
    fn lines_are_as_the_format_wants_them() {
        let sources = Sources {
            counters: Counters { retained: 3, ..Counters::default() },
            refused_logins: 0,
            bans: 0,
            connections: 2,
            draining: true,
            listeners: Vec::new(),
            busy: vec![0.5],
            process: ProcessUse::default(),
        };
        let text = write(&sources);
        assert!(text.contains("# TYPE tidegate_retained_messages gauge\ntidegate_retained_messages 3\n"));
        assert!(text.contains("\ntidegate_draining 1\n"));
        assert!(text.contains("\ntidegate_worker_busy_ratio{worker=\"0\"} 0.5\n"));
        assert!(!text.contains("process_open_fds"));
    }
}
