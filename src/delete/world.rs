//! `world.delete(entity)`.

use bevy_ecs::{
    change_detection::MaybeLocation,
    entity::Entity,
    query::{QueryData, QueryFilter},
    world::World,
};

use super::{bulk, error::DeleteError, plan::DeletePlan, report::DeleteReport, single};
use crate::{message::DeleteReason, stage};

/// Deletes entities at once, where the whole world is at hand.
///
/// Each applies the world's queued commands first, which are then not part of the delete.
///
/// # Panics
///
/// A hook, an observer or a snapshot's capture that panics ends the delete there: what is gone by then is gone and will
/// be told, the rest lives on, and the panic goes on to the caller.
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
/// // The entities are gone, and nobody has been told yet.
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
    /// Deletes the entity, with all that is linked to it.
    ///
    /// # Errors
    ///
    /// [`DeleteError::NotSpawned`] if the entity is gone, [`DeleteError::Protected`] if its tree holds a protected entity.
    /// Either way nothing was changed.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn(children![()]).id();
    /// assert_eq!(world.delete(entity)?.entities(), 2);
    /// assert_eq!(world.delete(entity), Err(DeleteError::NotSpawned));
    /// # Ok::<(), DeleteError>(())
    /// ```
    #[doc(alias = "despawn")]
    fn delete(&mut self, entity: Entity) -> Result<DeleteReport, DeleteError>;

    /// Deletes the entity, with all that is linked to it, and says why.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete).
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
    /// assert!(messages.drain().all(|deleted| deleted.origin.reason == Some(EXPIRED)));
    /// # Ok::<(), DeleteError>(())
    /// ```
    fn delete_with(&mut self, entity: Entity, reason: DeleteReason) -> Result<DeleteReport, DeleteError>;

    /// Deletes all entities that match the filter, with all that is linked to them.
    ///
    /// See [`DeleteCommandsExt`](crate::DeleteCommandsExt) for the order and for what is left out.
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
    fn delete_all<F: QueryFilter>(&mut self) -> DeleteReport;

    /// Deletes all entities that match the filter, with all that is linked to them, and says why.
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
    /// let report = world.delete_all_with::<With<Enemy>>(DeleteReason::new("level ended"));
    /// assert_eq!(report.entities(), 2);
    /// ```
    fn delete_all_with<F: QueryFilter>(&mut self, reason: DeleteReason) -> DeleteReport;

    /// Deletes all entities that match the filter and the condition, with all that is linked to them.
    ///
    /// The condition is asked of every match before anything is deleted.
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
    /// assert_eq!(report.entities(), 2);
    /// ```
    #[doc(alias = "despawn_all_where")]
    fn delete_all_where<D: QueryData, F: QueryFilter>(
        &mut self,
        condition: impl FnMut(D::Item<'_, '_>) -> bool,
    ) -> DeleteReport;

    /// Deletes these entities in this order, with all that is linked to them.
    ///
    /// Passes over those that are gone and those that are named twice.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let [a, b] = [world.spawn_empty().id(), world.spawn_empty().id()];
    /// assert_eq!(world.delete_batch([a, b, a]).entities(), 2);
    /// ```
    fn delete_batch(&mut self, entities: impl IntoIterator<Item = Entity>) -> DeleteReport;

    /// Says what a delete of the entity would take, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`DeleteError::NotSpawned`] if the entity is gone.
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

    /// Publishes what is pending, where there is no [`App`](bevy_app::App) that does: see
    /// [`publish_deletes`](crate::publish_deletes).
    ///
    /// # Panics
    ///
    /// When an observer of [`PostDelete`](crate::PostDelete) has, after all others have been told.
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
}

impl DeleteWorldExt for World {
    #[track_caller]
    fn delete(&mut self, entity: Entity) -> Result<DeleteReport, DeleteError> {
        single::delete_reported(self, entity, None, MaybeLocation::caller())
    }

    #[track_caller]
    fn delete_with(&mut self, entity: Entity, reason: DeleteReason) -> Result<DeleteReport, DeleteError> {
        single::delete_reported(self, entity, Some(reason), MaybeLocation::caller())
    }

    #[track_caller]
    fn delete_all<F: QueryFilter>(&mut self) -> DeleteReport {
        bulk::delete_all::<F>(self, None, MaybeLocation::caller())
    }

    #[track_caller]
    fn delete_all_with<F: QueryFilter>(&mut self, reason: DeleteReason) -> DeleteReport {
        bulk::delete_all::<F>(self, Some(reason), MaybeLocation::caller())
    }

    #[track_caller]
    fn delete_all_where<D: QueryData, F: QueryFilter>(
        &mut self,
        condition: impl FnMut(D::Item<'_, '_>) -> bool,
    ) -> DeleteReport {
        bulk::delete_all_where::<D, F>(self, condition, None, MaybeLocation::caller())
    }

    #[track_caller]
    fn delete_batch(&mut self, entities: impl IntoIterator<Item = Entity>) -> DeleteReport {
        bulk::delete_trees(self, entities, None, MaybeLocation::caller())
    }

    fn plan_delete(&self, entity: Entity) -> Result<DeletePlan, DeleteError> {
        DeletePlan::new(self, entity)
    }

    fn publish_deletes(&mut self) {
        stage::publish_deletes(self);
    }
}
