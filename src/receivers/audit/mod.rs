//! Recording deletions in a log of JSON Lines.

mod line;
mod log;
mod writer;

use core::{fmt, marker::PhantomData};
use std::{io::Write, path::Path};

use bevy_app::{App, Last, OnAppExitSystems, Plugin};
use bevy_ecs::{
    message::Messages,
    schedule::{IntoScheduleConfigs, ScheduleConfigs},
    system::{Res, ResMut, ScheduleSystem},
};
use serde::Serialize;

pub use self::log::AuditLog;
use self::writer::SharedWriter;
use super::{
    after_last::{AfterLast, insert_schedule_after, is_exiting},
    at_exit::delete_at_exit,
};
use crate::{Cleanup, PostDelete, PostDeletePlugin, PostDeleteSystems, Snapshot, publish_deletes};

/// Writes a line of JSON for each deletion.
///
/// Each line is an object with these fields:
///
/// | field | value |
/// |---|---|
/// | `entity` | the entity as a number, as Bevy serializes entities, so that it matches those in snapshots |
/// | `entity_id` | the entity as log messages show it, such as `18v0` |
/// | `type` | the full name of the snapshot type |
/// | `kind` | the [`DeleteKind`](crate::DeleteKind) |
/// | `root`, `root_id` | the entity that was passed to the delete call or selected by it, or `null` |
/// | `reason` | the text of the [`DeleteReason`](crate::DeleteReason), or `null` |
/// | `instigator`, `instigator_id` | the entity that caused the deletion, or `null` |
/// | `operation` | the number of the delete call, or `0` |
/// | `frame` | the number of the frame in which the line was added, counted from 0 when the plugin was added |
/// | `caller` | the line that deleted the entity, with the feature `track_location` |
/// | `snapshot` | the serialized snapshot |
/// | `error` | instead of the snapshot, why it could not be serialized |
///
/// Lines are written in [`Cleanup`], in the set [`PostDeleteSystems::Receive`], and once more when the app exits. If a
/// write fails, because the disk is full or the pipe is closed, a warning is logged once. The write is tried again
/// every frame, and continues where it stopped. Up to [`with_capacity`](Self::with_capacity) lines are kept. Further
/// lines are lost, and counted by [`AuditLog::dropped`].
///
/// # Panics
///
/// Adding it twice for one type panics, as for every unique plugin.
///
/// # Example
///
/// ```
/// use std::{fs, io, path::PathBuf};
///
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
/// use serde::Serialize;
///
/// #[derive(Component, Clone, Serialize)]
/// struct Account {
///     owner: &'static str,
/// }
///
/// let path = std::env::temp_dir().join(format!("accounts-{}.jsonl", std::process::id()));
///
/// let mut app = App::new();
/// app.add_plugins(AuditPlugin::<Account>::to_file(&path));
/// app.world_mut().spawn(Account { owner: "Ada" }).delete()?;
/// app.update();
///
/// let log = fs::read_to_string(&path)?;
/// fs::remove_file(&path)?;
/// let line: serde_json::Value = serde_json::from_str(&log)?;
/// assert_eq!(line["snapshot"]["owner"], "Ada");
/// assert_eq!(line["kind"], "Direct");
/// assert_eq!(line["frame"], 0);
/// # Ok::<(), BevyError>(())
/// ```
pub struct AuditPlugin<S> {
    writer: SharedWriter,
    capacity: usize,
    marker: PhantomData<fn() -> S>,
}

/// The number of lines that are kept if they cannot be written.
const CAPACITY: usize = 65_536;

impl<S> AuditPlugin<S> {
    /// Creates the plugin with a log that is appended to this file.
    ///
    /// The file is created if it does not exist. It is opened when the first line is written. If it cannot be opened,
    /// that counts as a failed write: it is logged once, and tried again every frame. Several types can share a
    /// file.
    pub fn to_file(path: impl AsRef<Path>) -> Self
    where
        S: Snapshot + Serialize,
    {
        Self::to(SharedWriter::to_file(path.as_ref()))
    }

    /// Creates the plugin with a log that is written to this writer, and flushed in each frame with a new line.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_app::prelude::*;
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone, serde::Serialize)]
    /// struct Enemy;
    ///
    /// let (reader, writer) = std::io::pipe()?;
    /// let mut app = App::new();
    /// app.add_plugins(AuditPlugin::<Enemy>::to_writer(writer));
    /// app.world_mut().spawn(Enemy).despawn();
    /// app.update();
    /// drop(app);
    /// assert!(std::io::read_to_string(reader)?.contains(r#""kind":"Despawn""#));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self
    where
        S: Snapshot + Serialize,
    {
        Self::to(SharedWriter::to_writer(writer))
    }

    /// Sets how many lines are kept if they cannot be written. The default is 65,536.
    ///
    /// Beyond that, later lines are lost, and counted. At least one line is always kept.
    pub fn with_capacity(mut self, lines: usize) -> Self {
        self.capacity = lines;
        self
    }

    fn to(writer: SharedWriter) -> Self {
        Self {
            writer,
            capacity: CAPACITY,
            marker: PhantomData,
        }
    }
}

impl<S> fmt::Debug for AuditPlugin<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditPlugin")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl<S: Snapshot + Serialize> Plugin for AuditPlugin<S> {
    fn build(&self, app: &mut App) {
        app.add_plugins(PostDeletePlugin::<S>::default());
        let cursor = app.world().resource::<Messages<PostDelete<S>>>().get_cursor_current();
        app.insert_resource(AuditLog::<S>::new(self.writer.clone(), self.capacity, cursor))
            .add_systems(Cleanup, record::<S>.in_set(PostDeleteSystems::Receive))
            .add_systems(Last, record_at_exit::<S>().in_set(OnAppExitSystems))
            .add_systems(
                AfterLast,
                (record_at_exit::<S>(), end_frame::<S>.after(delete_at_exit)).chain(),
            );
        insert_schedule_after(app, Last, AfterLast);
    }

    fn finish(&self, app: &mut App) {
        // The main schedules may have been added after this plugin.
        insert_schedule_after(app, Last, AfterLast);
    }
}

/// Publishes and records the entities that were deleted since [`Cleanup`], if the app exits. No later frame does.
///
/// Not those that the last run of [`Cleanup`] deletes in a [`DeleteAtExitPlugin`](super::DeleteAtExitPlugin).
fn record_at_exit<S: Snapshot + Serialize>() -> ScheduleConfigs<ScheduleSystem> {
    (publish_deletes, record::<S>)
        .chain()
        .run_if(is_exiting)
        .before(delete_at_exit)
        .ambiguous_with_all()
}

fn record<S: Snapshot + Serialize>(messages: Res<Messages<PostDelete<S>>>, mut log: ResMut<AuditLog<S>>) {
    log.record(&messages);
}

fn end_frame<S: Snapshot>(mut log: ResMut<AuditLog<S>>) {
    log.frame += 1;
}
