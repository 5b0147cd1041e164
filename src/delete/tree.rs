//! The search for the linked tree of an entity, in deletion order.
//!
//! It ends before the first despawn. (Entities that other code links to the tree later are searched when they are
//! found.) It is iterative, so no hierarchy is too deep for it.

use alloc::vec::Vec;

use bevy_ecs::{
    entity::Entity,
    hierarchy::ChildOf,
    world::{EntityRef, World},
};

use super::targets::{DeleteTargets, OuterChild, Step, add_tracked};
use crate::track::registry::Target;

/// The most children of a small tree.
const MAX_CHILDREN: usize = 20;

impl DeleteTargets {
    /// Adds the tree of this root if it is small: the root has only a few children, all of them are leaves, and no
    /// entity of the tree is protected or observed. The root's parent must not be observed either. Otherwise adds
    /// nothing, and returns `false`. No tree may have been added before.
    ///
    /// Most game objects are such trees, and a general search takes twice as long.
    #[inline]
    pub(crate) fn add_small_tree(&mut self, world: &World, root: Entity) -> bool {
        debug_assert!(self.found.is_empty());
        let is_small = self.find_small_tree(world, root).is_some();
        if !is_small {
            self.clear();
        }
        self.is_small_tree = is_small;
        is_small
    }

    /// Returns `None` as soon as it is not a small tree.
    fn find_small_tree(&mut self, world: &World, root: Entity) -> Option<()> {
        let entity = world.get_entity(root).ok()?;
        let archetype = entity.archetype();
        let root_position = self.facts.position(world, archetype);
        let facts = self.facts.at(root_position);
        let &[link] = facts.links.as_slice() else { return None };
        if facts.is_protected || facts.is_observed(archetype) {
            return None;
        }
        let (is_child, has_values) = (facts.is_child, facts.has_drop || !facts.tracked.is_empty());
        let children = link
            .children(entity)
            .filter(|children| children.len() <= MAX_CHILDREN)?;
        let mut seen = 0_u64;
        for &child in children.iter().rev() {
            let entity = world.get_entity(child).ok()?;
            let archetype = entity.archetype();
            let position = self.facts.position(world, archetype);
            let facts = self.facts.at(position);
            let is_leaf = facts.links.is_empty() && !facts.is_protected && !facts.is_observed(archetype);
            let is_relevant = facts.is_relevant;
            // A list that other code has changed may contain a child twice. Only children with the same bit are
            // compared.
            let bit = 1_u64 << (child.index_u32() % u64::BITS);
            let is_new = seen & bit == 0 || self.found.iter().all(|target| target.entity != child);
            seen |= bit;
            if !is_leaf || !is_new {
                return None;
            }
            let target = Target { entity: child, root };
            push_target(&mut self.found, target);
            if is_relevant {
                self.note_values(target, position);
            }
        }
        let target = Target { entity: root, root };
        push_target(&mut self.found, target);
        if has_values {
            self.note_values(target, root_position);
        }
        self.parents.push((root, link));
        if is_child {
            let outer_child = self.outer_child(world, entity);
            self.outer_children.extend(outer_child);
        }
        (!self.is_observed).then_some(())
    }

    /// Adds the entities of a tree that no earlier tree has added. The call names its root.
    ///
    /// If the tree has protected entities, it adds nothing and returns `false`. A single delete lists them in
    /// [`protected`](Self::protected), and a bulk delete ends the search at the first.
    pub(crate) fn add_tree(&mut self, world: &World, root: Entity) -> bool {
        let (targets, parents, protected) = (self.found.len(), self.parents.len(), self.protected.len());
        let outer_children = self.outer_children.len();
        let is_bulk = !self.named.is_empty();
        let is_complete = self.search(world, root, root, is_bulk);
        if is_complete && self.protected.len() == protected {
            return true;
        }
        for target in self.found.drain(targets..).rev() {
            self.visited.remove(&target.entity);
            for tracked in &mut self.tracked {
                tracked.found.pop_if(|last| *last == target);
            }
        }
        self.parents.truncate(parents);
        self.outer_children.truncate(outer_children);
        false
    }

    /// Adds an entity and everything that is linked to it, protected or not, as part of the tree of `root`.
    pub(crate) fn add_linked(&mut self, world: &World, entity: Entity, root: Entity) {
        self.search(world, entity, root, false);
    }

    /// Adds an entity without searching for linked entities.
    pub(super) fn add_alone(&mut self, entity: Entity, root: Entity) {
        self.visited.insert(entity);
        self.found.push(Target { entity, root });
    }

