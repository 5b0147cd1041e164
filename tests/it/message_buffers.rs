//! Guarantee 9: Bevy updates the message buffers once per frame, however the type was registered.

use bevy_app::prelude::*;
use bevy_ecs::{
    message::{MessageRegistry, Messages},
    prelude::*,
};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Recorded, record_names, take_recorded};

/// Ways to register the messages and to track the type.
const REGISTRATIONS: [fn(&mut App); 7] = [
    |app| _ = app.add_plugins(PostDeletePlugin::<Name>::default()),
    |app| {
        app.init_resource::<Messages<PostDelete<Name>>>();
        app.add_plugins(PostDeletePlugin::<Name>::default());
    },
    |app| {
        app.add_message::<PostDelete<Name>>();
        app.add_plugins(PostDeletePlugin::<Name>::default());
    },
    |app| {
        app.add_plugins(PostDeletePlugin::<Name>::default());
        app.add_message::<PostDelete<Name>>();
    },
    |app| {
        app.add_plugins(PostDeletePlugin::<Name>::default());
        app.world_mut().untrack_deletes::<Name>();
        app.world_mut().remove_resource::<Messages<PostDelete<Name>>>();
        app.world_mut().track_deletes::<Name>();
    },
    |app| {
        app.add_plugins(PostDeletePlugin::<Name>::default());
        app.world_mut().untrack_deletes::<Name>();
        app.world_mut().track_deletes::<Name>();
    },
    |app| {
        app.add_plugins(PostDeletePlugin::<Name>::default());
        MessageRegistry::deregister_messages::<PostDelete<Name>>(app.world_mut());
    },
];

#[test]
fn buffers_do_not_grow_if_no_system_reads() {
    for (index, register) in REGISTRATIONS.into_iter().enumerate() {
        let mut app = App::new();
        register(&mut app);
        for _ in 0..10 {
            app.world_mut().spawn(Name("one")).despawn();
            app.update();
        }
        let count = app.world().resource::<Messages<PostDelete<Name>>>().len();
        assert!(count <= 2, "registration {index}: {count} messages");
    }
}

#[test]
fn a_system_in_the_next_frame_reads_every_message() {
    for (index, register) in REGISTRATIONS.into_iter().enumerate() {
        let mut app = App::new();
        register(&mut app);
        app.world_mut().spawn(Name("before")).despawn();
        app.update();
        app.init_resource::<Recorded>().add_systems(Update, record_names);
        for _ in 0..5 {
            app.world_mut().spawn(Name("one")).despawn();
            app.update();
        }
        app.update();
        let read = take_recorded(&mut app)
            .into_iter()
            .filter(|name| *name == "one")
            .count();
        assert_eq!(read, 5, "registration {index}");
    }
}

#[test]
fn messages_written_before_the_type_is_tracked_are_kept() {
    let mut app = App::new();
    app.add_message::<PostDelete<Name>>().init_resource::<Recorded>();
    app.world_mut()
        .write_message(PostDelete::new(Entity::PLACEHOLDER, Name("written by the test")));
    app.add_plugins(PostDeletePlugin::<Name>::default())
        .add_systems(Update, record_names);
    app.update();
    assert_eq!(take_recorded(&mut app), ["written by the test"]);
}
