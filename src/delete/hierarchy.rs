//! Shortening and restoring `Children` during a delete.
//!
//! Bevy searches the parent's `Children` for each child that is despawned before its parent, so many children of one
//! parent would take quadratic time. A delete therefore shortens long lists before it despawns the first child.

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

/// A list with more children than this is long. Shorter lists stay complete, so that hooks and observers can read them.
/// On average, Bevy searches a list of this length in less time than an observed despawn takes.
const LONG_LIST: usize = 1024;

/// The same for a delete during which no hooks or observers of other code run. Shorter lists take less time to search
/// than to shorten.
const LONG_LIST_UNOBSERVED: usize = 16;

/// Shortens long lists of children of parents that are deleted.
pub(super) fn shorten_inner(world: &mut World, targets: &DeleteTargets) {
    shorten_each(world, targets, targets.parents.iter().map(|(parent, _)| *parent));
}

/// Shortens long lists of children of parents that are not deleted but lose several children.
#[inline]
pub(super) fn shorten_outer(world: &mut World, targets: &DeleteTargets) {
    if targets.outer_parents.len() > 1 {
        let mut counts = EntityHashMap::<usize>::default();
        for parent in &targets.outer_parents {
            *counts.entry(*parent).or_default() += 1;
        }
        counts.retain(|parent, count| *count > 1 && !targets.contains(*parent));
        shorten_each(world, targets, counts.into_keys());
    }
}

/// Keeps the surviving children in each long list. If there are none, keeps the last child in deletion order, so that
/// Bevy still removes `Children` from the parent.
fn shorten_each(world: &mut World, targets: &DeleteTargets, parents: impl Iterator<Item = Entity>) {
    let long = if targets.is_observed {
        LONG_LIST
    } else {
        LONG_LIST_UNOBSERVED
    };
    let is_long = |parent: &Entity| world.get::<Children>(*parent).is_some_and(|list| list.len() > long);
    let mut last_children: EntityHashMap<Option<Entity>> =
        parents.filter(is_long).map(|parent| (parent, None)).collect();
    let mut missing = last_children.len();
    for target in targets.found.iter().rev() {
        if missing == 0 {
            break;
        }
        if let Some(parent) = world.get::<ChildOf>(target.entity).map(ChildOf::parent)
            && let Some(last @ None) = last_children.get_mut(&parent)
        {
            *last = Some(target.entity);
            missing -= 1;
        }
    }
    for (parent, last) in last_children {
        if let (Some(last), Some(mut children)) = (last, world.get_mut::<Children>(parent)) {
            let children = children.bypass_change_detection().collection_mut_risky();
            children.retain(|child| !targets.contains(*child));
            if children.is_empty() {
                children.push(last);
            }
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
