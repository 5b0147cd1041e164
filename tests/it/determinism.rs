//! Guarantee 5: the same input gives the same order of messages on every run, with any executor.

use bevy_app::prelude::*;
use bevy_ecs::{
    prelude::*,
    schedule::{IntoScheduleConfigs, MultiThreadedExecutor, ScheduleConfigs, SingleThreadedExecutor},
    system::ScheduleSystem,
};
use bevy_post_delete::prelude::*;

use crate::support::{Number, ServesOn};

/// The number, kind, root and reason of a message.
type Deletion = (u32, DeleteKind, Option<Entity>, Option<DeleteReason>);

/// The messages in the order in which they were read, each with its operation number.
#[derive(Resource, Default, Clone, PartialEq, Debug)]
struct Deletions(Vec<(u64, Deletion)>);

fn record_deletions(mut deleted: MessageReader<PostDelete<Number>>, mut deletions: ResMut<Deletions>) {
    deletions.0.extend(deleted.read().map(|deleted| {
        let Origin {
            kind,
            root,
            reason,
            operation,
            ..
        } = deleted.origin;
        (operation, (deleted.snapshot.0, kind, root, reason))
    }));
}

/// The group that an entity belongs to. Each system deletes the entities of one group.
#[derive(Component)]
struct Group(u32);

type Roots<'w, 's, 'a> = Query<'w, 's, (Entity, &'a Group), Without<ChildOf>>;

/// Returns the roots of a group.
fn roots_of(roots: &Roots, group: u32) -> Vec<Entity> {
    let roots = roots.iter().filter(|(_, root_group)| root_group.0 == group);
    roots.map(|(entity, _)| entity).collect()
}

fn delete_each(roots: Roots, mut commands: Commands) {
    for root in roots_of(&roots, 0) {
        commands.entity(root).delete();
    }
}

fn delete_with_reason(roots: Roots, mut commands: Commands) {
    for root in roots_of(&roots, 1) {
        commands.entity(root).delete_with(DeleteReason::new("sold"));
    }
}

fn delete_batch(roots: Roots, mut commands: Commands) {
    commands.delete_batch(roots_of(&roots, 2));
}

fn delete_by_condition(mut commands: Commands) {
    commands.delete_all_where::<&Group, Without<ChildOf>>(|group| group.0 == 3);
}

fn despawn_each(roots: Roots, mut commands: Commands) {
    for root in roots_of(&roots, 4) {
        commands.entity(root).despawn();
    }
}

/// Only reads, so it can run in parallel with other systems.
fn read_numbers(_: Query<&Number>) {}

fn systems() -> Vec<ScheduleConfigs<ScheduleSystem>> {
    vec![
        delete_each.into_configs(),
        delete_with_reason.into_configs(),
        delete_batch.into_configs(),
        delete_by_condition.into_configs(),
        despawn_each.into_configs(),
        read_numbers.into_configs(),
    ]
}

#[derive(Clone, Copy, Debug)]
enum Executor {
    SingleThreaded,
    MultiThreaded,
}

/// Runs three frames with the systems added in this order. Returns the recorded messages.
fn run(executor: Executor, order: &[usize]) -> Deletions {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default())
        .init_resource::<Deletions>()
        .edit_schedule(Update, |schedule| {
            match executor {
                Executor::SingleThreaded => schedule.set_executor(SingleThreadedExecutor::new()),
                Executor::MultiThreaded => schedule.set_executor(MultiThreadedExecutor::new()),
            };
        })
        .add_systems(Cleanup, record_deletions);
    // Each despawn of a third child spawns and deletes another entity.
    app.add_observer(
        |on: On<Despawn<Number>>, numbers: Query<&Number>, mut commands: Commands| {
            let number = numbers.get(on.entity).unwrap().0;
            if number % 10 == 3 {
                commands.spawn(Number(number + 1004)).delete();
            }
        },
    );
    let mut all: Vec<_> = systems().into_iter().map(Some).collect();
    for index in order {
        app.add_systems(Update, all[*index].take().unwrap());
    }
    for frame in 0..3 {
        for group in 0..5 {
            for tree in 0..4 {
                let number = frame * 500 + group * 100 + tree * 10;
                let root = app.world_mut().spawn((Number(number), Group(group))).id();
                for child in 1..4 {
                    let child = Number(number + child);
                    app.world_mut().spawn((child, Group(group), ChildOf(root)));
                }
                app.world_mut().spawn((Number(number + 4), ServesOn(root)));
            }
        }
        app.update();
    }
    app.world().resource::<Deletions>().clone()
}

#[test]
fn the_executor_does_not_change_the_order() {
    let order: Vec<usize> = (0..systems().len()).collect();
    let single_threaded = run(Executor::SingleThreaded, &order);
    // Three frames, five groups, four trees per group, and six entities per tree, including the one that the observer
    // adds.
    assert_eq!(single_threaded.0.len(), 3 * 5 * 4 * 6);
    for _ in 0..10 {
        assert!(run(Executor::MultiThreaded, &order) == single_threaded);
    }
}

/// Systems without an ordering may run in any order, but the messages of each delete are always the same.
#[test]
fn the_order_of_systems_does_not_change_the_messages_of_a_delete() {
    type Tree = Vec<(u32, DeleteKind, bool, Option<DeleteReason>)>;

    /// Groups the messages by tree, and sorts the trees, since the order of a query's rows depends on earlier despawns.
    fn by_tree(deletions: &Deletions) -> Vec<Tree> {
        let mut trees = vec![Vec::new()];
        for (operation, (number, kind, root, reason)) in &deletions.0 {
            trees
                .last_mut()
                .unwrap()
                .push((*number, *kind, root.is_some(), *reason));
            // The root is the last entity of its tree. An entity that is despawned without a delete is its own tree.
            if number % 10 == 0 || number % 10 == 7 || *operation == 0 {
                trees.push(Vec::new());
            }
        }
        assert_eq!(trees.pop(), Some(Vec::new()), "every tree ends with its root");
        trees.sort_by_key(|tree| tree[0].0);
        trees
    }

    let mut order: Vec<usize> = (0..systems().len()).collect();
    let first = by_tree(&run(Executor::SingleThreaded, &order));
    for shift in 1..order.len() {
        order.rotate_left(1);
        order.swap(0, shift);
        for executor in [Executor::SingleThreaded, Executor::MultiThreaded] {
            // `assert_eq` would print both lists, which are long.
            assert!(by_tree(&run(executor, &order)) == first, "{order:?} on {executor:?}");
        }
    }
}

#[test]
fn messages_are_ordered_by_the_start_of_their_operation() {
    let order: Vec<usize> = (0..systems().len()).collect();
    let deletions = run(Executor::MultiThreaded, &order);
    // Plain despawns have operation 0.
    let operations: Vec<u64> = deletions
        .0
        .iter()
        .map(|(operation, _)| *operation)
        .filter(|number| *number > 0)
        .collect();
    assert!(operations.is_sorted());
}
