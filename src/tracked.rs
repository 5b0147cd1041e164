//! What a world tracks, for people and tools to look at.

use alloc::vec::Vec;
use core::any::type_name;

use bevy_ecs::resource::Resource;
#[cfg(feature = "bevy_reflect")]
use {
    bevy_ecs::reflect::ReflectComponent,
    bevy_reflect::{Reflect, std_traits::ReflectDefault},
};

use crate::snapshot::Snapshot;

/// What a world tracks, and how much was told of it.
///
/// To look at, in an inspector or a remote tool: with the feature `bevy_reflect` it is registered as a reflected
/// component (all resources are components), so that a saved world says nothing of it. It is there once anything was tracked, is brought up to date by every
/// [`publish_deletes`](crate::publish_deletes), and counts as changed when that told anything. Nothing in this crate goes
/// by what it says.
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
/// let tracked = app.world().resource::<TrackedDeletes>();
/// let enemies = tracked.get::<Enemy>().unwrap();
/// assert!(enemies.snapshot().ends_with("Enemy"));
/// assert_eq!((enemies.told(), enemies.told_last()), (2, 2));
/// assert_eq!(tracked.iter().count(), 1);
/// ```
#[derive(Resource, Debug, Clone, Default)]
#[cfg_attr(feature = "bevy_reflect", derive(Reflect))]
// Not as a `Resource`: with that, Bevy would write it into every world that is saved, and read it from there.
#[cfg_attr(feature = "bevy_reflect", reflect(Component, Debug, Default, Clone))]
pub struct TrackedDeletes {
    types: Vec<TrackedSnapshot>,
}

/// A tracked snapshot type in [`TrackedDeletes`], which has an example.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "bevy_reflect", derive(Reflect))]
#[cfg_attr(feature = "bevy_reflect", reflect(Debug, Clone))]
pub struct TrackedSnapshot {
    snapshot: &'static str,
    component: &'static str,
    told: u64,
    told_last: u64,
}

impl TrackedDeletes {
    /// The tracked snapshot types, in the order in which they were registered.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &TrackedSnapshot> {
        self.types.iter()
    }

    /// This snapshot type, if it is tracked.
    pub fn get<S: Snapshot>(&self) -> Option<&TrackedSnapshot> {
        self.types.iter().find(|tracked| tracked.snapshot == type_name::<S>())
    }

    /// How many messages of all types were told in this world since they were tracked.
    pub fn told(&self) -> u64 {
        self.types.iter().map(TrackedSnapshot::told).sum()
    }

    pub(crate) fn track<S: Snapshot>(&mut self) {
        self.untrack::<S>();
        self.types.push(TrackedSnapshot {
            snapshot: type_name::<S>(),
            component: type_name::<S::Component>(),
            told: 0,
            told_last: 0,
        });
    }

    pub(crate) fn untrack<S: Snapshot>(&mut self) {
        self.types.retain(|tracked| tracked.snapshot != type_name::<S>());
    }

    /// Counts what a publish tells of each type, in the order of registration.
    pub(crate) fn count(&mut self, told: &[usize]) {
        for (tracked, told) in self.types.iter_mut().zip(told) {
            tracked.told_last = *told as u64;
            tracked.told += tracked.told_last;
        }
    }
}

impl TrackedSnapshot {
    /// The name of the snapshot type, as [`type_name`](core::any::type_name()) gives it.
    pub fn snapshot(&self) -> &'static str {
        self.snapshot
    }

    /// The name of the component whose end is watched. The same, for a component that is its own snapshot.
    pub fn component(&self) -> &'static str {
        self.component
    }

    /// How many messages of this type were told since it was tracked.
    pub fn told(&self) -> u64 {
        self.told
    }

    /// How many of them were told by the latest publish.
    pub fn told_last(&self) -> u64 {
        self.told_last
    }
}
