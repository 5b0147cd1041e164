//! The extension trait that tracks and untracks snapshot types.

use core::mem;

use bevy_ecs::{message::Messages, world::World};

use super::{
    capture::check_first,
    capture_all::capture_all,
    held::{hold, release},
    hooks::{
        CaptureObserver, add_hook, capture_despawn, capture_removal, confirm_insert, remove_observers, spawn_observers,
    },
    messages::register_messages,
    pending::{Pending, collect, count_pending, visit_pending},
    policy::DespawnPolicy,
    registry::{Publication, Registry, TrackedType, count_tracking_change, tracked_types},
    settle::settle,
    stats::TrackedDeletes,
};
use crate::{
    message::PostDelete,
    panics::{FirstPanic, drop_each},
    snapshot::{Snapshot, SnapshotType},
};

/// Tracks snapshot types in a world.
///
/// In an [`App`](bevy_app::App), add a [`PostDeletePlugin`](crate::PostDeletePlugin) instead, which also runs
/// [`Cleanup`](crate::Cleanup).
///
/// # Example
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// let mut world = World::new();
/// assert!(world.track_deletes::<Enemy>());
///
/// let enemy = world.spawn(Enemy).id();
/// world.despawn(enemy);
/// world.publish_deletes();
///
/// assert_eq!(world.resource::<Messages<PostDelete<Enemy>>>().len(), 1);
/// ```
pub trait TrackDeletesExt {
    /// Tracks a snapshot type: a message is published for every entity with `S::Component` that is deleted or
    /// despawned.
    ///
    /// Returns `false` if it was already tracked.
    ///
    /// You can call it at any time. Captures cost least if you call it before the first entity with the component is
    /// spawned. The crate then registers an `on_despawn` hook, if the component has none. Otherwise it spawns an
    /// observer, which takes about twice as long for each entity. Both give the same messages.
    ///
    /// Bevy allows a component one `on_despawn` hook. After this call, registering another one
    /// ([`ComponentHooks::on_despawn`](bevy_ecs::lifecycle::ComponentHooks::on_despawn)) panics. Register your own hook
    /// earlier, or with `#[component(on_despawn = ..)]`.
    ///
    /// The call registers [`Messages<PostDelete<S>>`] with the world's
    /// [`MessageRegistry`](bevy_ecs::message::MessageRegistry). An `App` then updates the messages every frame. In a
    /// bare world, run [`message_update_system`](bevy_ecs::message::message_update_system), or take the messages out
    /// yourself. Otherwise they accumulate.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone)]
    /// struct Enemy;
    ///
    /// let mut world = World::new();
    /// world.spawn(Enemy); // spawned before the type is tracked, and tracked all the same
    /// assert!(world.track_deletes::<Enemy>());
    /// assert!(!world.track_deletes::<Enemy>());
    /// assert_eq!(world.delete_all::<With<Enemy>>().message_count(), 1);
    /// ```
    fn track_deletes<S: Snapshot>(&mut self) -> bool;

    /// Stops tracking a snapshot type. Returns `false` if it was not tracked.
    ///
    /// Nothing of this type is published afterwards. Its pending messages are dropped, and so are the published
    /// messages that Bevy still keeps. This holds during a publish, too: if an observer of [`PostDelete<S>`] untracks
    /// `S`, no observer is triggered for the remaining messages.
    ///
    /// Systems that read the messages still run, and read nothing. The type can be tracked again.
    ///
    /// After the first call in a process, every capture costs one more resource lookup: a component hook cannot be
    /// removed, so it must check whether its type is still tracked.
    ///
    /// # Panics
    ///
    /// If dropping a snapshot panics. All the others are dropped nevertheless.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::{message::Messages, prelude::*};
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone)]
    /// struct Enemy;
    ///
    /// let mut world = World::new();
    /// world.track_deletes::<Enemy>();
    /// world.spawn(Enemy).delete()?;
    ///
    /// assert!(world.untrack_deletes::<Enemy>());
    /// assert!(!world.untrack_deletes::<Enemy>());
    ///
    /// world.spawn(Enemy).delete()?;
    /// world.publish_deletes();
    /// assert!(world.resource::<Messages<PostDelete<Enemy>>>().is_empty());
    /// # Ok::<(), DeleteError>(())
    /// ```
    fn untrack_deletes<S: Snapshot>(&mut self) -> bool;

    /// Returns whether this snapshot type is tracked.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone)]
    /// struct Enemy;
    ///
    /// let mut world = World::new();
    /// assert!(!world.is_tracking_deletes::<Enemy>());
    /// world.track_deletes::<Enemy>();
    /// assert!(world.is_tracking_deletes::<Enemy>());
    /// ```
    fn is_tracking_deletes<S: Snapshot>(&self) -> bool;
}

