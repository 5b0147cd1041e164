//! Deleting many entities in one operation.

use alloc::vec::Vec;

use bevy_ecs::{
    archetype::Archetype,
    change_detection::MaybeLocation,
    entity::{Entity, EntityHashSet},
    error::{BevyError, ErrorContext, warn},
    observer::Observer,
    query::{QueryData, QueryFilter, Without},
    relationship::RelationshipTarget,
    resource::IsResource,
    system::SystemIdMarker,
    utils::prelude::DebugName,
    world::{EntityWorldMut, World},
};
use smallvec::SmallVec;

use super::{
    ahead::despawn_captured,
    current::within_counted,
    links::{Links, may_be_related},
    open::Open,
    report::DeleteReport,
    walk::Walk,
};
use crate::message::DeleteReason;

/// Leaves out what Bevy keeps for itself: despawning a resource's entity, an observer's or a registered system's because
/// it happened to match breaks things that have nothing to do with the game.
type Deletable<F> = (F, Without<IsResource>, Without<Observer>, Without<SystemIdMarker>);

/// Deletes all that match the filter, the last first.
pub(crate) fn delete_all<F: QueryFilter>(
    world: &mut World,
    reason: Option<DeleteReason>,
    caller: MaybeLocation,
) -> DeleteReport {
    world.flush();
    let mut query = world.query_filtered::<Entity, Deletable<F>>();
    let mut roots: Vec<Entity> = query.query(world).iter().collect();
    roots.reverse();
    let archetypes = query.matched_archetypes().filter_map(|id| world.archetypes().get(id));
    let Some(unrelated) = Unrelated::new(world, archetypes) else {
        return delete_trees(world, roots, reason, caller);
    };
    // There is nothing to walk.
    DeleteReport::new(within_counted(world, Open::new(None, reason, caller), |world| {
        if unrelated.observed {
            despawn_each(world, &roots);
        } else {
            despawn_captured(world, &roots, &unrelated.tracked, |world| despawn_each(world, &roots));
        }
        // Some may have gone by other hands.
        roots.len()
    }))
}

/// Despawns these entities in this order.
///
/// Bevy's own `despawn_all` is no faster, and as of 0.20.1 does not give the indices of the entities back.
fn despawn_each(world: &mut World, entities: &[Entity]) {
    for entity in entities {
        _ = world.try_despawn(*entity);
    }
}

/// Archetypes whose entities are related to nothing.
struct Unrelated {
    /// The tracked types whose components they have, as indices of [`Deletions::types`](crate::deletions::Deletions).
    tracked: SmallVec<[usize; 4]>,
    /// Whether something else than this crate would hear of their despawn.
    observed: bool,
}

impl Unrelated {
    /// Returns `None` if any of them may be related.
    fn new<'w>(world: &World, archetypes: impl Iterator<Item = &'w Archetype>) -> Option<Self> {
        let mut unrelated = Self {
            tracked: SmallVec::new(),
            observed: false,
        };
        for archetype in archetypes.filter(|archetype| !archetype.is_empty()) {
            if may_be_related(archetype) {
                return None;
            }
            let links = Links::new(world, archetype);
            unrelated.observed |= links.is_observed(archetype);
            for index in links.tracked {
                if !unrelated.tracked.contains(&index) {
                    unrelated.tracked.push(index);
                }
            }
        }
        Some(unrelated)
    }
}

/// Deletes all that match the filter and the condition, the last first.
pub(crate) fn delete_all_where<D: QueryData, F: QueryFilter>(
    world: &mut World,
    mut condition: impl FnMut(D::Item<'_, '_>) -> bool,
    reason: Option<DeleteReason>,
    caller: MaybeLocation,
) -> DeleteReport {
    world.flush();
    let mut roots = Vec::new();
    let mut query = world.query_filtered::<(Entity, D), Deletable<F>>();
    let mut matches = query.iter_mut(world);
    while let Some((entity, data)) = matches.fetch_next() {
        if condition(data) {
            roots.push(entity);
        }
    }
    drop(matches);
    roots.reverse();
    delete_trees(world, roots, reason, caller)
}

/// Deletes what is related to the entity, the last first, but not the entity itself.
pub(crate) fn delete_related<R: RelationshipTarget>(entity: EntityWorldMut<'_>, caller: MaybeLocation) {
    let mut roots: Vec<Entity> = entity
        .get::<R>()
        .map_or_else(Vec::new, |sources| sources.iter().collect());
    roots.reverse();
    delete_trees(entity.into_world_mut(), roots, None, caller);
}

/// Deletes these entities, tree by tree, with all that is linked to them.
///
/// Dead and doubled ones are passed over, and trees with protected entities are left alone.
pub(crate) fn delete_trees(
    world: &mut World,
    roots: impl IntoIterator<Item = Entity>,
    reason: Option<DeleteReason>,
    caller: MaybeLocation,
) -> DeleteReport {
    world.flush();
    let mut walk = Walk::take(world);
    let mut skipped = EntityHashSet::new();
    for root in roots {
        if !walk.tree(world, root) {
            skipped.insert(root);
        }
    }
    let skipped = skipped.len();
    let open = Open::new(None, reason, caller);
    let mut report = DeleteReport::new(within_counted(world, open, |world| walk.despawn(world)));
    walk.put_back(world);
    report.skipped = skipped;
    if skipped > 0 {
        let error = alloc::format!("{skipped} entities were left alone, because something in their trees is protected");
        let name = DebugName::borrowed("a bulk delete");
        warn(BevyError::from(error), ErrorContext::Command { name });
    }
    report
}
