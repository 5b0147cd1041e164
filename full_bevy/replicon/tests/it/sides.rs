//! Apps that are a server, a client, both or neither.

use bevy::{app::PluginGroupBuilder, prelude::*, state::app::StatesPlugin};
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;
use bevy_replicon::{prelude::*, test_app::ServerTestAppExt};

use crate::support::{Game, KILLED, Link, Published, Unit, death, new_app, over_both_links, published};

over_both_links! {
    a_listen_server_publishes_once,
}

fn a_listen_server_publishes_once(mut game: Game) {
    // The server's app has replicon's client plugins too, whose state is `Disconnected`.
    assert_eq!(
        *game.server.world().resource::<State<ClientState>>(),
        ClientState::Disconnected
    );
    let (alice, alice_entity) = game.spawn(());
    let (bob, bob_entity) = game.spawn(());
    game.until_alive(0, &[alice, bob]);

    game.server
        .world_mut()
        .because(KILLED.by(alice_entity))
        .delete(bob_entity)
        .unwrap();

    game.until_deaths(0, 1);
    game.until_deaths(1, 1);
    assert_eq!(game.server_deaths(), [death(bob, KILLED, alice)]);
    assert!(
        game.server.world().resource::<Published>().kinds.is_empty(),
        "it should get no notices of its own"
    );
    let counts = game.server_counts();
    assert_eq!((counts.sent, counts.applied, counts.unmatched), (2, 0, 0));
}

#[test]
fn a_dedicated_server_and_an_app_that_is_only_a_client() {
    let new_app = |plugins: PluginGroupBuilder| {
        let mut app = App::new();
        app.add_plugins((
            MinimalPlugins,
            StatesPlugin,
            plugins,
            ReplicateDeletesPlugin,
            PostDeletePlugin::<Unit>::default(),
        ))
        .replicate::<Unit>()
        .replicate_delete_reason(KILLED);
        published::record(&mut app);
        app.finish();
        app
    };
    let plugins = || RepliconPlugins.set(ServerPlugin::new(PostUpdate));
    let mut server = new_app(plugins().disable::<ClientPlugin>().disable::<ClientMessagePlugin>());
    let mut client = new_app(plugins().disable::<ServerPlugin>().disable::<ServerMessagePlugin>());
    server.connect_client(&mut client);

    let alice = server.world_mut().spawn((Replicated, Unit(1))).id();
    let bob = server.world_mut().spawn((Replicated, Unit(2))).id();
    server.update();
    server.exchange_with_client(&mut client);
    client.update();
    server.world_mut().because(KILLED.by(alice)).delete(bob).unwrap();
    server.update();
    server.exchange_with_client(&mut client);
    client.update();

    for app in [&server, &client] {
        assert_eq!(app.world().resource::<Published>().deaths, [death(2, KILLED, 1)]);
    }
}

#[test]
fn a_client_without_the_plugin_is_refused() {
    #[derive(Resource, Default)]
    struct Mismatches(usize);

    let mut server = new_app();
    server.finish();
    let mut client = App::new();
    client
        .add_plugins((
            MinimalPlugins,
            StatesPlugin,
            RepliconPlugins.set(ServerPlugin::new(PostUpdate)),
        ))
        .replicate::<Unit>()
        .init_resource::<Mismatches>()
        .add_observer(|_: On<ProtocolMismatch>, mut mismatches: ResMut<Mismatches>| mismatches.0 += 1);
    client.finish();

    // Replicon compares what both sides have registered.
    server.connect_client(&mut client);

    assert_eq!(client.world().resource::<Mismatches>().0, 1);
    let world = server.world_mut();
    assert_eq!(world.query::<&AuthorizedClient>().iter(world).count(), 0);
}

#[test]
fn a_single_player_game_works_as_without_the_plugin() {
    let mut app = new_app();
    app.finish();
    let alice = app.world_mut().spawn((Replicated, Unit(1))).id();
    let bob = app.world_mut().spawn((Replicated, Unit(2))).id();
    app.update();

    app.world_mut().because(KILLED.by(alice)).delete(bob).unwrap();
    for _ in 0..5 {
        app.update();
    }

    assert_eq!(app.world().resource::<Published>().deaths, [death(2, KILLED, 1)]);
    assert_eq!(*app.world().resource::<NoticeCounts>(), NoticeCounts::default());
}

#[test]
fn a_client_becomes_the_host() {
    // The client keeps its entities when the server is gone, and replicates them itself.
    let mut game = Game::with(Link::Tcp, |app| {
        app.register_required_components::<Remote, Replicated>();
    });
    let (alice, _) = game.spawn(());
    let (bob, _) = game.spawn(());
    game.until_alive(0, &[alice, bob]);
    game.disconnect(0);
    game.disconnect(1);

    let [alice_entity, bob_entity] = [alice, bob].map(|unit| game.entity_on(0, unit));
    let host = std::mem::replace(&mut game.clients[0], new_app());
    let old_server = std::mem::replace(&mut game.server, host);
    drop(old_server);
    game.clients[0].register_required_components::<Remote, Replicated>();
    game.clients[0].finish();
    game.clients[0].cleanup();
    game.server
        .insert_resource(bevy_replicon_example_backend::ExampleServer::new(0).unwrap());
    game.connect(0);
    game.until_alive(0, &[alice, bob]);

    game.server
        .world_mut()
        .because(KILLED.by(alice_entity))
        .delete(bob_entity)
        .unwrap();
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(bob, KILLED, alice)]);
}
