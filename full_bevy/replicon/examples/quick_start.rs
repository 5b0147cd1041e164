//! The cause of a deletion arrives at a client.

use bevy::{prelude::*, state::app::StatesPlugin};
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;
use bevy_replicon::{prelude::*, test_app::ServerTestAppExt};
use serde::{Deserialize, Serialize};

const KILLED: DeleteReason = DeleteReason::new("killed");

#[derive(Component, Clone, Serialize, Deserialize)]
struct Player(String);

/// The part that the server and the clients share.
fn new_app() -> App {
    let mut app = App::new();
    app.add_plugins((
        MinimalPlugins,
        StatesPlugin,
        RepliconPlugins.set(ServerPlugin::new(PostUpdate)), // replicates every frame
        ReplicateDeletesPlugin,                             // <- on the server and on the client
        PostDeletePlugin::<Player>::default(),
    ))
    .replicate::<Player>()
    .replicate_delete_reason(KILLED); // <- one for each reason that clients may see
    app.finish();
    app
}

#[derive(Resource, Default)]
struct KillFeed(Vec<String>);

fn show_kills(mut deleted: MessageReader<PostDelete<Player>>, players: Query<&Player>, mut feed: ResMut<KillFeed>) {
    for PostDelete { snapshot, origin, .. } in deleted.read() {
        if let Some(killer) = origin.instigator.and_then(|killer| players.get(killer).ok())
            && origin.has_reason(KILLED)
        {
            feed.0.push(format!("{} killed {}", killer.0, snapshot.0)); // <- the server's cause
        } else if origin.has_reason(LOST_SIGHT) {
            feed.0.push(format!("{} is out of sight", snapshot.0));
        }
    }
}

fn main() {
    let (mut server, mut client) = (new_app(), new_app());
    client.init_resource::<KillFeed>().add_systems(Cleanup, show_kills);
    server.connect_client(&mut client);

    let [alice, bob] = ["Alice", "Bob"].map(|name| server.world_mut().spawn((Replicated, Player(name.into()))).id());
    server.update();
    server.exchange_with_client(&mut client);
    client.update();

    server.world_mut().because(KILLED.by(alice)).delete(bob).unwrap();
    server.update();
    server.exchange_with_client(&mut client);
    client.update();

    assert_eq!(client.world().resource::<KillFeed>().0, ["Alice killed Bob"]);
}
