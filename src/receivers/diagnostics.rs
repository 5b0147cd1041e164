//! The number of deletions, as Bevy's diagnostics.

use bevy_app::{App, Last, Plugin};
use bevy_diagnostic::{DEFAULT_MAX_HISTORY_LENGTH, Diagnostic, DiagnosticPath, Diagnostics, RegisterDiagnostic};
use bevy_ecs::{
    schedule::IntoScheduleConfigs,
    system::{In, IntoSystem, Local},
    world::World,
};

use crate::{DeleteWorldExt, TrackedDeletes, TrackedSnapshot};

/// Adds the number of deletions to Bevy's [diagnostics](bevy_diagnostic). Needs the feature `diagnostic`.
///
/// The numbers of published and of pending messages are measured once per frame, in [`Last`], for all tracked types
/// together. The plugin tracks no type by itself.
///
/// # Timing
///
/// Each measurement visits every pending message.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_diagnostic::{DiagnosticPath, DiagnosticsStore};
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// let mut app = App::new();
/// app.add_plugins((PostDeletePlugin::<Enemy>::default(), DeleteDiagnosticsPlugin::default()));
/// app.world_mut().spawn_batch([Enemy, Enemy]).for_each(drop);
/// app.world_mut().delete_all::<With<Enemy>>();
/// app.update();
///
/// let diagnostics = app.world().resource::<DiagnosticsStore>();
/// let value = |path: &DiagnosticPath| diagnostics.get(path).and_then(|diagnostic| diagnostic.value());
/// assert_eq!(value(&DeleteDiagnosticsPlugin::DELETES), Some(2.0));
/// assert_eq!(value(&DeleteDiagnosticsPlugin::PENDING), Some(0.0));
/// ```
#[derive(Debug)]
pub struct DeleteDiagnosticsPlugin {
    /// The number of values that each diagnostic keeps.
    ///
    /// ```
    /// # use bevy_app::prelude::*;
    /// # use bevy_diagnostic::DiagnosticsStore;
    /// # use bevy_post_delete::prelude::*;
    /// # let mut app = App::new();
    /// app.add_plugins(DeleteDiagnosticsPlugin { max_history_length: 600 });
    /// let diagnostics = app.world().resource::<DiagnosticsStore>();
    /// let deletes = diagnostics.get(&DeleteDiagnosticsPlugin::DELETES).unwrap();
    /// assert_eq!(deletes.get_max_history_length(), 600);
    /// ```
    pub max_history_length: usize,
}

impl Default for DeleteDiagnosticsPlugin {
    fn default() -> Self {
        Self {
            max_history_length: DEFAULT_MAX_HISTORY_LENGTH,
        }
    }
}

impl DeleteDiagnosticsPlugin {
    /// The number of [`PostDelete`](crate::PostDelete) messages that were published in this frame.
    pub const DELETES: DiagnosticPath = DiagnosticPath::const_new("deletes");
    /// The number of messages that are pending at the end of the frame. Their entities were deleted by an observer of
    /// [`PostDelete`](crate::PostDelete), in [`Cleanup`](crate::Cleanup), or later. They are published in the next
    /// frame.
    pub const PENDING: DiagnosticPath = DiagnosticPath::const_new("deletes/pending");
}

impl Plugin for DeleteDiagnosticsPlugin {
    fn build(&self, app: &mut App) {
        for path in [Self::DELETES, Self::PENDING] {
            app.register_diagnostic(Diagnostic::new(path).with_max_history_length(self.max_history_length));
        }
        app.add_systems(Last, count.pipe(record).ambiguous_with_all());
    }
}

/// Returns how many messages were published in this frame, and how many are pending.
fn count(world: &mut World, mut last_frame: Local<TrackedDeletes>) -> (u64, u64) {
    let tracked = world.get_resource::<TrackedDeletes>().cloned().unwrap_or_default();
    let deletes = tracked.iter().map(|now| published_since(&last_frame, now)).sum();
    *last_frame = tracked;
    let mut pending = 0;
    world.amend_pending_deletes(|_, _| pending += 1);
    (deletes, pending)
}

/// Returns how many messages of a type were published since the earlier count.
fn published_since(earlier: &TrackedDeletes, now: &TrackedSnapshot) -> u64 {
    let key = |tracked: &TrackedSnapshot| (tracked.snapshot(), tracked.component_id());
    let before = earlier.iter().find(|before| key(before) == key(now));
    let before = before.map_or(0, TrackedSnapshot::published);
    // A type that was untracked and tracked again counts from 0.
    now.published().checked_sub(before).unwrap_or(now.published())
}

fn record(In((deletes, pending)): In<(u64, u64)>, mut diagnostics: Diagnostics) {
    diagnostics.add_measurement(&DeleteDiagnosticsPlugin::DELETES, || deletes as f64);
    diagnostics.add_measurement(&DeleteDiagnosticsPlugin::PENDING, || pending as f64);
}
