//! Releasing assets that entities share.

use alloc::vec::Vec;
use core::{fmt, hash::Hash, marker::PhantomData};

use bevy_app::{App, Plugin};
use bevy_ecs::{
    change_detection::{DetectChanges, Ref},
    component::ComponentId,
    entity::Entity,
    entity_disabling::DefaultQueryFilters,
    lifecycle::{Discard, Insert},
    message::{Message, MessageCursor, MessageWriter, Messages},
    observer::On,
    query::{QueryBuilder, QueryData},
    schedule::{IntoScheduleConfigs, SystemSet},
    system::{Local, ParamBuilder, Query, QueryParamBuilder, Res, ResMut, System, SystemParamBuilder},
    world::{DeferredWorld, EntityMut},
};
use bevy_platform::collections::HashSet;
use smallvec::SmallVec;

use super::{asset_user::AssetUser, uses::AssetUses};
use crate::{
    Cleanup, PostDelete, PostDeletePlugin, PostDeleteSystems, Snapshot,
    panics::{FirstPanic, catch},
};

/// Counts the users of shared assets in [`AssetUses`], and writes [`AssetReleased`] when the last use of an asset has
/// ended.
///
/// A use ends on every path: delete, despawn, cascade, remove, replace, or a change of the component in place. Entities
/// that exist when the plugin is added are counted, disabled ones included.
///
/// # When to use it
///
/// Bevy unloads an asset by itself when the last strong `Handle` is dropped. Use this plugin if you load assets once
/// and choose when to unload them, if your assets are not identified by handles, or if something must happen when an
/// asset falls out of use.
///
/// # Timing
///
/// An insert counts immediately. Changes in place are counted in [`Cleanup`], in the set
/// [`PostDeleteSystems::Receive`], or when the component is removed or replaced before that. Then the uses that have
/// ended are subtracted. So a key that is used again before then is not released. If a component is changed in place
/// and removed before the next `Cleanup`, both its old and its new keys are released. A system in [`Cleanup`] that
/// passes an asset on to another entity must run `.before(PostDeleteSystems::Receive)`. One that reads
/// [`AssetReleased`] must run `.after(PostDeleteSystems::Receive)`. Otherwise, it may read the message one frame later.
///
/// Changes in place are found by a query for changed components, which visits every user each frame. The plugin
/// tracks removals, so it observes the insert and the removal of the component.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component)]
/// struct Sprite(&'static str);
///
/// impl AssetUser for Sprite {
///     type Component = Self;
///     type Key = &'static str;
///
///     fn keys(sprite: &Self) -> impl IntoIterator<Item = &'static str> {
///         [sprite.0]
///     }
/// }
///
/// #[derive(Resource, Default)]
/// struct Unloaded(Vec<&'static str>);
///
/// fn unload(mut released: MessageReader<AssetReleased<&'static str>>, mut unloaded: ResMut<Unloaded>) {
///     unloaded.0.extend(released.read().map(|released| released.key));
/// }
///
/// let mut app = App::new();
/// app.add_plugins(AssetReleasePlugin::<Sprite>::default())
///     .init_resource::<Unloaded>()
///     .add_systems(Cleanup, unload.after(PostDeleteSystems::Receive));
///
/// let first = app.world_mut().spawn(Sprite("orc.png")).id();
/// let second = app.world_mut().spawn(Sprite("orc.png")).id();
/// assert_eq!(app.world().resource::<AssetUses<&'static str>>().count(&"orc.png"), 2);
///
/// app.world_mut().despawn(first);
/// app.update();
/// assert!(app.world().resource::<Unloaded>().0.is_empty());
///
/// app.world_mut().get_mut::<Sprite>(second).unwrap().0 = "ghost.png";
/// app.update();
/// assert_eq!(app.world().resource::<Unloaded>().0, ["orc.png"]);
/// ```
pub struct AssetReleasePlugin<U>(PhantomData<fn() -> U>);

