//! The client's record of the replicated entities that were despawned: by replication, or by the client itself.

use bevy::{
    ecs::{entity::EntityHashMap, world::DeferredWorld},
    prelude::*,
};
use bevy_post_delete::{DeleteCause, DeleteError, DeleteWorldExt};
use bevy_replicon::{prelude::RepliconTick, shared::replication::registry::ctx::DespawnCtx};

use crate::{recent::RecentMap, tag::ServerEntity};

/// The number of despawned entities that are remembered from earlier frames: to map the instigators of later notices,
/// and to distinguish a late notice from one that matches nothing.
const MAX_REMEMBERED: usize = 4096;

/// Deletes an entity that replicon despawns on a client.
///
/// [`ReplicateDeletesPlugin`](crate::ReplicateDeletesPlugin) stores it in replicon's
/// [`ReplicationRegistry::despawn`](bevy_replicon::shared::replication::registry::ReplicationRegistry::despawn). If
/// your app needs a function of its own there, set it after the plugin was added, and call this one from it. Entities
/// that are despawned in another way are published too, but without the server's cause.
///
/// An entity whose tree contains a [`Protected`](bevy_post_delete::Protected) entity is despawned without `delete`,
/// which logs a warning: otherwise the client would keep an entity that the server no longer has.
///
/// # Example
///
/// ```
/// use bevy::{prelude::*, state::app::StatesPlugin};
/// use bevy_post_delete_replicon::{delete_replicated, prelude::*};
/// use bevy_replicon::{
///     prelude::*,
///     shared::replication::registry::{ReplicationRegistry, ctx::DespawnCtx},
///     test_app::ServerTestAppExt,
/// };
/// # use serde::{Deserialize, Serialize};
///
/// /// Stays on the client as a ghost when the server despawns it.
/// #[derive(Component, Serialize, Deserialize)]
/// struct LeavesGhost;
///
/// #[derive(Component)]
/// struct Ghost;
///
/// fn despawn(ctx: &DespawnCtx, mut entity: EntityWorldMut) {
///     if entity.contains::<LeavesGhost>() {
///         entity.remove::<(LeavesGhost, Remote)>().insert(Ghost);
///     } else {
///         delete_replicated(ctx, entity);
///     }
/// }
///
/// fn new_app() -> App {
///     let mut app = App::new();
///     let replicon = RepliconPlugins.set(ServerPlugin::new(PostUpdate));
///     app.add_plugins((MinimalPlugins, StatesPlugin, replicon, ReplicateDeletesPlugin))
///         .replicate::<LeavesGhost>();
///     app.world_mut().resource_mut::<ReplicationRegistry>().despawn = despawn;
///     app.finish();
///     app
/// }
///
/// let (mut server, mut client) = (new_app(), new_app());
/// server.connect_client(&mut client);
/// let knight = server.world_mut().spawn((Replicated, LeavesGhost)).id();
/// let arrow = server.world_mut().spawn(Replicated).id();
/// server.update();
/// server.exchange_with_client(&mut client);
/// client.update();
///
/// server.world_mut().despawn(knight);
/// server.world_mut().despawn(arrow);
/// server.update();
/// server.exchange_with_client(&mut client);
/// client.update();
/// let world = client.world_mut();
/// assert_eq!(world.query::<&Ghost>().iter(world).count(), 1);
/// assert_eq!(world.query::<&Remote>().iter(world).count(), 0);
/// ```
pub fn delete_replicated(ctx: &DespawnCtx, entity: EntityWorldMut<'_>) {
    let root = entity.id();
    // Every relationship has such a hook.
    let may_have_descendants = entity.archetype().has_discard_hook();
    let world = entity.into_world_mut();
    // Commands that are queued already are not part of this delete.
    world.flush();
    let plan = may_have_descendants.then(|| world.plan_delete(root));
    if let Some(mut despawns) = world.get_resource_mut::<ClientDespawns>() {
        if let Some(Ok(plan)) = plan {
            let descendants = plan.entities().iter().filter(|&&entity| entity != root);
            despawns.roots.extend(descendants.map(|&entity| (entity, root)));
        }
        despawns.replicating = Some(ctx.message_tick);
    }
    if let Err(DeleteError::Protected { .. }) = world.delete(root) {
        world.despawn(root);
    }
    if let Some(mut despawns) = world.get_resource_mut::<ClientDespawns>() {
        despawns.replicating = None;
    }
}

