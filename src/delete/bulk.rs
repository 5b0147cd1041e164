//! Deleting many entities in one operation.

use alloc::boxed::Box;

use bevy_ecs::{
    archetype::Archetype,
    entity::{Entity, EntityHashSet},
    observer::Observer,
    query::{QueryData, QueryFilter, QueryState},
    relationship::RelationshipTarget,
    resource::IsResource,
    system::SystemIdMarker,
    world::{EntityWorldMut, World},
};

use super::{archetype::may_be_linked, despawn::delete_targets, report::DeleteReport, scratch, targets::DeleteTargets};
use crate::track::context::{ActiveDeletion, DeleteCall};

/// Deletes all entities that match the filter, in the reverse order of the query.
pub(super) fn delete_all<F: QueryFilter>(world: &mut World, call: DeleteCall) -> DeleteReport {
    let mut targets = scratch::take(world);
    let mut query = world.query_filtered::<Entity, F>();
    // Not `for_each`, which can visit the entities in another order.
    targets.named.extend(query.query(world).iter());
    targets.named.reverse();
    let is_used = is_used_by_bevy(world);
    if matched(world, &query).any(&is_used) {
        targets
            .named
            .retain(|entity| !is_used(world.entity(*entity).archetype()));
    }
    let is_linked = matched(world, &query).any(may_be_linked);
    if !is_linked {
        targets.add_unrelated(world, matched(world, &query));
    }
    delete_named(world, targets, call)
}

/// Whether Bevy uses the entities of an archetype itself. A filter can match the entity of a resource, an observer or a
/// registered system by accident, and deleting it would break the app.
///
/// The queries do not exclude them: with more components in its filter, Bevy may visit the entities in another order.
fn is_used_by_bevy(world: &World) -> impl Fn(&Archetype) -> bool + use<> {
    let used_by_bevy = [
        world.component_id::<IsResource>(),
        world.component_id::<Observer>(),
        world.component_id::<SystemIdMarker>(),
    ];
    move |archetype| used_by_bevy.iter().flatten().any(|used| archetype.contains(*used))
}

/// The archetypes that match a query, and have entities.
fn matched<'w, D: QueryData, F: QueryFilter>(
    world: &'w World,
    query: &'w QueryState<D, F>,
) -> impl Iterator<Item = &'w Archetype> {
    let archetypes = query.matched_archetypes().filter_map(|id| world.archetypes().get(id));
    archetypes.filter(|archetype| !archetype.is_empty())
}

/// Deletes all entities that match the filter and the condition, in the reverse order of the query.
pub(super) fn delete_all_where<D: QueryData, F: QueryFilter>(
    world: &mut World,
    mut condition: impl FnMut(D::Item<'_, '_>) -> bool,
    call: DeleteCall,
) -> DeleteReport {
    let mut targets = scratch::take(world);
    let is_used = is_used_by_bevy(world);
    let mut query = world.query_filtered::<(Entity, &Archetype, D), F>();
    let mut matches = query.iter_mut(world);
    while let Some((entity, archetype, data)) = matches.fetch_next() {
        if !is_used(archetype) && condition(data) {
            targets.named.push(entity);
        }
    }
    drop(matches);
    targets.named.reverse();
    delete_named(world, targets, call)
}

/// Deletes the entities that are related to this one, in reverse order, but not the entity itself.
pub(super) fn delete_related<R: RelationshipTarget>(entity: &mut EntityWorldMut<'_>, call: DeleteCall) -> DeleteReport {
    let mut targets = entity.world_scope(scratch::take);
    // A queued command may have despawned the entity.
    if !entity.is_despawned()
        && let Some(sources) = entity.get::<R>()
    {
        targets.named.extend(sources.iter());
        targets.named.reverse();
    }
    entity.world_scope(|world| delete_named(world, targets, call))
}

/// Deletes these entities in this order. Skips entities that are not spawned. Deletes duplicates once.
pub(super) fn delete_batch(
    world: &mut World,
    entities: impl IntoIterator<Item = Entity>,
    call: DeleteCall,
) -> DeleteReport {
    let mut targets = scratch::take(world);
    // Ids of despawned entities can have the same index. They would collide in an `EntityHashSet`.
    let is_spawned = |entity: &Entity| world.entities().contains_spawned(*entity);
    targets.named.extend(entities.into_iter().filter(is_spawned));
    delete_named(world, targets, call)
}

fn delete_named(world: &mut World, mut targets: Box<DeleteTargets>, call: DeleteCall) -> DeleteReport {
    let mut skipped = EntityHashSet::new();
    // Unrelated entities are found already.
    if targets.found.is_empty() {
        for index in 0..targets.named.len() {
            let root = targets.named[index];
            if !targets.add_tree(world, root) {
                skipped.insert(root);
            }
        }
    }
    let skipped = skipped.len();
    #[cfg(feature = "trace")]
    let _span = super::span::delete_span(None, call.cause);
    let root = targets.found.first();
    let root = root.map_or(Entity::PLACEHOLDER, |target| target.root);
    let deletion = ActiveDeletion::new(root, call);
    let mut report = delete_targets(world, &mut targets, deletion, DeleteReport::of_active);
    scratch::put_back(world, targets);
    if skipped > 0 {
        log::warn!("a bulk delete skipped {skipped} of its targets, because their trees contain protected entities");
    }
    report.skipped_count = skipped;
    report
}
