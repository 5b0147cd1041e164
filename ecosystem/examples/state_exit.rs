//! Deletes the entities of a level at the end of its state, with a cause, so that no points are given for them.
//!
//! Look at `end_level`: it runs before the set `ExitSchedules`, in which Bevy would despawn the entities that have
//! `DespawnOnExit`, without a cause. Bevy then finds no entity to despawn.
//!
//! ```text
//! cargo run -p bevy_post_delete_ecosystem --example state_exit
//! ```
use bevy_app::prelude::*;
use bevy_ecs::{entity_disabling::Disabled, prelude::*, query::Allow};
use bevy_post_delete::prelude::*;
use bevy_state::{
    app::StatesPlugin,
    prelude::*,
    state::{StateTransitionEvent, StateTransitionSystems},
};

#[derive(States, Clone, PartialEq, Eq, Hash, Debug)]
enum Screen {
    Level,
    Menu,
}

#[derive(Component, Clone)]
struct Enemy {
    points: u32,
}

#[derive(Resource, Default)]
struct Score(u32);

const LEVEL_ENDED: DeleteReason = DeleteReason::new("level ended");

fn main() {
    let mut app = App::new();
    app.add_plugins((StatesPlugin, PostDeletePlugin::<Enemy>::default()))
        .insert_state(Screen::Level)
        .init_resource::<Score>()
        .add_systems(Startup, spawn_enemies)
        .add_systems(
            StateTransition,
            end_level
                .after(StateTransitionSystems::DependentTransitions)
                .before(StateTransitionSystems::ExitSchedules),
        )
        .add_systems(Cleanup, give_points);
    app.update();

    // The player kills one enemy, and quits.
    app.world_mut()
        .delete_all_where::<&Enemy, ()>(|enemy| enemy.points == 1);
    app.update();
    app.world_mut().resource_mut::<NextState<Screen>>().set(Screen::Menu);
    app.update();

    let world = app.world_mut();
    assert_eq!(world.query::<&Enemy>().iter(world).count(), 0);
    assert_eq!(world.resource::<Score>().0, 1);
}

fn spawn_enemies(mut commands: Commands) {
    commands.spawn_batch([1, 20, 300].map(|points| (Enemy { points }, DespawnOnExit(Screen::Level))));
}

/// Deletes the entities that Bevy would despawn, including disabled ones. Does so even if the level is restarted.
fn end_level(mut transitions: MessageReader<StateTransitionEvent<Screen>>, mut commands: Commands) {
    let Some(change) = transitions.read().last() else {
        return;
    };
    if change.exited == Some(Screen::Level) && (change.entered != change.exited || change.allow_same_state_transitions)
    {
        commands
            .because(LEVEL_ENDED)
            .delete_all_where::<&DespawnOnExit<Screen>, Allow<Disabled>>(|exit| exit.0 == Screen::Level);
    }
}

fn give_points(mut deleted: MessageReader<PostDelete<Enemy>>, mut score: ResMut<Score>) {
    for PostDelete { snapshot, origin, .. } in deleted.read() {
        println!("{} points, {:?}", snapshot.points, origin.reason);
        if !origin.has_reason(LEVEL_ENDED) {
            score.0 += snapshot.points;
        }
    }
}
