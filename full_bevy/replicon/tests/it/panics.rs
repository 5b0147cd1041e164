//! Receivers that panic, in apps whose error handler only warns.

use bevy::{ecs::error::ignore, prelude::*};
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;

use crate::support::{EXPIRED, Game, KILLED, Link, Unit, death, over_both_links};

over_both_links! {
    an_observer_of_the_server_panics,
    receivers_of_a_client_panic,
}

fn an_observer_of_the_server_panics(mut game: Game) {
    game.server.set_error_handler(ignore);
    game.server
        .add_observer(|_: On<PostDelete<Unit>>| panic!("a receiver of the server"));
    let units: Vec<_> = (0..3).map(|_| game.spawn(())).collect();
    let numbers: Vec<_> = units.iter().map(|(unit, _)| *unit).collect();
    game.until_alive(0, &numbers);
    game.until_alive(1, &numbers);

    for (_, entity) in &units {
        game.server.world_mut().because(KILLED).delete(*entity).unwrap();
        game.step();
    }

    for client in 0..2 {
        game.until_deaths(client, 3);
        assert_eq!(
            game.deaths(client),
            numbers
                .iter()
                .map(|&unit| death(unit, KILLED, None))
                .collect::<Vec<_>>()
        );
        assert_eq!(game.counts(client).applied, 3);
    }
    assert_eq!(game.server_counts().sent, 6);
}

fn receivers_of_a_client_panic(mut game: Game) {
    for client in &mut game.clients {
        client.set_error_handler(ignore);
        client.add_observer(|_: On<PostDelete<Unit>>| panic!("an observer of the client"));
        client.add_systems(Cleanup, |mut deleted: MessageReader<PostDelete<Unit>>| {
            assert_eq!(deleted.read().count(), 0, "a system of the client");
        });
        client.add_systems(PreUpdate, |mut notices: MessageReader<DeleteNotice>| {
            assert_eq!(notices.read().count(), 0, "a reader of the notices");
        });
    }
    let (a, a_entity) = game.spawn(());
    let (b, b_entity) = game.spawn(());
    for client in 0..2 {
        game.until_alive(client, &[a, b]);
    }

    game.server.world_mut().because(KILLED).delete(a_entity).unwrap();
    for client in 0..2 {
        game.until_deaths(client, 1);
    }
    game.server.world_mut().because(EXPIRED).delete(b_entity).unwrap();

    for client in 0..2 {
        game.until_deaths(client, 2);
        assert_eq!(game.deaths(client), game.server_deaths());
        assert_eq!(game.counts(client).applied, 2);
    }
}

#[test]
#[should_panic(expected = "add replicon's plugins before")]
fn the_plugin_needs_replicon() {
    App::new().add_plugins(ReplicateDeletesPlugin);
}

#[test]
fn the_capture_of_a_user_panics_on_the_server() {
    struct Fragile;

    impl Snapshot for Fragile {
        type Component = Unit;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            assert_ne!(entity.get::<Unit>(), Some(&Unit(1)), "a capture");
            Some(Self)
        }
    }

    let mut game = Game::new(Link::InProcess);
    game.server.set_error_handler(ignore);
    game.server.world_mut().track_deletes::<Fragile>();
    let (survivor, survivor_entity) = game.spawn(());
    let (other, other_entity) = game.spawn(());
    game.until_alive(0, &[survivor, other]);

    game.server.add_systems(Update, move |world: &mut World| {
        if world.get_entity(other_entity).is_ok() {
            world.because(EXPIRED).delete(other_entity).unwrap();
            _ = world.because(KILLED).delete(survivor_entity); // panics
        }
    });

    // Replicon has noticed the despawn of the survivor before the panic, and despawns it on the clients.
    game.until_deaths(0, 2);
    assert!(game.server.world().get_entity(survivor_entity).is_ok());
    assert_eq!(game.server_deaths(), [death(other, EXPIRED, None)]);
    let expected = [death(other, EXPIRED, None), death(survivor, LOST_SIGHT, None)];
    assert_eq!(
        game.deaths(0),
        expected,
        "an entity that is alive on the server has not died"
    );
}
