//! `commands.entity(entity).delete()`.

use bevy_ecs::{
    change_detection::MaybeLocation,
    error::warn,
    hierarchy::Children,
    relationship::RelationshipTarget,
    system::EntityCommands,
    world::{EntityWorldMut, World},
};

use super::{bulk, single};
use crate::message::DeleteReason;

/// Deletes entities by command.
///
/// A delete is a despawn that knows what it is doing: it walks all that is linked to the entity before it changes
/// anything, despawns it from the leaves up, and tells every tracked snapshot who deleted it and why. In a world where
/// nothing is tracked it is a despawn, and costs as much.
///
/// # Timing
///
/// Like any command, these take effect at the next sync point. Their [`PostDelete`](crate::PostDelete) messages are
/// published before the next [`Cleanup`](crate::Cleanup) or [`FixedCleanup`](crate::FixedCleanup).
///
/// # Errors
///
/// A delete that a [`Protected`](crate::Protected) entity forbids changes nothing and is logged as a warning.
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
    /// Deletes the entity, with all that is linked to it.
    ///
    /// Warns if the entity is gone already, as [`despawn`](EntityCommands::despawn) does.
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
    fn delete(&mut self);

    /// Deletes the entity, with all that is linked to it, and says why.
    ///
    /// Warns if the entity is gone already.
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
    fn delete_with(&mut self, reason: DeleteReason);

    /// Deletes the entity, with all that is linked to it, and says nothing if it is gone already.
    ///
    /// For entities that several systems may delete in one frame.
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
    fn try_delete(&mut self);

    /// Deletes what is related to the entity by `R`, with all that is linked to it, but not the entity itself.
    ///
    /// The messages are of kind [`Batch`](crate::DeleteKind::Batch). Warns if the entity is gone.
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
    fn delete_related<R: RelationshipTarget>(&mut self) -> &mut Self;

    /// Deletes the children of the entity, with all that is linked to them, but not the entity itself.
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
    fn delete_children(&mut self) -> &mut Self;
}

impl DeleteEntityCommandsExt for EntityCommands<'_> {
    #[track_caller]
    fn delete(&mut self) {
        let (entity, caller) = (self.id(), MaybeLocation::caller());
        self.commands().queue_handled(
            move |world: &mut World| single::delete(world, entity, None, caller),
            warn,
        );
    }

    #[track_caller]
    fn delete_with(&mut self, reason: DeleteReason) {
        let (entity, caller) = (self.id(), MaybeLocation::caller());
        self.commands().queue_handled(
            move |world: &mut World| single::delete(world, entity, Some(reason), caller),
            warn,
        );
    }

    #[track_caller]
    fn try_delete(&mut self) {
        let (entity, caller) = (self.id(), MaybeLocation::caller());
        self.commands().queue_handled(
            // Only that the entity is gone is passed over: a veto is still told.
            move |world: &mut World| match world.entities().contains_spawned(entity) {
                true => single::delete(world, entity, None, caller),
                false => Ok(()),
            },
            warn,
        );
    }

    #[track_caller]
    fn delete_related<R: RelationshipTarget>(&mut self) -> &mut Self {
        let caller = MaybeLocation::caller();
        self.queue_handled(
            move |entity: EntityWorldMut| bulk::delete_related::<R>(entity, caller),
            warn,
        )
    }

    #[track_caller]
    fn delete_children(&mut self) -> &mut Self {
        self.delete_related::<Children>()
    }
}
