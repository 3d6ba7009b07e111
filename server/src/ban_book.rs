//! Bans over restarts: the journal's part that a broker without a store has.
//!
//! The kernel writes a record for every ban it sets or lifts. This journal keeps those and nothing else: the whole
//! list in one file of the data directory, written beside and renamed, so that a crash leaves the old list or the new
//! one. Writing is done by a thread of its own; whoever needs to know waits for it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use parking_lot::{Condvar, Mutex};
use serde::{Deserialize, Serialize};
use tidegate_broker::{Journal, Position, Record, Reply, Ticket};
use tidegate_guard::{Ban, BanKey};
use tidegate_types::Text;

/// The file in the data directory.
const FILE: &str = "bans.json";

/// The list as the file has it.
#[derive(Debug, Deserialize, Serialize)]
struct Page {
    version: u32,
    bans: Vec<Line>,
}

/// A ban as the file has it; times in milliseconds since 1970.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Line {
    what: String,
    until: Option<u64>,
    why: String,
    by: String,
    made: u64,
    #[serde(default)]
    automatic: bool,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct BanBook(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
    written: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bans: BTreeMap<String, Line>,
    /// How many records there were, and how many of them are in the file.
    noted: u64,
    kept: u64,
    /// The last attempt to write failed.
    failed: Option<String>,
    waiting: Vec<(u64, Ticket, Reply)>,
    closed: bool,
}

impl BanBook {
    /// Opens the book of a data directory; answers the bans in it that still hold.
    ///
    /// # Errors
    /// When there is a file that is no book, or the system gives no thread.
    pub(crate) fn open(directory: &Path, now: SystemTime) -> anyhow::Result<(Self, Vec<Ban>)> {
        let file = directory.join(FILE);
        let lines = read(&file)?;
        let mut bans = Vec::with_capacity(lines.len());
        for line in &lines {
            bans.push(line.ban().with_context(|| format!("{}: {:?}", file.display(), line.what))?);
        }
        bans.retain(|ban| !ban.is_over(now));
        let state = State {
            bans: lines.into_iter().map(|line| (line.what.clone(), line)).collect(),
            ..State::default()
        };
        let (changed, written) = (Condvar::new(), Condvar::new());
        let shared = Arc::new(Shared { file, state: Mutex::new(state), changed, written });
        let writer = Arc::clone(&shared);
        thread::Builder::new().name("bans".to_owned()).spawn(move || writer.write_changes())?;
        Ok((Self(shared), bans))
    }

    /// Waits until everything noted so far is in the file.
    ///
    /// # Errors
    /// When it cannot be written: what was noted holds, but not over a restart.
    pub(crate) fn wait(&self) -> anyhow::Result<()> {
        let mut state = self.0.state.lock();
        let wanted = state.noted;
        while state.kept < wanted {
            if let Some(why) = &state.failed {
                bail!("{} cannot be written: {why}", self.0.file.display());
            }
            self.0.written.wait(&mut state);
        }
        Ok(())
    }
}