impl TrackDeletesExt for World {
    fn track_deletes<S: Snapshot>(&mut self) -> bool {
        if self.is_tracking_deletes::<S>() {
            return false;
        }
        let component = self.register_component::<S::Component>();
        let snapshot = SnapshotType::of::<S>();
        let hook = (snapshot, component);
        let mut has_hook = true;
        // If other code has removed some of this crate's resources, the rest of the tracking may still be there.
        self.get_resource_or_init::<Registry>().untrack(snapshot);
        remove_observers(self, snapshot);
        if !self.resource::<Registry>().hooks.contains(&hook) {
            if add_hook::<S>(self, component) {
                self.resource_mut::<Registry>().hooks.push(hook);
            } else {
                has_hook = false;
                spawn_observers(self, CaptureObserver::of::<S>(component), &[capture_despawn]);
            }
        }
        register_messages::<S>(self);
        if self.component_id::<Pending<S>>().is_some() {
            // The type may have another hook, which must not capture.
            check_first();
        }
        let tracking = count_tracking_change();
        let mut registry = self.resource_mut::<Registry>();
        registry.types.push(TrackedType {
            snapshot,
            component,
            tracking,
            capture_all: capture_all::<S>,
            hold: hold::<S>,
            release: release::<S>,
            settle: settle::<S>,
            count_pending: count_pending::<S>,
            visit_pending: visit_pending::<S>,
            collect: collect::<S>,
            publish: <S as Publication>::publish,
        });
        let operations = registry.operations.clone();
        self.insert_resource(Pending::<S>::new(component, tracking, has_hook, operations));
        self.get_resource_or_init::<TrackedDeletes>().track::<S>(component);
        true
    }

    fn untrack_deletes<S: Snapshot>(&mut self) -> bool {
        let snapshot = SnapshotType::of::<S>();
        let registry = self.get_resource_mut::<Registry>();
        if !registry.is_some_and(|mut registry| registry.untrack(snapshot)) {
            return false;
        }
        // The hook stays, and must check whether the type is still tracked.
        check_first();
        count_tracking_change();
        remove_observers(self, snapshot);
        self.get_resource_or_init::<TrackedDeletes>().untrack(snapshot);
        let mut panic = FirstPanic::default();
        if let Some(mut pending) = self.remove_resource::<Pending<S>>() {
            panic.catch(&mut || drop_each(mem::take(&mut pending.held_snapshots)));
            panic.catch(&mut || drop_each(mem::take(&mut pending.collected)));
            panic.catch(&mut || drop_each(mem::take(&mut pending.messages)));
        }
        if let Some(mut messages) = self.get_resource_mut::<Messages<PostDelete<S>>>() {
            panic.catch(&mut || drop_each(messages.drain().collect()));
        }
        true
    }

    fn is_tracking_deletes<S: Snapshot>(&self) -> bool {
        let snapshot = SnapshotType::of::<S>();
        let is_registered = tracked_types(self).iter().any(|tracked| tracked.snapshot == snapshot);
        is_registered && self.contains_resource::<Pending<S>>()
    }
}

/// Also captures values of the component that are removed from a living entity or replaced, from now on.
pub(crate) fn track_removals<S: Snapshot>(world: &mut World) {
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>()
        && !pending.with_removals
    {
        pending.with_removals = true;
        let observer = CaptureObserver::of::<S>(pending.component);
        spawn_observers(world, observer, &[capture_removal, confirm_insert]);
    }
}

/// Sets what a despawn without a delete call leads to.
pub(crate) fn set_policy<S: Snapshot>(world: &mut World, policy: DespawnPolicy) {
    if matches!(policy, DespawnPolicy::Ignore | DespawnPolicy::Panic) {
        check_first();
    }
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        pending.policy = policy;
    }
}
