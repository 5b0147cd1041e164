//! `DeleteDiagnosticsPlugin`: published and pending messages as Bevy diagnostics.

use bevy_app::prelude::*;
use bevy_diagnostic::{DiagnosticPath, DiagnosticsStore};
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, app_tracking_names};

fn value(app: &App, path: &DiagnosticPath) -> Option<f64> {
    app.world().resource::<DiagnosticsStore>().get(path)?.value()
}

#[test]
fn messages_of_all_types_are_measured_per_frame() {
    let mut app = app_tracking_names();
    app.add_plugins((
        PostDeletePlugin::<Number>::default(),
        DeleteDiagnosticsPlugin::default(),
    ));
    for frame in [0_u32, 3, 1, 0] {
        for number in 0..frame {
            app.world_mut().spawn((Number(number), Name("one"))).despawn();
        }
        app.update();
        assert_eq!(
            value(&app, &DeleteDiagnosticsPlugin::DELETES),
            Some(f64::from(2 * frame)),
            "each entity has two tracked types"
        );
    }
    let store = app.world().resource::<DiagnosticsStore>();
    assert_eq!(store.get(&DeleteDiagnosticsPlugin::DELETES).unwrap().history_len(), 4);
}

#[test]
fn deletes_by_receivers_are_pending_until_the_next_frame() {
    let mut app = app_tracking_names();
    app.add_plugins(DeleteDiagnosticsPlugin { max_history_length: 1 })
        .add_systems(Cleanup, |names: Query<Entity, With<Name>>, mut commands: Commands| {
            for name in &names {
                commands.entity(name).delete();
            }
        });
    app.world_mut().spawn_batch([Name("a"), Name("b")]).for_each(drop);
    app.update();
    assert_eq!(value(&app, &DeleteDiagnosticsPlugin::PENDING), Some(2.0));
    assert_eq!(value(&app, &DeleteDiagnosticsPlugin::DELETES), Some(0.0));
    app.update();
    assert_eq!(value(&app, &DeleteDiagnosticsPlugin::PENDING), Some(0.0));
    assert_eq!(value(&app, &DeleteDiagnosticsPlugin::DELETES), Some(2.0));
}

#[test]
fn zero_is_measured_without_tracked_types() {
    let mut app = App::new();
    app.add_plugins(DeleteDiagnosticsPlugin::default());
    app.update();
    assert_eq!(value(&app, &DeleteDiagnosticsPlugin::DELETES), Some(0.0));
}

#[test]
fn deletes_are_measured_in_the_frame_in_which_another_type_is_untracked() {
    let mut app = app_tracking_names();
    app.add_plugins((
        PostDeletePlugin::<Number>::default(),
        DeleteDiagnosticsPlugin::default(),
    ));
    for _ in 0..10 {
        app.world_mut().spawn(Name("one")).despawn();
    }
    app.update();
    app.world_mut().untrack_deletes::<Name>();
    for number in 0..5 {
        app.world_mut().spawn(Number(number)).despawn();
    }
    app.update();
    assert_eq!(value(&app, &DeleteDiagnosticsPlugin::DELETES), Some(5.0));
}