impl Drop for BanBook {
    fn drop(&mut self) {
        self.0.state.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Journal for BanBook {
    fn keeps(&self) -> bool {
        false
    }

    fn keeps_bans(&self) -> bool {
        true
    }

    fn write(&self, record: &Record<'_>) -> Position {
        let mut state = self.0.state.lock();
        match record {
            Record::Ban { ban } => {
                let line = Line::of(ban);
                state.bans.insert(line.what.clone(), line);
            }
            Record::Lift { key, made } => {
                let key = key.to_string();
                if state.bans.get(&key).is_some_and(|line| line.made <= millis(*made)) {
                    state.bans.remove(&key);
                }
            }
            _ => return Position(state.noted),
        }
        state.noted += 1;
        state.failed = None;
        self.0.changed.notify_all();
        Position(state.noted)
    }

    fn when_committed(&self, position: Position, ticket: Ticket, reply: Reply) -> Option<Reply> {
        let mut state = self.0.state.lock();
        if state.kept >= position.0 {
            return Some(reply);
        }
        state.waiting.push((position.0, ticket, reply));
        None
    }
}

impl Shared {
    /// The thread: writes while there is something to write, and ends with its book.
    fn write_changes(&self) {
        let mut state = self.state.lock();
        loop {
            if state.kept < state.noted && state.failed.is_none() {
                let noted = state.noted;
                let now = SystemTime::now();
                state.bans.retain(|_, line| line.ban().is_ok_and(|ban| !ban.is_over(now)));
                let page = Page { version: 1, bans: state.bans.values().cloned().collect() };
                drop(state);
                let done = write(&self.file, &page);
                state = self.state.lock();
                self.conclude(&mut state, noted, done);
            } else if state.closed {
                return;
            } else {
                self.changed.wait(&mut state);
            }
        }
    }

    fn conclude(&self, state: &mut State, noted: u64, done: io::Result<()>) {
        match done {
            Ok(()) => state.kept = noted,
            // Tried again with the next change.
            Err(error) => {
                tracing::error!(file = %self.file.display(), %error, "bans are in force but not kept");
                state.failed = Some(error.to_string());
            }
        }
        let kept = state.kept;
        let waiting = std::mem::take(&mut state.waiting);
        let (due, waits): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(at, ..)| *at <= kept);
        state.waiting = waits;
        due.into_iter().for_each(|(_, ticket, reply)| ticket.answer(reply));
        self.written.notify_all();
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<Line>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    let page: Page = serde_json::from_str(&text).with_context(|| {
        format!("{} is no list of bans; move it away to start without bans", file.display())
    })?;
    if page.version != 1 {
        bail!("{} was written by a newer version", file.display());
    }
    Ok(page.bans)
}

fn write(file: &Path, page: &Page) -> io::Result<()> {
    let beside = file.with_extension("json.new");
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    // It says who is wanted, and why.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut new = options.open(&beside)?;
    new.write_all(&serde_json::to_vec_pretty(page)?)?;
    new.sync_all()?;
    fs::rename(&beside, file)?;
    // The rename itself survives once the directory is written.
    match file.parent() {
        Some(directory) if cfg!(unix) => File::open(directory)?.sync_all(),
        _ => Ok(()),
    }
}

impl Line {
    fn of(ban: &Ban) -> Self {
        Self {
            what: ban.what.to_string(),
            until: ban.until.map(millis),
            why: ban.why.to_string(),
            by: ban.by.to_string(),
            made: millis(ban.made),
            automatic: ban.automatic,
        }
    }

    fn ban(&self) -> anyhow::Result<Ban> {
        let what: BanKey = self.what.parse()?;
        Ok(Ban {
            what,
            until: self.until.map(moment),
            why: Text::from(self.why.as_str()),
            by: Text::from(self.by.as_str()),
            made: moment(self.made),
            automatic: self.automatic,
        })
    }
}

fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn moment(millis: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(millis)).unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(what: &str, until: Option<SystemTime>) -> Ban {
        Ban {
            what: what.parse().unwrap(),
            until,
            why: Text::from("noise"),
            by: Text::from("me"),
            made: moment(1_000),
            automatic: false,
        }
    }

    #[test]
    fn what_was_noted_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let hour = Duration::from_secs(3_600);
        let (book, none) = BanBook::open(folder.path(), now).unwrap();
        assert!(none.is_empty());
        let (stays, goes) = (ban("client:pump-7", Some(now + hour)), ban("address:192.0.2.7", None));
        book.write(&Record::Ban { ban: &stays });
        book.write(&Record::Ban { ban: &goes });
        book.write(&Record::Lift { key: &goes.what, made: goes.made });
        book.wait().unwrap();
        let (_again, found) = BanBook::open(folder.path(), now).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].what, stays.what);
        let (_later, over) = BanBook::open(folder.path(), now + 2 * hour).unwrap();
        assert!(over.is_empty(), "it is over by then");
    }

    #[test]
    fn a_list_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let (book, _) = BanBook::open(&gone, SystemTime::now()).unwrap();
        book.write(&Record::Ban { ban: &ban("user:eve", None) });
        assert!(book.wait().unwrap_err().to_string().contains("bans.json"));
    }

    #[test]
    fn a_file_that_is_no_list_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "{").unwrap();
        let error = BanBook::open(folder.path(), SystemTime::now()).unwrap_err();
        assert!(error.to_string().contains("move it away"), "{error:#}");
    }
}
