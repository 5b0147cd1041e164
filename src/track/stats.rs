//! The tracked types of a world, for inspectors and statistics.

use alloc::vec::Vec;
use core::any::type_name;

use bevy_ecs::{component::ComponentId, resource::Resource};
#[cfg(feature = "bevy_reflect")]
use {
    bevy_ecs::reflect::ReflectComponent,
    bevy_reflect::{Reflect, std_traits::ReflectDefault},
};

use crate::snapshot::{Snapshot, SnapshotType};

/// The snapshot types that a world tracks, and how many messages of each were published.
///
/// It is for inspectors, remote tools and statistics. Captures and publishes do not depend on it. Do not remove it:
/// `DeleteAtExitPlugin`, `DeleteDiagnosticsPlugin` and `RecentDeletesPlugin` read it.
///
/// It exists once a type was tracked. Every [`publish_deletes`](crate::publish_deletes) updates it, and marks it as
/// changed if it published a message.
///
/// With the feature `bevy_reflect`, it is registered as a reflected component, which every resource is. It is not
/// registered as a reflected resource, so that it is not written into saved worlds.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// let mut app = App::new();
/// app.add_plugins(PostDeletePlugin::<Enemy>::default());
/// app.world_mut().spawn_batch([Enemy, Enemy]).for_each(drop);
/// app.world_mut().delete_all::<With<Enemy>>();
/// app.update();
///
/// let world = app.world();
/// let tracked = world.resource::<TrackedDeletes>();
/// let enemies = tracked.get::<Enemy>().unwrap();
/// assert!(enemies.snapshot().ends_with("Enemy"));
/// // The component is its own snapshot.
/// assert_eq!(enemies.component(), enemies.snapshot());
/// assert_eq!(Some(enemies.component_id()), world.component_id::<Enemy>());
/// assert_eq!((enemies.published(), enemies.last_published()), (2, 2));
/// assert_eq!((tracked.iter().count(), tracked.published()), (1, 2));
/// ```
#[derive(Resource, Debug, Clone, Default)]
#[cfg_attr(feature = "bevy_reflect", derive(Reflect))]
#[cfg_attr(feature = "bevy_reflect", reflect(Component, Debug, Default, Clone))]
pub struct TrackedDeletes {
    types: Vec<TrackedSnapshot>,
}

/// A tracked snapshot type in [`TrackedDeletes`]. See there for an example.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "bevy_reflect", derive(Reflect))]
#[cfg_attr(feature = "bevy_reflect", reflect(Debug, Clone))]
pub struct TrackedSnapshot {
    #[cfg_attr(feature = "bevy_reflect", reflect(ignore, clone, default = "SnapshotType::unknown"))]
    snapshot_type: SnapshotType,
    snapshot: &'static str,
    component: &'static str,
    #[cfg_attr(feature = "bevy_reflect", reflect(ignore, clone, default = "unknown_component"))]
    component_id: ComponentId,
    published: u64,
    last_published: u64,
}

impl TrackedDeletes {
    /// Returns the tracked snapshot types, in the order of registration.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &TrackedSnapshot> {
        self.types.iter()
    }

    /// Returns the entry of this snapshot type, if it is tracked.
    pub fn get<S: Snapshot>(&self) -> Option<&TrackedSnapshot> {
        let snapshot = SnapshotType::of::<S>();
        self.types.iter().find(|tracked| tracked.snapshot_type == snapshot)
    }

    /// Returns how many messages of all types were published since the types were tracked.
    pub fn published(&self) -> u64 {
        self.types.iter().map(TrackedSnapshot::published).sum()
    }

    pub(super) fn track<S: Snapshot>(&mut self, component_id: ComponentId) {
        let snapshot_type = SnapshotType::of::<S>();
        self.untrack(snapshot_type);
        self.types.push(TrackedSnapshot {
            snapshot_type,
            snapshot: snapshot_type.name(),
            component: type_name::<S::Component>(),
            component_id,
            published: 0,
            last_published: 0,
        });
    }

    pub(super) fn untrack(&mut self, snapshot: SnapshotType) {
        self.types.retain(|tracked| tracked.snapshot_type != snapshot);
    }

    /// Counts the messages of one type that a publish publishes.
    pub(crate) fn count(&mut self, snapshot: SnapshotType, published: usize) {
        if let Some(tracked) = self.types.iter_mut().find(|tracked| tracked.snapshot_type == snapshot) {
            tracked.last_published = published as u64;
            tracked.published += tracked.last_published;
        }
    }
}

impl TrackedSnapshot {
    /// Returns the name of the snapshot type, as [`type_name`](core::any::type_name()) gives it.
    pub fn snapshot(&self) -> &'static str {
        self.snapshot
    }

    /// Returns the name of the tracked component. A component that is its own snapshot has the same name.
    pub fn component(&self) -> &'static str {
        self.component
    }

    /// Returns the id of that component in the world.
    pub fn component_id(&self) -> ComponentId {
        self.component_id
    }

    /// Returns how many messages of this type were published since it was tracked.
    pub fn published(&self) -> u64 {
        self.published
    }

    /// Returns how many messages of this type the latest publish published.
    pub fn last_published(&self) -> u64 {
        self.last_published
    }
}

/// The id of no tracked component, for a value that was created by reflection.
#[cfg(feature = "bevy_reflect")]
fn unknown_component() -> ComponentId {
    ComponentId::new(usize::MAX)
}
