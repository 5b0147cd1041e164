//! How much is deleted, as Bevy's diagnostics.

use bevy_app::{App, Last, Plugin};
use bevy_diagnostic::{DEFAULT_MAX_HISTORY_LENGTH, Diagnostic, DiagnosticPath, Diagnostics, RegisterDiagnostic};
use bevy_ecs::{system::Local, world::World};

use crate::{deletions::Deletions, tracked::TrackedDeletes};

/// Tells Bevy's [diagnostics](bevy_diagnostic) how much is deleted. Needs the feature `diagnostic`.
///
/// Measured once a frame, in [`Last`], of all tracked types together. It tracks none by itself.
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
    /// How many values are kept of each diagnostic.
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
    /// How many [`PostDelete`](crate::PostDelete) messages were told in this frame.
    pub const DELETES: DiagnosticPath = DiagnosticPath::const_new("deletes");
    /// How many are pending at its end: what was deleted in [`Cleanup`](crate::Cleanup) or later, and is told next frame.
    pub const PENDING: DiagnosticPath = DiagnosticPath::const_new("deletes/pending");
}

impl Plugin for DeleteDiagnosticsPlugin {
    fn build(&self, app: &mut App) {
        for path in [Self::DELETES, Self::PENDING] {
            app.register_diagnostic(Diagnostic::new(path).with_max_history_length(self.max_history_length));
        }
        app.add_systems(Last, measure);
    }
}

fn measure(world: &World, mut diagnostics: Diagnostics, mut told_before: Local<u64>) {
    let told = world.get_resource::<TrackedDeletes>().map_or(0, TrackedDeletes::told);
    // What an untracked type has told is forgotten.
    let deletes = told.saturating_sub(core::mem::replace(&mut *told_before, told));
    diagnostics.add_measurement(&DeleteDiagnosticsPlugin::DELETES, || deletes as f64);
    diagnostics.add_measurement(&DeleteDiagnosticsPlugin::PENDING, || {
        let types = world.get_resource::<Deletions>().map_or(&[][..], Deletions::types);
        types
            .iter()
            .map(|tracked| (tracked.functions.pending)(world) as f64)
            .sum()
    });
}
