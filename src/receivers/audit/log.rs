//! The lines that wait to be written.

use alloc::{format, vec::Vec};
use core::{any::type_name, fmt};

use bevy_ecs::{
    error::{BevyError, ErrorContext, warn},
    message::{MessageCursor, Messages},
    resource::Resource,
    utils::prelude::DebugName,
};
use bevy_platform::cell::SyncCell;
use serde::Serialize;

use super::{
    line::Line,
    sink::{Sink, Target},
};
use crate::{PostDelete, Snapshot};

/// The state of an [`AuditPlugin`](super::AuditPlugin).
///
/// What is still to be written is tried once more when it is dropped, with the app.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone, serde::Serialize)]
/// struct Enemy;
///
/// let (reader, writer) = std::io::pipe()?;
/// drop(reader); // nobody will ever read it
///
/// let mut app = App::new();
/// app.add_plugins(AuditPlugin::<Enemy>::to_writer(writer).with_capacity(2));
/// app.world_mut().spawn_batch([Enemy, Enemy, Enemy]);
/// app.world_mut().delete_all::<With<Enemy>>();
/// app.update();
///
/// let log = app.world().resource::<AuditLog<Enemy>>();
/// assert_eq!(log.waiting(), 2);
/// assert_eq!(log.lost(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Resource)]
pub struct AuditLog<S: Snapshot> {
    cursor: MessageCursor<PostDelete<S>>,
    sink: SyncCell<Sink>,
    /// What is still to be written: whole lines, but for what was written already of the first.
    unwritten: Vec<u8>,
    capacity: usize,
    waiting: usize,
    lost: usize,
    failing: bool,
    /// How many frames the app has run.
    frame: u64,
}

impl<S: Snapshot> AuditLog<S> {
    /// How many lines wait to be written, or to be written to their end.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many deletions were not recorded, because more lines waited than are kept, or because their messages were gone
    /// before [`Cleanup`](crate::Cleanup) ran.
    pub fn lost(&self) -> usize {
        self.lost
    }

    pub(super) fn new(target: Target, capacity: usize, cursor: MessageCursor<PostDelete<S>>) -> Self {
        Self {
            cursor,
            sink: SyncCell::new(Sink::new(target)),
            unwritten: Vec::new(),
            capacity,
            waiting: 0,
            lost: 0,
            failing: false,
            frame: 0,
        }
    }

    /// Writes what is told and was not written yet.
    pub(super) fn record(&mut self, messages: &Messages<PostDelete<S>>)
    where
        S: Serialize,
    {
        self.write(); // what could not be written before
        self.lost += self.cursor.missed_messages(messages);
        let mut cursor = core::mem::take(&mut self.cursor);
        for message in cursor.read(messages) {
            self.push(&Line::new(message, self.frame).json());
        }
        self.cursor = cursor;
        self.write();
    }

    pub(super) fn end_frame(&mut self) {
        self.frame += 1;
    }

    fn push(&mut self, line: &str) {
        if self.waiting >= self.capacity && !self.failing {
            self.write();
        }
        if self.waiting >= self.capacity {
            self.lost += 1;
            return;
        }
        self.unwritten.extend_from_slice(line.as_bytes());
        self.unwritten.push(b'\n');
        self.waiting += 1;
    }

    /// Writes what can be written. Tells a failure when it begins.
    fn write(&mut self) {
        let (written, result) = self.sink.get().write(&self.unwritten);
        let lines = self.unwritten[..written].iter().filter(|byte| **byte == b'\n').count();
        self.unwritten.drain(..written);
        self.waiting -= lines;
        let failing = result.is_err();
        if let Err(error) = result
            && !self.failing
        {
            let message = format!(
                "the audit log of `{}` cannot be written, and is tried again every frame: {error}",
                type_name::<S>()
            );
            let name = DebugName::borrowed("AuditPlugin");
            warn(BevyError::from(message), ErrorContext::Command { name });
        }
        self.failing = failing;
    }
}

impl<S: Snapshot> Drop for AuditLog<S> {
    fn drop(&mut self) {
        self.write();
    }
}

impl<S: Snapshot> fmt::Debug for AuditLog<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditLog")
            .field("waiting", &self.waiting)
            .field("lost", &self.lost)
            .field("failing", &self.failing)
            .finish_non_exhaustive()
    }
}