    /// Adds an entity and everything that is linked to it. Returns `false` if it has stopped at a protected entity.
    fn search(&mut self, world: &World, entity: Entity, root: Entity, stops_at_protected: bool) -> bool {
        self.stack.push(Step::Enter(entity, false));
        while let Some(step) = self.stack.pop() {
            let (entity, is_child) = match step {
                Step::Enter(entity, is_child) => (entity, is_child),
                Step::Leave(target, position) => {
                    self.push(target, position);
                    continue;
                }
                Step::LeaveOuterChild(outer_child) => {
                    self.outer_children.push(outer_child);
                    continue;
                }
            };
            let Ok(entity_ref) = world.get_entity(entity) else {
                continue;
            };
            if !self.visited.insert(entity) {
                continue;
            }
            let is_root = entity == root || self.is_named(entity);
            let target = Target {
                entity,
                root: if is_root { entity } else { root },
            };
            let archetype = entity_ref.archetype();
            let position = self.facts.position(world, archetype);
            let mut outer_child = None;
            if !is_child && self.facts.at(position).is_child {
                outer_child = self.outer_child(world, entity_ref);
            }
            let facts = self.facts.at(position);
            if stops_at_protected && (facts.is_protected || self.blocked.contains(&entity)) {
                self.block(entity);
                return false;
            }
            self.is_observed |= facts.is_observed(archetype);
            if facts.links.is_empty() {
                self.push(target, position);
                self.outer_children.extend(outer_child);
                continue;
            }
            let stack = &mut self.stack;
            stack.extend(outer_child.map(Step::LeaveOuterChild));
            stack.push(Step::Leave(target, position));
            for link in &facts.links {
                let is_child = link.is_hierarchy();
                link.for_each_source(entity_ref, |source| stack.push(Step::Enter(source, is_child)));
            }
        }
        true
    }

    /// Ends a search at an entity whose tree has a protected entity. All entities on the path to it are blocked, too,
    /// because their trees contain it. Later searches skip them, so the time stays linear.
    fn block(&mut self, entity: Entity) {
        let path = self.stack.drain(..).filter_map(|step| match step {
            Step::Enter(..) | Step::LeaveOuterChild(_) => None,
            Step::Leave(target, _) => Some(target.entity),
        });
        for entity in path.chain([entity]) {
            self.visited.remove(&entity);
            self.blocked.insert(entity);
        }
    }

    #[inline(always)]
    fn push(&mut self, target: Target, position: u32) {
        push_target(&mut self.found, target);
        if self.facts.at(position).is_relevant {
            self.note_facts(target, position);
        }
    }

    fn note_facts(&mut self, target: Target, position: u32) {
        self.note_values(target, position);
        let facts = self.facts.at(position);
        if facts.is_protected {
            self.protected.push(target.entity);
        }
        if let Some(link) = facts.links.iter().find(|link| link.is_hierarchy()) {
            self.parents.push((target.entity, *link));
        }
    }

    #[inline]
    fn note_values(&mut self, target: Target, position: u32) {
        let facts = self.facts.at(position);
        for tracked in &facts.tracked {
            push_target(&mut add_tracked(&mut self.tracked, tracked).found, target);
        }
        self.have_drops |= facts.has_drop;
    }

    /// Whether a bulk delete names this entity.
    fn is_named(&mut self, entity: Entity) -> bool {
        if self.named.is_empty() {
            return false;
        }
        if self.named_set.is_empty() {
            self.named_set.extend(&self.named);
        }
        self.named_set.contains(&entity)
    }

    /// Returns an entity that was not found through its parent, with the parent. Hooks and observers of the parent's
    /// `Children` may run.
    fn outer_child(&mut self, world: &World, child: EntityRef<'_>) -> Option<OuterChild> {
        let parent = child.get::<ChildOf>()?.parent();
        let parent_ref = world.get_entity(parent).ok()?;
        let archetype = parent_ref.archetype();
        self.is_observed |= self.facts(world, archetype).is_observed(archetype);
        Some(OuterChild {
            parent,
            child: child.id(),
        })
    }
}

/// Pushes a target field by field.
///
/// `push` copies the value as a whole right after its fields were stored one by one, which stalls the processor (failed
/// store forwarding). In [`DeleteTargets::add_small_tree`], that takes a third of the time.
#[inline(always)]
fn push_target(list: &mut Vec<Target>, target: Target) {
    let empty = Target {
        entity: Entity::PLACEHOLDER,
        root: Entity::PLACEHOLDER,
    };
    list.push(empty);
    if let Some(last) = list.last_mut() {
        last.entity = target.entity;
        last.root = target.root;
    }
}
