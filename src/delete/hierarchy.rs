//! Sorting and restoring `Children` during a delete.
//!
//! If a child is despawned before its parent, Bevy searches the parent's `Children` for it, from the end. So many
//! children of one parent would take quadratic time. A delete therefore moves the children that it despawns to the end
//! of a long list, the first to be despawned last, where Bevy finds each at once.

use alloc::vec::Vec;
use core::mem;

use bevy_ecs::{
    change_detection::DetectChangesMut,
    entity::{Entity, EntityHashMap, EntityHashSet},
    hierarchy::{ChildOf, Children},
    relationship::{RelationshipHookMode, RelationshipTarget},
    world::World,
};

use super::targets::DeleteTargets;
use crate::panics::catch;

/// A list with more children than this is sorted. Shorter lists take less time to search than to sort.
const LONG_LIST: usize = 64;

/// Sorts the long lists that have several targets which were not found through their parent. Those that were are in the
/// right order. The targets are despawned in deletion order or in reverse.
#[inline]
pub(super) fn sort_children(world: &mut World, targets: &DeleteTargets, in_reverse: bool) {
    if targets.outer_children.len() > 1 {
        sort_long_lists(world, targets, in_reverse);
    }
}

fn sort_long_lists(world: &mut World, targets: &DeleteTargets, in_reverse: bool) {
    let outer_children = &targets.outer_children;
    let mut by_parent = EntityHashMap::<Vec<Entity>>::default();
    for siblings in outer_children.chunk_by(|one, next| one.parent == next.parent) {
        let deleted = by_parent.entry(siblings[0].parent).or_default();
        deleted.extend(siblings.iter().map(|outer| outer.child));
    }
    for (parent, mut deleted) in by_parent {
        let Some(mut list) = world.get_mut::<Children>(parent) else {
            continue;
        };
        if deleted.len() > 1 && list.len() > LONG_LIST {
            if !in_reverse {
                deleted.reverse();
            }
            let list = list.bypass_change_detection().collection_mut_risky();
            if targets.contains(parent) {
                // Its other children are targets, too.
                let moved: EntityHashSet = deleted.iter().copied().collect();
                list.retain(|child| !moved.contains(child));
            } else {
                list.retain(|child| !targets.contains(*child));
            }
            list.extend(deleted);
        }
    }
}

/// Gives the surviving parents back their surviving children, after a panic. Children that were taken off a list are
/// appended to it. Survivors whose parent is despawned lose their `ChildOf`, as in Bevy's own despawn.
pub(super) fn restore_children(world: &mut World, targets: &DeleteTargets) {
    let mut missing = EntityHashMap::<Vec<Entity>>::default();
    for child in targets.found.iter().rev().map(|target| target.entity) {
        let Some(parent) = world.get::<ChildOf>(child).map(ChildOf::parent) else {
            continue;
        };
        if world.entities().contains_spawned(parent) {
            missing.entry(parent).or_default().push(child);
        } else {
            // Observers of `ChildOf` can panic, too.
            _ = catch(&mut || _ = world.entity_mut(child).remove::<ChildOf>());
        }
    }
    let parents = targets.parents.iter().map(|(parent, _)| *parent);
    let parents: EntityHashSet = parents.chain(missing.keys().copied()).collect();
    for parent in parents {
        restore(world, parent, missing.remove(&parent).unwrap_or_default());
    }
}

fn restore(world: &mut World, parent: Entity, mut missing: Vec<Entity>) {
    let Ok(mut entity) = world.get_entity_mut(parent) else {
        return;
    };
    let is_empty = match entity.get_mut::<Children>() {
        Some(mut children) => {
            let children = children.collection_mut_risky();
            children.retain(|child| *child != Entity::PLACEHOLDER);
            let listed: EntityHashSet = children.iter().copied().collect();
            children.extend(missing.iter().filter(|child| !listed.contains(*child)));
            children.is_empty()
        }
        None => false,
    };
    // Observers of `Children` can panic, too.
    _ = catch(&mut || {
        if is_empty {
            entity.remove::<Children>();
        } else if !missing.is_empty() && !entity.contains::<Children>() {
            let children = Children::from_collection_risky(mem::take(&mut missing));
            entity.insert_with_relationship_hook_mode(children, RelationshipHookMode::Skip);
        }
    });
}
