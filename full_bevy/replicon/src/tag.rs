//! Gives every replicated entity of a client the id of the server's entity.
//!
//! A notice names an entity of the server. Replicon's [`ServerEntityMap`] does not lead to the client's entity: it is
//! not in the world while replicon despawns entities, and the despawned ones are no longer in it afterwards.

#[cfg(feature = "client")]
use bevy::ecs::entity_disabling::Disabled;
use bevy::prelude::*;
use bevy_replicon::prelude::*;
#[cfg(feature = "client")]
use bevy_replicon::{
    bytes::Bytes,
    shared::{
        replication::{
            deferred_entity::DeferredEntity,
            registry::ctx::{RemoveCtx, WriteCtx},
        },
        server_entity_map::ServerEntityMap,
    },
};

/// The server's entity that an entity of the client was replicated from.
#[cfg(feature = "client")]
#[derive(Component, Debug, Clone, Copy)]
pub(crate) struct ServerEntity(pub(crate) Entity);

/// Replicates [`Replicated`], without any data and once for each entity, so that [`tag_received`] runs for every entity
/// that a client receives. Costs a byte in the message that spawns the entity.
pub(crate) fn replicate_tag(app: &mut App) {
    app.replicate_with((
        RuleFns::<Replicated>::new(|_, _, _| Ok(()), |_, _| Ok(Replicated)),
        ReplicationMode::Once,
    ));
    #[cfg(feature = "client")]
    app.set_receive_fns::<Replicated>(tag_received, keep_tag);
}

#[cfg(feature = "client")]
fn tag_received(
    ctx: &mut WriteCtx<'_>,
    _: &RuleFns<Replicated>,
    entity: &mut DeferredEntity<'_>,
    _: &mut Bytes,
) -> Result<()> {
    if let Some(&server_entity) = ctx.entity_map.to_server().get(&ctx.entity) {
        entity.insert(ServerEntity(server_entity));
    }
    Ok(())
}

/// A visibility filter can hide components of an entity that stays visible itself.
#[cfg(feature = "client")]
fn keep_tag(_: &mut RemoveCtx, _: &mut DeferredEntity<'_>) {}

/// Tags the entities that were received without [`Replicated`]. Replicon creates an empty entity for a parent that the
/// client does not see, or has deleted itself; and a visibility filter can hide all components of an entity.
#[cfg(feature = "client")]
pub(crate) fn tag_others(
    entity_map: Res<ServerEntityMap>,
    tagged: Query<(), (With<ServerEntity>, Allow<Disabled>)>,
    mut counts: Local<(usize, usize)>,
    mut commands: Commands,
) {
    // The hint is exact, since the filters are archetypal.
    let new_counts = (entity_map.to_client().len(), tagged.iter().size_hint().0);
    // There are such entities if the numbers differ. If the same numbers differ again, they were tagged or cannot be.
    if new_counts.0 != new_counts.1 && *counts != new_counts {
        for (&client_entity, &server_entity) in entity_map.to_server() {
            if !tagged.contains(client_entity) {
                commands.entity(client_entity).try_insert(ServerEntity(server_entity));
            }
        }
    }
    *counts = new_counts;
}
