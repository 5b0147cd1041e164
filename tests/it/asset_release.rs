//! `AssetReleasePlugin`: an asset is released when its last user is gone, whatever removed that user.

use std::collections::BTreeSet;

use bevy_app::prelude::*;
use bevy_ecs::{entity_disabling::Disabled, message::Messages, prelude::*};
use bevy_post_delete::prelude::*;

use crate::support::{Name, catch_panic, panic_on_purpose};

/// An asset user that is not `Clone`.
#[derive(Component)]
struct Model(Vec<u8>);

impl AssetUser for Model {
    type Component = Self;
    type Key = u8;

    fn keys(model: &Self) -> impl IntoIterator<Item = u8> {
        model.0.clone()
    }
}

fn model(key: u8) -> Model {
    Model(vec![key])
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins(AssetReleasePlugin::<Model>::default());
    app
}

fn uses(app: &App) -> &AssetUses<u8> {
    app.world().resource()
}

/// Runs a frame. Returns the released keys, each with its last user.
fn released(app: &mut App) -> Vec<(u8, Entity)> {
    app.update();
    let messages = app.world().resource::<Messages<AssetReleased<u8>>>();
    messages
        .iter_current_update_messages()
        .map(|released| (released.key, released.last_user))
        .collect()
}

fn released_keys(app: &mut App) -> Vec<u8> {
    released(app).into_iter().map(|(key, _)| key).collect()
}

#[test]
fn an_asset_is_released_whatever_removes_its_last_user() {
    let removals: [fn(&mut World, Entity); 8] = [
        |world, user| drop(world.delete(user)),
        |world, user| world.entity_mut(user).despawn(),
        |world, _| drop(world.delete_all::<With<Model>>()),
        |world, _| world.despawn_all::<With<Model>>(),
        |world, user| {
            world.entity_mut(user).remove::<Model>();
        },
        |world, user| drop(world.entity_mut(user).take::<Model>()),
        |world, user| {
            world.entity_mut(user).insert(model(2));
        },
        |world, user| {
            world.entity_mut(user).clear();
        },
    ];
    for (index, remove) in removals.into_iter().enumerate() {
        let mut app = app();
        let user = app.world_mut().spawn(model(1)).id();
        assert_eq!(released(&mut app), [], "removal {index}");
        remove(app.world_mut(), user);
        assert_eq!(released(&mut app), [(1, user)], "removal {index}");
        assert_eq!(uses(&app).count(&1), 0);
        assert_eq!(released(&mut app), [], "removal {index} released the asset twice");
    }
}

#[test]
fn a_cascade_releases_the_assets_of_descendants() {
    let mut app = app();
    let parent = app.world_mut().spawn(children![model(1), model(2)]).id();
    app.world_mut().spawn(model(2));
    app.world_mut().delete(parent).unwrap();
    assert_eq!(released_keys(&mut app), [1]);
    assert_eq!(uses(&app).count(&2), 1);
    assert_eq!(uses(&app).len(), 1);
}

#[test]
fn an_asset_with_other_users_is_not_released() {
    let mut app = app();
    let users: Vec<_> = (0..3).map(|_| app.world_mut().spawn(model(1)).id()).collect();
    for user in &users[..2] {
        app.world_mut().despawn(*user);
        assert!(released_keys(&mut app).is_empty());
    }
    app.world_mut().despawn(users[2]);
    assert_eq!(released(&mut app), [(1, users[2])]);
}

#[test]
fn a_key_that_one_component_uses_twice_is_counted_twice_and_released_once() {
    let mut app = app();
    let twice = app.world_mut().spawn(Model(vec![1, 1, 2])).id();
    assert_eq!(uses(&app).count(&1), 2);
    app.world_mut().despawn(twice);
    assert_eq!(released(&mut app), [(1, twice), (2, twice)]);
    assert!(uses(&app).is_empty());
}

#[test]
fn a_key_that_is_used_again_before_the_publish_is_not_released() {
    let mut app = app();
    let user = app.world_mut().spawn(model(1)).id();
    app.world_mut().delete(user).unwrap();
    let next = app.world_mut().spawn(model(1)).id();
    assert!(released_keys(&mut app).is_empty());
    assert_eq!(uses(&app).count(&1), 1);

    app.world_mut().entity_mut(next).insert(model(1));
    assert!(
        released_keys(&mut app).is_empty(),
        "replaced by a component with the same key"
    );

    // Used and dropped several times in one frame.
    for _ in 0..3 {
        app.world_mut().spawn(model(1)).despawn();
        app.world_mut().entity_mut(next).remove::<Model>();
        app.world_mut().entity_mut(next).insert(model(1));
    }
    app.world_mut().despawn(next);
    assert_eq!(released(&mut app), [(1, next)]);
}

