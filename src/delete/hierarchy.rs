//! Shortening and restoring `Children` during a delete.
//!
//! Bevy searches the parent's `Children` for each child that is despawned before its parent, so many children of one
//! parent would take quadratic time. A delete therefore shortens long lists before it despawns the first child.

use alloc::vec::Vec;

use bevy_ecs::{
    change_detection::DetectChangesMut,
    entity::{Entity, EntityHashMap, EntityHashSet},
    hierarchy::{ChildOf, Children},
    relationship::{RelationshipHookMode, RelationshipTarget},
    world::World,
};

use super::targets::DeleteTargets;
use crate::panics::catch;

/// A list with more children than this is long. Shorter ones are left as they are, since other code may read them.
const LONG: usize = 64;

/// Shortens long lists of children of parents that are deleted: only the child that is deleted last stays.
///
/// So Bevy removes `Children` from the parent together with the last child, as always.
pub(super) fn shorten_inner(world: &mut World, targets: &DeleteTargets) {
    for (parent, _) in &targets.parents {
        if let Some(mut children) = world.get_mut::<Children>(*parent)
            && children.len() > LONG
        {
            children.bypass_change_detection().collection_mut_risky().truncate(1);
        }
    }
}

/// Shortens long lists of children of parents that are not deleted but lose several children. Keeps the surviving
/// children. If there are none, keeps the child that is deleted last.
#[inline]
pub(super) fn shorten_outer(world: &mut World, targets: &DeleteTargets) {
    if targets.outer_parents.len() > 1 {
        shorten_each(world, targets);
    }
}

#[cold]
fn shorten_each(world: &mut World, targets: &DeleteTargets) {
    let mut parents = EntityHashMap::<(Entity, usize)>::default();
    for &(parent, child) in &targets.outer_parents {
        let (last, count) = parents.entry(parent).or_insert((child, 0));
        *last = child;
        *count += 1;
    }
    parents.retain(|parent, (_, count)| *count > 1 && !targets.contains(*parent));
    for (parent, (last, _)) in parents {
        if let Some(mut children) = world.get_mut::<Children>(parent)
            && children.len() > LONG
        {
            let children = children.collection_mut_risky();
            children.retain(|child| !targets.contains(*child));
            if children.is_empty() {
                children.push(last);
            }
        }
    }
}

/// Gives the surviving parents back their surviving children, after a panic. Survivors whose parent is despawned lose
/// their `ChildOf`, as in Bevy's own despawn.
pub(super) fn restore_children(world: &mut World, targets: &DeleteTargets) {
    let mut missing = EntityHashMap::<Vec<Entity>>::default();
    for child in targets.targets().iter().rev().map(|target| target.entity) {
        let Some(parent) = world.get::<ChildOf>(child).map(ChildOf::parent) else {
            continue;
        };
        if world.entities().contains_spawned(parent) {
            missing.entry(parent).or_default().push(child);
        } else {
            // Observers of `ChildOf` can panic, too.
            _ = catch(|| _ = world.entity_mut(child).remove::<ChildOf>());
        }
    }
    let parents = targets.parents.iter().map(|(parent, _)| *parent);
    let parents: EntityHashSet = parents.chain(missing.keys().copied()).collect();
    for parent in parents {
        restore(world, parent, missing.remove(&parent).unwrap_or_default());
    }
}

fn restore(world: &mut World, parent: Entity, missing: Vec<Entity>) {
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
    let restored = catch(|| {
        if is_empty {
            entity.remove::<Children>();
        } else if !missing.is_empty() && !entity.contains::<Children>() {
            let children = Children::from_collection_risky(missing);
            entity.insert_with_relationship_hook_mode(children, RelationshipHookMode::Skip);
        }
    });
    drop(restored);
}
