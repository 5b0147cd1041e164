//! The server: sends a notice for each despawn that replicon sends.

use bevy::{
    ecs::{entity::Entities, entity_disabling::Disabled, world::EntityMut},
    prelude::*,
};
use bevy_post_delete::{PostDelete, PostDeletePlugin, Snapshot, publish_deletes};
use bevy_replicon::{prelude::*, server::server_tick::ServerTick, shared::backend::channels::ServerChannel};
use log::error;

use crate::{
    counts::{MAX_HELD_NOTICES, NoticeCounts},
    notice::{self, MAX_PER_MESSAGE, Notice, ServerCause},
    plugin::{NoticeChannel, ReplicateDeletesSystems},
    reasons::ReplicatedReasons,
    recent::RecentMap,
    updates::read_despawns,
};

pub(crate) fn build(app: &mut App) {
    app.add_plugins(PostDeletePlugin::<ReplicatedEntity>::default())
        .init_resource::<Causes>()
        .configure_sets(
            PostUpdate,
            (ReplicateDeletesSystems::Publish, ReplicateDeletesSystems::Send)
                .chain()
                .after(ServerSystems::Send)
                .before(ServerSystems::SendPackets)
                .run_if(in_state(ServerState::Running)),
        )
        .add_systems(
            PostUpdate,
            (
                publish_deletes
                    .run_if(resource_changed::<ServerTick>)
                    .in_set(ReplicateDeletesSystems::Publish),
                // The messages are kept for two frames only, so the causes are collected every frame.
                (collect_causes, send_notices.run_if(resource_changed::<ServerTick>))
                    .chain()
                    .in_set(ReplicateDeletesSystems::Send),
            ),
        )
        .add_systems(OnExit(ServerState::Running), forget_causes);
}

/// The snapshot with which the server records how each replicated entity was deleted.
///
/// It is a type of its own, so that nothing that a user does with `PostDelete<Replicated>` affects it.
struct ReplicatedEntity;

impl Snapshot for ReplicatedEntity {
    type Component = Replicated;

    fn capture(_: EntityMut<'_>) -> Option<Self> {
        Some(Self)
    }
}

/// The causes of the despawns that replicon may still have to send.
#[derive(Resource, Debug, Default)]
struct Causes {
    by_entity: RecentMap<Entity, ServerCause>,
    /// The number of causes added since replicon's previous tick.
    added: usize,
}

impl Causes {
    fn add(&mut self, entity: Entity, cause: ServerCause) {
        self.by_entity.insert(entity, cause);
        self.added += 1;
    }

    /// Returns the cause of the despawn of an entity on a client. `None` if it was forgotten.
    fn find(&self, entity: Entity, entities: &Entities) -> Option<ServerCause> {
        let known = self.by_entity.get(entity).copied();
        known.or_else(|| entities.contains_spawned(entity).then_some(ServerCause::LOST_SIGHT))
    }

    /// Forgets the causes whose despawns have been sent. Returns the number of others that were forgotten.
    ///
    /// Those that were added since the previous tick are kept for another one: their entities may have been despawned
    /// after replicon collected the despawns of this one.
    fn end_tick(&mut self, is_any_client_disabled: bool) -> usize {
        let added = core::mem::take(&mut self.added);
        if is_any_client_disabled {
            // Replicon defers the despawns of such a client until it is enabled.
            self.by_entity.forget_oldest(added.max(MAX_HELD_NOTICES))
        } else {
            self.by_entity.forget_oldest(added);
            0
        }
    }
}

/// Stores the causes of the despawns that were published.
fn collect_causes(
    mut deleted: MessageReader<PostDelete<ReplicatedEntity>>,
    mut causes: ResMut<Causes>,
    mut reasons: ResMut<ReplicatedReasons>,
) {
    for PostDelete { entity, origin, .. } in deleted.read() {
        let cause = ServerCause {
            kind: Some(origin.kind),
            reason: origin.reason.and_then(|reason| reasons.find_hash(reason)),
            instigator: origin.instigator,
        };
        causes.add(*entity, cause);
    }
}

