//! What is tracked can be looked at, by people and by tools.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, app_of_names};

#[test]
fn what_is_tracked_is_listed_in_the_order_of_registration() {
    struct Initial;

    impl Snapshot for Initial {
        type Component = Name;

        fn capture(_: EntityMut<'_>) -> Option<Self> {
            None
        }
    }

    let mut world = World::new();
    world.track_deletes::<Number>();
    world.track_deletes::<Initial>();
    world.track_deletes::<Name>();
    world.untrack_deletes::<Number>();
    let tracked = world.resource::<TrackedDeletes>();
    let listed: Vec<_> = tracked
        .iter()
        .map(|tracked| [tracked.snapshot(), tracked.component()].map(|name| name.rsplit("::").next().unwrap()))
        .collect();
    assert_eq!(listed, [["Initial", "Name"], ["Name", "Name"]]);
    assert!(tracked.get::<Number>().is_none());
    assert!(tracked.get::<Name>().is_some());
}

#[test]
fn what_was_told_is_counted() {
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
    let told = |tracked: &TrackedSnapshot| (tracked.published(), tracked.last_published());
    assert_eq!(tracked.get::<Number>().map(told), Some((4, 1)));
    assert_eq!(tracked.get::<Name>().map(told), Some((3, 0)));
    assert_eq!(tracked.published(), 7);
}

#[test]
fn it_changes_when_something_was_told_and_not_otherwise() {
    let mut app = app_of_names();
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
    fn all_that_a_message_holds_is_registered() {
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
    fn a_message_can_be_read_by_the_names_of_its_fields() {
        let world = app();
        let messages = world.world().resource::<Messages<PostDelete<Enemy>>>();
        let message = messages.iter_current_update_messages().next().unwrap();
        let ReflectRef::Struct(message) = message.reflect_ref() else {
            panic!("it is a struct");
        };
        let ReflectRef::Struct(snapshot) = message.field("snapshot").unwrap().reflect_ref() else {
            panic!("so is the snapshot");
        };
        let gold = snapshot.field("gold").unwrap().try_downcast_ref::<u32>();
        assert_eq!(gold, Some(&5));
    }

    /// As a remote tool does, which knows no types.
    #[test]
    fn a_tool_lists_what_is_tracked() {
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
fn two_types_with_one_name_have_an_entry_each() {
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
        assert_eq!(tracked_names(&world), [first[0], first[0]], "they have one name");
        world.publish_deletes();
        assert_eq!(world.resource::<TrackedDeletes>().get::<Twin>().unwrap().published(), 2);
        assert_eq!(world.resource::<TrackedDeletes>().published(), 3);
        world.untrack_deletes::<Twin>();
    }
    assert_eq!(tracked_names(&world), first, "the other one is still tracked");
    assert_eq!(world.resource::<TrackedDeletes>().published(), 1);
}

fn tracked_names(world: &World) -> Vec<&'static str> {
    let tracked = world.resource::<TrackedDeletes>();
    tracked.iter().map(TrackedSnapshot::snapshot).collect()
}

#[test]
fn an_observer_that_untracks_another_type_leaves_the_counts_of_the_rest_alone() {
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
