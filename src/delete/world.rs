//! `world.delete(entity)`

use bevy_ecs::{
    entity::Entity,
    query::{QueryData, QueryFilter},
    world::World,
};

use super::{because::Because, bulk, error::DeleteError, plan::DeletePlan, report::DeleteReport, single};
use crate::{
    message::DeleteCause,
    publish,
    track::{amend_pending, context::DeleteCall},
};

/// Deletes entities immediately, with exclusive access to the world.
///
/// Each delete method first applies the commands that are queued in the world. These commands are not part of the
/// delete.
///
/// With the feature `std`, a delete belongs to the thread that runs it. If a command lends the world to another thread
/// during a delete, entities that are despawned there count as plain despawns.
///
/// # Panics
///
/// If a hook, an observer or a capture panics, the delete ends there. The messages of entities that are already
/// despawned will be published. The other entities survive. The panic is propagated.
///
/// # Example
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone, PartialEq, Debug)]
/// struct Part(&'static str);
///
/// let mut world = World::new();
/// world.track_deletes::<Part>();
/// let car = world.spawn((Part("car"), children![Part("left wheel"), Part("right wheel")])).id();
///
/// let report = world.delete(car)?;
/// assert_eq!(report.count::<Part>(), 3);
///
/// // The entities are despawned, and nothing is published yet.
/// let messages = world.resource::<Messages<PostDelete<Part>>>();
/// assert!(messages.is_empty());
///
/// world.publish_deletes();
/// let messages = world.resource::<Messages<PostDelete<Part>>>();
/// let parts: Vec<_> = messages.iter_current_update_messages().map(|deleted| deleted.snapshot.0).collect();
/// assert_eq!(parts, ["right wheel", "left wheel", "car"]);
/// # Ok::<(), DeleteError>(())
/// ```
pub trait DeleteWorldExt {
    /// Returns a [`Because`], whose delete methods record this cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// const ERUPTED: DeleteReason = DeleteReason::new("erupted");
    ///
    /// let mut world = World::new();
    /// let [volcano, hut] = [world.spawn_empty().id(), world.spawn_empty().id()];
    /// assert_eq!(world.because(ERUPTED.by(volcano)).delete(hut)?.entity_count(), 1);
    /// # Ok::<(), DeleteError>(())
    /// ```
    fn because(&mut self, cause: impl Into<DeleteCause>) -> Because<&mut World>;

    /// Deletes the entity, with everything that is linked to it.
    ///
    /// # Errors
    ///
    /// [`DeleteError::NotSpawned`] if the entity is not spawned. [`DeleteError::Protected`] if its tree contains a
    /// protected entity. In both cases nothing is deleted, but queued commands have been applied.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn(children![()]).id();
    /// assert_eq!(world.delete(entity)?.entity_count(), 2);
    /// assert_eq!(world.delete(entity), Err(DeleteError::NotSpawned));
    /// # Ok::<(), DeleteError>(())
    /// ```
    #[doc(alias = "despawn")]
    #[track_caller]
    fn delete(&mut self, entity: Entity) -> Result<DeleteReport, DeleteError> {
        self.because(DeleteCause::default()).delete(entity)
    }

