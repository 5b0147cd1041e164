//! Tracking: which snapshot types a world remembers.

use core::any::TypeId;

use bevy_ecs::{
    message::{MessageRegistry, Messages},
    world::World,
};

use crate::{
    capture,
    delete::walk::SpareWalk,
    deletions::{Deletions, Functions, Hook, Operations, TrackedType},
    message::PostDelete,
    pending::{Bypass, Pending, Watcher},
    publish,
    snapshot::Snapshot,
    tracked::TrackedDeletes,
    watch,
};

/// Says which snapshot types a world remembers.
///
/// In an [`App`](bevy_app::App), add [`PostDeletePlugin`](crate::PostDeletePlugin) instead, which also runs
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
    /// Begins to tell the end of every entity that has `S::Component`, and returns `false` if it did so before.
    ///
    /// It works at any time, and on every entity, whenever that was spawned. It costs least before the first entity
    /// with the component: then the component's despawn hook can be used, if the component has none of its own;
    /// otherwise an observer, which takes about twice as long to capture an entity. Both give the same messages.
    ///
    /// Bevy gives a component one despawn hook: whoever calls
    /// [`on_despawn`](bevy_ecs::lifecycle::ComponentHooks::on_despawn) for this component afterwards panics. Register
    /// your own hooks before, or in the derive of the component.
    ///
    /// Registers [`Messages<PostDelete<S>>`] with the world's [`MessageRegistry`]. An `App` rotates its buffers. In a
    /// bare world, have [`message_update_system`](bevy_ecs::message::message_update_system) do so, or take the messages
    /// out yourself, or they stay.
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
    /// world.spawn(Enemy); // earlier than the tracking, and tracked
    /// assert!(world.track_deletes::<Enemy>());
    /// assert!(!world.track_deletes::<Enemy>());
    /// assert_eq!(world.delete_all::<With<Enemy>>().snapshots(), 1);
    /// ```
    fn track_deletes<S: Snapshot>(&mut self) -> bool;

    /// Ends what [`track_deletes`](Self::track_deletes) began, and returns `false` if it had not.
    ///
    /// The type emits nothing from then on, and what was captured but not read is dropped, so that nothing of it is kept
    /// in memory but emptied buffers. It can be tracked again, at the same cost as before.
    ///
    /// Systems that read the messages go on, and read nothing.
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
        let snapshot = TypeId::of::<S>();
        let hook = Hook { snapshot, component };
        let mut watcher = Watcher::Hook;
        // Where somebody has removed some of the resources of this crate, other things of it may be left.
        self.get_resource_or_init::<Deletions>().untrack(snapshot);
        watch::observe_no_more::<S>(self);
        if !self.resource::<Deletions>().has_hook(hook) {
            if watch::hook::<S>(self, component) {
                self.resource_mut::<Deletions>().add_hook(hook);
            } else {
                watcher = Watcher::Observer;
                watch::observe::<S>(self, component);
            }
        }
        if !self.contains_resource::<Messages<PostDelete<S>>>() {
            MessageRegistry::register_message::<PostDelete<S>>(self);
        }
        let mut deletions = self.resource_mut::<Deletions>();
        deletions.track(TrackedType {
            snapshot,
            component,
            functions: Functions {
                capture_ahead: capture::capture_ahead::<S>,
                retract_living: capture::retract_living::<S>,
                seal: publish::seal::<S>,
                publish: publish::publish::<S>,
                #[cfg(feature = "diagnostic")]
                pending: |world| world.get_resource::<Pending<S>>().map_or(0, Pending::len),
            },
        });
        let operations = Operations::clone(&deletions.operations);
        self.insert_resource(Pending::<S>::new(watcher, operations));
        self.get_resource_or_init::<TrackedDeletes>().track::<S>();
        self.get_resource_or_init::<SpareWalk>().tracking_has_changed();
        true
    }

    fn untrack_deletes<S: Snapshot>(&mut self) -> bool {
        let snapshot = TypeId::of::<S>();
        let deletions = self.get_resource_mut::<Deletions>();
        if !deletions.is_some_and(|mut deletions| deletions.untrack(snapshot)) {
            return false;
        }
        // The hook stays, and is to ask beforehand whether it is still wanted.
        capture::be_selective();
        watch::observe_no_more::<S>(self);
        self.remove_resource::<Pending<S>>();
        if let Some(mut messages) = self.get_resource_mut::<Messages<PostDelete<S>>>() {
            messages.clear();
        }
        self.get_resource_or_init::<TrackedDeletes>().untrack::<S>();
        self.get_resource_or_init::<SpareWalk>().tracking_has_changed();
        true
    }

    fn is_tracking_deletes<S: Snapshot>(&self) -> bool {
        let deletions = self.get_resource::<Deletions>();
        deletions.is_some_and(|deletions| deletions.tracks(TypeId::of::<S>())) && self.contains_resource::<Pending<S>>()
    }
}

/// Also captures values of the component that end while their entity lives on, from now on.
pub(crate) fn track_removals<S: Snapshot>(world: &mut World) {
    let Some(pending) = world.get_resource::<Pending<S>>() else {
        return;
    };
    if pending.removals {
        return;
    }
    let component = world.register_component::<S::Component>();
    watch::observe_removals::<S>(world, component);
    world.resource_mut::<Pending<S>>().removals = true;
}

/// Says what becomes of despawns that do not go through `delete`.
pub(crate) fn set_bypass<S: Snapshot>(world: &mut World, bypass: Bypass) {
    if bypass == Bypass::Ignore {
        capture::be_selective();
    }
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        pending.bypass = bypass;
    }
}
