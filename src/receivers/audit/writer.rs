//! The writer of a log, which several snapshot types can share.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    string::String,
    sync::{Arc, Weak},
    vec::Vec,
};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::{
    fs::OpenOptions,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf, absolute},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The writers of files that are in use, by path. One file has one writer, so that the lines of several types never
/// mix.
static FILE_WRITERS: Mutex<BTreeMap<PathBuf, Weak<Mutex<LogWriter>>>> = Mutex::new(BTreeMap::new());

/// A writer that several logs can share.
#[derive(Clone)]
pub(super) struct SharedWriter(Arc<Mutex<LogWriter>>);

impl SharedWriter {
    /// Returns the writer that appends to this file.
    pub(super) fn to_file(path: &Path) -> Self {
        let path = identify(path).unwrap_or_else(|_| path.into());
        let mut writers = lock(&FILE_WRITERS);
        writers.retain(|_, writer| writer.strong_count() > 0);
        if let Some(writer) = writers.get(&path).and_then(Weak::upgrade) {
            return Self(writer);
        }
        let writer = Arc::new(Mutex::new(LogWriter::new(Target::File(path.clone()))));
        writers.insert(path, Arc::downgrade(&writer));
        Self(writer)
    }

    pub(super) fn to_writer(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(LogWriter::new(Target::Writer(Box::new(writer))))))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, LogWriter> {
        lock(&self.0)
    }
}

/// The number of symlinks that are followed. Two of them may point to each other.
const MAX_SYMLINKS: usize = 40;

/// Returns the same path for all spellings of it. The file and its directories may not exist yet.
fn identify(path: &Path) -> io::Result<PathBuf> {
    let mut path = absolute(path)?;
    for _ in 0..MAX_SYMLINKS {
        match (path.read_link(), path.parent()) {
            (Ok(target), Some(parent)) => path = parent.join(target),
            _ => break,
        }
    }
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(path), _, _) => Ok(path),
        (Err(_), Some(parent), Some(name)) => Ok(identify(parent)?.join(name)),
        _ => Ok(path),
    }
}

/// A panic while the lock was held leaves whole lines behind, so the poison does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes lines one after the other, and keeps those that could not be written.
pub(super) struct LogWriter {
    target: Target,
    /// Whether something was written since the last flush.
    needs_flush: bool,
    /// The bytes that are still to be written: whole lines, except that the start of the first may be written already.
    unwritten: Vec<u8>,
    /// How many bytes at the front of `unwritten` are written already. A field, so that a panic of the writer does not
    /// lose it.
    written: usize,
    /// For each line in `unwritten`, the number of pending lines of its log.
    lines: VecDeque<PendingLineCount>,
    /// Whether the last write failed.
    pub(super) is_failing: bool,
}

/// The number of lines of one log that are not written yet.
pub(super) type PendingLineCount = Arc<AtomicUsize>;

enum Target {
    Writer(Box<dyn Write + Send>),
    /// A file that is opened when the first line is written.
    File(PathBuf),
}

impl LogWriter {
    fn new(target: Target) -> Self {
        Self {
            target,
            needs_flush: false,
            unwritten: Vec::new(),
            written: 0,
            lines: VecDeque::new(),
            is_failing: false,
        }
    }

    /// Adds a line of the log that counts its pending lines here.
    pub(super) fn push(&mut self, line: &str, pending: &PendingLineCount) {
        self.unwritten.extend_from_slice(line.as_bytes());
        self.unwritten.push(b'\n');
        self.lines.push_back(pending.clone());
        pending.fetch_add(1, Ordering::Relaxed);
    }

    /// Writes as much as possible. Returns an error message if this is the first of several failures.
    pub(super) fn write(&mut self) -> Option<String> {
        let result = self.write_bytes();
        for byte in self.unwritten.drain(..core::mem::take(&mut self.written)) {
            if byte == b'\n'
                && let Some(pending) = self.lines.pop_front()
            {
                pending.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let was_failing = core::mem::replace(&mut self.is_failing, result.is_err());
        let error = result.err().filter(|_| !was_failing)?;
        Some(alloc::format!("{error}"))
    }

    fn write_bytes(&mut self) -> io::Result<()> {
        if self.unwritten.is_empty() && !self.needs_flush {
            return Ok(());
        }
        if let Target::File(path) = &self.target {
            let file = OpenOptions::new().append(true).create(true).open(path)?;
            self.target = Target::Writer(Box::new(file));
        }
        let Target::Writer(writer) = &mut self.target else {
            return Ok(());
        };
        while self.written < self.unwritten.len() {
            match writer.write(&self.unwritten[self.written..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.written += count;
                    self.needs_flush = true;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        writer.flush()?;
        self.needs_flush = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer whose space runs out.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(Vec<u8>, usize)>>);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (content, free) = &mut *lock(&self.0);
            let count = bytes.len().min(*free);
            if count == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            *free -= count;
            content.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_was_cut_short_is_completed_before_the_line_of_another_log() {
        let disk = Disk::default();
        let mut writer = LogWriter::new(Target::Writer(Box::new(disk.clone())));
        let (orcs, elves) = (PendingLineCount::default(), PendingLineCount::default());
        let pending = || (orcs.load(Ordering::Relaxed), elves.load(Ordering::Relaxed));

        lock(&disk.0).1 = 6;
        writer.push("an orc", &orcs);
        assert!(writer.write().is_some());
        writer.push("an elf", &elves);
        assert!(writer.write().is_none(), "the failure is reported once");
        assert_eq!(lock(&disk.0).0, b"an orc");
        assert_eq!(pending(), (1, 1));

        lock(&disk.0).1 = 4;
        assert!(writer.write().is_none());
        assert_eq!(lock(&disk.0).0, b"an orc\nan ");
        assert_eq!(pending(), (0, 1));

        lock(&disk.0).1 = 100;
        assert!(writer.write().is_none());
        assert_eq!(lock(&disk.0).0, b"an orc\nan elf\n");
        assert_eq!(pending(), (0, 0));
    }

    #[test]
    fn all_spellings_of_a_path_share_a_writer() {
        let directory = std::env::temp_dir();
        let name = alloc::format!("bevy_post_delete-writer-{}", std::process::id());
        let inside = directory.join(&name);
        std::fs::create_dir(&inside).unwrap();
        let mut spellings = Vec::from([
            inside.join("log"),
            inside.join(".").join("log"),
            inside.join("..").join(&name).join("log"),
        ]);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("log", inside.join("link")).unwrap();
            spellings.push(inside.join("link"));
        }
        let writers: Vec<_> = spellings.iter().map(|path| SharedWriter::to_file(path)).collect();
        std::fs::remove_dir_all(&inside).unwrap();
        assert!(writers.iter().all(|writer| Arc::ptr_eq(&writer.0, &writers[0].0)));
    }
}
