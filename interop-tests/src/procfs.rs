//! What a process costs, read from Linux's `/proc`.

use std::fs;
use std::path::PathBuf;

fn proc_dir(pid: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}"))
}

/// CPU time of all live threads of a process, in nanoseconds (the first field of each thread's `schedstat`).
///
/// A thread that ended in between takes its time with it; brokers keep their threads.
#[must_use]
pub fn cpu_nanos(pid: u32) -> Option<u64> {
    let tasks = fs::read_dir(proc_dir(pid).join("task")).ok()?;
    let stats = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok());
    let times = stats.filter_map(|stat| stat.split_whitespace().next()?.parse::<u64>().ok());
    Some(times.sum())
}

/// Resident memory of a process in bytes (`VmRSS`).
#[must_use]
pub fn rss_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(proc_dir(pid).join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()?.saturating_mul(1024))
}

/// Number of file descriptors a process holds open.
#[must_use]
pub fn open_files(pid: u32) -> Option<usize> {
    Some(fs::read_dir(proc_dir(pid).join("fd")).ok()?.count())
}

/// Kernel, processor and core count, for a report's heading.
#[must_use]
pub fn machine() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split(':').nth(1));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} × {}, Linux {}", model.unwrap_or("unknown").trim(), release.trim())
}
