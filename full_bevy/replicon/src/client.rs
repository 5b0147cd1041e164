//! The client: deletes the entities that replicon despawns, and sets the causes of those deletions from the server's
//! notices.

use alloc::collections::VecDeque;

use bevy::{
    ecs::{entity::EntityHashSet, entity_disabling::Disabled},
    prelude::*,
};
use bevy_post_delete::{DeleteCause, DeleteKind, DeleteWorldExt};
use bevy_replicon::{
    client::ServerUpdateTick,
    prelude::*,
    shared::{replication::registry::ReplicationRegistry, server_entity_map::ServerEntityMap},
};

use crate::{
    counts::{MAX_HELD_NOTICES, NoticeCounts},
    despawns::{ClientDespawns, delete_replicated, record_despawn},
    notice::{Notice, NoticeMessage, ServerCause},
    plugin::ReplicateDeletesSystems,
    reasons::{LOST_SIGHT, ReplicatedReasons},
    tag::{ServerEntity, tag_others},
};

pub(crate) fn build(app: &mut App) {
    app.world_mut().resource_mut::<ReplicationRegistry>().despawn = delete_replicated;
    app.init_resource::<ClientDespawns>()
        .init_resource::<HeldNotices>()
        .add_message::<DeleteNotice>()
        .add_observer(record_despawn)
        .add_systems(OnExit(ClientState::Connected), reset);
    let apply = || {
        (match_notices, apply_notices, tag_others)
            .chain()
            .in_set(ReplicateDeletesSystems::Apply)
    };
    app.configure_sets(
        PreUpdate,
        ReplicateDeletesSystems::Apply
            .after(ClientSystems::Receive)
            .run_if(in_state(ClientState::Connected)),
    )
    .configure_sets(
        OnEnter(ClientState::Connected),
        ReplicateDeletesSystems::Apply.after(ClientSystems::Receive),
    )
    .add_systems(PreUpdate, apply())
    .add_systems(OnEnter(ClientState::Connected), apply());
}

/// Written on a client for each notice of the server that arrived in time.
///
/// The `Origin` of the client's own [`PostDelete`](bevy_post_delete::PostDelete) messages describes how the entity was
/// deleted on the client. [`kind`](Self::kind) is how it was deleted on the server.
///
/// # Timing
///
/// Written in `PreUpdate`, in the set [`ReplicateDeletesSystems::Apply`]. So it is there before the `PostDelete`
/// messages about the same entity are published.
///
/// # Example
///
/// ```
/// use bevy::prelude::*;
/// use bevy_post_delete::prelude::*;
/// use bevy_post_delete_replicon::prelude::*;
///
/// /// Returns how many entities this client lost because something killed them, rather than a rule of the game.
/// fn count_kills(mut notices: MessageReader<DeleteNotice>) -> usize {
///     notices.read().filter(|notice| notice.cause.instigator.is_some()).count()
/// }
///
/// let mut world = World::new();
/// world.init_resource::<Messages<DeleteNotice>>();
/// world.write_message(DeleteNotice {
///     entity: Entity::PLACEHOLDER,
///     kind: Some(DeleteKind::Direct),
///     cause: DeleteReason::new("killed").by(Entity::PLACEHOLDER),
/// });
/// assert_eq!(world.run_system_cached(count_kills).unwrap(), 1);
/// ```
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeleteNotice {
    /// The client's entity. It is despawned.
    pub entity: Entity,
    /// How the entity was deleted on the server. `None` if it is still alive there, and only no longer visible to this
    /// client: then the reason is [`LOST_SIGHT`].
    pub kind: Option<DeleteKind>,
    /// The server's reason, and its instigator as the client's own entity. The instigator may be despawned by now. It
    /// is `None` if the client does not know it.
    pub cause: DeleteCause,
}

/// The notices whose despawns have not arrived yet, and those that are about to be applied.
#[derive(Resource, Debug, Default)]
struct HeldNotices {
    early: VecDeque<(RepliconTick, Notice)>,
    /// Each with whether its entity was despawned in this pass.
    matched: Vec<(DeleteNotice, bool)>,
}

impl HeldNotices {
    /// Holds a notice. Returns `true` if the oldest was dropped to make room.
    fn hold(&mut self, tick: RepliconTick, notice: Notice) -> bool {
        let is_full = self.early.len() == MAX_HELD_NOTICES;
        if is_full {
            self.early.pop_front();
        }
        self.early.push_back((tick, notice));
        is_full
    }

    /// Takes the notices whose despawns have arrived.
    fn take_due(&mut self, update_tick: RepliconTick) -> Vec<(RepliconTick, Notice)> {
        let (early, due): (Vec<_>, Vec<_>) = self.early.drain(..).partition(|(tick, _)| tick.is_newer(update_tick));
        self.early = early.into();
        due
    }
}

