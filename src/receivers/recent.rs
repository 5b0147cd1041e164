//! Recording the latest deletions.

use bevy_app::{App, Plugin};
use bevy_ecs::{
    change_detection::DetectChangesMut, lifecycle::Despawn, name::Name, observer::On, world::DeferredWorld,
};

use super::RecentDeletes;
use crate::TrackedDeletes;

/// Records the latest deletions in [`RecentDeletes`]. See there for an example.
///
/// It tracks no type by itself: it records the entities that have a tracked component. An observer of
/// `On<Despawn<Name>>` stores the name of each despawned entity until the next publish.
///
/// # Timing
///
/// The observer makes every delete of an entity with a [`Name`] slower, because a delete takes its fast path only if no
/// observer runs.
#[derive(Debug, Clone, Copy)]
pub struct RecentDeletesPlugin {
    capacity: usize,
}

impl RecentDeletesPlugin {
    /// Creates the plugin with a record of at most `capacity` deletions.
    ///
    /// If it is added several times, the largest capacity applies.
    pub const fn with_capacity(capacity: usize) -> Self {
        Self { capacity }
    }
}

impl Plugin for RecentDeletesPlugin {
    fn build(&self, app: &mut App) {
        app.world_mut()
            .get_resource_or_insert_with(|| RecentDeletes::with_capacity(self.capacity))
            .raise_capacity_to(self.capacity);
        if !app.is_plugin_added::<Self>() {
            app.add_observer(keep_name);
        }
    }

    fn is_unique(&self) -> bool {
        false
    }
}

fn keep_name(on: On<Despawn<Name>>, mut world: DeferredWorld) {
    // Without a tracked type, no publish removes the names. A `Query<&Name>` would skip disabled entities.
    if world.contains_resource::<TrackedDeletes>()
        && let Some(name) = world.get::<Name>(on.entity).cloned()
        && let Some(mut recent) = world.get_resource_mut::<RecentDeletes>()
    {
        recent.bypass_change_detection().keep_name(on.entity, name);
    }
}
