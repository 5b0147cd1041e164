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
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf, absolute},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The writers of files that are in use, by path. One file has one writer, so that the lines of several types never mix.
static FILE_WRITERS: Mutex<BTreeMap<PathBuf, Weak<Mutex<LogWriter>>>> = Mutex::new(BTreeMap::new());

/// A writer that several logs can share.
#[derive(Clone)]
pub(super) struct SharedWriter(Arc<Mutex<LogWriter>>);

impl SharedWriter {
    /// Returns the writer that appends to this file.
    pub(super) fn to_file(path: &Path) -> Self {
        let path = absolute(path).unwrap_or_else(|_| path.into());
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

/// A panic while the lock was held leaves whole lines behind, so the poison does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes lines one after the other, and keeps those that could not be written.
pub(super) struct LogWriter {
    target: Target,
    /// The file, once it is open.
    file: Option<File>,
    /// Whether something was written since the last flush.
    needs_flush: bool,
    /// The bytes that are still to be written: whole lines, except for what is already written of the first.
    unwritten: Vec<u8>,
    /// For each line in `unwritten`, the number of pending lines of its log.
    lines: VecDeque<PendingLines>,
    /// Whether the last write failed.
    is_failing: bool,
}

/// The number of lines of one log that are not written yet.
pub(super) type PendingLines = Arc<AtomicUsize>;

enum Target {
    Writer(Box<dyn Write + Send>),
    /// Opened when the first line is written.
    File(PathBuf),
}

impl LogWriter {
    fn new(target: Target) -> Self {
        Self {
            target,
            file: None,
            needs_flush: false,
            unwritten: Vec::new(),
            lines: VecDeque::new(),
            is_failing: false,
        }
    }

    /// Whether the last write failed.
    pub(super) fn is_failing(&self) -> bool {
        self.is_failing
    }

    /// Adds a line of the log that counts its pending lines here.
    pub(super) fn push(&mut self, line: &str, pending: &PendingLines) {
        self.unwritten.extend_from_slice(line.as_bytes());
        self.unwritten.push(b'\n');
        self.lines.push_back(pending.clone());
        pending.fetch_add(1, Ordering::Relaxed);
    }

    /// Writes as much as possible. Returns an error message if this is the first of several failures.
    pub(super) fn write(&mut self) -> Option<String> {
        let mut written = 0;
        let result = self.write_bytes(&mut written);
        for byte in self.unwritten.drain(..written) {
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

    fn write_bytes(&mut self, written: &mut usize) -> io::Result<()> {
        if self.unwritten.is_empty() && !self.needs_flush {
            return Ok(());
        }
        let writer: &mut dyn Write = match &mut self.target {
            Target::Writer(writer) => writer,
            Target::File(path) => match &mut self.file {
                Some(file) => file,
                closed => closed.insert(OpenOptions::new().append(true).create(true).open(path)?),
            },
        };
        while *written < self.unwritten.len() {
            match writer.write(&self.unwritten[*written..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    *written += count;
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
