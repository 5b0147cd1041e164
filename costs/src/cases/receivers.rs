//! The cost of each receiver.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use super::{
    Case, Work,
    entities::{self, Tracked},
    paths::delete_by_commands,
};

/// Sixteen entities share each asset.
impl AssetUser for Tracked {
    type Component = Self;
    type Key = u64;

    fn keys(tracked: &Self) -> impl IntoIterator<Item = u64> {
        [tracked.0 / 16]
    }
}

/// Deletes the entities, and runs a frame.
struct Frame {
    app: App,
    entities: Vec<Entity>,
}

impl Work for Frame {
    fn prepare(&mut self, count: usize) {
        self.entities = entities::flat(self.app.world_mut(), count);
    }

    fn run(&mut self) -> u64 {
        delete_by_commands(self.app.world_mut(), &self.entities);
        self.app.update();
        0
    }
}

pub(super) fn cases() -> Vec<Case> {
    let case = |name, build: fn(&mut App)| {
        let mut app = App::new();
        build(&mut app);
        let entities = Vec::new();
        Case::new(name, "commands, App::update", Frame { app, entities })
    };
    vec![
        case("none, untracked", |_| {}),
        case("none, tracked", |app| {
            app.add_plugins(PostDeletePlugin::<Tracked>::default());
        }),
        case("a system", |app| {
            app.add_plugins(PostDeletePlugin::<Tracked>::default())
                .init_resource::<Sum>()
                .add_systems(
                    Cleanup,
                    |mut deleted: MessageReader<PostDelete<Tracked>>, mut sum: ResMut<Sum>| {
                        sum.0 += deleted.read().map(|deleted| deleted.snapshot.1).sum::<u64>();
                    },
                );
        }),
        case("an observer", |app| {
            app.add_plugins(PostDeletePlugin::<Tracked>::default())
                .init_resource::<Sum>()
                .add_observer(|deleted: On<PostDelete<Tracked>>, mut sum: ResMut<Sum>| sum.0 += deleted.snapshot.1);
        }),
        case("count_deletes", |app| {
            app.count_deletes::<Tracked>();
        }),
        case("count_deletes_by", |app| {
            app.count_deletes_by(|deleted: &PostDelete<Tracked>| deleted.snapshot.0 % 16);
        }),
        case("AssetReleasePlugin", |app| {
            app.add_plugins(AssetReleasePlugin::<Tracked>::default());
        }),
        case("DeleteQueuePlugin", |app| {
            app.add_plugins(DeleteQueuePlugin::<Tracked>::with_capacity(1 << 20))
                .add_systems(Cleanup, empty_queue.after(PostDeleteSystems::Receive));
        }),
        case("AnyDeletePlugin", |app| {
            app.add_plugins((PostDeletePlugin::<Tracked>::default(), AnyDeletePlugin));
        }),
        #[cfg(feature = "audit")]
        case("AuditPlugin, to a sink", |app| {
            app.add_plugins(AuditPlugin::<Tracked>::to_writer(std::io::sink()));
        }),
    ]
}

#[derive(Resource, Default)]
struct Sum(u64);

fn empty_queue(mut queue: ResMut<DeleteQueue<Tracked>>) {
    queue.drain().for_each(drop);
}
