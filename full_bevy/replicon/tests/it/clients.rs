//! Clients that join, leave and join again.

use bevy::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_replicon::{prelude::*, test_app::ServerTestAppExt};
use bevy_replicon_example_backend::{ExampleClient, ExampleServer};

use crate::support::{
    EXPIRED, Game, KILLED, Link, PREDICTED, Published, UPDATES, Unit, Withheld, death, new_app_with, over_both_links,
};

over_both_links! {
    a_late_joiner_gets_no_old_notices,
    disconnected_and_reconnected_in_the_middle,
    disconnected_while_notices_were_held,
    disconnected_in_the_tick_of_a_delete,
    entities_of_an_old_connection_are_not_taken_for_new_ones,
}

fn a_late_joiner_gets_no_old_notices(mut game: Game) {
    game.disconnect(1);
    let (old, old_entity) = game.spawn(());
    let (new, new_entity) = game.spawn(());
    game.until_alive(0, &[old, new]);
    game.server.world_mut().because(KILLED).delete(old_entity).unwrap();
    game.until_deaths(0, 1);

    game.connect(1);
    game.until_alive(1, &[new]);
    assert_eq!((game.deaths(1).len(), game.counts(1).unmatched), (0, 0));

    game.server.world_mut().because(EXPIRED).delete(new_entity).unwrap();
    game.until_deaths(1, 1);
    assert_eq!(game.deaths(1), [death(new, EXPIRED, None)]);
    assert_eq!(game.deaths(0), game.server_deaths());
}

fn disconnected_and_reconnected_in_the_middle(mut game: Game) {
    let [(a, a_entity), (b, b_entity), (c, c_entity)] = [(); 3].map(|()| game.spawn(()));
    game.until_alive(1, &[a, b, c]);

    game.server.world_mut().because(KILLED).delete(a_entity).unwrap();
    game.until_deaths(1, 1);
    game.disconnect(1);
    assert_eq!(game.units(1), [b, c], "replicon leaves the entities to the client");
    game.server.world_mut().because(KILLED).delete(b_entity).unwrap();
    game.until_deaths(0, 2);
    // A client usually clears what it had. These are its own deletes now.
    game.clients[1].world_mut().delete_all::<With<Unit>>();
    game.until_deaths(1, 3);

    game.connect(1);
    game.until_alive(1, &[c]);
    game.server
        .world_mut()
        .because(EXPIRED.by(c_entity))
        .delete(c_entity)
        .unwrap();
    game.until_deaths(1, 4);

    assert_eq!(game.deaths(1)[0], death(a, KILLED, None));
    assert!(game.deaths(1)[1..3].iter().all(|death| death.reason.is_none()));
    assert_eq!(game.deaths(1)[3], death(c, EXPIRED, c));
    assert_eq!(game.deaths(0), game.server_deaths());
    assert_eq!(game.counts(1).unmatched, 0);
}

fn disconnected_while_notices_were_held(mut game: Game) {
    let (a, a_entity) = game.spawn(());
    let (b, b_entity) = game.spawn(());
    game.until_alive(1, &[a, b]);
    // Its notice arrives, and the despawn does not.
    game.withhold(1, UPDATES);
    game.server.world_mut().because(KILLED).delete(a_entity).unwrap();
    game.until(|game| game.counts(1).early == 1);
    game.disconnect(1);
    game.clients[1].insert_resource(Withheld::default());
    game.clients[1].world_mut().delete_all::<With<Unit>>();
    game.until_deaths(1, 2);

    game.connect(1);
    game.until_alive(1, &[b]);
    game.server.world_mut().because(EXPIRED).delete(b_entity).unwrap();
    game.until_deaths(1, 3);
    assert_eq!(game.deaths(1)[2], death(b, EXPIRED, None));
    assert_eq!(
        game.counts(1).unmatched,
        0,
        "what was held for the old connection should be forgotten"
    );
}

fn disconnected_in_the_tick_of_a_delete(mut game: Game) {
    let (a, a_entity) = game.spawn(());
    game.until_alive(0, &[a]);
    game.until_alive(1, &[a]);

    // A receiver on the server kicks a client, between replicon's message and the notice.
    let kicked = game.client_entity(1);
    game.server
        .add_observer(move |_: On<PostDelete<Unit>>, mut commands: Commands| {
            commands.entity(kicked).try_despawn();
        });
    game.server.world_mut().because(KILLED).delete(a_entity).unwrap();

    if game.link == Link::InProcess {
        // The test app cannot exchange messages with a client that is gone.
        game.server.update();
        game.server.exchange_with_client(&mut game.clients[0]);
        game.clients[0].update();
        assert_eq!(game.deaths(0), [death(a, KILLED, None)]);
    } else {
        game.until_deaths(0, 1);
        assert_eq!(game.deaths(0), [death(a, KILLED, None)]);
    }
    assert_eq!(
        game.server_counts().sent,
        1,
        "nothing should be sent to the client that is gone"
    );
}

