//! `commands.entity(entity).delete()`

use bevy_ecs::{
    error::warn,
    hierarchy::Children,
    relationship::RelationshipTarget,
    system::EntityCommands,
    world::{EntityWorldMut, World},
};

use super::{because::Because, bulk, single};
use crate::{message::DeleteCause, track::context::DeleteCall};

/// Deletes an entity by command.
///
/// A delete finds everything that is linked to the entity before it changes anything. It then despawns descendants
/// before ancestors, and later siblings before earlier ones, and records the cause in every message. If nothing is
/// tracked, deleting a single entity costs about as much as a despawn.
///
/// # Timing
///
/// Like every command, these methods take effect at the next sync point. The [`PostDelete`](crate::PostDelete) messages
/// are published before the next [`Cleanup`](crate::Cleanup) or [`FixedCleanup`](crate::FixedCleanup).
///
/// # Order of children
///
/// Bevy searches the [`Children`] of the parent for each child that is despawned, which takes quadratic time for many
/// children. So if several children of a surviving parent with more than 64 children are deleted, the delete first
/// moves them to the end of the list, where Bevy finds each immediately. The other children keep their order.
///
/// # Errors
///
/// If the tree of the entity contains a [`Protected`](crate::Protected) entity, the command changes nothing and logs a
/// warning.
///
/// # Panics
///
/// A panic of a hook, an observer or a capture ends the command: see [`DeleteWorldExt`](super::DeleteWorldExt#panics).
/// With the feature `std`, Bevy passes it to the world's
/// [`FallbackErrorHandler`](bevy_ecs::error::FallbackErrorHandler).
///
/// If a command of other code panics, other commands can remain in the world's queue. The next delete normally applies
/// them first. One exception: if its entity has no relationships, triggers no observers, and has an `on_despawn` hook
/// of other code, they are applied during the delete. Entities that they despawn then count as part of it.
///
/// # Example
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::prelude::*;
///
/// const OUT_OF_BOUNDS: DeleteReason = DeleteReason::new("out of bounds");
///
/// #[derive(Component, Clone)]
/// struct Bullet {
///     x: f32,
/// }
///
/// fn delete_stray(bullets: Query<(Entity, &Bullet)>, mut commands: Commands) {
///     for (entity, bullet) in &bullets {
///         if bullet.x > 100.0 {
///             commands.entity(entity).delete_with(OUT_OF_BOUNDS);
///         }
///     }
/// }
///
/// let mut world = World::new();
/// world.track_deletes::<Bullet>();
/// world.spawn(Bullet { x: 5.0 });
/// world.spawn(Bullet { x: 500.0 });
/// world.run_system_cached(delete_stray).unwrap();
/// world.publish_deletes();
///
/// let messages = world.resource::<Messages<PostDelete<Bullet>>>();
/// let deleted: Vec<_> = messages.iter_current_update_messages().collect();
/// assert_eq!(deleted.len(), 1);
/// assert_eq!(deleted[0].snapshot.x, 500.0);
/// assert_eq!(deleted[0].origin.reason, Some(OUT_OF_BOUNDS));
/// ```
pub trait DeleteEntityCommandsExt {
    /// Returns a [`Because`], whose delete methods record this cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// const SOLD: DeleteReason = DeleteReason::new("sold");
    ///
    /// let mut world = World::new();
    /// let [merchant, item] = [world.spawn_empty().id(), world.spawn_empty().id()];
    /// world.commands().entity(item).because(SOLD.by(merchant)).delete();
    /// world.flush();
    /// assert!(world.get_entity(item).is_err());
    /// ```
    fn because(&mut self, cause: impl Into<DeleteCause>) -> Because<EntityCommands<'_>>;

    /// Deletes the entity, with everything that is linked to it.
    ///
    /// Logs a warning if the entity is not spawned, as [`despawn`](EntityCommands::despawn) does.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn(children![()]).id();
    /// world.commands().entity(entity).delete();
    /// world.flush();
    /// assert!(world.get_entity(entity).is_err());
    /// ```
    #[doc(alias = "despawn")]
    #[track_caller]
    fn delete(&mut self) {
        self.because(DeleteCause::default()).delete();
    }

    /// Deletes the entity, with everything that is linked to it, and records the cause.
    ///
    /// Short for `because(cause).delete()`.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// const EXPIRED: DeleteReason = DeleteReason::new("expired");
    ///
    /// let mut world = World::new();
    /// let entity = world.spawn_empty().id();
    /// world.commands().entity(entity).delete_with(EXPIRED);
    /// world.flush();
    /// assert!(world.get_entity(entity).is_err());
    /// ```
    #[track_caller]
    fn delete_with(&mut self, cause: impl Into<DeleteCause>) {
        self.because(cause).delete();
    }

