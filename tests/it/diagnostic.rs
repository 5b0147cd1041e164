//! How much is deleted, as Bevy's diagnostics.

use bevy_app::prelude::*;
use bevy_diagnostic::{DiagnosticPath, DiagnosticsStore};
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, app_of_names};

fn value(app: &App, path: &DiagnosticPath) -> Option<f64> {
    app.world().resource::<DiagnosticsStore>().get(path)?.value()
}

#[test]
fn deletes_of_all_types_are_counted_frame_by_frame() {
    let mut app = app_of_names();
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
            "two types an entity"
        );
    }
    let store = app.world().resource::<DiagnosticsStore>();
    assert_eq!(store.get(&DeleteDiagnosticsPlugin::DELETES).unwrap().history_len(), 4);
}

#[test]
fn what_receivers_delete_is_pending_until_the_next_frame() {
    let mut app = app_of_names();
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
fn nothing_is_measured_where_nothing_is_tracked() {
    let mut app = App::new();
    app.add_plugins(DeleteDiagnosticsPlugin::default());
    app.update();
    assert_eq!(value(&app, &DeleteDiagnosticsPlugin::DELETES), Some(0.0));
}
