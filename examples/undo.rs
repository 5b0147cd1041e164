//! Undoes the last delete of a city builder: all buildings that one delete call deleted are restored together.
//!
//! Look at `undo`: the values of one delete call have the same `origin.operation`, and the latest value is the last in
//! the queue. (The example `undo_tree` in the package `ecosystem` restores entities with all components and children.)
//!
//! ```text
//! cargo run --example undo
//! ```
use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Copy, PartialEq)]
enum Building {
    House,
    Mill,
}

#[derive(Component, Clone, Copy)]
struct Tile(u32);

/// All components that are needed to restore a building.
#[derive(Snapshot)]
struct DeletedBuilding {
    building: Building,
    tile: Tile,
}

fn undo(mut deleted: ResMut<DeleteQueue<DeletedBuilding>>, mut commands: Commands) {
    let Some(latest) = deleted.iter().next_back() else {
        return;
    };
    let operation = latest.origin.operation;
    for restored in deleted.extract_if(|deleted| deleted.origin.operation == operation) {
        let DeletedBuilding { building, tile } = restored.snapshot;
        commands.spawn((building, tile));
    }
}

fn main() {
    let mut app = App::new();
    // Once the queue contains 1,000 buildings, each new one replaces the oldest.
    app.add_plugins(DeleteQueuePlugin::<DeletedBuilding>::with_capacity(1000));
    let world = app.world_mut();
    world.spawn_batch([0, 1, 2].map(|tile| (Building::House, Tile(tile))));
    world.spawn_batch([3, 4].map(|tile| (Building::Mill, Tile(tile))));

    app.world_mut()
        .delete_all_where::<&Building, ()>(|building| *building == Building::House);
    app.update();
    app.world_mut().delete_all_where::<&Tile, ()>(|tile| tile.0 == 4);
    app.update();
    assert_eq!(occupied_tiles(&mut app), [3]);

    app.world_mut().run_system_cached(undo).unwrap();
    assert_eq!(occupied_tiles(&mut app), [3, 4]);

    app.world_mut().run_system_cached(undo).unwrap();
    assert_eq!(occupied_tiles(&mut app), [0, 1, 2, 3, 4]);

    app.world_mut().run_system_cached(undo).unwrap(); // nothing is left to undo
    assert_eq!(occupied_tiles(&mut app), [0, 1, 2, 3, 4]);
}

fn occupied_tiles(app: &mut App) -> Vec<u32> {
    let world = app.world_mut();
    let mut tiles: Vec<u32> = world.query::<&Tile>().iter(world).map(|tile| tile.0).collect();
    tiles.sort_unstable();
    println!("buildings on the tiles {tiles:?}");
    tiles
}