impl<U: AssetUser> Default for AssetReleasePlugin<U> {
    fn default() -> Self {
        AssetReleasePlugin::default()
    }
}

impl<U> AssetReleasePlugin<U> {
    /// Creates the plugin.
    // Not only in the trait, so that the compiler shows the notes of `AssetUser` for a type that is not one.
    pub const fn default() -> Self
    where
        U: AssetUser,
    {
        Self(PhantomData)
    }
}

impl<U> fmt::Debug for AssetReleasePlugin<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AssetReleasePlugin")
    }
}

impl<U: AssetUser> Plugin for AssetReleasePlugin<U> {
    fn build(&self, app: &mut App) {
        app.add_plugins(PostDeletePlugin::<AssetUserLeft<U>>::default().with_removals());
        if app.is_plugin_added::<Self>() {
            return;
        }
        app.init_resource::<AssetUses<U::Key>>()
            .add_message::<AssetReleased<U::Key>>()
            .add_observer(|on: On<Insert<U::Component>>, mut world: DeferredWorld| {
                count_value::<U>(&mut world, on.entity);
            })
            // If `AssetUser::keys` panics, the change is not counted, and the removal continues.
            .add_observer(|on: On<Discard<U::Component>>, mut world: DeferredWorld| {
                _ = catch(&mut || count_value::<U>(&mut world, on.entity));
            });
        let world = app.world_mut();
        let mut update_uses = (
            ParamBuilder,
            ParamBuilder,
            QueryParamBuilder::new(include_disabled),
            ParamBuilder,
        )
            .build_state(world)
            .build_system(update_uses::<U>);
        // Counts the users that exist already.
        world.flush();
        update_uses.initialize(world);
        _ = update_uses.run((), world);
        // The user types take turns in the order of their plugins, so that it is always the same user that is the last.
        let turn = world.resource_mut::<AssetUses<U::Key>>().add_user_type();
        let update_uses = update_uses.in_set(UpdateUses::Turn(turn)).in_set(UpdateUses::All);
        app.configure_sets(Cleanup, UpdateUses::Turn(turn + 1).after(UpdateUses::Turn(turn)))
            .add_systems(Cleanup, update_uses.in_set(PostDeleteSystems::Receive));
        if turn == 0 {
            let release = release::<U::Key>.after(UpdateUses::All);
            app.add_systems(Cleanup, release.in_set(PostDeleteSystems::Receive));
        }
    }

    fn is_unique(&self) -> bool {
        false
    }
}

/// The systems that bring the counts up to date, before any key is released.
#[derive(SystemSet, Debug, Clone, PartialEq, Eq, Hash)]
enum UpdateUses {
    /// The systems of all user types.
    All,
    /// The system of the user type with this number.
    Turn(usize),
}

/// Written when the last use of a key has ended.
///
/// It is written in [`Cleanup`], in the set [`PostDeleteSystems::Receive`], each time the number of uses falls to zero.
/// See [`AssetReleasePlugin`] for an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetReleased<K> {
    /// The key of the asset that is no longer used.
    pub key: K,
    /// The entity that used it last. It may be despawned.
    pub last_user: Entity,
}

impl<K: Send + Sync + 'static> Message for AssetReleased<K> {}

/// The snapshot type that [`AssetReleasePlugin`] tracks. It is empty: the plugin itself stores the keys that it has
/// counted.
///
/// Read its messages if you must know which entities have stopped using assets:
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component)]
/// struct Sprite(&'static str);
///
/// impl AssetUser for Sprite {
///     type Component = Self;
///     type Key = &'static str;
///
///     fn keys(sprite: &Self) -> impl IntoIterator<Item = &'static str> {
///         [sprite.0]
///     }
/// }
///
/// #[derive(Resource, Default)]
/// struct Left(Vec<Entity>);
///
/// let mut app = App::new();
/// app.add_plugins(AssetReleasePlugin::<Sprite>::default()).init_resource::<Left>();
/// app.add_observer(|on: On<PostDelete<AssetUserLeft<Sprite>>>, mut left: ResMut<Left>| left.0.push(on.entity));
///
/// let sprite = app.world_mut().spawn(Sprite("orc.png")).id();
/// app.world_mut().entity_mut(sprite).remove::<Sprite>();
/// app.update();
/// assert_eq!(app.world().resource::<Left>().0, [sprite]);
/// ```
pub struct AssetUserLeft<U>(PhantomData<fn() -> U>);