#[test]
fn an_asset_is_released_in_the_frame_in_which_a_system_deletes_its_last_user() {
    #[derive(Resource, Default)]
    struct Released(Vec<u8>);

    let mut app = app();
    app.init_resource::<Released>()
        .add_systems(Update, |users: Query<Entity, With<Model>>, mut commands: Commands| {
            for user in &users {
                commands.entity(user).delete();
            }
        })
        .add_systems(
            Cleanup,
            (|mut messages: MessageReader<AssetReleased<u8>>, mut released: ResMut<Released>| {
                released.0.extend(messages.read().map(|released| released.key));
            })
            .after(PostDeleteSystems::Receive),
        );
    app.world_mut().spawn(model(1));
    app.update();
    assert_eq!(app.world().resource::<Released>().0, [1]);
}

#[test]
fn the_plugin_counts_users_that_were_spawned_before_it_was_added() {
    let mut app = App::new();
    let enabled = app.world_mut().spawn(model(1)).id();
    let disabled = app.world_mut().spawn((model(1), Disabled)).id();
    let child = app.world_mut().spawn(children![model(2)]).id();
    app.world_mut().commands().spawn(model(3));
    app.add_plugins(AssetReleasePlugin::<Model>::default());
    assert_eq!(
        (uses(&app).count(&1), uses(&app).count(&2), uses(&app).count(&3)),
        (2, 1, 1)
    );

    app.world_mut().despawn(enabled);
    app.world_mut().despawn(child);
    assert_eq!(released_keys(&mut app), [2]);
    app.world_mut().despawn(disabled);
    assert_eq!(released_keys(&mut app), [1]);
}

#[test]
fn adding_the_plugin_twice_counts_each_user_once() {
    let mut app = app();
    app.add_plugins(AssetReleasePlugin::<Model>::default());
    let user = app.world_mut().spawn(model(1)).id();
    assert_eq!(uses(&app).count(&1), 1);
    app.world_mut().despawn(user);
    assert_eq!(released_keys(&mut app), [1]);
}

#[test]
fn thousands_of_keys_are_released_in_one_frame() {
    #[derive(Component)]
    #[component(immutable)]
    struct Tile(u32);

    impl AssetUser for Tile {
        type Component = Self;
        type Key = u32;

        fn keys(tile: &Self) -> impl IntoIterator<Item = u32> {
            [tile.0, tile.0 / 2]
        }
    }

    let mut app = App::new();
    app.add_plugins(AssetReleasePlugin::<Tile>::default());
    app.world_mut().spawn_batch((0..20_000).map(Tile));
    assert_eq!(app.world().resource::<AssetUses<u32>>().len(), 20_000);
    app.world_mut().delete_all_where::<&Tile, ()>(|tile| tile.0 >= 10_000);
    app.update();
    let messages = app.world().resource::<Messages<AssetReleased<u32>>>();
    let keys: BTreeSet<u32> = messages
        .iter_current_update_messages()
        .map(|released| released.key)
        .collect();
    assert_eq!(messages.len(), keys.len(), "no key is released twice");
    assert_eq!(keys, (10_000..20_000).collect());
    assert_eq!(app.world().resource::<AssetUses<u32>>().len(), 10_000);
}

/// Stands for a component of another crate. Two asset users read its keys.
#[derive(Component)]
struct Picture {
    front: u8,
    back: u8,
}

struct Fronts;
struct Backs;

impl AssetUser for Fronts {
    type Component = Picture;
    type Key = u8;

    fn keys(picture: &Picture) -> impl IntoIterator<Item = u8> {
        [picture.front]
    }
}

impl AssetUser for Backs {
    type Component = Picture;
    type Key = u8;

    fn keys(picture: &Picture) -> impl IntoIterator<Item = u8> {
        [picture.back]
    }
}

#[test]
fn users_with_the_same_key_type_are_counted_together() {
    let mut app = app();
    app.add_plugins((
        AssetReleasePlugin::<Fronts>::default(),
        AssetReleasePlugin::<Backs>::default(),
    ));
    let model = app.world_mut().spawn(model(1)).id();
    let picture = app.world_mut().spawn(Picture { front: 1, back: 2 }).id();
    assert_eq!((uses(&app).count(&1), uses(&app).count(&2)), (2, 1));
    app.world_mut().despawn(model);
    assert!(released_keys(&mut app).is_empty(), "the picture still uses it");
    app.world_mut().get_mut::<Picture>(picture).unwrap().back = 1;
    assert_eq!(released_keys(&mut app), [2]);
    app.world_mut().despawn(picture);
    assert_eq!(released_keys(&mut app), [1]);
    assert!(uses(&app).is_empty());
}

