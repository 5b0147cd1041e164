//! The facts about an archetype that a delete needs, computed once.

use alloc::{boxed::Box, vec::Vec};
use core::{any::TypeId, mem};

use bevy_ecs::{
    archetype::Archetype,
    change_detection::DetectChangesMut,
    component::{Component, ComponentId, ComponentInfo},
    entity::Entity,
    hierarchy::{ChildOf, Children},
    ptr::Ptr,
    relationship::{RelationshipAccessor, RelationshipTarget},
    world::{EntityRef, EntityWorldMut, World, WorldId},
};
use smallvec::SmallVec;

use super::protected::Protected;
use crate::track::{
    foreign_hooks::has_foreign_hook,
    links::linked_accessors,
    registry::{Registry, TrackedType, tracked_types, tracking_changes},
};

pub(crate) struct ArchetypeFacts {
    /// The linked relationships that other entities can have with an entity of this archetype.
    pub(crate) links: SmallVec<[Link; 1]>,
    /// The tracked types whose component the archetype has.
    pub(crate) tracked: SmallVec<[TrackedType; 1]>,
    pub(crate) is_protected: bool,
    pub(crate) is_child: bool,
    /// Whether a component other than `Children` has drop code.
    pub(crate) has_drop: bool,
    /// Whether a search records more about such an entity than that it is a target.
    pub(crate) is_relevant: bool,
    /// Whether a hook of other code runs when such an entity is despawned.
    has_foreign_hook: bool,
}

impl ArchetypeFacts {
    pub(crate) fn new(world: &World, archetype: &Archetype) -> Self {
        let registry = world.get_resource::<Registry>();
        let infos = || {
            let components = archetype.iter_components();
            components.filter_map(|component| Some((component, world.components().get_info(component)?)))
        };
        let mut tracked: SmallVec<[TrackedType; 1]> = tracked_types(world).into_iter().collect();
        tracked.retain(|tracked| archetype.contains(tracked.component));
        let links: SmallVec<[Link; 1]> = Link::all(world, archetype).collect();
        let is_protected = contains::<Protected>(world, archetype);
        let has_drop = infos().any(|(_, info)| info.drop().is_some() && !is_children(info));
        Self {
            is_relevant: !links.is_empty() || !tracked.is_empty() || is_protected || has_drop,
            links,
            tracked,
            is_protected,
            is_child: contains::<ChildOf>(world, archetype),
            has_drop,
            has_foreign_hook: infos().any(|(component, info)| {
                let captures = registry.is_some_and(|registry| registry.captures_by_hook(component));
                has_foreign_hook(info, captures)
            }),
        }
    }

    /// Whether other code can run when an entity of this archetype is despawned.
    ///
    /// Observers are looked up each time, since they can be added and removed.
    pub(crate) fn is_observed(&self, archetype: &Archetype) -> bool {
        self.has_foreign_hook
            || archetype.has_despawn_observer()
            || archetype.has_discard_observer()
            || archetype.has_remove_observer()
    }
}

/// Whether an entity of this archetype may be a source or target of a relationship, or be protected.
///
/// Every relationship component has an `on_discard` hook, and so has [`Protected`]. So this costs no lookup.
#[inline]
pub(crate) fn may_be_linked(archetype: &Archetype) -> bool {
    archetype.has_discard_hook()
}

fn contains<C: Component>(world: &World, archetype: &Archetype) -> bool {
    world
        .component_id::<C>()
        .is_some_and(|component| archetype.contains(component))
}

fn is_children(info: &ComponentInfo) -> bool {
    info.type_id() == Some(TypeId::of::<Children>())
}

/// A linked relationship, seen from its target.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    /// The component of the target.
    target: ComponentId,
    /// The component of the sources.
    pub(crate) relationship: ComponentId,
    sources: Sources,
}

#[derive(Clone, Copy)]
enum Sources {
    /// Bevy's hierarchy, which needs no boxed iterator.
    Children,
    Of(for<'a> unsafe fn(Ptr<'a>) -> Box<dyn Iterator<Item = Entity> + 'a>),
}

impl Link {
    fn all<'w>(world: &'w World, archetype: &'w Archetype) -> impl Iterator<Item = Self> + 'w {
        linked_accessors(world, archetype).filter_map(|(target, accessor)| {
            let RelationshipAccessor::RelationshipTarget { iter, relationship, .. } = accessor else {
                return None;
            };
            let sources = if world.components().get_info(target).is_some_and(is_children) {
                Sources::Children
            } else {
                Sources::Of(iter)
            };
            Some(Self {
                target,
                relationship,
                sources,
            })
        })
    }

    pub(crate) fn is_hierarchy(self) -> bool {
        matches!(self.sources, Sources::Children)
    }