/// Sends a notice for each despawn in the update messages that replicon has just written.
fn send_notices(
    mut causes: ResMut<Causes>,
    mut counts: ResMut<NoticeCounts>,
    mut messages: ResMut<ServerMessages>,
    tick: Res<ServerTick>,
    channel: Res<NoticeChannel>,
    entities: &Entities,
    disabled_clients: Query<(), (With<AuthorizedClient>, With<Disabled>)>,
) -> Result<()> {
    let mut outgoing = Vec::new();
    let mut sent = 0;
    for (client, channel_id, bytes) in messages.iter_sent() {
        if channel_id != usize::from(ServerChannel::Updates) {
            continue;
        }
        let mut notices = Vec::new();
        let result = read_despawns(bytes, **tick, |entity| {
            if let Some(cause) = causes.find(entity, entities) {
                notices.push(Notice { entity, cause });
            }
        });
        if let Err(error) = result {
            error!("unable to send all causes of deletions to client `{client}`: {error}");
        }
        sent += notices.len() as u64;
        for notices in notices.chunks(MAX_PER_MESSAGE) {
            let mut bytes = Vec::new();
            notice::write(**tick, notices, &mut bytes)?;
            outgoing.push((client, bytes));
        }
    }
    if !outgoing.is_empty() {
        counts.sent += sent;
        // Ahead of replicon's messages: a client can hold a notice that is early, but not amend a message that is
        // published.
        let updates: Vec<_> = messages.drain_sent().collect();
        for (client, bytes) in outgoing {
            messages.send(client, channel.0, bytes);
        }
        for (client, channel_id, bytes) in updates {
            messages.send(client, channel_id, bytes);
        }
    }
    let discarded = causes.end_tick(!disabled_clients.is_empty());
    if discarded > 0 {
        counts.discarded += discarded as u64;
    }
    Ok(())
}

fn forget_causes(mut causes: ResMut<Causes>) {
    *causes = Causes::default();
}

#[cfg(test)]
mod tests {
    use bevy::state::app::StatesPlugin;
    use bevy_post_delete::DeleteWorldExt;

    use super::*;
    use crate::ReplicateDeletesPlugin;

    fn add(causes: &mut Causes, indices: core::ops::Range<u32>) {
        for index in indices {
            causes.add(Entity::from_raw_u32(index).unwrap(), ServerCause::LOST_SIGHT);
        }
    }

    #[test]
    fn a_cause_is_kept_for_two_ticks() {
        let mut causes = Causes::default();
        add(&mut causes, 0..10);
        assert_eq!(causes.end_tick(false), 0);
        add(&mut causes, 10..15);
        assert_eq!(causes.by_entity.len(), 15);
        assert_eq!(causes.end_tick(false), 0);
        assert_eq!(causes.by_entity.len(), 5);
        causes.end_tick(false);
        assert_eq!(causes.by_entity.len(), 0);
    }

    #[test]
    fn a_server_forgets_the_causes_that_it_has_sent() {
        let mut app = App::new();
        app.add_plugins((
            MinimalPlugins,
            StatesPlugin,
            RepliconPlugins.set(ServerPlugin::new(PostUpdate)),
            ReplicateDeletesPlugin,
        ));
        app.finish();
        app.insert_resource(State::new(ServerState::Running));
        for _ in 0..10 {
            let entities: Vec<_> = app.world_mut().spawn_batch([Replicated; 100]).collect();
            app.update();
            app.world_mut().delete_batch(entities);
            app.update();
            assert_eq!(app.world().resource::<Causes>().by_entity.len(), 100);
        }
        app.update();
        app.update();
        assert_eq!(app.world().resource::<Causes>().by_entity.len(), 0);

        app.world_mut().spawn(Replicated).despawn();
        app.update();
        assert_eq!(app.world().resource::<Causes>().by_entity.len(), 1);
        app.insert_resource(NextState::Pending(ServerState::Stopped));
        app.update();
        assert_eq!(
            app.world().resource::<Causes>().by_entity.len(),
            0,
            "the server has stopped"
        );
    }

    #[test]
    fn while_a_client_is_disabled_causes_are_kept_up_to_a_bound() {
        let mut causes = Causes::default();
        let mut discarded = 0;
        for tick in 0..100 {
            add(&mut causes, tick * 1000..(tick + 1) * 1000);
            discarded += causes.end_tick(true);
        }
        assert_eq!(causes.by_entity.len(), MAX_HELD_NOTICES);
        assert_eq!(discarded, 100_000 - MAX_HELD_NOTICES);
        causes.end_tick(false);
        assert_eq!(causes.by_entity.len(), 0);
    }
}