    /// Deletes the entity, with everything that is linked to it, and records the cause.
    ///
    /// Short for `because(cause).delete(entity)`.
    ///
    /// # Errors
    ///
    /// Those of [`delete`](Self::delete).
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::{message::Messages, prelude::*};
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone)]
    /// struct Lease;
    ///
    /// const EXPIRED: DeleteReason = DeleteReason::new("expired");
    ///
    /// let mut world = World::new();
    /// world.track_deletes::<Lease>();
    /// let lease = world.spawn(Lease).id();
    /// world.delete_with(lease, EXPIRED)?;
    /// world.publish_deletes();
    ///
    /// let mut messages = world.resource_mut::<Messages<PostDelete<Lease>>>();
    /// assert!(messages.drain().all(|deleted| deleted.origin.has_reason(EXPIRED)));
    /// # Ok::<(), DeleteError>(())
    /// ```
    #[track_caller]
    fn delete_with(&mut self, entity: Entity, cause: impl Into<DeleteCause>) -> Result<DeleteReport, DeleteError> {
        self.because(cause).delete(entity)
    }

    /// Deletes all entities that match the filter, with everything that is linked to them.
    ///
    /// [`DeleteCommandsExt`](crate::DeleteCommandsExt) describes the order, and which entities are never matched.
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
    /// world.track_deletes::<Enemy>();
    /// world.spawn_batch([Enemy, Enemy, Enemy]);
    ///
    /// let report = world.delete_all::<With<Enemy>>();
    /// assert_eq!(report.count::<Enemy>(), 3);
    /// ```
    #[doc(alias = "despawn_all")]
    #[track_caller]
    fn delete_all<F: QueryFilter>(&mut self) -> DeleteReport {
        self.because(DeleteCause::default()).delete_all::<F>()
    }

    /// Deletes all entities that match the filter and the condition, with everything that is linked to them.
    ///
    /// The condition is checked for every match before anything is deleted.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component)]
    /// struct Health(i32);
    ///
    /// let mut world = World::new();
    /// world.spawn_batch([Health(0), Health(5), Health(-1)]);
    /// let report = world.delete_all_where::<&Health, ()>(|health| health.0 <= 0);
    /// assert_eq!(report.entity_count(), 2);
    /// ```
    #[doc(alias = "despawn_all_where")]
    #[track_caller]
    fn delete_all_where<D: QueryData, F: QueryFilter>(
        &mut self,
        condition: impl FnMut(D::Item<'_, '_>) -> bool,
    ) -> DeleteReport {
        self.because(DeleteCause::default()).delete_all_where::<D, F>(condition)
    }

    /// Deletes these entities in this order, with everything that is linked to them.
    ///
    /// Entities that are not spawned are skipped. Duplicates are deleted once.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let [a, b] = [world.spawn_empty().id(), world.spawn_empty().id()];
    /// assert_eq!(world.delete_batch([a, b, a]).entity_count(), 2);
    /// ```
    #[track_caller]
    fn delete_batch(&mut self, entities: impl IntoIterator<Item = Entity>) -> DeleteReport {
        self.because(DeleteCause::default()).delete_batch(entities)
    }

    /// Returns the entities that a delete of this entity would despawn. Changes nothing.
    ///
    /// # Errors
    ///
    /// [`DeleteError::NotSpawned`] if the entity is not spawned.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let child = world.spawn_empty().id();
    /// let parent = world.spawn_empty().add_child(child).id();
    /// assert_eq!(world.plan_delete(parent)?.entities(), [child, parent]);
    /// assert!(world.get_entity(parent).is_ok());
    /// # Ok::<(), DeleteError>(())
    /// ```
    fn plan_delete(&self, entity: Entity) -> Result<DeletePlan, DeleteError>;

    /// Publishes the pending messages, in a world without an [`App`](bevy_app::App): see
    /// [`publish_deletes`](crate::publish_deletes()).
    ///
    /// Commands that are queued in the world stay queued, unless an observer of [`PostDelete`](crate::PostDelete) is
    /// triggered. Then they are applied together with the commands of the observer.
    ///
    /// # Panics
    ///
    /// If an observer of [`PostDelete`](crate::PostDelete) panics. With the feature `std`, everything is published by
    /// then.
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
    /// world.spawn(Enemy).despawn();
    /// assert!(world.resource::<Messages<PostDelete<Enemy>>>().is_empty());
    /// world.publish_deletes();
    /// assert_eq!(world.resource::<Messages<PostDelete<Enemy>>>().len(), 1);
    /// ```
    fn publish_deletes(&mut self);

    /// Visits the cause of every pending message, and lets `f` change it.
    ///
    /// It is for code that receives the cause after the despawn, such as a network client. An entity with two tracked
    /// types is visited twice. The order is not guaranteed. Messages that are published already cannot be changed.
    /// While a type is being published, its messages cannot be changed, either.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::{message::Messages, prelude::*};
    /// # use bevy_post_delete::prelude::*;
    /// const DISCONNECTED: DeleteReason = DeleteReason::new("disconnected");
    ///
    /// #[derive(Component, Clone)]
    /// struct Player;
    ///
    /// let mut world = World::new();
    /// world.track_deletes::<Player>();
    /// let player = world.spawn(Player).id();
    /// world.despawn(player);
    ///
    /// world.amend_pending_deletes(|entity, cause| {
    ///     if entity == player {
    ///         cause.reason = Some(DISCONNECTED);
    ///     }
    /// });
    /// world.publish_deletes();
    ///
    /// let mut messages = world.resource_mut::<Messages<PostDelete<Player>>>();
    /// assert!(messages.drain().all(|deleted| deleted.origin.has_reason(DISCONNECTED)));
    /// ```
    fn amend_pending_deletes(&mut self, f: impl FnMut(Entity, &mut DeleteCause));
}

