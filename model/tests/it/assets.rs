//! Shared assets: after every frame of a random program, the counted uses are those of the entities.

use std::collections::{BTreeMap, BTreeSet};

use bevy_app::prelude::*;
use bevy_ecs::{entity_disabling::Disabled, message::Messages, prelude::*, query::Allow};
use bevy_post_delete::prelude::*;
use proptest::prelude::*;

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

/// A step of a program.
#[derive(Clone, Debug)]
enum Step {
    Spawn(Vec<u8>),
    SpawnChild(usize, u8),
    Insert(usize, Vec<u8>),
    Change(usize, Vec<u8>),
    Remove(usize),
    Reparent(usize, usize),
    Delete(usize),
    Despawn(usize),
    DeleteUsersOf(u8),
    DeleteChildren(usize),
    Disable(usize),
    Frame,
}

fn step() -> impl Strategy<Value = Step> {
    let keys = || prop::collection::vec(0..6u8, 0..4);
    let user = || 0..64usize;
    prop_oneof![
        4 => keys().prop_map(Step::Spawn),
        3 => (user(), 0..6u8).prop_map(|(parent, key)| Step::SpawnChild(parent, key)),
        2 => (user(), keys()).prop_map(|(user, keys)| Step::Insert(user, keys)),
        2 => (user(), keys()).prop_map(|(user, keys)| Step::Change(user, keys)),
        2 => user().prop_map(Step::Remove),
        2 => (user(), user()).prop_map(|(child, parent)| Step::Reparent(child, parent)),
        2 => user().prop_map(Step::Delete),
        2 => user().prop_map(Step::Despawn),
        1 => (0..6u8).prop_map(Step::DeleteUsersOf),
        1 => user().prop_map(Step::DeleteChildren),
        1 => user().prop_map(Step::Disable),
        3 => Just(Step::Frame),
    ]
}

fn is_below(world: &World, entity: Entity, ancestor: Entity) -> bool {
    let parent = |entity| world.get::<ChildOf>(entity).map(ChildOf::parent);
    core::iter::successors(Some(entity), |entity| parent(*entity)).any(|above| above == ancestor)
}

/// Applies the step to one of the entities that are still spawned.
fn apply(app: &mut App, entities: &mut Vec<Entity>, step: &Step) {
    let world = app.world_mut();
    entities.retain(|entity| world.get_entity(*entity).is_ok());
    let pick = |index: usize| (!entities.is_empty()).then(|| entities[index % entities.len()]);
    let spawned = match step {
        Step::Spawn(keys) => Some(world.spawn(Model(keys.to_vec())).id()),
        Step::SpawnChild(parent, key) => pick(*parent).map(|parent| world.spawn((model(*key), ChildOf(parent))).id()),
        Step::Insert(user, keys) => {
            if let Some(user) = pick(*user) {
                world.entity_mut(user).insert(Model(keys.to_vec()));
            }
            None
        }
        Step::Change(user, keys) => {
            if let Some(user) = pick(*user)
                && let Some(mut model) = world.get_mut::<Model>(user)
            {
                model.0.clone_from(keys);
            }
            None
        }
        Step::Remove(user) => {
            if let Some(user) = pick(*user) {
                world.entity_mut(user).remove::<Model>();
            }
            None
        }
        Step::Reparent(child, parent) => {
            if let (Some(child), Some(parent)) = (pick(*child), pick(*parent))
                && !is_below(world, parent, child)
            {
                world.entity_mut(child).insert(ChildOf(parent));
            }
            None
        }
        Step::Delete(user) => {
            if let Some(user) = pick(*user) {
                world.commands().entity(user).delete();
                world.flush();
            }
            None
        }
        Step::Despawn(user) => {
            if let Some(user) = pick(*user) {
                world.despawn(user);
            }
            None
        }
        Step::DeleteUsersOf(key) => {
            world.delete_all_where::<&Model, ()>(|model| model.0.contains(key));
            None
        }
        Step::DeleteChildren(user) => {
            if let Some(user) = pick(*user) {
                world.commands().entity(user).delete_children();
                world.flush();
            }
            None
        }
        Step::Disable(user) => {
            if let Some(user) = pick(*user) {
                world.entity_mut(user).insert(Disabled);
            }
            None
        }
        Step::Frame => {
            app.update();
            None
        }
    };
    entities.extend(spawned);
}

/// Returns the keys of each user.
fn models(world: &mut World) -> BTreeMap<Entity, Vec<u8>> {
    let mut users = world.query_filtered::<(Entity, &Model), Allow<Disabled>>();
    users.iter(world).map(|(user, model)| (user, model.0.clone())).collect()
}

/// Counts how often the entities use each key.
fn recount(world: &mut World) -> BTreeMap<u8, usize> {
    let mut counted = BTreeMap::new();
    for key in models(world).into_values().flatten() {
        *counted.entry(key).or_insert(0) += 1;
    }
    counted
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A loader that loads a key when it is first used, and unloads it when it is released, has each key loaded exactly
    /// as long as it is used.
    #[test]
    fn after_every_frame_the_counted_uses_are_those_of_the_entities(steps in prop::collection::vec(step(), 1..80)) {
        let mut app = app();
        let mut entities = Vec::new();
        let mut loaded = BTreeSet::new();
        let (mut loads, mut releases) = (0, 0);
        for step in steps.iter().chain([&Step::Frame]) {
            let before = models(app.world_mut());
            apply(&mut app, &mut entities, step);
            let after = models(app.world_mut());
            // The loader loads keys at once. It loads a key that was set in place when that is counted: in a frame, or
            // when the value leaves.
            let counted = uses(&app).iter().map(|(key, _)| *key);
            let left = before.iter().filter(|(user, keys)| after.get(*user) != Some(*keys));
            let left = left.filter(|_| !matches!(step, Step::Change(..)));
            for key in counted.chain(left.flat_map(|(_, keys)| keys.iter().copied())) {
                loads += usize::from(loaded.insert(key));
            }
            if !matches!(step, Step::Frame) {
                continue;
            }
            let messages = app.world().resource::<Messages<AssetReleased<u8>>>();
            for released in messages.iter_current_update_messages() {
                releases += 1;
                prop_assert!(loaded.remove(&released.key), "released twice, or never loaded");
            }
            let world = recount(app.world_mut());
            let counted: BTreeMap<_, _> = uses(&app).iter().map(|(key, uses)| (*key, uses)).collect();
            prop_assert_eq!(&counted, &world);
            prop_assert_eq!(releases, loads - world.len());
            prop_assert_eq!(loaded.len(), world.len());
        }
    }
}
