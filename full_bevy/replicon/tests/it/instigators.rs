//! The instigator is the client's own entity.

use std::collections::HashSet;

use bevy_post_delete::prelude::*;

use crate::support::{EXPIRED, Game, KILLED, Link, SeenBy, death, over_both_links};

over_both_links! {
    an_instigator_that_dies_too_is_still_named,
    an_instigator_that_the_client_does_not_know_is_none,
    an_unknown_instigator_with_the_index_of_a_dead_entity_is_none,
}

fn an_instigator_that_dies_too_is_still_named(mut game: Game) {
    let [(rocket, rocket_entity), (bob, bob_entity), (carol, carol_entity)] = [(), (), ()].map(|()| game.spawn(()));
    game.until_alive(0, &[rocket, bob, carol]);

    let world = game.server.world_mut();
    world.because(EXPIRED).delete(rocket_entity).unwrap();
    world.because(KILLED.by(rocket_entity)).delete(bob_entity).unwrap();
    game.until_deaths(0, 2);
    game.steps(10);
    game.server
        .world_mut()
        .because(KILLED.by(rocket_entity))
        .delete(carol_entity)
        .unwrap();

    game.until_deaths(0, 3);
    let expected = [
        death(rocket, EXPIRED, None),
        death(bob, KILLED, rocket),
        death(carol, KILLED, rocket),
    ];
    assert_eq!(game.deaths(0), expected);
}

fn an_instigator_that_the_client_does_not_know_is_none(mut game: Game) {
    let (_, sniper_entity) = game.spawn(SeenBy(0b10));
    let (bob, bob_entity) = game.spawn(());
    game.until_alive(0, &[bob]);
    game.until(|game| game.units(1).len() == 2);

    game.server
        .world_mut()
        .because(KILLED.by(sniper_entity))
        .delete(bob_entity)
        .unwrap();

    game.until_deaths(0, 1);
    game.until_deaths(1, 1);
    assert_eq!(game.deaths(0), [death(bob, KILLED, None)]);
    assert_eq!(game.deaths(1), game.server_deaths());
}

fn an_unknown_instigator_with_the_index_of_a_dead_entity_is_none(mut game: Game) {
    let (bob, bob_entity) = game.spawn(());
    let old: Vec<_> = (0..300).map(|_| game.spawn(()).1).collect();
    game.until(|game| game.units(0).len() == 301);
    let indices: HashSet<_> = old.iter().map(|entity| entity.index()).collect();
    game.server.world_mut().delete_batch(old);
    let (_, sniper) = (0..300)
        .map(|_| game.spawn(SeenBy(0)))
        .find(|(_, entity)| indices.contains(&entity.index()))
        .expect("Bevy should reuse indices");
    game.until_deaths(0, 300);

    game.server
        .world_mut()
        .because(KILLED.by(sniper))
        .delete(bob_entity)
        .unwrap();
    game.until_deaths(0, 301);
    assert_eq!(game.deaths(0)[300], death(bob, KILLED, None));
}

#[test]
fn an_instigator_that_was_lost_long_ago_is_none() {
    let mut game = Game::new(Link::InProcess);
    let (first, first_entity) = game.spawn(());
    let (latest, latest_entity) = game.spawn(());
    let (bob, bob_entity) = game.spawn(());
    let (carol, carol_entity) = game.spawn(());
    game.until_alive(0, &[first, latest, bob, carol]);

    // Since the client lost `first`, it has lost 4,096 others. `latest` is one of them.
    game.server.world_mut().despawn(first_entity);
    game.step();
    let others: Vec<_> = (0..4095).map(|_| game.spawn(()).1).collect();
    game.step();
    game.server.world_mut().delete_batch(others);
    game.server.world_mut().despawn(latest_entity);
    game.until_deaths(0, 4097);

    let world = game.server.world_mut();
    world.because(KILLED.by(first_entity)).delete(bob_entity).unwrap();
    world.because(KILLED.by(latest_entity)).delete(carol_entity).unwrap();
    game.until_deaths(0, 4099);
    assert_eq!(
        game.deaths(0)[4097..],
        [death(bob, KILLED, None), death(carol, KILLED, latest)],
        "a client should not remember all entities that it ever had"
    );
}
