//! The number of uses of shared assets, and the keys that were counted for each entity.

use alloc::vec::Vec;
use core::{any::TypeId, hash::Hash};

use bevy_ecs::{entity::Entity, resource::Resource};
use bevy_platform::collections::HashMap;
use smallvec::SmallVec;

use super::asset_user::AssetUser;

/// The number of uses of each key, over all [users](AssetUser) with this type of key.
///
/// An insert counts immediately. A component that was changed in place counts in the next [`Cleanup`](crate::Cleanup),
/// in the set [`PostDeleteSystems::Receive`](crate::PostDeleteSystems::Receive). Uses that have ended are counted until
/// then.
///
/// # Example
///
/// ```
/// # use bevy_app::prelude::*;
/// # use bevy_ecs::prelude::*;
/// # use bevy_post_delete::prelude::*;
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
/// let mut app = App::new();
/// app.add_plugins(AssetReleasePlugin::<Sprite>::default());
/// assert!(app.world().resource::<AssetUses<&'static str>>().is_empty());
/// app.world_mut().spawn_batch(["orc.png", "orc.png"].map(Sprite)).for_each(drop);
///
/// let uses = app.world().resource::<AssetUses<&'static str>>();
/// assert_eq!((uses.len(), uses.count(&"orc.png")), (1, 2));
/// assert_eq!(uses.iter().collect::<Vec<_>>(), [(&"orc.png", 2)]);
/// ```
#[derive(Resource, Debug)]
pub struct AssetUses<K: Send + Sync + 'static> {
    uses: HashMap<K, usize>,
    /// The keys that were counted for each entity, by the type of the user.
    ///
    /// After a panic, or while the resource is taken out of the world, hooks and observers can fail to run. So the keys
    /// of a component may not have been counted. Only these keys were counted, and only these are released.
    counted: HashMap<(TypeId, Entity), SmallVec<[K; 1]>>,
    /// Uses that have ended and are still counted, each with its entity.
    ended: Vec<(K, Entity)>,
    user_types: usize,
}

impl<K: Clone + Eq + Hash + Send + Sync + 'static> AssetUses<K> {
    /// Returns the number of uses of this key.
    pub fn count(&self, key: &K) -> usize {
        self.uses.get(key).copied().unwrap_or(0)
    }

    /// Returns the number of different keys that are used.
    pub fn len(&self) -> usize {
        self.uses.len()
    }

    /// Returns whether no key is used.
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty()
    }

    /// Returns the keys that are used, each with its number of uses, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, usize)> {
        self.uses.iter().map(|(key, count)| (key, *count))
    }

    /// Adds a user type with this type of key. Returns its number, counted from 0.
    pub(super) fn add_user_type(&mut self) -> usize {
        let number = self.user_types;
        self.user_types += 1;
        number
    }

    /// Brings the count of an entity up to date with the keys of its component, or with none if the component was
    /// removed. New keys are counted before old ones end.
    pub(super) fn update<U: AssetUser<Key = K>>(&mut self, entity: Entity, keys: SmallVec<[K; 1]>) {
        let user = (TypeId::of::<U>(), entity);
        if self.counted.get(&user) == Some(&keys) {
            return;
        }
        for key in &keys {
            *self.uses.entry(key.clone()).or_default() += 1;
        }
        let old = if keys.is_empty() {
            self.counted.remove(&user)
        } else {
            self.counted.insert(user, keys)
        };
        let old = old.unwrap_or_default().into_iter();
        self.ended.extend(old.map(|key| (key, entity)));
    }

    /// Returns the entities for which keys of this user type were counted, in no particular order.
    pub(super) fn users<U: AssetUser<Key = K>>(&self) -> impl Iterator<Item = Entity> {
        let users = self.counted.keys();
        users.filter_map(|(user, entity)| (*user == TypeId::of::<U>()).then_some(*entity))
    }

    /// Whether any use has ended that is still counted.
    pub(super) fn have_ended(&self) -> bool {
        !self.ended.is_empty()
    }

    /// Subtracts the ended uses from the counts one by one. Returns the keys that no entity uses any more, each with
    /// its last user.
    pub(super) fn release(&mut self) -> impl Iterator<Item = (K, Entity)> {
        let Self { uses, ended, .. } = self;
        ended.drain(..).filter(|(key, _)| {
            let Some(count) = uses.get_mut(key) else {
                return false;
            };
            *count -= 1;
            let is_last = *count == 0;
            if is_last {
                uses.remove(key);
            }
            is_last
        })
    }
}

impl<K: Send + Sync + 'static> Default for AssetUses<K> {
    fn default() -> Self {
        Self {
            uses: HashMap::default(),
            counted: HashMap::default(),
            ended: Vec::new(),
            user_types: 0,
        }
    }
}
