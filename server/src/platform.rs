//! What differs between operating systems. Everything else in this crate is portable.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Raises the limit of open files as far as it can be raised without a privilege; answers what it is then, or
/// `None` where there is no such limit.
pub(crate) fn raise_descriptor_limit() -> Option<u64> {
    #[cfg(unix)]
    {
        match rlimit::increase_nofile_limit(u64::MAX) {
            Ok(limit) => Some(limit),
            Err(error) => {
                tracing::warn!(%error, "the limit of open files cannot be raised");
                None
            }
        }
    }
    #[cfg(not(unix))]
    None
}

/// Creates a file that only its owner can read, where the system has such a thing; it must not exist yet.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// What the process uses, where the system says it in files.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ProcessUse {
    /// Resident memory in bytes.
    pub(crate) resident_bytes: Option<u64>,
    /// Processor time in seconds.
    pub(crate) cpu_seconds: Option<f64>,
    /// Open descriptors.
    pub(crate) descriptors: Option<u64>,
    /// How many it may open.
    pub(crate) descriptor_limit: Option<u64>,
}

/// What the process uses now.
pub(crate) fn process_use() -> ProcessUse {
    #[cfg(target_os = "linux")]
    {
        linux_use()
    }
    #[cfg(not(target_os = "linux"))]
    ProcessUse::default()
}

#[cfg(target_os = "linux")]
fn linux_use() -> ProcessUse {
    let resident_kib = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()
    });
    let descriptors = std::fs::read_dir("/proc/self/fd").ok().map(Iterator::count);
    ProcessUse {
        resident_bytes: resident_kib.map(|kib| kib.saturating_mul(1024)),
        cpu_seconds: cpu_seconds(),
        // The directory itself was open while it was read.
        descriptors: descriptors.and_then(|count| u64::try_from(count.saturating_sub(1)).ok()),
        descriptor_limit: rlimit::Resource::NOFILE.get_soft().ok(),
    }
}

/// Processor time in user and kernel mode, of threads that have ended too: fields 14 and 15 of `stat`, in ticks. The
/// system counts a hundred ticks a second for programs, whatever its own clock does.
#[cfg(target_os = "linux")]
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in brackets, which may hold spaces.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut ticks = rest.split_whitespace().skip(11).map(str::parse::<u32>);
    let (user, system) = (ticks.next()?.ok()?, ticks.next()?.ok()?);
    Some((f64::from(user) + f64::from(system)) / 100.0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_process_knows_itself() {
        let now = process_use();
        assert!(now.resident_bytes.unwrap() > 1 << 20);
        assert!(now.descriptors.unwrap() >= 3 && now.descriptors < now.descriptor_limit);
        assert!(now.cpu_seconds.unwrap() >= 0.0);
    }
}
