//! What differs between operating systems. Everything else in this crate is portable.

use std::fs::File;
use std::io;

#[cfg(unix)]
const NULL_DEVICE: &str = "/dev/null";
#[cfg(windows)]
const NULL_DEVICE: &str = "NUL";

// EMFILE and ENFILE have these numbers on every Unix; the other is WSAEMFILE.
#[cfg(unix)]
const OUT_OF_DESCRIPTORS: &[i32] = &[24, 23];
#[cfg(windows)]
const OUT_OF_DESCRIPTORS: &[i32] = &[10024];

/// Whether an accepted socket has the options of the one that listens.
pub(crate) const INHERITS_OPTIONS: bool = cfg!(target_os = "linux");

/// Whether `error` says that the process or the system has no descriptor left.
pub(crate) fn is_out_of_descriptors(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| OUT_OF_DESCRIPTORS.contains(&code))
}

/// A descriptor kept for the moment when there is none left: given back, it lets one more peer be accepted, only
/// to be closed at once, so that it learns of it instead of waiting in the listener's backlog for ever.
#[derive(Debug, Default)]
pub(crate) struct Reserve(Option<File>);

impl Reserve {
    pub(crate) fn new() -> Self {
        let mut reserve = Self(None);
        reserve.restore();
        reserve
    }

    /// Gives the descriptor back to the process; false when there was none.
    pub(crate) fn release(&mut self) -> bool {
        self.0.take().is_some()
    }

    /// Takes a descriptor again, if there is one.
    pub(crate) fn restore(&mut self) {
        if self.0.is_none() {
            self.0 = File::open(NULL_DEVICE).ok();
        }
    }
}