impl<U> fmt::Debug for AssetUserLeft<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AssetUserLeft")
    }
}

#[diagnostic::do_not_recommend]
impl<U: AssetUser> Snapshot for AssetUserLeft<U> {
    type Component = U::Component;

    fn capture(_: EntityMut<'_>) -> Option<Self> {
        Some(Self(PhantomData))
    }

    fn try_clone(_: &Self) -> Option<Self> {
        Some(Self(PhantomData))
    }
}

/// Counts the component of an entity as soon as it is inserted, and a change in place that no `Cleanup` has counted,
/// before the component is removed or replaced.
///
/// A system may have taken the resource out of the world. Then the next `Cleanup` counts it.
fn count_value<U: AssetUser>(world: &mut DeferredWorld, entity: Entity) {
    let keys = world.get::<U::Component>(entity).map(keys_of::<U>);
    if let (Some(keys), Some(mut uses)) = (keys, world.get_resource_mut::<AssetUses<U::Key>>()) {
        uses.update::<U>(entity, keys);
    }
}

/// Counts the components that were changed, and ends the uses of those that were removed.
fn update_uses<U: AssetUser>(
    left: Res<Messages<PostDelete<AssetUserLeft<U>>>>,
    mut cursor: Local<MessageCursor<PostDelete<AssetUserLeft<U>>>>,
    users: Query<(Entity, Ref<U::Component>)>,
    mut uses: ResMut<AssetUses<U::Key>>,
) {
    let mut panic = FirstPanic::default();
    for (entity, component) in users.iter().filter(|(_, component)| component.is_changed()) {
        panic.catch(&mut || uses.update::<U>(entity, keys_of::<U>(&component)));
    }
    // Entities that have the component again are up to date. For the others, the latest message decides in which order
    // their uses end.
    let mut has_ended = HashSet::<Entity>::default();
    let mut ended = SmallVec::<[Entity; 16]>::new();
    if cursor.missed_messages(&left) > 0 {
        // The system has not run for some frames.
        ended.extend(uses.users::<U>());
        ended.sort_unstable();
    }
    ended.extend(cursor.read(&left).map(|left| left.entity));
    ended.reverse();
    ended.retain(|entity| !users.contains(*entity) && has_ended.insert(*entity));
    for entity in ended.into_iter().rev() {
        uses.update::<U>(entity, SmallVec::new());
    }
}

fn keys_of<U: AssetUser>(component: &U::Component) -> SmallVec<[U::Key; 1]> {
    U::keys(component).into_iter().collect()
}

fn release<K: Clone + Eq + Hash + Send + Sync + 'static>(
    mut uses: ResMut<AssetUses<K>>,
    mut released: MessageWriter<AssetReleased<K>>,
) {
    if uses.have_ended() {
        released.write_batch(uses.release().map(|(key, last_user)| AssetReleased { key, last_user }));
    }
}

/// Makes a query match disabled entities, whichever component disables them.
///
/// [`Allow`](bevy_ecs::query::Allow) does that only for a component type that is known at compile time. A query that
/// mentions a disabling component is not filtered by it. So this mentions each, in a condition that is always true.
fn include_disabled<D: QueryData>(query: &mut QueryBuilder<'_, D>) {
    let filters = query.world().get_resource::<DefaultQueryFilters>();
    let disabling: Vec<ComponentId> = filters.map_or_else(Vec::new, |filters| filters.disabling_ids().collect());
    for component in disabling {
        query.or(|query| {
            query.with_id(component).without_id(component);
        });
    }
}
