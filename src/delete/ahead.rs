//! Despawning what nobody else hears of.
//!
//! Where neither a hook nor an observer of somebody else is told of the despawns, nothing can happen between one and the
//! next. So all can be captured before the first, type by type, and what Bevy does to keep a hierarchy right while it is
//! taken apart can be spared: it removes `Children` from every parent with the last of its children, which is dearer
//! than the despawn.

use core::any::TypeId;

use bevy_ecs::{
    change_detection::DetectChangesMut,
    entity::Entity,
    hierarchy::{ChildOf, Children},
    relationship::RelationshipTarget,
    world::{DeferredWorld, World},
};
use smallvec::SmallVec;

use super::{
    current::{capture_no_more, current, tally},
    open::Capturing,
    walk::Walk,
};
use crate::deletions::{Deletions, Functions};

/// Captures these entities for the tracked types with these indices, and despawns them with `despawn`.
///
/// Within an open deletion. A capture that panics keeps all of them alive, and nothing is told.
pub(crate) fn despawn_captured(
    world: &mut World,
    entities: &[Entity],
    tracked: &[usize],
    despawn: impl FnOnce(&mut World),
) {
    /// If a capture or a despawn panics, nothing may be told of what lives on.
    struct Captured<'w> {
        world: &'w mut World,
        types: SmallVec<[(TypeId, Functions); 2]>,
        complete: bool,
    }
    impl Drop for Captured<'_> {
        fn drop(&mut self) {
            if !self.complete {
                for (_, functions) in &self.types {
                    (functions.retract_living)(self.world);
                }
            }
        }
    }

    let types = world
        .get_resource::<Deletions>()
        .map_or_else(SmallVec::new, |deletions| {
            let types = tracked.iter().map(|index| &deletions.types()[*index]);
            types.map(|tracked| (tracked.snapshot, tracked.functions)).collect()
        });
    let mut captured = Captured {
        world,
        types,
        complete: false,
    };
    let counted = current(captured.world).is_some_and(|open| open.capturing == Capturing::Counted);
    for (snapshot, functions) in &captured.types {
        let messages = (functions.capture_ahead)(captured.world, entities);
        if counted {
            tally(&mut DeferredWorld::from(&mut *captured.world), *snapshot, messages);
        }
    }
    capture_no_more(captured.world);
    despawn(captured.world);
    captured.complete = true;
}

/// Despawns what was walked, in that order.
pub(crate) fn despawn_unobserved(world: &mut World, walk: &Walk) {
    /// If a value panics as it is dropped, the parents that live on have what is left of their children.
    struct Families<'a> {
        world: &'a mut World,
        walk: &'a Walk,
        complete: bool,
    }
    impl Drop for Families<'_> {
        fn drop(&mut self) {
            if !self.complete {
                reunite(self.world, self.walk);
            }
        }
    }

    despawn_captured(world, &walk.order, &walk.tracked, |world| {
        let mut families = Families {
            world,
            walk,
            complete: false,
        };
        let world = &mut *families.world;
        if walk.drops || walk.bereaves {
            // As long as its `Children` are not empty, Bevy does not remove them from a parent that is still to go.
            for parent in &walk.parents {
                set_child(world, *parent, Some(Entity::PLACEHOLDER));
            }
            let mut parents = walk.parents.iter().peekable();
            for entity in &walk.order {
                if parents.next_if_eq(&entity).is_some() {
                    set_child(world, *entity, None);
                }
                _ = world.try_despawn(*entity);
            }
        } else {
            // Nobody can tell in which order they go, and a child without a parent has nothing to be removed from.
            for parent in &walk.parents {
                set_child(world, *parent, None);
            }
            for entity in walk.order.iter().rev() {
                _ = world.try_despawn(*entity);
            }
        }
        families.complete = true;
    });
}

/// Gives the parents that were walked, and live, those of their children that live.
fn reunite(world: &mut World, walk: &Walk) {
    for parent in &walk.parents {
        set_child(world, *parent, None);
    }
    for child in walk.order.iter().rev() {
        if let Some(parent) = world.get::<ChildOf>(*child).map(ChildOf::parent)
            && walk.has(parent)
            && let Some(mut children) = world.get_mut::<Children>(parent)
        {
            children.collection_mut_risky().push(*child);
        }
    }
}

/// Makes this the only child of the parent.
fn set_child(world: &mut World, parent: Entity, child: Option<Entity>) {
    if let Some(mut children) = world.get_mut::<Children>(parent) {
        let children = children.bypass_change_detection().collection_mut_risky();
        children.clear();
        children.extend(child);
    }
}
