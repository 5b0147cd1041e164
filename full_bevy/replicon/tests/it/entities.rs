//! Which entities are published on a client: those that it had received, each once.

use std::collections::HashSet;

use bevy::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;
use bevy_replicon::prelude::*;

use crate::support::{EXPIRED, Game, KILLED, Link, SeenBy, death, over_both_links, sorted};

over_both_links! {
    an_entity_that_no_client_has_received_is_not_mentioned,
    despawned_before_the_client_has_received_the_spawn,
    an_index_reused_in_the_same_tick_is_another_entity,
    an_entity_that_is_no_longer_replicated_stays_on_the_client,
    a_protected_entity_is_despawned_all_the_same,
}

fn an_entity_that_no_client_has_received_is_not_mentioned(mut game: Game) {
    let (marker, _) = game.spawn(());
    game.until_alive(0, &[marker]);

    let (_, brief) = game.spawn(());
    game.server.world_mut().because(EXPIRED).delete(brief).unwrap();
    let (hidden, hidden_entity) = game.spawn(SeenBy(0));
    game.steps(5);
    game.server.world_mut().because(EXPIRED).delete(hidden_entity).unwrap();
    game.steps(5);

    assert_eq!(game.server_deaths().len(), 2);
    assert_eq!(game.server_deaths()[1], death(hidden, EXPIRED, None));
    assert_eq!(
        game.server_counts().sent,
        0,
        "clients should not learn about entities that they never saw"
    );
    assert_eq!(game.deaths(0), []);
}

fn despawned_before_the_client_has_received_the_spawn(mut game: Game) {
    let (killer, killer_entity) = game.spawn(());
    game.until_alive(0, &[killer]);

    // The messages of both ticks arrive in one frame of the client.
    let (brief, brief_entity) = game.spawn(());
    game.server.update();
    game.server
        .world_mut()
        .because(KILLED.by(killer_entity))
        .delete(brief_entity)
        .unwrap();
    game.server.update();

    for client in 0..2 {
        game.until_deaths(client, 1);
        assert_eq!(game.deaths(client), [death(brief, KILLED, killer)]);
        assert_eq!(game.deaths(client), game.server_deaths());
    }
}

fn an_index_reused_in_the_same_tick_is_another_entity(mut game: Game) {
    // Bevy gives freed indices out again in bulk, so a few hundred are needed.
    let old: Vec<_> = (0..300).map(|_| game.spawn(SeenBy(0b11))).collect();
    let old_units: Vec<_> = old.iter().map(|(unit, _)| *unit).collect();
    game.until_alive(0, &old_units);

    game.server
        .world_mut()
        .because(KILLED)
        .delete_batch(old.iter().map(|(_, entity)| *entity));
    let new: Vec<_> = (0..300).map(|_| game.spawn(SeenBy(0b11))).collect();
    let old_indices: HashSet<_> = old.iter().map(|(_, entity)| entity.index()).collect();
    let is_reused = |entity: &Entity| old_indices.contains(&entity.index());
    assert!(
        new.iter().filter(|(_, entity)| is_reused(entity)).count() > 2,
        "Bevy should reuse indices"
    );
    game.server.update();
    // In the next tick, while the server still has the causes of the old entities.
    for (number, (_, entity)) in new.iter().enumerate() {
        let world = game.server.world_mut();
        match number % 3 {
            0 => drop(world.because(EXPIRED).delete(*entity).unwrap()),
            1 => drop(world.entity_mut(*entity).insert(SeenBy(0))),
            _ => world.entity_mut(*entity).despawn(),
        }
    }

    game.until_deaths(0, 600);
    let mut expected: Vec<_> = old_units.iter().map(|&unit| death(unit, KILLED, None)).collect();
    let reasons = [Some(EXPIRED), Some(LOST_SIGHT), None];
    expected.extend((0..300).map(|number| death(new[number].0, reasons[number % 3], None)));
    assert_eq!(sorted(game.deaths(0)), expected);
    assert_eq!(game.deaths(0)[..300], game.server_deaths()[..300]);
    let NoticeCounts { applied, unmatched, .. } = game.counts(0);
    assert_eq!((applied, unmatched), (600, 0), "each notice should be sent once");
}

// Not over TCP: the example backend does not keep the order of more than three messages that it receives in one frame.
#[test]
fn spawned_and_despawned_between_two_updates_of_a_client() {
    let mut game = Game::new(Link::InProcess);
    let (killer, killer_entity) = game.spawn(());
    game.until_alive(0, &[killer]);

    // Several ticks of the server in one frame of the client, with children that are deleted along with their parents.
    let mut expected = Vec::new();
    for round in 0..5 {
        let (ship, ship_entity) = game.spawn(());
        let (turret, _) = game.spawn(ChildOf(ship_entity));
        let (mine, mine_entity) = game.spawn(());
        game.server.update();
        let world = game.server.world_mut();
        if round % 2 == 0 {
            world.because(KILLED.by(killer_entity)).delete(ship_entity).unwrap();
            expected.extend([turret, ship].map(|unit| death(unit, KILLED, killer)));
        } else {
            world.despawn(ship_entity);
            expected.extend([turret, ship].map(|unit| death(unit, None, None)));
        }
        world.because(EXPIRED).delete(mine_entity).unwrap();
        expected.push(death(mine, EXPIRED, None));
        game.server.update();
    }

    game.until_deaths(0, expected.len());
    assert_eq!(game.deaths(0), expected);
    assert_eq!(game.counts(0).applied, 15);
}

fn an_entity_that_is_no_longer_replicated_stays_on_the_client(mut game: Game) {
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[unit]);

    game.server.world_mut().entity_mut(entity).remove::<Replicated>();
    game.steps(5);
    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.steps(5);

    assert_eq!(game.server_deaths().len(), 1);
    assert_eq!(game.units(0), [unit], "replicon does not despawn it");
    assert_eq!((game.deaths(0).len(), game.server_counts().sent), (0, 0));
}

fn a_protected_entity_is_despawned_all_the_same(mut game: Game) {
    let (ship, ship_entity) = game.spawn(());
    let (captain, _) = game.spawn(ChildOf(ship_entity));
    game.until_alive(0, &[ship, captain]);
    let captain_on_client = game.entity_on(0, captain);
    game.clients[0]
        .world_mut()
        .entity_mut(captain_on_client)
        .insert(Protected);

    game.server.world_mut().because(KILLED).delete(ship_entity).unwrap();

    game.until_deaths(0, 2);
    assert_eq!(game.units(0), [], "the client should have what the server has");
    assert_eq!(
        sorted(game.deaths(0)),
        sorted(game.server_deaths()),
        "the cause should arrive nevertheless"
    );
}
