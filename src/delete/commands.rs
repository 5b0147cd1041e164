//! `commands.delete_all::<With<Enemy>>()`

use alloc::vec::Vec;

use bevy_ecs::{
    entity::Entity,
    query::{QueryData, QueryFilter},
    system::Commands,
    world::World,
};

use super::{because::Because, bulk};
use crate::{message::DeleteCause, track::context::DeleteCall};

/// Deletes many entities with one command, as one operation.
///
/// All messages of a call share their [`operation`](crate::Origin::operation). An entity that is passed to the call, or
/// matches its filter, is [`Direct`](crate::DeleteKind::Direct). An entity that is deleted along with it is
/// [`Cascade`](crate::DeleteKind::Cascade).
///
/// The trees are deleted one after the other, and within each tree descendants before ancestors. The entities that
/// match a query are deleted in the reverse order of the query, as Bevy's `despawn_all` despawns them.
///
/// Trees that contain a [`Protected`](crate::Protected) entity are skipped, and their number is logged. Filters do not
/// match Bevy's own entities: those of resources, observers and registered systems.
///
/// # Timing
///
/// Like every command, these methods take effect at the next sync point. The filter is evaluated at that time. The time
/// is linear in the number of deleted entities, except for some relationship collections: see
/// [`guide::costs`](crate::guide::costs).
///
/// # Panics
///
/// A panic of a hook, an observer or a capture ends the command: see [`DeleteWorldExt`](super::DeleteWorldExt#panics).
/// With the feature `std`, Bevy passes it to the world's
/// [`FallbackErrorHandler`](bevy_ecs::error::FallbackErrorHandler).
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
/// world.commands().because(GAME_OVER).delete_all::<With<InGame>>();
/// world.flush();
///
/// assert_eq!(world.query_filtered::<(), With<InGame>>().query(&world).count(), 0);
/// assert!(world.get_entity(camera).is_ok());
/// ```
pub trait DeleteCommandsExt {
    /// Returns a [`Because`], whose delete methods record this cause.
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
    /// world.commands().because(DeleteReason::new("level ended")).delete_all::<With<Enemy>>();
    /// world.flush();
    /// assert!(world.get_entity(enemy).is_err());
    /// ```
    fn because(&mut self, cause: impl Into<DeleteCause>) -> Because<Commands<'_, '_>>;

    /// Deletes all entities that match the filter, with everything that is linked to them.
    ///
    /// Like every query, it skips disabled entities unless the filter mentions
    /// [`Disabled`](bevy_ecs::entity_disabling::Disabled). Disabled entities that are linked to a match are deleted.
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
    #[track_caller]
    fn delete_all<F: QueryFilter>(&mut self) {
        self.because(DeleteCause::default()).delete_all::<F>();
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
    /// let dead = world.spawn(Health(0)).id();
    /// let alive = world.spawn(Health(5)).id();
    /// world.commands().delete_all_where::<&Health, ()>(|health| health.0 <= 0);
    /// world.flush();
    /// assert!(world.get_entity(dead).is_err());
    /// assert!(world.get_entity(alive).is_ok());
    /// ```
    #[doc(alias = "despawn_all_where")]
    #[track_caller]
    fn delete_all_where<D: QueryData, F: QueryFilter>(
        &mut self,
        condition: impl FnMut(D::Item<'_, '_>) -> bool + Send + 'static,
    ) {
        self.because(DeleteCause::default()).delete_all_where::<D, F>(condition);
    }

    /// Deletes these entities in this order, with everything that is linked to them.
    ///
    /// Entities that are not spawned when the command is applied are skipped. Duplicates are deleted once.
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
    /// assert!(world.get_entity(a).is_err() && world.get_entity(b).is_err());
    /// ```
    #[track_caller]
    fn delete_batch(&mut self, entities: impl IntoIterator<Item = Entity>) {
        self.because(DeleteCause::default()).delete_batch(entities);
    }
}

impl DeleteCommandsExt for Commands<'_, '_> {
    fn because(&mut self, cause: impl Into<DeleteCause>) -> Because<Commands<'_, '_>> {
        Because::new(self.reborrow(), cause)
    }
}

impl Because<Commands<'_, '_>> {
    /// Like [`DeleteCommandsExt::delete_all`], with the cause. See [`Because`] for an example.
    #[track_caller]
    pub fn delete_all<F: QueryFilter>(&mut self) {
        let call = DeleteCall::new(self.cause);
        self.target
            .queue(move |world: &mut World| _ = bulk::delete_all::<F>(world, call));
    }

    /// Like [`DeleteCommandsExt::delete_all_where`], with the cause.
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
    /// let mut commands = world.commands();
    /// commands.because(DeleteReason::new("died")).delete_all_where::<&Health, ()>(|health| health.0 <= 0);
    /// world.flush();
    /// assert!(world.get_entity(dead).is_err());
    /// ```
    #[track_caller]
    pub fn delete_all_where<D: QueryData, F: QueryFilter>(
        &mut self,
        condition: impl FnMut(D::Item<'_, '_>) -> bool + Send + 'static,
    ) {
        let call = DeleteCall::new(self.cause);
        self.target.queue(move |world: &mut World| {
            _ = bulk::delete_all_where::<D, F>(world, condition, call);
        });
    }

    /// Like [`DeleteCommandsExt::delete_batch`], with the cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let [a, b] = [world.spawn_empty().id(), world.spawn_empty().id()];
    /// world.commands().because(DeleteReason::new("traded")).delete_batch([a, b]);
    /// world.flush();
    /// assert!(world.get_entity(a).is_err() && world.get_entity(b).is_err());
    /// ```
    #[track_caller]
    pub fn delete_batch(&mut self, entities: impl IntoIterator<Item = Entity>) {
        let call = DeleteCall::new(self.cause);
        let entities: Vec<Entity> = entities.into_iter().collect();
        self.target
            .queue(move |world: &mut World| _ = bulk::delete_batch(world, entities, call));
    }
}
