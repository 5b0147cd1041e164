//! Relationships whose sources are despawned with their target.

use bevy_ecs::{
    archetype::Archetype,
    component::ComponentId,
    entity::Entity,
    relationship::RelationshipAccessor,
    world::{EntityRef, World},
};

/// Returns the relationship accessors of the archetype's components that have `linked_spawn`.
pub(crate) fn linked_accessors<'w>(
    world: &'w World,
    archetype: &'w Archetype,
) -> impl Iterator<Item = (ComponentId, RelationshipAccessor)> + 'w {
    archetype.iter_components().filter_map(|component| {
        let accessor = *world.components().get_info(component)?.relationship_accessor()?;
        accessor.linked_spawn().then_some((component, accessor))
    })
}

/// Whether the entity is linked to one that is no longer spawned: Bevy despawns it because it despawned that one.
#[cold]
pub(super) fn is_linked_to_despawned(world: &World, entity: Entity) -> bool {
    let Ok(entity) = world.get_entity(entity) else {
        return false;
    };
    linked_accessors(world, entity.archetype()).any(|(component, accessor)| {
        linked_target(entity, component, accessor).is_some_and(|target| !world.entities().contains_spawned(target))
    })
}

/// Returns the target of a relationship that is known only by its id.
fn linked_target(entity: EntityRef<'_>, component: ComponentId, accessor: RelationshipAccessor) -> Option<Entity> {
    let RelationshipAccessor::Relationship {
        entity_field_offset, ..
    } = accessor
    else {
        return None;
    };
    let relationship = entity.get_by_id(component).ok()?;
    #[expect(
        unsafe_code,
        reason = "Bevy offers no safe way to read a relationship that is known only by its id"
    )]
    // SAFETY: `relationship` points to the entity's value of `component`, and the accessor is of that very component,
    // in whose values an `Entity` lies at this offset.
    let target = unsafe { *relationship.byte_add(entity_field_offset).deref::<Entity>() };
    Some(target)
}