#[test]
fn user_types_with_the_same_key_type_are_updated_in_the_order_of_their_plugins() {
    let plugins: [fn(&mut App); 2] = [
        |app| _ = app.add_plugins(AssetReleasePlugin::<Fronts>::default()),
        |app| _ = app.add_plugins(AssetReleasePlugin::<Model>::default()),
    ];
    for order in [[0, 1], [1, 0]] {
        let mut app = App::new();
        for plugin in order {
            plugins[plugin](&mut app);
        }
        let picture = app.world_mut().spawn(Picture { front: 1, back: 0 }).id();
        let model = app.world_mut().spawn(model(1)).id();
        app.update();
        app.world_mut().despawn(model);
        app.world_mut().despawn(picture);
        let last_user = [picture, model][order[1]];
        assert_eq!(released(&mut app), [(1, last_user)]);
    }
}

#[test]
fn a_change_in_place_releases_the_old_key_and_counts_the_new_one() {
    let mut app = app();
    let enabled = app.world_mut().spawn(model(1)).id();
    let disabled = app.world_mut().spawn((model(2), Disabled)).id();
    app.update();
    for (user, key) in [(enabled, 3), (disabled, 4)] {
        app.world_mut().get_mut::<Model>(user).unwrap().0 = vec![key];
    }
    let mut keys = released_keys(&mut app);
    keys.sort_unstable();
    assert_eq!(keys, [1, 2]);
    assert_eq!((uses(&app).count(&3), uses(&app).count(&4)), (1, 1));
    app.world_mut().despawn(enabled);
    app.world_mut().despawn(disabled);
    assert_eq!(released_keys(&mut app).len(), 2);
    assert!(uses(&app).is_empty());
}

#[test]
fn a_key_that_moves_from_one_user_to_another_in_place_is_not_released() {
    let mut app = app();
    let [first, second] = [1, 2].map(|key| app.world_mut().spawn(model(key)).id());
    app.update();
    for _ in 0..3 {
        let keys = [second, first].map(|user| app.world().get::<Model>(user).unwrap().0.clone());
        for (user, keys) in [first, second].into_iter().zip(keys) {
            app.world_mut().get_mut::<Model>(user).unwrap().0 = keys;
        }
        assert!(released_keys(&mut app).is_empty());
        assert_eq!((uses(&app).count(&1), uses(&app).count(&2)), (1, 1));
    }
}

#[test]
fn a_user_that_is_spawned_during_a_resource_scope_of_the_uses_is_counted() {
    let mut app = app();
    let mut user = None;
    app.world_mut()
        .resource_scope(|world, _: Mut<AssetUses<u8>>| user = Some(world.spawn(model(1)).id()));
    app.update();
    assert_eq!(uses(&app).count(&1), 1);
    app.world_mut().despawn(user.unwrap());
    assert_eq!(released_keys(&mut app), [1]);
}

#[test]
fn a_user_whose_insert_panicked_does_not_release_an_asset_with_other_users() {
    #[derive(Component)]
    #[component(on_add = panic_on_purpose)]
    struct PanicsOnAdd;

    let mut app = app();
    let other = app.world_mut().spawn(model(1)).id();
    let user = app.world_mut().spawn_empty().id();
    catch_panic(|| _ = app.world_mut().entity_mut(user).insert((model(1), PanicsOnAdd)));
    app.world_mut().entity_mut(user).remove::<(Model, PanicsOnAdd)>();
    assert!(released_keys(&mut app).is_empty());
    assert_eq!(uses(&app).count(&1), 1);

    catch_panic(|| _ = app.world_mut().entity_mut(user).insert((model(1), PanicsOnAdd)));
    assert!(released_keys(&mut app).is_empty());
    assert_eq!(uses(&app).count(&1), 2, "the user is counted in the next frame");
    app.world_mut().despawn(other);
    assert!(released_keys(&mut app).is_empty());
    app.world_mut().despawn(user);
    assert_eq!(released_keys(&mut app), [1]);
}

#[test]
fn an_asset_that_a_system_before_the_receivers_uses_again_is_not_released() {
    let mut app = app();
    app.add_systems(
        Cleanup,
        (|mut deleted: MessageReader<PostDelete<Name>>, mut commands: Commands| {
            for _ in deleted.read() {
                commands.spawn(model(1));
            }
        })
        .before(PostDeleteSystems::Receive),
    );
    app.add_plugins(PostDeletePlugin::<Name>::default());
    app.world_mut().spawn((Name("user"), model(1))).despawn();
    assert!(released_keys(&mut app).is_empty());
    assert_eq!(uses(&app).count(&1), 1);
}

