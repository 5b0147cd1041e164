//! What is to be known of an archetype before its entities can be deleted, found out once.

use alloc::{boxed::Box, vec::Vec};
use core::any::TypeId;

use bevy_ecs::{
    archetype::Archetype,
    component::{ComponentId, ComponentInfo},
    entity::Entity,
    hierarchy::{ChildOf, Children},
    ptr::Ptr,
    relationship::{RelationshipAccessor, RelationshipTarget},
    world::{EntityRef, World},
};
use smallvec::SmallVec;

use super::protected::Protected;
use crate::deletions::Deletions;

/// What is to be known of an archetype before its entities can be deleted.
#[derive(Default)]
pub(crate) struct Links {
    /// The linked-spawn relationship targets.
    pub(crate) targets: SmallVec<[Target; 2]>,
    pub(crate) protected: bool,
    /// The tracked types whose components it has, as indices of [`Deletions::types`].
    pub(crate) tracked: SmallVec<[usize; 2]>,
    /// Whether a hook that is neither of this crate nor of Bevy's hierarchy hears of the despawn.
    hooked: bool,
    /// Whether dropping its values may do something.
    pub(crate) drops: bool,
}

impl Links {
    pub(crate) fn new(world: &World, archetype: &Archetype) -> Self {
        let mut links = Self::default();
        let deletions = world.get_resource::<Deletions>();
        for component in archetype.iter_components() {
            let Some(info) = world.components().get_info(component) else {
                continue;
            };
            if let Some(&RelationshipAccessor::RelationshipTarget {
                iter,
                linked_spawn: true,
                relationship,
                ..
            }) = info.relationship_accessor()
            {
                let sources = match info.type_id() {
                    Some(id) if id == TypeId::of::<Children>() => Sources::Children,
                    _ => Sources::Of(component, iter),
                };
                links.targets.push(Target { relationship, sources });
            }
            let captures = deletions.is_some_and(|deletions| deletions.is_hooked(component));
            links.hooked |= hears_of_despawn(info, captures);
            links.drops |= info.drop().is_some() && info.type_id() != Some(TypeId::of::<Children>());
        }
        links.protected = world
            .component_id::<Protected>()
            .is_some_and(|protected| archetype.contains(protected));
        let types = deletions.map_or(&[][..], Deletions::types);
        links.tracked = (0..types.len())
            .filter(|index| archetype.contains(types[*index].component))
            .collect();
        links
    }

    /// Whether nothing can go along with an entity of this archetype.
    pub(crate) fn is_leaf(&self) -> bool {
        self.targets.is_empty()
    }

    /// Whether something else than this crate and Bevy's hierarchy hears of the despawn of these entities.
    ///
    /// Unlike hooks, observers come and go.
    pub(crate) fn is_observed(&self, archetype: &Archetype) -> bool {
        self.hooked
            || archetype.has_despawn_observer()
            || archetype.has_discard_observer()
            || archetype.has_remove_observer()
    }
}

/// Whether the component has a hook that is run by a despawn, other than Bevy's own on the hierarchy and one that only
/// captures.
fn hears_of_despawn(info: &ComponentInfo, captures: bool) -> bool {
    let is = |known: TypeId| info.type_id() == Some(known);
    let (child, parent) = (is(TypeId::of::<ChildOf>()), is(TypeId::of::<Children>()));
    // Which hooks a component has is only told by whether it can be given another.
    let mut hooks = info.hooks().clone();
    (hooks.try_on_despawn(|_, _| {}).is_none() && !captures && !parent)
        || (hooks.try_on_discard(|_, _| {}).is_none() && !child && !parent)
        || hooks.try_on_remove(|_, _| {}).is_none()
}

/// Whether an entity of this archetype can be related to others, or protected.
///
/// Bevy keeps relationships right by `Discard` hooks, so what has none is related to nothing.
#[inline]
pub(crate) fn may_be_related(archetype: &Archetype) -> bool {
    archetype.has_discard_hook()
}

/// Whether an entity of this archetype goes alone, and may go: cheaper to ask than [`Links`] are to find out.
pub(crate) fn stands_alone(world: &World, archetype: &Archetype) -> bool {
    let is_protected = world
        .component_id::<Protected>()
        .is_some_and(|protected| archetype.contains(protected));
    !is_protected
        && archetype.iter_components().all(|component| {
            let accessor = world
                .components()
                .get_info(component)
                .and_then(ComponentInfo::relationship_accessor);
            !matches!(
                accessor,
                Some(RelationshipAccessor::RelationshipTarget { linked_spawn: true, .. })
            )
        })
}

/// A linked relationship target of an archetype.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    /// The component by which others are linked to it.
    pub(crate) relationship: ComponentId,
    sources: Sources,
}

/// How the entities are found that are linked to a target.
#[derive(Clone, Copy)]
enum Sources {
    /// In Bevy's own [`Children`], which are read without an allocation for every parent.
    Children,
    /// In this component, by its own accessor.
    Of(
        ComponentId,
        for<'a> unsafe fn(Ptr<'a>) -> Box<dyn Iterator<Item = Entity> + 'a>,
    ),
}

impl Target {
    /// Calls `each` with the entities that are linked to this one, in the order in which they were added.
    pub(crate) fn for_each_source(self, entity: EntityRef<'_>, each: impl FnMut(Entity)) {
        match self.sources {
            Sources::Children => {
                if let Some(children) = entity.get::<Children>() {
                    children.iter().for_each(each);
                }
            }
            Sources::Of(component, iter) => {
                if let Ok(target) = entity.get_by_id(component) {
                    #[expect(
                        unsafe_code,
                        reason = "Bevy offers no safe way to iterate a relationship known by its id alone"
                    )]
                    // SAFETY: `target` points to the entity's value of `component`, and `iter` is the accessor of that
                    // very component: both come from one `ComponentInfo` of the entity's world.
                    let sources = unsafe { iter(target) };
                    sources.for_each(each);
                }
            }
        }
    }
}

/// [`Links`], found out once an archetype.
#[derive(Default)]
pub(crate) struct LinksByArchetype {
    /// One more than the index into `known`, by archetype; zero where nothing is known yet.
    index: Vec<u32>,
    known: Vec<Links>,
    /// How many components were registered when the first of them was found out: a relationship is known to Bevy only
    /// when both its components are.
    components: usize,
}

impl LinksByArchetype {
    /// Forgets what may have changed.
    pub(crate) fn refresh(&mut self, world: &World) {
        let components = world.components().len();
        if self.components != components {
            self.components = components;
            self.index.clear();
            self.known.clear();
        }
    }

    pub(crate) fn of(&mut self, world: &World, archetype: &Archetype) -> &Links {
        let archetype_index = archetype.id().index();
        if self.index.len() <= archetype_index {
            self.index.resize(archetype_index + 1, 0);
        }
        let known = &mut self.index[archetype_index];
        if *known == 0 {
            self.known.push(Links::new(world, archetype));
            *known = self.known.len() as u32;
        }
        &self.known[*known as usize - 1]
    }
}