    /// Deletes the entity, with everything that is linked to it, if it is spawned.
    ///
    /// Unlike [`delete`](Self::delete), it does not warn about an entity that is not spawned. Use it for entities that
    /// several systems may delete in one frame.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn_empty().id();
    /// world.commands().entity(entity).try_delete();
    /// world.commands().entity(entity).try_delete();
    /// world.flush();
    /// assert!(world.get_entity(entity).is_err());
    /// ```
    #[doc(alias = "try_despawn")]
    #[track_caller]
    fn try_delete(&mut self) {
        self.because(DeleteCause::default()).try_delete();
    }

    /// Deletes the entities that are related to this one by `R`, with everything that is linked to them, but not this
    /// one (unless it is itself related or linked to them).
    ///
    /// Logs a warning if the entity is not spawned. Skips protected trees, and logs how many.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn(children![(), ()]).id();
    /// world.commands().entity(entity).delete_related::<Children>();
    /// world.flush();
    /// assert!(world.get::<Children>(entity).is_none());
    /// assert!(world.get_entity(entity).is_ok());
    /// ```
    #[doc(alias = "despawn_related")]
    #[track_caller]
    fn delete_related<R: RelationshipTarget>(&mut self) -> &mut Self {
        self.because(DeleteCause::default()).delete_related::<R>();
        self
    }

    /// Deletes the children of the entity, with everything that is linked to them, but not the entity itself.
    ///
    /// Short for [`delete_related::<Children>()`](Self::delete_related).
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn(children![(), ()]).id();
    /// world.commands().entity(entity).delete_children();
    /// world.flush();
    /// assert_eq!(world.query::<&ChildOf>().query(&world).count(), 0);
    /// ```
    #[doc(alias = "despawn_children")]
    #[track_caller]
    fn delete_children(&mut self) -> &mut Self {
        self.delete_related::<Children>()
    }
}

impl DeleteEntityCommandsExt for EntityCommands<'_> {
    #[inline]
    fn because(&mut self, cause: impl Into<DeleteCause>) -> Because<EntityCommands<'_>> {
        Because::new(self.reborrow(), cause)
    }
}

impl Because<EntityCommands<'_>> {
    /// Like [`DeleteEntityCommandsExt::delete`], with the cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn_empty().id();
    /// world.commands().entity(entity).because(DeleteReason::new("sold")).delete();
    /// world.flush();
    /// assert!(world.get_entity(entity).is_err());
    /// ```
    #[inline]
    #[track_caller]
    pub fn delete(&mut self) {
        let (entity, call) = (self.target.id(), DeleteCall::new(self.cause));
        let commands = self.target.commands_mut();
        if call.cause == DeleteCause::default() {
            // Most calls give no cause. A command without room for one is a third of the size.
            let caller = call.caller;
            commands.queue_handled(
                move |world: &mut World| {
                    let cause = DeleteCause::default();
                    single::delete(world, entity, DeleteCall { cause, caller })
                },
                warn,
            );
        } else {
            commands.queue_handled(move |world: &mut World| single::delete(world, entity, call), warn);
        }
    }

    /// Like [`DeleteEntityCommandsExt::try_delete`], with the cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn_empty().id();
    /// world.commands().entity(entity).because(DeleteReason::new("sold")).try_delete();
    /// world.flush();
    /// assert!(world.get_entity(entity).is_err());
    /// ```
    #[track_caller]
    pub fn try_delete(&mut self) {
        let (entity, call) = (self.target.id(), DeleteCall::new(self.cause));
        self.target.commands_mut().queue_handled(
            // Only an entity that is not spawned is ignored. A protected tree is an error as always.
            move |world: &mut World| match world.entities().contains_spawned(entity) {
                true => single::delete(world, entity, call),
                false => Ok(()),
            },
            warn,
        );
    }

    /// Like [`DeleteEntityCommandsExt::delete_related`], with the cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let crate_of_items = world.spawn(children![(), ()]).id();
    /// let mut commands = world.commands();
    /// commands.entity(crate_of_items).because(DeleteReason::new("sold")).delete_related::<Children>();
    /// world.flush();
    /// assert!(world.get::<Children>(crate_of_items).is_none());
    /// ```
    #[track_caller]
    pub fn delete_related<R: RelationshipTarget>(&mut self) -> &mut Self {
        let call = DeleteCall::new(self.cause);
        self.target.queue_handled(
            move |mut entity: EntityWorldMut| _ = bulk::delete_related::<R>(&mut entity, call),
            warn,
        );
        self
    }

    /// Like [`DeleteEntityCommandsExt::delete_children`], with the cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn(children![(), ()]).id();
    /// world.commands().entity(entity).because(DeleteReason::new("sold")).delete_children();
    /// world.flush();
    /// assert!(world.get::<Children>(entity).is_none());
    /// ```
    #[track_caller]
    pub fn delete_children(&mut self) -> &mut Self {
        self.delete_related::<Children>()
    }
}
