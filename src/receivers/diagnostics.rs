//! The number of deletions, as Bevy's diagnostics.

use bevy_app::{App, Last, Plugin};
use bevy_diagnostic::{DEFAULT_MAX_HISTORY_LENGTH, Diagnostic, DiagnosticPath, Diagnostics, RegisterDiagnostic};
use bevy_ecs::{
    system::{In, IntoSystem, Local},
    world::World,
};

use crate::{DeleteWorldExt, TrackedDeletes};

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
    /// The number of messages that are pending at the end of the frame. Their entities were deleted in
    /// [`Cleanup`](crate::Cleanup) or later, and are published in the next frame.
    pub const PENDING: DiagnosticPath = DiagnosticPath::const_new("deletes/pending");
}

impl Plugin for DeleteDiagnosticsPlugin {
    fn build(&self, app: &mut App) {
        for path in [Self::DELETES, Self::PENDING] {
            app.register_diagnostic(Diagnostic::new(path).with_max_history_length(self.max_history_length));
        }
        app.add_systems(Last, count.pipe(record));
    }
}

/// Returns how many messages were published in this frame, and how many are pending.
fn count(world: &mut World, mut published_before: Local<u64>) -> (u64, u64) {
    let published = world
        .get_resource::<TrackedDeletes>()
        .map_or(0, TrackedDeletes::published);
    // The messages of a type no longer count when it is untracked.
    let deletes = published.saturating_sub(core::mem::replace(&mut *published_before, published));
    let mut pending = 0;
    world.amend_pending_deletes(|_, _| pending += 1);
    (deletes, pending)
}

fn record(In((deletes, pending)): In<(u64, u64)>, mut diagnostics: Diagnostics) {
    diagnostics.add_measurement(&DeleteDiagnosticsPlugin::DELETES, || deletes as f64);
    diagnostics.add_measurement(&DeleteDiagnosticsPlugin::PENDING, || pending as f64);
}
