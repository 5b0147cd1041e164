//! `commands.delete_all::<With<Enemy>>()`.

use alloc::vec::Vec;

use bevy_ecs::{
    change_detection::MaybeLocation,
    entity::Entity,
    query::{QueryData, QueryFilter},
    system::Commands,
    world::World,
};

use super::bulk;
use crate::message::DeleteReason;

/// Deletes many entities by one command, as one operation.
///
/// The messages are of kind [`Batch`](crate::DeleteKind::Batch) and share their
/// [`operation`](crate::Origin::operation). The trees go one after the other, each from its leaves up; the matches of a
/// query from the last to the first, as Bevy's `despawn_all` takes them.
///
/// Trees that hold a [`Protected`](crate::Protected) entity are left alone, and logged. What Bevy keeps entities for
/// by itself (resources, observers, registered systems) matches no filter.
///
/// # Timing
///
/// Like any command, these take effect at the next sync point. Entities that match by then are deleted, in time linear
/// in their number and that of what is linked to them.
///
/// # Example
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// const GAME_OVER: DeleteReason = DeleteReason::new("game over");
///
/// #[derive(Component)]
/// struct InGame;
///
/// #[derive(Component)]
/// struct Camera;
///
/// let mut world = World::new();
/// world.spawn((InGame, children![InGame]));
/// let camera = world.spawn(Camera).id();
///
/// world.commands().delete_all_with::<With<InGame>>(GAME_OVER);
/// world.flush();
///
/// assert_eq!(world.query_filtered::<(), With<InGame>>().query(&world).count(), 0);
/// assert!(world.get_entity(camera).is_ok());
/// ```
pub trait DeleteCommandsExt {
    /// Deletes all entities that match the filter, with all that is linked to them.
    ///
    /// Like any query, it passes over disabled entities unless the filter mentions
    /// [`Disabled`](bevy_ecs::entity_disabling::Disabled); linked ones go with their tree.
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
    /// let enemy = world.spawn(Enemy).id();
    /// world.commands().delete_all::<With<Enemy>>();
    /// world.flush();
    /// assert!(world.get_entity(enemy).is_err());
    /// ```
    #[doc(alias = "despawn_all")]
    fn delete_all<F: QueryFilter>(&mut self);

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
    /// let enemy = world.spawn(Enemy).id();
    /// world.commands().delete_all_with::<With<Enemy>>(DeleteReason::new("level ended"));
    /// world.flush();
    /// assert!(world.get_entity(enemy).is_err());
    /// ```
    fn delete_all_with<F: QueryFilter>(&mut self, reason: DeleteReason);

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
    /// let dead = world.spawn(Health(0)).id();
    /// let alive = world.spawn(Health(5)).id();
    /// world.commands().delete_all_where::<&Health, ()>(|health| health.0 <= 0);
    /// world.flush();
    /// assert!(world.get_entity(dead).is_err());
    /// assert!(world.get_entity(alive).is_ok());
    /// ```
    #[doc(alias = "despawn_all_where")]
    fn delete_all_where<D: QueryData, F: QueryFilter>(
        &mut self,
        condition: impl FnMut(D::Item<'_, '_>) -> bool + Send + 'static,
    );

    /// Deletes these entities in this order, with all that is linked to them.
    ///
    /// Passes over those that are gone by then and those that are named twice.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let [a, b] = [world.spawn_empty().id(), world.spawn_empty().id()];
    /// world.commands().delete_batch([a, b, a]);
    /// world.flush();
    /// assert!(world.get_entity(a).is_err());
    /// assert!(world.get_entity(b).is_err());
    /// ```
    fn delete_batch(&mut self, entities: impl IntoIterator<Item = Entity>);
}

impl DeleteCommandsExt for Commands<'_, '_> {
    #[track_caller]
    fn delete_all<F: QueryFilter>(&mut self) {
        let caller = MaybeLocation::caller();
        self.queue(move |world: &mut World| {
            bulk::delete_all::<F>(world, None, caller);
        });
    }

    #[track_caller]
    fn delete_all_with<F: QueryFilter>(&mut self, reason: DeleteReason) {
        let caller = MaybeLocation::caller();
        self.queue(move |world: &mut World| {
            bulk::delete_all::<F>(world, Some(reason), caller);
        });
    }

    #[track_caller]
    fn delete_all_where<D: QueryData, F: QueryFilter>(
        &mut self,
        condition: impl FnMut(D::Item<'_, '_>) -> bool + Send + 'static,
    ) {
        let caller = MaybeLocation::caller();
        self.queue(move |world: &mut World| {
            bulk::delete_all_where::<D, F>(world, condition, None, caller);
        });
    }

    #[track_caller]
    fn delete_batch(&mut self, entities: impl IntoIterator<Item = Entity>) {
        let caller = MaybeLocation::caller();
        let entities: Vec<Entity> = entities.into_iter().collect();
        self.queue(move |world: &mut World| {
            bulk::delete_trees(world, entities, None, caller);
        });
    }
}
