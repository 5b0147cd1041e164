//! The log of one snapshot type.

use core::{any::type_name, fmt, sync::atomic::Ordering};

use bevy_ecs::{
    message::{MessageCursor, Messages},
    resource::Resource,
};
use serde::Serialize;

use super::{
    line::json,
    writer::{PendingLineCount, SharedWriter},
};
use crate::{
    PostDelete, Snapshot,
    panics::{FirstPanic, catch},
};

/// The state of an [`AuditPlugin`](super::AuditPlugin).
///
/// When it is dropped with the app, it tries once more to write the pending lines.
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
/// drop(reader); // every write fails
///
/// let mut app = App::new();
/// app.add_plugins(AuditPlugin::<Enemy>::to_writer(writer).with_capacity(2));
/// app.world_mut().spawn_batch([Enemy, Enemy, Enemy]);
/// app.world_mut().delete_all::<With<Enemy>>();
/// app.update();
///
/// let log = app.world().resource::<AuditLog<Enemy>>();
/// assert_eq!(log.pending(), 2);
/// assert_eq!(log.dropped(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Resource)]
pub struct AuditLog<S: Snapshot> {
    cursor: MessageCursor<PostDelete<S>>,
    writer: SharedWriter,
    pending: PendingLineCount,
    capacity: usize,
    dropped: usize,
    /// The number of frames that the app has run since the plugin was added.
    pub(super) frame: u64,
}

impl<S: Snapshot> AuditLog<S> {
    /// Returns the number of lines that are not completely written yet.
    pub fn pending(&self) -> usize {
        self.pending.load(Ordering::Relaxed)
    }

    /// Returns the number of deletions that were not recorded: because too many lines were pending, because their
    /// messages were dropped before [`Cleanup`](crate::Cleanup) ran, or because their serialization panicked.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    pub(super) fn new(writer: SharedWriter, capacity: usize, cursor: MessageCursor<PostDelete<S>>) -> Self {
        Self {
            cursor,
            writer,
            pending: PendingLineCount::default(),
            // A line is kept until it is written, so there is room for at least one.
            capacity: capacity.max(1),
            dropped: 0,
            frame: 0,
        }
    }

    /// Writes a line for each message that was published since the last call.
    pub(super) fn record(&mut self, messages: &Messages<PostDelete<S>>)
    where
        S: Serialize,
    {
        // Lines that could not be written before.
        let mut panic = FirstPanic::default();
        panic.catch(&mut || self.write());
        self.dropped += self.cursor.missed_messages(messages);
        let mut cursor = self.cursor.clone();
        for message in cursor.read(messages) {
            if self.pending() >= self.capacity && !self.writer.lock().is_failing {
                panic.catch(&mut || self.write());
            }
            let mut line = None;
            panic.catch(&mut || line = Some(json(message, self.frame)));
            match line {
                Some(line) if self.pending() < self.capacity => self.writer.lock().push(&line, &self.pending),
                _ => self.dropped += 1,
            }
        }
        self.cursor = cursor;
        panic.catch(&mut || self.write());
    }

    /// Writes as much as possible, and logs the first of several failures.
    fn write(&mut self) {
        if let Some(error) = self.writer.lock().write() {
            log::warn!(
                "unable to write the audit log of `{}`, retrying every frame: {error}",
                type_name::<S>()
            );
        }
    }
}

impl<S: Snapshot> Drop for AuditLog<S> {
    fn drop(&mut self) {
        // The writer may panic, and the app may be dropped because of a panic.
        _ = catch(&mut || self.write());
    }
}

impl<S: Snapshot> fmt::Debug for AuditLog<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditLog")
            .field("pending", &self.pending())
            .field("dropped", &self.dropped)
            .field("is_failing", &self.writer.lock().is_failing)
            .finish_non_exhaustive()
    }
}
