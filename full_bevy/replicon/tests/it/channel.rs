//! The channel for notices.

use bevy::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_replicon::{
    postcard_utils::{entity_to_extend_mut, to_extend_mut},
    prelude::*,
    server::server_tick::ServerTick,
};

use crate::support::{Game, KILLED, Link, UPDATES, notices};

#[test]
fn the_channel_keeps_the_order_of_notices() {
    let game = Game::new(Link::InProcess);
    for app in [&game.server, &game.clients[0]] {
        let channels = app.world().resource::<RepliconChannels>();
        assert_eq!(channels.server_channels()[notices(&game)], Channel::Ordered);
    }
}

#[test]
fn notices_are_sent_ahead_of_the_despawns() {
    let mut game = Game::new(Link::InProcess);
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[unit]);
    let channel = notices(&game);

    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.server.update();

    for client in 0..2 {
        let client = game.client_entity(client);
        let messages = game.server.world().resource::<ServerMessages>().iter_sent();
        let channels: Vec<_> = messages
            .filter(|(to, ..)| *to == client)
            .map(|(_, channel, _)| channel)
            .collect();
        assert_eq!(
            channels,
            [channel, UPDATES],
            "a client can hold a notice, but cannot change a message that it has published"
        );
    }
}

#[test]
fn messages_on_other_channels_are_not_taken_for_updates() {
    let mut game = Game::new(Link::InProcess);
    let (_, entity) = game.spawn(());
    game.steps(2);
    // A message of the game that would be a despawn in the next tick if it were sent on the channel for updates.
    let tick = game.server.world().resource::<ServerTick>().get() + 1;
    let mut bytes = vec![1 << 2];
    to_extend_mut(&RepliconTick::new(tick), &mut bytes).unwrap();
    entity_to_extend_mut(&entity, &mut bytes).unwrap();
    let client = game.client_entity(0);
    let send = |game: &mut Game, channel| {
        let mut messages = game.server.world_mut().resource_mut::<ServerMessages>();
        messages.send(client, channel, bytes.clone());
    };

    send(&mut game, UPDATES + 1);
    game.server.update();
    assert_eq!(game.server.world().resource::<ServerTick>().get(), tick);
    assert_eq!(game.server_counts().sent, 0);
}
