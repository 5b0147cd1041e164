//! Releasing what several entities share.

use alloc::vec::Vec;
use core::{fmt, hash::Hash, marker::PhantomData};

use bevy_app::{App, Plugin};
use bevy_ecs::{
    component::Component,
    entity::Entity,
    lifecycle::Insert,
    message::{Message, MessageReader, MessageWriter},
    observer::On,
    resource::Resource,
    schedule::IntoScheduleConfigs,
    system::ResMut,
    world::{DeferredWorld, EntityMut},
};
use bevy_platform::collections::HashMap;
use smallvec::SmallVec;

use super::queue::Taking;
use crate::{Cleanup, PostDelete, PostDeletePlugin, PostDeleteSystems, Snapshot};

/// A component whose entity uses something that others may use as well: a texture, a sound, a physics shape.
///
/// # Example
///
/// A component that is mutated in place does not end, so that nobody could tell that it uses something else from then
/// on. An immutable one cannot be:
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::receivers::{AssetUser, SmallVec};
///
/// #[derive(Component)]
/// #[component(immutable)]
/// struct Model {
///     mesh: &'static str,
///     textures: Vec<&'static str>,
/// }
///
/// impl AssetUser for Model {
///     type Key = &'static str;
///
///     fn assets(&self) -> SmallVec<[&'static str; 2]> {
///         self.textures.iter().copied().chain([self.mesh]).collect()
///     }
/// }
///
/// let model = Model { mesh: "tree.glb", textures: vec!["bark.png", "leaf.png"] };
/// assert_eq!(model.assets().as_slice(), ["bark.png", "leaf.png", "tree.glb"]);
/// ```
pub trait AssetUser: Component {
    /// What names a shared thing: a path, a handle, an id.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;

    /// What this value uses. What it names twice, it uses twice.
    ///
    /// It must name the same for as long as the value stands. Make the component `#[component(immutable)]`, so that every
    /// change of it is an insert.
    fn assets(&self) -> SmallVec<[Self::Key; 2]>;
}

/// Tells when the last user of a shared thing is gone, by [`AssetReleased`].
///
/// Uses are counted up at once where `M` is inserted, and down in [`Cleanup`] by every way in which a value of it ends:
/// delete, despawn, cascade, remove, replace. So what is taken up again before the stage is not released.
///
/// Where it is added late, what lives already is counted.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
/// use bevy_post_delete::receivers::{SmallVec, smallvec};
///
/// #[derive(Component)]
/// #[component(immutable)]
/// struct Sprite(&'static str);
///
/// impl AssetUser for Sprite {
///     type Key = &'static str;
///
///     fn assets(&self) -> SmallVec<[&'static str; 2]> {
///         smallvec![self.0]
///     }
/// }
///
/// #[derive(Resource, Default)]
/// struct Unloaded(Vec<&'static str>);
///
/// fn unload(mut released: MessageReader<AssetReleased<Sprite>>, mut unloaded: ResMut<Unloaded>) {
///     for AssetReleased { key, .. } in released.read() {
///         unloaded.0.push(*key);
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins(AssetReleasePlugin::<Sprite>::default())
///     .init_resource::<Unloaded>()
///     .add_systems(Cleanup, unload.after(PostDeleteSystems::Receive));
///
/// let first = app.world_mut().spawn(Sprite("orc.png")).id();
/// let second = app.world_mut().spawn(Sprite("orc.png")).id();
/// assert_eq!(app.world().resource::<AssetUses<Sprite>>().uses(&"orc.png"), 2);
///
/// app.world_mut().despawn(first);
/// app.update();
/// assert!(app.world().resource::<Unloaded>().0.is_empty());
///
/// app.world_mut().entity_mut(second).insert(Sprite("ghost.png"));
/// app.update();
/// assert_eq!(app.world().resource::<Unloaded>().0, ["orc.png"]);
/// ```
pub struct AssetReleasePlugin<M>(PhantomData<fn() -> M>);

impl<M> Default for AssetReleasePlugin<M> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<M> fmt::Debug for AssetReleasePlugin<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AssetReleasePlugin")
    }
}

