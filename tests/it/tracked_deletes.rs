//! `TrackedDeletes`: the tracked types and their counts, also through reflection.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, app_tracking_names};

#[test]
fn tracked_types_are_listed_in_the_order_of_registration() {
    struct NameSnapshot;

    impl Snapshot for NameSnapshot {
        type Component = Name;

        fn capture(_: EntityMut<'_>) -> Option<Self> {
            None
        }
    }

    let mut world = World::new();
    world.track_deletes::<Number>();
    world.track_deletes::<NameSnapshot>();
    world.track_deletes::<Name>();
    world.untrack_deletes::<Number>();
    let tracked = world.resource::<TrackedDeletes>();
    let listed: Vec<_> = tracked
        .iter()
        .map(|tracked| [tracked.snapshot(), tracked.component()].map(|name| name.rsplit("::").next().unwrap()))
        .collect();
    assert_eq!(listed, [["NameSnapshot", "Name"], ["Name", "Name"]]);
    assert!(tracked.get::<Number>().is_none());
    assert!(tracked.get::<Name>().is_some());
}

#[test]
fn published_messages_are_counted_by_type() {
    let mut world = World::new();
    world.track_deletes::<Number>();
    world.track_deletes::<Name>();
    for number in 0..3 {
        world.spawn((Number(number), Name("one"))).delete().unwrap();
    }
    world.publish_deletes();
    world.spawn(Number(4)).despawn();
    world.publish_deletes();
    let tracked = world.resource::<TrackedDeletes>();
    let counts = |tracked: &TrackedSnapshot| (tracked.published(), tracked.last_published());
    assert_eq!(tracked.get::<Number>().map(counts), Some((4, 1)));
    assert_eq!(tracked.get::<Name>().map(counts), Some((3, 0)));
    assert_eq!(tracked.published(), 7);
}

#[test]
fn the_resource_changes_only_if_a_message_is_published() {
    let mut app = app_tracking_names();
    app.update();
    app.update();
    assert!(!app.world().is_resource_changed::<TrackedDeletes>());
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.world_mut().publish_deletes();
    assert!(app.world().is_resource_changed::<TrackedDeletes>());
}

#[cfg(feature = "bevy_reflect")]
mod reflected {
    use bevy_app::prelude::*;
    use bevy_ecs::{message::Messages, prelude::*, reflect::ReflectComponent};
    use bevy_post_delete::prelude::*;
    use bevy_reflect::{PartialReflect, Reflect, ReflectRef};

    #[derive(Component, Reflect, Clone)]
    struct Enemy {
        gold: u32,
    }

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins(PostDeletePlugin::<Enemy>::default().reflected());
        app.world_mut().spawn(Enemy { gold: 5 }).delete().unwrap();
        app.update();
        app
    }

    #[test]
    fn the_types_of_a_message_are_registered() {
        let app = app();
        let registry = app.world().resource::<AppTypeRegistry>().read();
        for name in [
            "PostDelete<Enemy>",
            "Origin",
            "DeleteKind",
            "DeleteReason",
            "TrackedDeletes",
            "Protected",
        ] {
            assert!(registry.get_with_short_type_path(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_fields_of_a_message_can_be_read_by_name() {
        let world = app();
        let messages = world.world().resource::<Messages<PostDelete<Enemy>>>();
        let message = messages.iter_current_update_messages().next().unwrap();
        let ReflectRef::Struct(message) = message.reflect_ref() else {
            panic!("the message is a struct");
        };
        let ReflectRef::Struct(snapshot) = message.field("snapshot").unwrap().reflect_ref() else {
            panic!("the snapshot is a struct");
        };
        let gold = snapshot.field("gold").unwrap().try_downcast_ref::<u32>();
        assert_eq!(gold, Some(&5));
    }

    /// As the Bevy Remote Protocol or an inspector does.
    #[test]
    fn tracked_types_can_be_listed_by_type_path() {
        let app = app();
        let world = app.world();
        let registry = world.resource::<AppTypeRegistry>().read();
        let registration = registry.get_with_short_type_path("TrackedDeletes").unwrap();
        let component = world.components().get_id(registration.type_id()).unwrap();
        let entity = world.resource_entities().get(component).unwrap();
        let reflected = registration.data::<ReflectComponent>().unwrap();
        let tracked = reflected.reflect(world.entity(entity)).unwrap();
        let listed = format!("{tracked:?}");
        assert!(listed.contains("Enemy") && listed.contains("published: 1"), "{listed}");
    }
}

#[test]
fn two_types_with_the_same_name_have_separate_entries() {
    let mut world = World::new();
    {
        #[derive(Component, Clone)]
        struct Twin;
        world.track_deletes::<Twin>();
        world.spawn(Twin).despawn();
    }
    let first = tracked_names(&world);
    {
        #[derive(Component, Clone)]
        struct Twin;
        world.track_deletes::<Twin>();
        world.spawn(Twin).despawn();
        world.spawn(Twin).despawn();
        assert_eq!(
            tracked_names(&world),
            [first[0], first[0]],
            "both types have the same name"
        );
        world.publish_deletes();
        assert_eq!(world.resource::<TrackedDeletes>().get::<Twin>().unwrap().published(), 2);
        assert_eq!(world.resource::<TrackedDeletes>().published(), 3);
        world.untrack_deletes::<Twin>();
    }
    assert_eq!(tracked_names(&world), first, "the other type is still tracked");
    assert_eq!(world.resource::<TrackedDeletes>().published(), 1);
}

fn tracked_names(world: &World) -> Vec<&'static str> {
    let tracked = world.resource::<TrackedDeletes>();
    tracked.iter().map(TrackedSnapshot::snapshot).collect()
}

#[test]
fn untracking_a_type_in_an_observer_does_not_affect_the_counts_of_other_types() {
    let mut world = World::new();
    world.track_deletes::<Name>();
    world.track_deletes::<Number>();
    world.add_observer(|_: On<PostDelete<Name>>, mut commands: Commands| {
        commands.queue(|world: &mut World| _ = world.untrack_deletes::<Name>());
    });
    world.spawn((Name("one"), Number(1))).despawn();
    world.spawn(Number(2)).despawn();
    world.publish_deletes();
    let tracked = world.resource::<TrackedDeletes>();
    assert!(tracked.get::<Name>().is_none());
    assert_eq!(tracked.get::<Number>().unwrap().published(), 2);
}
