//! Queries that also match disabled entities.

use alloc::vec::Vec;

use bevy_ecs::{
    component::ComponentId,
    entity_disabling::DefaultQueryFilters,
    query::{QueryBuilder, QueryData, QueryFilter},
};

/// Makes a query match disabled entities, whichever component disables them.
///
/// [`Allow`](bevy_ecs::query::Allow) does that only for a component type that is known at compile time. A query that
/// mentions a disabling component is not filtered by it. So this mentions each, in a condition that is always true.
pub(super) fn include_disabled<D: QueryData, F: QueryFilter>(query: &mut QueryBuilder<'_, D, F>) {
    let filters = query.world().get_resource::<DefaultQueryFilters>();
    let disabling: Vec<ComponentId> = filters.map_or_else(Vec::new, |filters| filters.disabling_ids().collect());
    for component in disabling {
        query.or(|query| {
            query.with_id(component).without_id(component);
        });
    }
}