impl<M: AssetUser> Plugin for AssetReleasePlugin<M> {
    fn build(&self, app: &mut App) {
        if app.world().contains_resource::<AssetUses<M>>() {
            return;
        }
        app.add_plugins(PostDeletePlugin::<Held<M>>::default().with_removals());
        app.world_mut().flush();
        let uses = AssetUses::<M>::of_the_living(app);
        app.insert_resource(uses)
            .add_message::<AssetReleased<M>>()
            .add_observer(take_up::<M>)
            .add_systems(Cleanup, release::<M>.in_set(PostDeleteSystems::Receive).before(Taking));
    }

    fn is_unique(&self) -> bool {
        false
    }
}

/// How often each shared thing is used.
///
/// It is right whenever [`PostDeleteSystems::Receive`] has run: what has ended since is still counted.
///
/// See [`AssetReleasePlugin`] for an example.
#[derive(Resource)]
pub struct AssetUses<M: AssetUser>(HashMap<M::Key, usize>);

impl<M: AssetUser> AssetUses<M> {
    /// How often this is used.
    pub fn uses(&self, key: &M::Key) -> usize {
        self.0.get(key).copied().unwrap_or(0)
    }

    /// How many different things are used.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is used.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is used, and how often, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&M::Key, usize)> {
        self.0.iter().map(|(key, uses)| (key, *uses))
    }

    fn of_the_living(app: &mut App) -> Self {
        let world = app.world_mut();
        let component = world.register_component::<M>();
        // Not by a query, which passes over disabled entities.
        let users: Vec<Entity> = world
            .archetypes()
            .iter()
            .filter(|archetype| archetype.contains(component))
            .flat_map(bevy_ecs::archetype::Archetype::entities)
            .map(bevy_ecs::archetype::ArchetypeEntity::id)
            .collect();
        let mut uses = Self(HashMap::default());
        for user in users.iter().filter_map(|user| world.get::<M>(*user)) {
            uses.take_up(user.assets());
        }
        uses
    }

    fn take_up(&mut self, assets: impl IntoIterator<Item = M::Key>) {
        for key in assets {
            *self.0.entry(key).or_default() += 1;
        }
    }

    /// Takes one use away, and returns whether it was the last.
    fn let_go(&mut self, key: &M::Key) -> bool {
        let Some(uses) = self.0.get_mut(key) else {
            return false; // A value was mutated in place.
        };
        *uses -= 1;
        let last = *uses == 0;
        if last {
            self.0.remove(key);
        }
        last
    }
}

impl<M: AssetUser<Key: fmt::Debug>> fmt::Debug for AssetUses<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AssetUses").field(&self.0).finish()
    }
}

/// The last user of a shared thing is gone: it can be released.
///
/// Written in [`Cleanup`] in the set [`PostDeleteSystems::Receive`], once each time that the number of uses comes to zero.
///
/// See [`AssetReleasePlugin`] for an example.
pub struct AssetReleased<M: AssetUser> {
    /// What can be released.
    pub key: M::Key,
    /// The entity whose value used it last.
    pub last_user: Entity,
}

impl<M: AssetUser> Message for AssetReleased<M> {}

impl<M: AssetUser> Clone for AssetReleased<M> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            last_user: self.last_user,
        }
    }
}

impl<M: AssetUser> PartialEq for AssetReleased<M> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.last_user == other.last_user
    }
}

impl<M: AssetUser> Eq for AssetReleased<M> {}

impl<M: AssetUser<Key: fmt::Debug>> fmt::Debug for AssetReleased<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssetReleased")
            .field("key", &self.key)
            .field("last_user", &self.last_user)
            .finish()
    }
}

/// What a value used when it ended.
struct Held<M: AssetUser>(SmallVec<[M::Key; 2]>);

impl<M: AssetUser> Snapshot for Held<M> {
    type Component = M;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<M>()?.assets()))
    }
}

fn take_up<M: AssetUser>(on: On<Insert<M>>, mut world: DeferredWorld) {
    let Some(assets) = world.get::<M>(on.entity).map(M::assets) else {
        return;
    };
    if let Some(mut uses) = world.get_resource_mut::<AssetUses<M>>() {
        uses.take_up(assets);
    }
}

fn release<M: AssetUser>(
    mut ended: MessageReader<PostDelete<Held<M>>>,
    mut uses: ResMut<AssetUses<M>>,
    mut released: MessageWriter<AssetReleased<M>>,
) {
    for PostDelete { entity, snapshot, .. } in ended.read() {
        for key in &snapshot.0 {
            if uses.let_go(key) {
                released.write(AssetReleased {
                    key: key.clone(),
                    last_user: *entity,
                });
            }
        }
    }
}