#[test]
fn a_user_disabled_by_a_component_of_the_game_is_counted() {
    #[derive(Component)]
    struct Frozen;

    let mut app = App::new();
    app.world_mut().register_disabling_component::<Frozen>();
    let before = app.world_mut().spawn((model(1), Frozen)).id();
    app.add_plugins(AssetReleasePlugin::<Model>::default());
    let after = app.world_mut().spawn((model(1), Frozen)).id();
    assert_eq!(uses(&app).count(&1), 2);

    // Changed in place, and inserted again.
    app.world_mut().get_mut::<Model>(after).unwrap().0[0] = 2;
    app.world_mut().entity_mut(before).insert(model(1));
    assert!(released_keys(&mut app).is_empty());
    assert_eq!((uses(&app).count(&1), uses(&app).count(&2)), (1, 1));

    app.world_mut().despawn(before);
    app.world_mut().despawn(after);
    assert_eq!(released(&mut app), [(1, before), (2, after)]);
}

#[test]
fn a_key_that_was_set_in_place_in_the_frame_of_the_delete_is_released() {
    let mut app = app();
    let user = app.world_mut().spawn(model(1)).id();
    let replaced = app.world_mut().spawn(model(3)).id();
    app.update();
    for (entity, key) in [(user, 2), (replaced, 4)] {
        app.world_mut().get_mut::<Model>(entity).unwrap().0[0] = key;
    }
    app.world_mut().entity_mut(replaced).insert(model(5));
    app.world_mut().despawn(user);
    let keys: BTreeSet<_> = released_keys(&mut app).into_iter().collect();
    assert_eq!(keys, BTreeSet::from([1, 2, 3, 4]));
    assert_eq!(uses(&app).iter().collect::<Vec<_>>(), [(&5, 1)]);
    assert_eq!(released_keys(&mut app), Vec::<u8>::new());
}

#[test]
fn a_key_that_is_replaced_between_the_publish_and_the_receivers_is_released_once() {
    let mut app = app();
    let user = app.world_mut().spawn(model(1)).id();
    app.update();
    app.add_systems(
        Cleanup,
        (move |mut commands: Commands, mut is_done: Local<bool>| {
            if !core::mem::replace(&mut *is_done, true) {
                commands.entity(user).insert(model(2));
            }
        })
        .before(PostDeleteSystems::Receive),
    );
    assert_eq!(released_keys(&mut app), [1_u8]);
    assert!(released_keys(&mut app).is_empty());
    assert!(released_keys(&mut app).is_empty());
}

#[cfg(feature = "std")]
#[test]
fn a_user_whose_keys_panic_does_not_block_the_release_of_others() {
    #[derive(Component)]
    struct Fragile(u8);

    impl AssetUser for Fragile {
        type Component = Self;
        type Key = u8;

        fn keys(fragile: &Self) -> impl IntoIterator<Item = u8> {
            assert_ne!(fragile.0, 0, "on purpose");
            [fragile.0]
        }
    }

    let mut app = App::new();
    app.set_error_handler(bevy_ecs::error::ignore)
        .add_plugins(AssetReleasePlugin::<Fragile>::default());
    let broken = app.world_mut().spawn(Fragile(1)).id();
    let other = app.world_mut().spawn(Fragile(2)).id();
    app.world_mut().get_mut::<Fragile>(broken).unwrap().0 = 0;
    app.world_mut().despawn(other);
    assert_eq!(released_keys(&mut app), [2]);
    app.world_mut().despawn(broken);
    assert_eq!(released_keys(&mut app), [1]);
}

#[test]
fn the_resource_may_be_initialized_before_the_plugin_is_added() {
    let mut app = App::new();
    app.init_resource::<AssetUses<u8>>()
        .add_plugins(AssetReleasePlugin::<Model>::default());
    app.world_mut().spawn(model(1)).despawn();
    assert_eq!(released_keys(&mut app), [1]);
}

#[test]
fn adding_the_plugin_again_tracks_the_users_again() {
    let mut app = app();
    app.world_mut().untrack_deletes::<AssetUserLeft<Model>>();
    app.add_plugins(AssetReleasePlugin::<Model>::default());
    app.world_mut().spawn(model(1)).despawn();
    assert_eq!(released_keys(&mut app), [1]);
}

#[test]
fn an_asset_is_released_if_the_receivers_did_not_run_for_some_frames() {
    #[derive(Resource)]
    struct Paused(bool);

    let mut app = app();
    app.insert_resource(Paused(false)).configure_sets(
        Cleanup,
        PostDeleteSystems::Receive.run_if(|paused: Res<Paused>| !paused.0),
    );
    let [first, second, _] = [1, 2, 3].map(|key| app.world_mut().spawn(model(key)).id());
    app.update();
    app.insert_resource(Paused(true));
    app.world_mut().despawn(second);
    app.world_mut().despawn(first);
    (0..5).for_each(|_| app.update());
    app.insert_resource(Paused(false));
    let released: BTreeSet<_> = released(&mut app).into_iter().collect();
    assert_eq!(released, BTreeSet::from([(1, first), (2, second)]));
    assert_eq!(uses(&app).len(), 1);
}
