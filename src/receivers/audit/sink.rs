//! Where the lines go.

use alloc::boxed::Box;
use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::PathBuf,
};

/// What they are written to.
pub(super) enum Target {
    Writer(Box<dyn Write + Send>),
    /// Opened when the first line is written.
    File(PathBuf),
}

/// What they are written to, opened if need be.
pub(super) struct Sink {
    target: Target,
    file: Option<File>,
    /// Whether something was written since the last flush.
    written: bool,
}

impl Sink {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            file: None,
            written: false,
        }
    }

    /// Writes and flushes, and returns how many bytes were written, whatever happened then.
    pub(super) fn write(&mut self, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut count = 0;
        let result = self.write_from(bytes, &mut count);
        (count, result)
    }

    fn write_from(&mut self, bytes: &[u8], count: &mut usize) -> io::Result<()> {
        if bytes.is_empty() && !self.written {
            return Ok(());
        }
        let writer: &mut dyn Write = match &mut self.target {
            Target::Writer(writer) => writer,
            Target::File(path) => match &mut self.file {
                Some(file) => file,
                closed => closed.insert(OpenOptions::new().append(true).create(true).open(path)?),
            },
        };
        while *count < bytes.len() {
            match writer.write(&bytes[*count..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    *count += written;
                    self.written = true;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        writer.flush()?;
        self.written = false;
        Ok(())
    }
}
