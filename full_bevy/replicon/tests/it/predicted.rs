//! A client that deletes a replicated entity before the server does.

use bevy::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Game, Health, KILLED, PREDICTED, SeenBy, death, over_both_links};

over_both_links! {
    the_message_of_a_predicted_delete_stands,
    predicted_in_the_frame_in_which_the_notice_arrives,
    a_misprediction_is_repaired_by_hiding_and_showing,
    a_mispredicted_entity_that_reappears_in_part,
    a_cause_given_by_the_client_stands,
}

fn the_message_of_a_predicted_delete_stands(mut game: Game) {
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[unit]);
    game.until_alive(1, &[unit]);
    let on_client = game.entity_on(0, unit);

    game.clients[0]
        .world_mut()
        .because(PREDICTED)
        .delete(on_client)
        .unwrap();
    game.until_deaths(0, 1);
    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until(|game| game.counts(0).unmatched == 1);

    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, PREDICTED, None)]);
    game.until_deaths(1, 1);
    assert_eq!(game.deaths(1), [death(unit, KILLED, None)]);
    assert_eq!((game.counts(0).applied, game.counts(0).late), (0, 0));
}

fn predicted_in_the_frame_in_which_the_notice_arrives(mut game: Game) {
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[unit]);
    let on_client = game.entity_on(0, unit);

    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.server.update();
    // Not published yet when the notice arrives, and without a cause of its own.
    game.clients[0].world_mut().delete(on_client).unwrap();
    game.update_client(0);
    game.until(|game| game.counts(0).unmatched == 1);

    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, None, None)]);
}

fn a_misprediction_is_repaired_by_hiding_and_showing(mut game: Game) {
    let (unit, entity) = game.spawn((SeenBy(0b11), Health(3)));
    game.until_alive(0, &[unit]);
    let on_client = game.entity_on(0, unit);

    game.clients[0]
        .world_mut()
        .because(PREDICTED)
        .delete(on_client)
        .unwrap();
    game.until_deaths(0, 1);
    game.server.world_mut().entity_mut(entity).insert(Health(2)); // a mutation, which replicon ignores for it
    game.steps(5);
    assert_eq!(game.units(0), [], "replicon does not send it again");

    game.server.world_mut().entity_mut(entity).insert(SeenBy(0b10));
    game.steps(5);
    game.server.world_mut().entity_mut(entity).insert(SeenBy(0b11));
    game.until_alive(0, &[unit]);
    let on_client = game.entity_on(0, unit);
    assert_eq!(game.clients[0].world().entity(on_client).get(), Some(&Health(2)));

    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until_deaths(0, 2);
    assert_eq!(
        game.deaths(0),
        [death(unit, PREDICTED, None), death(unit, KILLED, None)]
    );
}

fn a_mispredicted_entity_that_reappears_in_part(mut game: Game) {
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[unit]);
    let on_client = game.entity_on(0, unit);
    game.clients[0]
        .world_mut()
        .because(PREDICTED)
        .delete(on_client)
        .unwrap();
    game.until_deaths(0, 1);

    // Replicon sends only what is new: a client's entity with nothing but `Health`.
    game.server.world_mut().entity_mut(entity).insert(Health(3));
    game.until(|game| {
        let world = game.clients[0].world_mut();
        world.query::<&Health>().iter(world).count() == 1
    });

    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until(|game| {
        let world = game.clients[0].world_mut();
        world.query::<&Health>().iter(world).count() == 0
    });
    assert_eq!(
        game.deaths(0),
        [death(unit, PREDICTED, None)],
        "it came back without its `Unit`"
    );
    assert_eq!(
        game.published(0).kinds.len(),
        1,
        "its notice should find it nevertheless"
    );
}

fn a_cause_given_by_the_client_stands(mut game: Game) {
    let (wall, wall_entity) = game.spawn(());
    let (roof, roof_entity) = game.spawn(());
    game.until_alive(0, &[wall, roof]);
    let [wall_on_client, roof_on_client] = [wall, roof].map(|unit| game.entity_on(0, unit));
    // Runs during the replicated delete.
    game.clients[0].world_mut().entity_mut(wall_on_client).observe(
        move |_: On<Despawn<Health>>, mut commands: Commands| {
            commands.entity(roof_on_client).because(PREDICTED).delete();
        },
    );
    game.clients[0].world_mut().entity_mut(wall_on_client).insert(Health(1));

    let world = game.server.world_mut();
    world.because(KILLED).delete_batch([wall_entity, roof_entity]);

    game.until_deaths(0, 2);
    let mut deaths = game.deaths(0).to_vec();
    deaths.sort();
    assert_eq!(deaths, [death(wall, KILLED, None), death(roof, PREDICTED, None)]);
    assert_eq!(
        game.published(0).kinds.len(),
        2,
        "the server's kind and reason are in the notice all the same"
    );
}
