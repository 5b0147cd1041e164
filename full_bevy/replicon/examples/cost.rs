//! The costs of the plugin: bytes on the wire, and time on the server.
//!
//! `cargo run --release -p bevy_post_delete_replicon --example cost` prints the figures.
//! `.. --example cost rounds <variant> <rounds>` only runs the rounds of one variant, for an instruction counter.
#![expect(clippy::print_stdout, reason = "the figures are shown in a terminal")]
#![expect(clippy::std_instead_of_core, reason = "examples have std")]

use std::{
    env,
    time::{Duration, Instant},
};

use bevy::{prelude::*, state::app::StatesPlugin};
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;
use bevy_replicon::{prelude::*, shared::backend::channels::ServerChannel};
use serde::{Deserialize, Serialize};

const KILLED: DeleteReason = DeleteReason::new("killed");

#[derive(Component, Clone, Serialize, Deserialize)]
struct Unit([u32; 4]);

#[derive(Component, Serialize, Deserialize)]
struct Health(u32);

#[derive(Component)]
#[component(immutable)]
struct Hidden;

impl VisibilityFilter for Hidden {
    type ClientComponent = AuthorizedClient;
    type Scope = Entity;

    fn is_visible(&self, _: Entity, _: Option<&AuthorizedClient>) -> bool {
        false
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Variant {
    /// Replicon alone: entities are despawned.
    Despawn,
    /// With `bevy_post_delete`, which tracks `Unit`: entities are deleted.
    Delete,
    /// The same, with this crate.
    Replicated,
}

const VARIANTS: [Variant; 3] = [Variant::Despawn, Variant::Delete, Variant::Replicated];

/// A server with two clients. The messages that it sends are measured, and then dropped.
struct Server {
    app: App,
    variant: Variant,
}

impl Server {
    fn new(variant: Variant) -> Self {
        let mut app = App::new();
        let auth_method = AuthMethod::None;
        app.add_plugins((
            MinimalPlugins,
            StatesPlugin,
            RepliconPlugins
                .set(ServerPlugin::new(PostUpdate))
                .set(RepliconSharedPlugin { auth_method }),
        ))
        .replicate::<Unit>()
        .replicate::<Health>()
        .add_visibility_filter::<Hidden>()
        .replicate_delete_reason(KILLED);
        if variant != Variant::Despawn {
            app.add_plugins(PostDeletePlugin::<Unit>::default());
        }
        if variant == Variant::Replicated {
            app.add_plugins(ReplicateDeletesPlugin);
        }
        app.finish();
        app.cleanup();
        app.insert_resource(State::new(ServerState::Running));
        for _ in 0..2 {
            app.world_mut().spawn(ConnectedClient { max_size: 1200 });
        }
        let mut server = Self { app, variant };
        server.update();
        server
    }

    /// Returns the bytes that are sent to one client: those of replicon's updates, and those of notices.
    fn update(&mut self) -> (usize, usize) {
        self.app.update();
        let channels = self.app.world().resource::<RepliconChannels>().server_channels().len();
        let (mut updates, mut notices) = (0, 0);
        for (_, channel, bytes) in self.app.world_mut().resource_mut::<ServerMessages>().drain_sent() {
            if channel == usize::from(ServerChannel::Updates) {
                updates += bytes.len();
            } else if channel == channels - 1 {
                notices += bytes.len();
            }
        }
        (updates / 2, notices / 2)
    }

    fn spawn(&mut self, count: usize) -> Vec<Entity> {
        let units = (0..count).map(|_| (Replicated, Unit([1, 2, 3, 4]), Health(3)));
        self.app.world_mut().spawn_batch(units.collect::<Vec<_>>()).collect()
    }

    fn delete(&mut self, entities: &[Entity], cause: DeleteCause) {
        let mut commands = self.app.world_mut().commands();
        for entity in entities {
            if self.variant == Variant::Despawn {
                commands.entity(*entity).despawn();
            } else {
                commands.entity(*entity).because(cause).delete();
            }
        }
        self.app.world_mut().flush();
    }

    /// Spawns and deletes, and returns the time that each took with the update that sends it, and that of an update in
    /// between in which every entity has changed.
    fn round(&mut self, count: usize) -> [Duration; 3] {
        let start = Instant::now();
        let entities = self.spawn(count);
        self.update();
        let spawned = start.elapsed();

        let mut healths = self.app.world_mut().query::<&mut Health>();
        for mut health in healths.iter_mut(self.app.world_mut()) {
            health.0 ^= 1;
        }
        let start = Instant::now();
        self.update();
        let changed = start.elapsed();

        let start = Instant::now();
        self.delete(&entities, KILLED.by(entities[0]));
        self.update();
        [spawned, changed, start.elapsed()]
    }
}

fn main() {
    let args: Vec<_> = env::args().skip(1).collect();
    if let [_, variant, rounds] = &args[..] {
        let variant = VARIANTS.into_iter().find(|known| format!("{known:?}") == *variant);
        let mut server = Server::new(variant.expect("Despawn, Delete or Replicated"));
        for _ in 0..rounds.parse().expect("a number of rounds") {
            server.round(1000);
        }
    } else {
        show_bytes();
        show_times();
    }
}

fn show_bytes() {
    println!("bytes to each client, per entity:       replicon's despawn    notice");
    let show = |what: &str, count: usize, act: &dyn Fn(&mut Server, &[Entity])| {
        let mut server = Server::new(Variant::Replicated);
        let entities = server.spawn(count.max(2));
        server.update();
        act(&mut server, &entities[..count]);
        let (updates, notices) = server.update();
        let per_entity = |bytes: usize| bytes as f64 / count as f64;
        println!(
            "  {what:<36} {:>18.2} {:>9.2}",
            per_entity(updates),
            per_entity(notices)
        );
    };
    let by_first = |server: &mut Server, entities: &[Entity]| server.delete(entities, KILLED.by(entities[0]));
    show("one, killed by a player", 1, &by_first);
    show("one, with a reason", 1, &|server, entities| {
        server.delete(entities, KILLED.into());
    });
    show("one, without a cause", 1, &|server, entities| {
        server.delete(entities, DeleteCause::default());
    });
    show("one, lost sight", 1, &|server, entities| {
        server.app.world_mut().entity_mut(entities[0]).insert(Hidden);
    });
    show("10,000 with the same cause", 10_000, &by_first);
    show("10,000, each by another player", 10_000, &|server, entities| {
        for (index, entity) in entities.iter().enumerate() {
            server.delete(&[*entity], KILLED.by(entities[index ^ 1]));
        }
    });
    for variant in [Variant::Delete, Variant::Replicated] {
        let mut server = Server::new(variant);
        server.spawn(10_000);
        let (updates, _) = server.update();
        println!("  spawn of an entity, {variant:?}: {:.2}", updates as f64 / 10_000.0);
    }
}

fn show_times() {
    const ROUNDS: usize = 41;
    println!("server time with two clients, per entity (median of {ROUNDS} rounds, side by side):");
    for count in [100, 1000, 10_000] {
        let mut servers = VARIANTS.map(Server::new);
        let mut rounds = Vec::new();
        for round in 0..ROUNDS + 3 {
            let times = servers.each_mut().map(|server| server.round(count));
            if round >= 3 {
                rounds.push(times);
            }
        }
        for (step, name) in ["spawn", "change", "delete"].into_iter().enumerate() {
            let nanoseconds = |variant: usize| {
                median(
                    rounds
                        .iter()
                        .map(|times| times[variant][step].as_nanos() as f64 / count as f64),
                )
            };
            let ratio = |variant: usize, to: usize| {
                median(
                    rounds
                        .iter()
                        .map(|times| times[variant][step].as_secs_f64() / times[to][step].as_secs_f64()),
                )
            };
            println!(
                "  {count:>6} × {name}: despawn {:>6.0} ns, delete {:>6.0} ns, replicated {:>6.0} ns; \
                 replicated / delete {:.2}, replicated / despawn {:.2}",
                nanoseconds(0),
                nanoseconds(1),
                nanoseconds(2),
                ratio(2, 1),
                ratio(2, 0),
            );
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
