//! With `bevy_state`: delete the entities of a level at the end of its state, with a cause. The guide shows both
//! systems.

use bevy_app::prelude::*;
use bevy_ecs::{entity_disabling::Disabled, prelude::*, query::Allow};
use bevy_post_delete::prelude::*;
use bevy_state::{
    app::StatesPlugin,
    prelude::*,
    state::{StateTransitionEvent, StateTransitionSystems},
};

use crate::support::Number;
use GameState::{InGame, Menu};

#[derive(States, Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum GameState {
    InGame,
    Menu,
}

const LEVEL_ENDED: DeleteReason = DeleteReason::new("level ended");

#[derive(Component)]
struct LevelEntity;

/// The messages that a system in `Cleanup` has read.
#[derive(Resource, Default)]
struct Read(Vec<PostDelete<Number>>);

fn app() -> App {
    let mut app = App::new();
    app.add_plugins((StatesPlugin, PostDeletePlugin::<Number>::default()))
        .insert_state(InGame)
        .init_resource::<Read>()
        .add_systems(
            Cleanup,
            |mut deleted: MessageReader<PostDelete<Number>>, mut read: ResMut<Read>| {
                read.0.extend(deleted.read().cloned());
            },
        );
    app.update();
    app
}

/// Runs a frame, and returns the number, kind and reason of each message that was read in it, in the order of the
/// numbers.
fn frame(app: &mut App) -> Vec<(u32, DeleteKind, Option<DeleteReason>)> {
    app.update();
    let messages = std::mem::take(&mut app.world_mut().resource_mut::<Read>().0);
    let mut messages: Vec<_> = messages
        .iter()
        .map(|deleted| (deleted.snapshot.0, deleted.origin.kind, deleted.origin.reason))
        .collect();
    messages.sort_unstable_by_key(|(number, ..)| *number);
    messages
}

/// Runs the frame in which the app enters that state.
fn enter(app: &mut App, state: GameState) -> Vec<(u32, DeleteKind, Option<DeleteReason>)> {
    app.world_mut().resource_mut::<NextState<GameState>>().set(state);
    frame(app)
}

#[test]
#[expect(unused_qualifications, reason = "the guide has the same code")]
fn entities_deleted_in_on_exit_have_the_cause() {
    let mut app = app();
    app.add_systems(OnExit(GameState::InGame), |mut commands: Commands| {
        commands.because(LEVEL_ENDED).delete_all::<With<LevelEntity>>();
    });
    app.world_mut().spawn((Number(1), LevelEntity, children![Number(2)]));
    app.world_mut().spawn(Number(3));
    assert!(frame(&mut app).is_empty());

    let reason = Some(LEVEL_ENDED);
    let expected = [(1, DeleteKind::Direct, reason), (2, DeleteKind::Cascade, reason)];
    assert_eq!(enter(&mut app, Menu), expected);
    assert!(frame(&mut app).is_empty());
}

fn end_level(mut transitions: MessageReader<StateTransitionEvent<GameState>>, mut commands: Commands) {
    if transitions
        .read()
        .any(|change| change.exited == Some(InGame) && change.entered != change.exited)
    {
        commands
            .because(LEVEL_ENDED)
            .delete_all_where::<&DespawnOnExit<GameState>, ()>(|exit| exit.0 == InGame);
    }
}

fn add_end_level(app: &mut App) {
    app.add_systems(
        StateTransition,
        end_level
            .after(StateTransitionSystems::DependentTransitions)
            .before(StateTransitionSystems::ExitSchedules),
    );
}

#[test]
fn entities_deleted_before_the_exit_schedules_have_the_cause_and_are_published_once() {
    let mut app = app();
    add_end_level(&mut app);
    app.world_mut()
        .spawn((Number(1), DespawnOnExit(InGame), children![Number(2)]));
    app.world_mut().spawn((Number(3), DespawnOnExit(Menu)));
    assert!(frame(&mut app).is_empty());

    let reason = Some(LEVEL_ENDED);
    let expected = [(1, DeleteKind::Direct, reason), (2, DeleteKind::Cascade, reason)];
    assert_eq!(enter(&mut app, Menu), expected);
    assert!(frame(&mut app).is_empty(), "not twice");
    assert_eq!(
        enter(&mut app, InGame),
        [(3, DeleteKind::Despawn, None)],
        "Bevy despawned it"
    );
}

#[test]
fn no_entity_is_deleted_if_the_state_does_not_change() {
    let mut app = app();
    add_end_level(&mut app);
    app.world_mut().spawn((Number(1), DespawnOnExit(InGame)));
    assert!(frame(&mut app).is_empty());
    app.insert_resource(NextState::PendingIfDifferent(InGame));
    assert!(frame(&mut app).is_empty());
}

#[test]
fn bevy_despawns_disabled_entities_and_restarted_levels_without_the_cause() {
    let mut app = app();
    add_end_level(&mut app);
    app.world_mut().spawn((Number(1), DespawnOnExit(InGame)));
    assert_eq!(enter(&mut app, InGame), [(1, DeleteKind::Despawn, None)]);
    app.world_mut().spawn((Number(2), Disabled, DespawnOnExit(InGame)));
    assert_eq!(enter(&mut app, Menu), [(2, DeleteKind::Despawn, None)]);
}

/// Like `end_level`, and also for disabled entities and restarted levels.
fn end_or_restart_level(mut transitions: MessageReader<StateTransitionEvent<GameState>>, mut commands: Commands) {
    let Some(change) = transitions.read().last() else {
        return;
    };
    if change.exited == Some(InGame) && (change.entered != change.exited || change.allow_same_state_transitions) {
        commands
            .because(LEVEL_ENDED)
            .delete_all_where::<&DespawnOnExit<GameState>, Allow<Disabled>>(|exit| exit.0 == InGame);
    }
}

#[test]
fn disabled_entities_and_restarted_levels_can_be_deleted_with_the_cause() {
    let mut app = app();
    app.add_systems(
        StateTransition,
        end_or_restart_level
            .after(StateTransitionSystems::DependentTransitions)
            .before(StateTransitionSystems::ExitSchedules),
    );
    app.world_mut().spawn((Number(1), DespawnOnExit(InGame)));
    let reason = Some(LEVEL_ENDED);
    assert_eq!(enter(&mut app, InGame), [(1, DeleteKind::Direct, reason)]);
    app.world_mut().spawn((Number(2), Disabled, DespawnOnExit(InGame)));
    assert_eq!(enter(&mut app, Menu), [(2, DeleteKind::Direct, reason)]);
}

#[test]
fn a_protected_entity_is_skipped_and_despawned_by_bevy() {
    let mut app = app();
    add_end_level(&mut app);
    app.world_mut().spawn((Number(1), Protected, DespawnOnExit(InGame)));
    app.world_mut().spawn((Number(2), DespawnOnExit(InGame)));
    let expected = [
        (1, DeleteKind::Despawn, None),
        (2, DeleteKind::Direct, Some(LEVEL_ENDED)),
    ];
    assert_eq!(enter(&mut app, Menu), expected);
}
