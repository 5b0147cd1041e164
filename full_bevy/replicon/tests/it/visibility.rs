//! A death and a lost visibility have different reasons on a client.

use bevy::{ecs::entity_disabling::Disabled, prelude::*};
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;

use crate::support::{EXPIRED, Game, Health, KILLED, KnownTo, SeenBy, death, over_both_links};

over_both_links! {
    lost_and_regained,
    lost_by_one_client_and_dead_for_the_other,
    a_child_of_an_entity_that_was_lost,
    hidden_and_deleted_in_the_same_tick,
    an_entity_whose_components_were_hidden,
    an_entity_whose_components_were_always_hidden,
    an_entity_whose_components_were_hidden_right_before_its_death,
    a_child_of_an_entity_that_the_client_never_saw,
    a_client_that_is_disabled_for_a_while,
    the_reason_lost_sight_of_a_server_is_not_sent,
}

fn lost_and_regained(mut game: Game) {
    let (unit, entity) = game.spawn(SeenBy(0b11));
    for client in 0..2 {
        game.until_alive(client, &[unit]);
    }

    game.server.world_mut().entity_mut(entity).insert(SeenBy(0b10));
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, LOST_SIGHT, None)]);
    assert!(game.published(0).origins[0].1.has_reason(LOST_SIGHT));
    assert_eq!(
        game.published(0).kinds,
        [(unit, None)],
        "nothing was deleted on the server"
    );
    assert_eq!(game.units(1), [unit]);

    game.server.world_mut().entity_mut(entity).insert(SeenBy(0b11));
    game.until_alive(0, &[unit]);

    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until_deaths(0, 2);
    game.until_deaths(1, 1);
    assert_eq!(
        game.deaths(0),
        [death(unit, LOST_SIGHT, None), death(unit, KILLED, None)]
    );
    assert_eq!(game.deaths(1), [death(unit, KILLED, None)]);
    assert_eq!(game.server_deaths(), [death(unit, KILLED, None)]);
}

fn lost_by_one_client_and_dead_for_the_other(mut game: Game) {
    let (unit, entity) = game.spawn(SeenBy(0b11));
    for client in 0..2 {
        game.until_alive(client, &[unit]);
    }

    game.server.world_mut().entity_mut(entity).insert(SeenBy(0b10));
    game.until_deaths(0, 1);
    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until_deaths(1, 1);
    game.steps(5);

    assert_eq!(
        game.deaths(0),
        [death(unit, LOST_SIGHT, None)],
        "it should not learn about the death"
    );
    assert_eq!(game.deaths(1), [death(unit, KILLED, None)]);
    assert_eq!(game.server_counts().sent, 2);
}

fn a_child_of_an_entity_that_was_lost(mut game: Game) {
    let (ship, ship_entity) = game.spawn(SeenBy(0b11));
    let (turret, _) = game.spawn(ChildOf(ship_entity));
    game.until_alive(0, &[ship, turret]);

    // Only the parent is hidden, but a despawn of the parent takes the child along on the client.
    game.server.world_mut().entity_mut(ship_entity).insert(SeenBy(0b10));

    game.until_deaths(0, 2);
    assert_eq!(game.deaths(0), [turret, ship].map(|unit| death(unit, LOST_SIGHT, None)));
}

fn hidden_and_deleted_in_the_same_tick(mut game: Game) {
    let (unit, entity) = game.spawn(SeenBy(0b11));
    game.until_alive(0, &[unit]);
    game.until_alive(1, &[unit]);

    game.server.world_mut().entity_mut(entity).insert(SeenBy(0b10));
    game.server.world_mut().because(KILLED).delete(entity).unwrap();

    for client in 0..2 {
        game.until_deaths(client, 1);
        assert_eq!(
            game.deaths(client),
            [death(unit, KILLED, None)],
            "the client saw it in the tick before"
        );
    }
}

fn an_entity_whose_components_were_hidden(mut game: Game) {
    let (unit, entity) = game.spawn((Health(3), KnownTo(0b11)));
    game.until_alive(0, &[unit]);
    let on_client = game.entity_on(0, unit);
    assert!(game.clients[0].world().entity(on_client).contains::<Health>());

    game.server.world_mut().entity_mut(entity).insert(KnownTo(0));
    game.until(move |game| !game.clients[0].world().entity(on_client).contains::<Health>());
    assert_eq!(game.deaths(0), [], "the entity itself is still visible");

    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, KILLED, None)]);
}

fn an_entity_whose_components_were_always_hidden(mut game: Game) {
    let (unit, entity) = game.spawn((Health(3), KnownTo(0)));
    game.until_alive(0, &[unit]);

    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, KILLED, None)]);
}

fn an_entity_whose_components_were_hidden_right_before_its_death(mut game: Game) {
    let (unit, entity) = game.spawn((Health(3), KnownTo(0b11)));
    game.until_alive(0, &[unit]);

    // The client receives both ticks in one frame.
    game.server.world_mut().entity_mut(entity).insert(KnownTo(0));
    game.server.update();
    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.server.update();

    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, KILLED, None)]);
}

fn a_child_of_an_entity_that_the_client_never_saw(mut game: Game) {
    let (_, ship_entity) = game.spawn(SeenBy(0b10));
    let (turret, _) = game.spawn(ChildOf(ship_entity));
    game.until_alive(0, &[turret]);

    game.server.world_mut().because(KILLED).delete(ship_entity).unwrap();
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(turret, KILLED, None)]);
    assert_eq!(game.counts(0).unmatched, 0, "there should be no notice about the ship");
}

fn a_client_that_is_disabled_for_a_while(mut game: Game) {
    let [(a, a_entity), (b, b_entity), (c, c_entity)] = [(); 3].map(|()| game.spawn(SeenBy(0b11)));
    for client in 0..2 {
        game.until_alive(client, &[a, b, c]);
    }
    let paused = game.client_entity(0);
    game.server.world_mut().entity_mut(paused).insert(Disabled);

    game.server.world_mut().because(KILLED).delete(a_entity).unwrap();
    game.steps(3);
    game.server.world_mut().entity_mut(b_entity).insert(SeenBy(0b10));
    game.server.world_mut().because(EXPIRED).delete(c_entity).unwrap();
    game.steps(3);
    assert_eq!(game.deaths(0), [], "replicon defers the despawns");
    game.until_deaths(1, 2);

    game.server.world_mut().entity_mut(paused).remove::<Disabled>();
    game.until_deaths(0, 3);
    let mut deaths = game.deaths(0).to_vec();
    deaths.sort();
    assert_eq!(
        deaths,
        [
            death(a, KILLED, None),
            death(b, LOST_SIGHT, None),
            death(c, EXPIRED, None)
        ]
    );
}

fn the_reason_lost_sight_of_a_server_is_not_sent(mut game: Game) {
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[unit]);
    game.server.world_mut().because(LOST_SIGHT).delete(entity).unwrap();
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, None, None)], "it is not an allowed reason");
}