impl DeleteWorldExt for World {
    fn because(&mut self, cause: impl Into<DeleteCause>) -> Because<&mut World> {
        Because::new(self, cause)
    }

    fn plan_delete(&self, entity: Entity) -> Result<DeletePlan, DeleteError> {
        DeletePlan::new(self, entity)
    }

    fn publish_deletes(&mut self) {
        publish::publish_deletes(self);
    }

    fn amend_pending_deletes(&mut self, f: impl FnMut(Entity, &mut DeleteCause)) {
        amend_pending(self, f);
    }
}

impl Because<&mut World> {
    /// Like [`DeleteWorldExt::delete`], with the cause. See [`DeleteWorldExt::because`] for an example.
    ///
    /// # Errors
    ///
    /// Those of [`DeleteWorldExt::delete`].
    #[track_caller]
    pub fn delete(&mut self, entity: Entity) -> Result<DeleteReport, DeleteError> {
        let call = DeleteCall::new(self.cause);
        single::delete_flushed(self.target, entity, call, DeleteReport::of_active)
    }

    /// Like [`DeleteWorldExt::delete_all`], with the cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component)]
    /// struct Enemy;
    ///
    /// let mut world = World::new();
    /// world.spawn_batch([Enemy, Enemy]);
    /// let report = world.because(DeleteReason::new("level ended")).delete_all::<With<Enemy>>();
    /// assert_eq!(report.entity_count(), 2);
    /// ```
    #[track_caller]
    pub fn delete_all<F: QueryFilter>(&mut self) -> DeleteReport {
        bulk::delete_all::<F>(self.target, DeleteCall::new(self.cause))
    }

    /// Like [`DeleteWorldExt::delete_all_where`], with the cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component)]
    /// struct Health(i32);
    ///
    /// let mut world = World::new();
    /// world.spawn_batch([Health(0), Health(5), Health(-1)]);
    /// let mut because = world.because(DeleteReason::new("died"));
    /// assert_eq!(because.delete_all_where::<&Health, ()>(|health| health.0 <= 0).entity_count(), 2);
    /// ```
    #[track_caller]
    pub fn delete_all_where<D: QueryData, F: QueryFilter>(
        &mut self,
        condition: impl FnMut(D::Item<'_, '_>) -> bool,
    ) -> DeleteReport {
        bulk::delete_all_where::<D, F>(self.target, condition, DeleteCall::new(self.cause))
    }

    /// Like [`DeleteWorldExt::delete_batch`], with the cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let [a, b] = [world.spawn_empty().id(), world.spawn_empty().id()];
    /// assert_eq!(world.because(DeleteReason::new("traded")).delete_batch([a, b]).entity_count(), 2);
    /// ```
    #[track_caller]
    pub fn delete_batch(&mut self, entities: impl IntoIterator<Item = Entity>) -> DeleteReport {
        bulk::delete_batch(self.target, entities, DeleteCall::new(self.cause))
    }
}