/// Replicated entities that were despawned on this client.
#[derive(Resource, Debug, Default)]
pub(crate) struct ClientDespawns {
    /// Those that replicon has despawned, by the server's entity and the tick. In one frame, a client can lose an
    /// entity, gain it again and lose it again.
    replicated: RecentMap<(Entity, RepliconTick), Despawned>,
    /// All of them, including those that the client itself has despawned: from the server's entity to the client's.
    client_entities: RecentMap<Entity, Entity>,
    /// The roots of the entities that were deleted along with another in this pass. Both are the client's entities.
    roots: EntityHashMap<Entity>,
    /// The tick of the message by which replicon despawns an entity at this moment.
    replicating: Option<RepliconTick>,
    /// The number of times that notices were applied.
    pass: u64,
}

#[derive(Debug)]
struct Despawned {
    client_entity: Entity,
    pass: u64,
    /// Whether its notice is still to come.
    awaits_notice: bool,
}

/// A despawned entity that a notice was found for.
pub(crate) struct Matched {
    pub(crate) client_entity: Entity,
    /// Whether it was despawned since the notices were last applied.
    pub(crate) is_recent: bool,
}

impl ClientDespawns {
    /// Returns the entity that a notice is about, if replicon has despawned it. Returns each once.
    pub(crate) fn take_match(&mut self, server_entity: Entity, tick: RepliconTick) -> Option<Matched> {
        let despawned = self.replicated.get_mut((server_entity, tick))?;
        core::mem::take(&mut despawned.awaits_notice).then_some(Matched {
            client_entity: despawned.client_entity,
            is_recent: despawned.pass == self.pass,
        })
    }

    /// Returns the client's entity of a server's entity that was despawned on this client not long ago.
    pub(crate) fn client_entity(&self, server_entity: Entity) -> Option<Entity> {
        self.client_entities.get(server_entity).copied()
    }

    /// Adds the entities that were deleted along with others in this pass, with the causes of those.
    pub(crate) fn add_descendants(&self, causes: &mut EntityHashMap<DeleteCause>) {
        for (&descendant, root) in &self.roots {
            if let Some(&cause) = causes.get(root) {
                causes.entry(descendant).or_insert(cause);
            }
        }
    }

    /// Starts a new pass.
    pub(crate) fn end_pass(&mut self) {
        self.pass += 1;
        self.replicating = None; // after a panic
        self.roots.clear();
        self.replicated.forget_oldest(MAX_REMEMBERED);
        self.client_entities.forget_oldest(MAX_REMEMBERED);
    }
}

/// Records the despawn of a replicated entity. It is an observer.
pub(crate) fn record_despawn(despawn: On<Despawn<ServerEntity>>, mut world: DeferredWorld<'_>) {
    let client_entity = despawn.entity;
    let Some(&ServerEntity(server_entity)) = world.get(client_entity) else {
        return;
    };
    let Some(mut despawns) = world.get_resource_mut::<ClientDespawns>() else {
        return;
    };
    despawns.client_entities.insert(server_entity, client_entity);
    if let Some(tick) = despawns.replicating {
        let despawned = Despawned {
            client_entity,
            pass: despawns.pass,
            awaits_notice: true,
        };
        despawns.replicated.insert((server_entity, tick), despawned);
    }
}

#[cfg(test)]
mod tests {
    use bevy::state::app::StatesPlugin;
    use bevy_replicon::{prelude::*, test_app::ServerTestAppExt};

    use super::*;
    use crate::ReplicateDeletesPlugin;

    #[test]
    fn a_client_forgets_despawns() {
        let [mut server, mut client] = [(); 2].map(|()| {
            let mut app = App::new();
            let replicon = RepliconPlugins.set(ServerPlugin::new(PostUpdate));
            app.add_plugins((MinimalPlugins, StatesPlugin, replicon, ReplicateDeletesPlugin))
                .replicate::<ChildOf>();
            app.finish();
            app
        });
        server.connect_client(&mut client);
        for _ in 0..3 {
            let parents = [(); 2000].map(|()| server.world_mut().spawn((Replicated, children![Replicated])).id());
            server.update();
            server.exchange_with_client(&mut client);
            client.update();
            for parent in parents {
                // Parents before children, so that the client's delete of a parent has descendants.
                server.world_mut().despawn(parent);
            }
            server.update();
            server.exchange_with_client(&mut client);
            client.update();
        }
        let despawns = client.world().resource::<ClientDespawns>();
        assert!(despawns.replicating.is_none() && despawns.roots.is_empty());
        assert_eq!(despawns.replicated.len(), MAX_REMEMBERED);
        assert_eq!(despawns.client_entities.len(), MAX_REMEMBERED);
    }
}