    /// Calls `f` with each entity that is linked to this one, in the order of their collection.
    #[inline]
    pub(crate) fn for_each_source(self, target: EntityRef<'_>, f: impl FnMut(Entity)) {
        match self.sources {
            Sources::Children => self.children(target).into_iter().flatten().copied().for_each(f),
            Sources::Of(iter) => {
                let Ok(collection) = target.get_by_id(self.target) else {
                    return;
                };
                #[expect(
                    unsafe_code,
                    reason = "Bevy offers no safe way to iterate a relationship that is known only by its id"
                )]
                // SAFETY: `collection` points to the entity's value of the component `self.target`. `Link::all` has
                // found in the `ComponentInfo` of that very component, in the same world, that its accessor is `iter`.
                let sources = unsafe { iter(collection) };
                sources.for_each(f);
            }
        }
    }

    /// Returns the children of this entity, or `None` if the link is not that of [`Children`].
    #[inline]
    pub(super) fn children(self, parent: EntityRef<'_>) -> Option<&[Entity]> {
        if !self.is_hierarchy() {
            return None;
        }
        let children = parent.get_by_id(self.target).ok()?;
        #[expect(unsafe_code, reason = "a lookup by type takes twice as long")]
        // SAFETY: `children` points to the entity's value of the component `self.target`. `Link::all` has found in the
        // `ComponentInfo` of that very component, in the same world, that its type is `Children`.
        Some(unsafe { children.deref::<Children>() })
    }

    /// Replaces the list of children of a parent, without change detection, hooks or observers.
    pub(super) fn set_children(self, parent: &mut EntityWorldMut<'_>, list: &[Entity]) {
        if self.is_hierarchy()
            && let Ok(children) = parent.get_mut_by_id(self.target)
        {
            #[expect(
                unsafe_code,
                reason = "a delete of a parent does this, and a lookup by type takes twice as long"
            )]
            // SAFETY: `Link::all` has found in the `ComponentInfo` of the component `self.target`, in the same world,
            // that its type is `Children`.
            let mut children = unsafe { children.with_type::<Children>() };
            let children = children.bypass_change_detection().collection_mut_risky();
            children.clear();
            children.extend_from_slice(list);
        }
    }
}

/// The facts about archetypes by their id, for the world of the last refresh.
#[derive(Default)]
pub(crate) struct FactsByArchetype {
    key: FactsKey,
    /// Positions in `facts`, plus 1. 0: not computed yet.
    positions: Vec<u32>,
    facts: Vec<ArchetypeFacts>,
    /// The facts about other worlds, the latest last.
    others: Vec<Self>,
}

/// The facts are up to date as long as this stays the same.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
struct FactsKey {
    world: Option<WorldId>,
    /// See [`tracking_changes`].
    tracking_changes: usize,
    /// The number of registered components: registering a relationship target can make its relationship a linked one.
    components: usize,
}

/// The number of worlds that can take turns on a thread before facts must be computed again.
const MAX_WORLDS: usize = 4;

impl FactsByArchetype {
    /// Brings the facts up to date with the world. Returns whether earlier positions are now invalid.
    #[inline]
    pub(crate) fn refresh(&mut self, world: &World) -> bool {
        let key = FactsKey {
            world: Some(world.id()),
            tracking_changes: tracking_changes(),
            components: world.components().num_registered(),
        };
        let is_stale = self.key != key;
        if is_stale {
            self.switch(key);
        }
        is_stale
    }

    #[cold]
    fn switch(&mut self, key: FactsKey) {
        let mut others = mem::take(&mut self.others);
        let next = match others.iter().position(|other| other.key == key) {
            Some(position) => others.remove(position),
            None => Self { key, ..Self::default() },
        };
        others.push(mem::replace(self, next));
        if others.len() == MAX_WORLDS {
            others.remove(0);
        }
        self.others = others;
    }

    /// Returns the position of the facts about the archetype, for [`at`](Self::at).
    #[inline]
    pub(crate) fn position(&mut self, world: &World, archetype: &Archetype) -> u32 {
        match self.positions.get(archetype.id().index()) {
            Some(&position) if position != 0 => position - 1,
            _ => self.compute(world, archetype),
        }
    }

    #[inline]
    pub(crate) fn at(&self, position: u32) -> &ArchetypeFacts {
        &self.facts[position as usize]
    }

    #[cold]
    fn compute(&mut self, world: &World, archetype: &Archetype) -> u32 {
        let index = archetype.id().index();
        if self.positions.len() <= index {
            self.positions.resize(index + 1, 0);
        }
        let position = self.facts.len() as u32;
        self.facts.push(ArchetypeFacts::new(world, archetype));
        self.positions[index] = position + 1;
        position
    }
}
