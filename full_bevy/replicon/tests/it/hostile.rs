//! Messages that an honest server does not send.

use bevy::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::{MAX_HELD_NOTICES, prelude::*};
use bevy_replicon::{
    client::ServerUpdateTick,
    postcard_utils::{entity_to_extend_mut, to_extend_mut},
    prelude::*,
    server::server_tick::ServerTick,
    test_app::ServerTestAppExt,
};

use crate::support::{EXPIRED, Game, KILLED, Link, death, notices, over_both_links};

over_both_links! {
    malformed_messages_are_dropped,
}

/// The format of a message: see `src/notice.rs`.
fn message(tick: u32, groups: &[(u8, u64, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    to_extend_mut(&RepliconTick::new(tick), &mut bytes).unwrap();
    for (header, count, rest) in groups {
        bytes.push(*header);
        to_extend_mut(count, &mut bytes).unwrap();
        bytes.extend_from_slice(rest);
    }
    bytes
}

fn update_tick(game: &Game) -> u32 {
    game.clients[0].world().resource::<ServerUpdateTick>().get()
}

fn with_one_unit() -> (Game, u32, Entity) {
    let mut game = Game::new(Link::InProcess);
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[unit]);
    (game, unit, entity)
}

fn malformed_messages_are_dropped(mut game: Game) {
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[unit]);
    let channel = notices(&game);
    let tick = update_tick(&game);
    for bytes in [
        vec![],
        vec![0x80; 100],
        vec![0xff; 100],
        message(tick, &[]),
        message(tick, &[(0xf0, 1, &[2])]),
        message(tick, &[(2, 0, &[])]),
        message(tick, &[(2, u64::MAX, &[2])]),
        message(tick, &[(2, 1 << 40, &[2; 64])]),
        message(tick, &[(4, 1, &[1, 2, 3])]),
        message(tick, &[(8, 1, &[0xff; 12])]),
        message(tick, &[(2, 1, &[2]), (2, 5, &[2])]),
    ] {
        let client = game.client_entity(0);
        let world = game.server.world_mut();
        world.resource_mut::<ServerMessages>().send(client, channel, bytes);
        game.step();
    }
    assert_eq!(game.units(0), [unit]);
    assert_eq!(game.deaths(0), [], "a notice alone should despawn and publish nothing");

    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until_deaths(0, 1);
    assert_eq!(
        game.deaths(0),
        [death(unit, KILLED, None)],
        "later messages should be read as before"
    );
    let NoticeCounts { applied, unmatched, .. } = game.counts(0);
    assert_eq!(
        (applied, unmatched),
        (1, 0),
        "no part of a malformed message should be used"
    );
}

#[test]
fn random_bytes_change_nothing() {
    let (mut game, unit, entity) = with_one_unit();
    let channel = notices(&game);
    let mut state = 7_u64;
    for _ in 0..20_000 {
        let bytes = (0..20)
            .map(|_| {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                (state >> 56) as u8 & if state & (1 << 20) == 0 { 15 } else { 255 }
            })
            .collect::<Vec<u8>>();
        let world = game.clients[0].world_mut();
        world.resource_mut::<ClientMessages>().insert_received(channel, bytes);
    }
    game.clients[0].update();
    assert_eq!((game.units(0), game.deaths(0).len()), (vec![unit], 0));

    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, KILLED, None)]);
}

#[test]
fn no_more_than_a_bound_is_held_and_the_oldest_are_dropped() {
    let (mut game, unit, entity) = with_one_unit();
    let channel = notices(&game);
    // Ticks that never come.
    let future = update_tick(&game) + 1_000_000;
    let bulk = vec![2; 1000];
    for round in 0..100 {
        game.inject(0, channel, message(future + round, &[(2, 1000, &bulk)]));
    }
    let NoticeCounts { early, discarded, .. } = game.counts(0);
    assert_eq!(early, 100_000);
    assert_eq!((early - discarded) as usize, MAX_HELD_NOTICES);

    // One message that is larger than all that may be held.
    game.inject(0, channel, message(future, &[(2, 100_000, &vec![2; 100_000])]));
    let NoticeCounts { early, discarded, .. } = game.counts(0);
    assert_eq!((early - discarded) as usize, MAX_HELD_NOTICES);

    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, KILLED, None)]);
}

#[test]
fn notices_about_entities_that_were_not_despawned_change_nothing() {
    let (mut game, unit, entity) = with_one_unit();
    let channel = notices(&game);
    let tick = update_tick(&game);
    // Some other entities of the server, and the unit.
    let mut entities: Vec<u8> = (0..63).map(|index| index << 1).collect();
    entity_to_extend_mut(&entity, &mut entities).unwrap();
    for _ in 0..3 {
        game.inject(0, channel, message(tick, &[(0, 64, &entities), (3, 64, &entities)]));
    }
    assert_eq!(game.units(0), [unit]);
    assert_eq!((game.deaths(0).len(), game.counts(0).unmatched), (0, 3 * 128));

    game.server.world_mut().because(EXPIRED).delete(entity).unwrap();
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, EXPIRED, None)]);
    assert_eq!(game.counts(0).applied, 1);
    // Repetitions of the notice that was applied, with the tick of the despawn.
    let tick = update_tick(&game);
    for _ in 0..3 {
        game.inject(0, channel, message(tick, &[(0, 64, &entities), (3, 64, &entities)]));
    }
    let NoticeCounts {
        applied,
        late,
        unmatched,
        ..
    } = game.counts(0);
    assert_eq!(
        (applied, late, unmatched),
        (1, 0, 6 * 128),
        "a notice should be used once"
    );
    assert_eq!(game.published(0).kinds.len(), 1);
}

#[test]
fn any_number_of_unknown_reasons_costs_no_memory_and_gives_none() {
    let mut game = Game::new(Link::InProcess);
    let units: Vec<_> = (0..100).map(|_| game.spawn(())).collect();
    let numbers: Vec<_> = units.iter().map(|(unit, _)| *unit).collect();
    game.until_alive(0, &numbers);
    let channel = notices(&game);

    // The honest notices are dropped on their way, and others take their place.
    for (_, entity) in &units {
        game.server.world_mut().despawn(*entity);
    }
    game.server.update();
    let world = game.server.world_mut();
    let tick = world.resource::<ServerTick>().get();
    world
        .resource_mut::<ServerMessages>()
        .retain_sent(|(_, sent_on, _)| *sent_on != channel);
    game.server.exchange_with_client(&mut game.clients[0]);
    for (index, (_, entity)) in units.iter().enumerate() {
        let mut rest = (index as u64).to_le_bytes().to_vec();
        entity_to_extend_mut(entity, &mut rest).unwrap();
        let mut messages = game.clients[0].world_mut().resource_mut::<ClientMessages>();
        messages.insert_received(channel, message(tick, &[(4, 1, &rest)]));
    }
    game.clients[0].update();

    game.until_deaths(0, 100);
    assert!(game.deaths(0).iter().all(|death| death.reason.is_none()));
    assert_eq!(game.counts(0).applied, 100);
}
