//! Deletes a corpse ten seconds after the enemy's death, with Bevy's delayed commands.
//!
//! Look at `leave_corpse`: the delay is measured with Bevy's `Time`, so pausing the virtual time extends it. Other code
//! may delete the corpse earlier. So the system calls `try_delete`, which does not warn.
//!
//! ```text
//! cargo run -p bevy_post_delete_ecosystem --example delayed
//! ```
#![allow(clippy::std_instead_of_core, reason = "an example")]

use std::time::Duration;

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_time::{TimePlugin, TimeUpdateStrategy, prelude::*};

#[derive(Component, Clone)]
struct Enemy;

#[derive(Component, Clone)]
struct Corpse;

const DECAYED: DeleteReason = DeleteReason::new("decayed");

fn main() {
    let mut app = App::new();
    app.add_plugins((TimePlugin, PostDeletePlugin::<Enemy>::default()))
        // Each frame takes 100 milliseconds.
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)))
        .count_deletes_by::<Corpse, Option<DeleteReason>>(|deleted| deleted.origin.reason)
        .add_systems(Cleanup, leave_corpse);
    app.world_mut().spawn(Enemy).despawn();
    app.update();
    assert_eq!(corpses(&mut app), 1);

    run_seconds(&mut app, 9);
    assert_eq!(corpses(&mut app), 1);

    app.world_mut().resource_mut::<Time<Virtual>>().pause();
    run_seconds(&mut app, 60);
    assert_eq!(corpses(&mut app), 1);

    app.world_mut().resource_mut::<Time<Virtual>>().unpause();
    run_seconds(&mut app, 2);
    assert_eq!(corpses(&mut app), 0);
    let counts = app.world().resource::<DeleteCounts<Corpse, Option<DeleteReason>>>();
    assert_eq!(counts.get(&Some(DECAYED)), 1);
}

fn leave_corpse(mut deleted: MessageReader<PostDelete<Enemy>>, mut commands: Commands) {
    for _ in deleted.read() {
        let corpse = commands.spawn(Corpse).id();
        commands
            .delayed()
            .secs(10.0)
            .entity(corpse)
            .because(DECAYED)
            .try_delete();
    }
}

fn run_seconds(app: &mut App, seconds: u32) {
    for _ in 0..10 * seconds {
        app.update();
    }
}

fn corpses(app: &mut App) -> usize {
    let seconds = app.world().resource::<Time<Real>>().elapsed().as_secs();
    let world = app.world_mut();
    let corpses = world.query::<&Corpse>().iter(world).count();
    println!("after {seconds} seconds: {corpses} corpses");
    corpses
}
