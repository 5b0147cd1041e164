//! The latest deletions, to look up a stale id.

use alloc::{collections::VecDeque, vec::Vec};
use core::fmt::{self, Write};

use bevy_ecs::{entity::Entity, name::Name, resource::Resource};
use bevy_platform::collections::HashMap;
use smallvec::SmallVec;

use crate::{message::Origin, snapshot::SnapshotType};

/// The latest deletions of entities with a tracked component, by the id of the entity.
///
/// Use it to find out which entity an id belonged to: an id in a log line, in an error message, or in a map that was
/// not updated.
///
/// Add it with [`RecentDeletesPlugin`](crate::receivers::RecentDeletesPlugin), which also records names. In a
/// [`World`](bevy_ecs::world::World) without an `App`, insert it as a resource; names are then missing.
///
/// Removals and replacements are not recorded.
///
/// # Timing
///
/// [`publish_deletes`](crate::publish_deletes) records the deletions before it triggers the first observer. So an
/// observer of [`PostDelete`](crate::PostDelete) and every system in [`Cleanup`](crate::Cleanup) finds them.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// const SHOT: DeleteReason = DeleteReason::new("shot");
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// let mut app = App::new();
/// app.add_plugins((
///     PostDeletePlugin::<Enemy>::default(),
///     RecentDeletesPlugin::with_capacity(100),
/// ));
/// let orc = app.world_mut().spawn((Enemy, Name::new("orc"))).id();
/// app.world_mut().delete_with(orc, SHOT)?;
/// app.update();
///
/// let recent = app.world().resource::<RecentDeletes>();
/// let deleted = recent.get(orc).unwrap();
/// assert_eq!(deleted.name, Some(Name::new("orc")));
/// assert_eq!(deleted.to_string(), format!("{orc} (orc): Direct, shot"));
/// # Ok::<(), DeleteError>(())
/// ```
#[derive(Resource, Debug)]
pub struct RecentDeletes {
    capacity: usize,
    /// Not an `EntityHashMap`, in which all entities that had the same index collide.
    deletes: HashMap<Entity, RecentDelete>,
    /// The entities in `deletes`, the oldest in front.
    order: VecDeque<Entity>,
    /// The names of entities that were despawned since the last publish.
    names: HashMap<Entity, Name>,
    publishes: u64,
}

/// A deletion in [`RecentDeletes`]. See there for an example.
///
/// It displays as one line with the id, the name, the kind and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecentDelete {
    /// The entity that was deleted.
    pub entity: Entity,
    /// The name that the entity had.
    pub name: Option<Name>,
    /// How it was deleted, by which call, and why. If an observer of another type amends the cause during the publish, the
    /// message has the new cause, but not this.
    pub origin: Origin,
    snapshot_types: SmallVec<[SnapshotType; 2]>,
    publish: u64,
}

impl RecentDeletes {
    /// Creates a record of at most `capacity` deletions. Beyond that, the oldest are forgotten.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            deletes: HashMap::default(),
            order: VecDeque::new(),
            names: HashMap::default(),
            publishes: 0,
        }
    }

    /// Returns the deletion of this entity, if it is recorded.
    pub fn get(&self, entity: Entity) -> Option<&RecentDelete> {
        self.deletes.get(&entity)
    }

    /// Returns the recorded deletions, the oldest first.
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
    /// world.insert_resource(RecentDeletes::with_capacity(2));
    /// let [_, second, third] = [(); 3].map(|()| {
    ///     let enemy = world.spawn(Enemy).id();
    ///     world.despawn(enemy);
    ///     enemy
    /// });
    /// world.publish_deletes();
    ///
    /// let recent = world.resource::<RecentDeletes>();
    /// let entities: Vec<_> = recent.iter().map(|deleted| deleted.entity).collect();
    /// assert_eq!(entities, [second, third]);
    /// assert_eq!(recent.capacity(), 2);
    /// ```
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &RecentDelete> + ExactSizeIterator {
        self.order.iter().map(|entity| &self.deletes[entity])
    }

    /// Returns the maximum number of recorded deletions. See [`iter`](Self::iter) for an example.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Raises the capacity to this value, if it is lower.
    pub(crate) fn raise_capacity_to(&mut self, capacity: usize) {
        self.capacity = self.capacity.max(capacity);
    }

    /// Keeps the name of an entity that is about to be despawned until the deletion is recorded.
    pub(crate) fn keep_name(&mut self, entity: Entity, name: Name) {
        self.names.insert(entity, name);
    }

    /// Records the messages of one type.
    pub(super) fn record(&mut self, snapshot: SnapshotType, collected: Vec<(Entity, Origin)>) {
        for (entity, origin) in collected {
            if !origin.kind.ends_entity() {
                continue;
            }
            let deleted = self.deletes.entry(entity).or_insert_with(|| {
                self.order.push_back(entity);
                RecentDelete {
                    entity,
                    name: self.names.remove(&entity),
                    origin,
                    snapshot_types: SmallVec::new(),
                    publish: self.publishes,
                }
            });
            // If a panic has ended the last publish, its messages are collected again.
            if !deleted.snapshot_types.contains(&snapshot) {
                deleted.snapshot_types.push(snapshot);
            }
        }
    }

    /// Ends the recording of one publish, and forgets the oldest deletions beyond the capacity. Names that are left
    /// belong to entities without a tracked component.
    pub(super) fn end_publish(&mut self) {
        self.names.clear();
        self.publishes += 1;
        // Not earlier: further types may have recorded the same entities.
        let excess = self.order.len().saturating_sub(self.capacity);
        for oldest in self.order.drain(..excess) {
            self.deletes.remove(&oldest);
        }
    }
}

impl RecentDelete {
    /// Returns the snapshot types that were captured for the entity, in the order of registration.
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
    /// world.insert_resource(RecentDeletes::with_capacity(10));
    /// let enemy = world.spawn(Enemy).id();
    /// world.despawn(enemy);
    /// world.publish_deletes();
    ///
    /// let deleted = world.resource::<RecentDeletes>().get(enemy).unwrap();
    /// assert_eq!(deleted.snapshot_types(), [SnapshotType::of::<Enemy>()]);
    /// assert_eq!(deleted.publish(), 0);
    /// ```
    pub fn snapshot_types(&self) -> &[SnapshotType] {
        &self.snapshot_types
    }

    /// Returns the number of the publish that published the deletion, counted from 0, since [`RecentDeletes`] was
    /// added.
    ///
    /// [`snapshot_types`](Self::snapshot_types) has an example.
    pub fn publish(&self) -> u64 {
        self.publish
    }
}

impl fmt::Display for RecentDelete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.entity)?;
        if let Some(name) = &self.name {
            write!(f, " ({})", one_line(name))?;
        }
        write!(f, ": {:?}", self.origin.kind)?;
        if let Some(reason) = self.origin.reason {
            write!(f, ", {}", one_line(reason.as_str()))?;
        }
        Ok(())
    }
}

/// Escapes line breaks and other control characters.
fn one_line(text: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        text.chars().try_for_each(|character| {
            // Unicode's line and paragraph separators are not control characters.
            match character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
                true => write!(f, "{}", character.escape_default()),
                false => f.write_char(character),
            }
        })
    })
}