fn entities_of_an_old_connection_are_not_taken_for_new_ones(mut game: Game) {
    let units = [(); 4].map(|()| game.spawn(()));
    let [alice, bob, carol, rocket] = units.map(|(unit, _)| unit);
    let [alice_entity, bob_entity, carol_entity, rocket_entity] = units.map(|(_, entity)| entity);
    game.until_alive(0, &[alice, bob, carol, rocket]);
    game.server.world_mut().despawn(rocket_entity);
    game.until_deaths(0, 1);
    let old_alice = game.entity_on(0, alice);
    game.disconnect(0);
    game.connect(0);
    // Replicon leaves the old entities to the client, beside the new ones.
    game.until_alive(0, &[alice, alice, bob, bob, carol, carol]);

    game.server.world_mut().despawn(alice_entity);
    game.until_deaths(0, 2);
    game.clients[0]
        .world_mut()
        .because(PREDICTED)
        .delete(old_alice)
        .unwrap();
    game.until_deaths(0, 3);
    let world = game.server.world_mut();
    world.because(KILLED.by(alice_entity)).delete(bob_entity).unwrap();
    world.because(KILLED.by(rocket_entity)).delete(carol_entity).unwrap();
    game.until_deaths(0, 5);

    assert_eq!(
        game.deaths(0)[1..],
        [
            death(alice, None, None),
            death(alice, PREDICTED, None),
            death(bob, KILLED, alice),
            // It died before this connection.
            death(carol, KILLED, None),
        ]
    );
    let instigators = game.published(0).origins.iter().map(|(_, origin)| origin.instigator);
    assert!(
        instigators.clone().flatten().all(|instigator| instigator != old_alice),
        "the instigator should be the entity of this connection"
    );
    assert_eq!(instigators.flatten().count(), 1);
}

#[test]
fn messages_that_arrive_together_with_the_connection_are_in_time() {
    let app = || {
        let mut app = new_app_with(AuthMethod::None); // no exchange of messages before replication starts
        app.finish();
        app.cleanup();
        app
    };
    let (mut server, mut client) = (app(), app());
    let socket = ExampleServer::new(0).unwrap();
    client.insert_resource(ExampleClient::new(socket.local_addr().unwrap()).unwrap());
    server.insert_resource(socket);
    let is_connected = |server: &mut App| {
        let world = server.world_mut();
        world.query::<&AuthorizedClient>().iter(world).count() == 1
    };
    for _ in 0..20_000 {
        if is_connected(&mut server) {
            break;
        }
        server.update();
    }
    assert!(is_connected(&mut server));

    let entity = server.world_mut().spawn((Replicated, Unit(1))).id();
    server.update();
    server.world_mut().because(KILLED).delete(entity).unwrap();
    server.update();
    let deaths = |client: &App| client.world().resource::<Published>().deaths.clone();
    for _ in 0..20_000 {
        if !deaths(&client).is_empty() {
            break;
        }
        client.update();
    }
    assert_eq!(deaths(&client), [death(1, KILLED, None)]);
}

#[test]
fn the_server_stops_and_starts_again() {
    // Only over TCP: the test app has no transport that would close the connections.
    let mut game = Game::new(Link::Tcp);
    let (old, _) = game.spawn(());
    for client in 0..2 {
        game.until_alive(client, &[old]);
    }
    game.server.world_mut().remove_resource::<ExampleServer>();
    game.until(|game| *game.server.world().resource::<State<ServerState>>() == ServerState::Stopped);
    for client in 0..2 {
        game.until(|game| *game.clients[client].world().resource::<State<ClientState>>() == ClientState::Disconnected);
    }
    // While it is stopped, deletions are published as usual, and nothing is kept for clients.
    game.server.world_mut().because(KILLED).delete_all::<With<Unit>>();
    game.steps(5);
    assert_eq!(game.server_deaths(), [death(old, KILLED, None)]);
    assert_eq!(game.server_counts().sent, 0);

    game.server.insert_resource(ExampleServer::new(0).unwrap());
    for client in 0..2 {
        game.connect(client);
    }
    let (new, new_entity) = game.spawn(());
    for client in 0..2 {
        game.until_alive(client, &[old, new]);
    }
    game.server.world_mut().because(EXPIRED).delete(new_entity).unwrap();
    for client in 0..2 {
        game.until_deaths(client, 1);
        assert_eq!(game.deaths(client), [death(new, EXPIRED, None)]);
        assert_eq!(game.units(client), [old], "replicon leaves it to the client");
    }
}