/// Finds the despawned entities that the notices are about.
fn match_notices(
    mut arrived: ResMut<Messages<NoticeMessage>>,
    mut held: ResMut<HeldNotices>,
    mut despawns: ResMut<ClientDespawns>,
    mut reasons: ResMut<ReplicatedReasons>,
    mut counts: ResMut<NoticeCounts>,
    update_tick: Res<ServerUpdateTick>,
    entity_map: Res<ServerEntityMap>,
) {
    let mut due = held.take_due(**update_tick);
    for NoticeMessage { tick, notices } in arrived.drain() {
        let is_early = tick.is_newer(**update_tick);
        for notice in notices {
            if is_early {
                counts.early += 1;
                counts.discarded += u64::from(held.hold(tick, notice));
            } else {
                due.push((tick, notice));
            }
        }
    }
    for (tick, notice) in due {
        let Some(matched) = despawns.take_match(notice.entity, tick) else {
            counts.unmatched += 1;
            continue;
        };
        let notice = DeleteNotice {
            entity: matched.client_entity,
            kind: notice.cause.kind,
            cause: client_cause(notice.cause, &entity_map, &despawns, &mut reasons),
        };
        held.matched.push((notice, matched.is_recent));
    }
}

/// Returns the cause as the client knows it.
fn client_cause(
    cause: ServerCause,
    entity_map: &ServerEntityMap,
    despawns: &ClientDespawns,
    reasons: &mut ReplicatedReasons,
) -> DeleteCause {
    if cause == ServerCause::LOST_SIGHT {
        return LOST_SIGHT.into();
    }
    DeleteCause {
        reason: cause.reason.and_then(|hash| reasons.find_reason(hash)),
        instigator: cause.instigator.and_then(|instigator| {
            let alive = entity_map.to_client().get(&instigator).copied();
            alive.or_else(|| despawns.client_entity(instigator))
        }),
    }
}

/// Amends the pending messages about the matched entities, and about those that were deleted along with them.
fn apply_notices(world: &mut World) {
    let matched = core::mem::take(&mut world.resource_mut::<HeldNotices>().matched);
    if !matched.is_empty() {
        let mut causes = matched
            .iter()
            .map(|(notice, _)| (notice.entity, notice.cause))
            .collect();
        world.resource::<ClientDespawns>().add_descendants(&mut causes);
        let mut pending = EntityHashSet::default();
        world.amend_pending_deletes(|entity, cause| {
            if let Some(server_cause) = causes.get(&entity) {
                pending.insert(entity);
                // A cause that the client itself has given stands.
                if *cause == DeleteCause::default() {
                    *cause = *server_cause;
                }
            }
        });
        // The messages about an entity that was despawned in an earlier pass may be published already.
        let (applied, late): (Vec<_>, Vec<_>) = matched
            .into_iter()
            .partition(|(notice, is_recent)| *is_recent || pending.contains(&notice.entity));
        let mut counts = world.resource_mut::<NoticeCounts>();
        counts.applied += applied.len() as u64;
        counts.late += late.len() as u64;
        world.write_message_batch(applied.into_iter().map(|(notice, _)| notice));
    }
    world.resource_mut::<ClientDespawns>().end_pass();
}

/// Forgets the server that the client was connected to.
fn reset(world: &mut World) {
    world.insert_resource(ClientDespawns::default());
    world.insert_resource(HeldNotices::default());
    world.resource_mut::<Messages<NoticeMessage>>().clear();
    let tagged: Vec<_> = world
        .query_filtered::<Entity, (With<ServerEntity>, Allow<Disabled>)>()
        .iter(world)
        .collect();
    for entity in tagged {
        world.entity_mut(entity).remove::<ServerEntity>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_notices_take_no_more_memory_than_documented() {
        let mut held = HeldNotices::default();
        let notice = Notice {
            entity: Entity::PLACEHOLDER,
            cause: ServerCause::LOST_SIGHT,
        };
        let mut dropped = 0;
        for tick in 1..=1_000_000 {
            dropped += usize::from(held.hold(RepliconTick::new(tick), notice));
        }
        assert_eq!(held.early.len(), MAX_HELD_NOTICES);
        assert_eq!(dropped, 1_000_000 - MAX_HELD_NOTICES);
        assert!(held.early.capacity() * size_of::<(RepliconTick, Notice)>() <= 3 << 20);

        let due = held.take_due(RepliconTick::new(999_999));
        assert_eq!(due.len(), MAX_HELD_NOTICES - 1);
        assert_eq!(held.early, [(RepliconTick::new(1_000_000), notice)]);
    }
}
