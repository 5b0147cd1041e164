//! A record of what was deleted.

mod line;
mod log;
mod sink;

use alloc::boxed::Box;
use core::{fmt, marker::PhantomData};
use std::{
    io::Write,
    path::Path,
    sync::{Mutex, PoisonError},
};

use bevy_app::{App, AppExit, Last, Plugin};
use bevy_ecs::{
    message::Messages,
    schedule::{IntoScheduleConfigs, common_conditions::on_message},
    system::{Res, ResMut},
};
use serde::Serialize;

pub use self::log::AuditLog;
use self::sink::Target;
use super::queue::Taking;
use crate::{Cleanup, PostDelete, PostDeletePlugin, PostDeleteSystems, Snapshot, publish_deletes};

/// Writes a line of JSON for everything that was deleted.
///
/// Each line is an object of these:
///
/// | | |
/// |---|---|
/// | `entity` | the entity, as a number: as Bevy serializes entities, so that it matches those within snapshots |
/// | `type` | the full name of the snapshot type |
/// | `kind` | the [`DeleteKind`](crate::DeleteKind) |
/// | `root` | the entity that `delete` was called on, or `null` |
/// | `reason` | the words of the [`DeleteReason`](crate::DeleteReason), or `null` |
/// | `operation` | the number of the delete call, or `0` |
/// | `frame` | how many frames the app had run before the one in which it was told |
/// | `caller` | the line that deleted it, under the feature `track_location` |
/// | `snapshot` | the snapshot, as it serializes itself |
/// | `error` | in place of the snapshot, why it could not be serialized |
///
/// Lines are written in [`Cleanup`], and once more when the app exits. A write that fails, because the disk is full or
/// the pipe closed, is logged as a warning, once, and tried again every frame from where it broke off. Up to
/// [a bound](Self::with_capacity) nothing is lost; [`AuditLog::lost`] says what was lost beyond.
///
/// # Panics
///
/// Adding two of them for one type panics, as with any plugin: they could not both have its log.
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
    /// Until it is built.
    target: Mutex<Option<Target>>,
    capacity: usize,
    marker: PhantomData<fn() -> S>,
}

/// How many lines are kept where they cannot be written.
const CAPACITY: usize = 65_536;

impl<S> AuditPlugin<S> {
    /// Appends to this file, and creates it if need be.
    ///
    /// It is opened with the first line. Several types can have one file.
    pub fn to_file(path: impl AsRef<Path>) -> Self {
        Self::to(Target::File(path.as_ref().into()))
    }

    /// Writes to this, and flushes it every frame in which there was something to write.
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
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        Self::to(Target::Writer(Box::new(writer)))
    }

    /// Sets how many lines are kept where they cannot be written: 65,536 if nothing is said.
    ///
    /// Beyond that, those that come last are lost, and counted.
    pub fn with_capacity(mut self, lines: usize) -> Self {
        self.capacity = lines;
        self
    }

    fn to(target: Target) -> Self {
        Self {
            target: Mutex::new(Some(target)),
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
        let target = self.target.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(target) = target else {
            return;
        };
        app.add_plugins(PostDeletePlugin::<S>::default());
        let cursor = app.world().resource::<Messages<PostDelete<S>>>().get_cursor_current();
        app.insert_resource(AuditLog::<S>::new(target, self.capacity, cursor))
            .add_systems(Cleanup, record::<S>.in_set(PostDeleteSystems::Receive).before(Taking))
            .add_systems(
                Last,
                (
                    // There is no other frame to publish what went since `Cleanup`.
                    (publish_deletes, record::<S>).chain().run_if(on_message::<AppExit>),
                    end_frame::<S>,
                )
                    .chain(),
            );
    }
}

fn record<S: Snapshot + Serialize>(messages: Res<Messages<PostDelete<S>>>, mut log: ResMut<AuditLog<S>>) {
    log.record(&messages);
}

fn end_frame<S: Snapshot>(mut log: ResMut<AuditLog<S>>) {
    log.end_frame();
}
