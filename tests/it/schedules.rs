//! Guarantee 5: the same input gives the same order, whatever runs the systems; and worlds on other threads do not mix.

use bevy_app::prelude::*;
use bevy_ecs::{
    prelude::*,
    schedule::{IntoScheduleConfigs, MultiThreadedExecutor, ScheduleConfigs, SingleThreadedExecutor},
    system::ScheduleSystem,
};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, ServesOn, published};

/// What a message says of its deletion, but for the number of the operation.
type Told = (u32, DeleteKind, Option<Entity>, Option<DeleteReason>);

/// What was told, in order.
#[derive(Resource, Default, Clone, PartialEq, Debug)]
struct Heard(Vec<(u64, Told)>);

fn hear(mut deleted: MessageReader<PostDelete<Number>>, mut heard: ResMut<Heard>) {
    heard.0.extend(deleted.read().map(|deleted| {
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

/// The entities of this group, as far as they are roots.
#[derive(Component)]
struct Group(u32);

fn roots(groups: &Query<(Entity, &Group), Without<ChildOf>>, group: u32) -> Vec<Entity> {
    let mine = groups.iter().filter(|(_, of)| of.0 == group);
    mine.map(|(entity, _)| entity).collect()
}

type Roots<'w, 's, 'a> = Query<'w, 's, (Entity, &'a Group), Without<ChildOf>>;

fn delete_each(groups: Roots, mut commands: Commands) {
    for root in roots(&groups, 0) {
        commands.entity(root).delete();
    }
}

fn delete_for_a_reason(groups: Roots, mut commands: Commands) {
    for root in roots(&groups, 1) {
        commands.entity(root).delete_with(DeleteReason::new("sold"));
    }
}

fn delete_as_a_batch(groups: Roots, mut commands: Commands) {
    commands.delete_batch(roots(&groups, 2));
}

fn delete_by_a_condition(mut commands: Commands) {
    commands.delete_all_where::<&Group, Without<ChildOf>>(|group| group.0 == 3);
}

fn despawn_each(groups: Roots, mut commands: Commands) {
    for root in roots(&groups, 4) {
        commands.entity(root).despawn();
    }
}

/// Only reads, so that others may run beside it.
fn look_on(_: Query<&Number>) {}

fn systems() -> Vec<ScheduleConfigs<ScheduleSystem>> {
    vec![
        delete_each.into_configs(),
        delete_for_a_reason.into_configs(),
        delete_as_a_batch.into_configs(),
        delete_by_a_condition.into_configs(),
        despawn_each.into_configs(),
        look_on.into_configs(),
    ]
}

#[derive(Clone, Copy, Debug)]
enum Executor {
    SingleThreaded,
    MultiThreaded,
}

/// Runs a program of a few frames with its systems in this order.
fn run(executor: Executor, order: &[usize]) -> Heard {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default())
        .init_resource::<Heard>()
        .edit_schedule(Update, |schedule| {
            match executor {
                Executor::SingleThreaded => schedule.set_executor(SingleThreadedExecutor::new()),
                Executor::MultiThreaded => schedule.set_executor(MultiThreadedExecutor::new()),
            };
        })
        .add_systems(Cleanup, hear);
    // What a group's last child takes along, by an observer.
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
    app.world().resource::<Heard>().clone()
}

#[test]
fn one_thread_or_many_the_order_is_the_same() {
    let order: Vec<usize> = (0..systems().len()).collect();
    let alone = run(Executor::SingleThreaded, &order);
    // All of all groups, and one more for each number that ends in a three.
    assert_eq!(alone.0.len(), 3 * 5 * 4 * 6);
    for _ in 0..10 {
        assert!(run(Executor::MultiThreaded, &order) == alone);
    }
}

/// Systems that are in no order may run in any, and so may begin their deletes in any. What each of them tells is the
/// same all the same.
#[test]
fn systems_in_another_order_tell_the_same_of_each_delete() {
    type Tree = Vec<(u32, DeleteKind, bool, Option<DeleteReason>)>;

    /// The messages of each tree in their order, the trees in any: which rows a query comes to first depends on what was
    /// despawned before.
    fn by_tree(heard: &Heard) -> Vec<Tree> {
        let mut trees = vec![Vec::new()];
        for (operation, (number, kind, root, reason)) in &heard.0 {
            trees
                .last_mut()
                .unwrap()
                .push((*number, *kind, root.is_some(), *reason));
            // A root is told last, and all that goes without a delete by itself.
            if number % 10 == 0 || number % 10 == 7 || *operation == 0 {
                trees.push(Vec::new());
            }
        }
        assert_eq!(trees.pop(), Some(Vec::new()), "every tree has its root");
        trees.sort_by_key(|told| told[0].0);
        trees
    }

    let mut order: Vec<usize> = (0..systems().len()).collect();
    let first = by_tree(&run(Executor::SingleThreaded, &order));
    for shift in 1..order.len() {
        order.rotate_left(1);
        order.swap(0, shift);
        for executor in [Executor::SingleThreaded, Executor::MultiThreaded] {
            // Not `assert_eq`: the lists are long.
            assert!(by_tree(&run(executor, &order)) == first, "{order:?} on {executor:?}");
        }
    }
}

#[test]
fn operations_come_in_the_order_in_which_they_began() {
    let order: Vec<usize> = (0..systems().len()).collect();
    let heard = run(Executor::MultiThreaded, &order);
    // Within a frame, what went without a delete has a place of its own.
    let operations: Vec<u64> = heard.0.iter().map(|told| told.0).filter(|number| *number > 0).collect();
    assert!(operations.is_sorted());
}

#[test]
fn worlds_on_several_threads_do_not_mix() {
    const DELETES: u32 = 500;

    fn program(thread: u32) {
        let mut world = World::new();
        world.track_deletes::<Number>();
        let mut expected = Vec::new();
        for delete in 0..DELETES {
            let base = thread * 1_000_000 + delete * 10;
            let root = world.spawn((Number(base), Name("root"))).id();
            world.spawn((Number(base + 1), ChildOf(root)));
            world.spawn((Number(base + 2), ChildOf(root)));
            if delete % 3 == 0 {
                world.commands().entity(root).delete();
                world.flush();
            } else {
                world.delete(root).unwrap();
            }
            expected.extend([base + 2, base + 1, base].map(|number| (number, root, u64::from(delete) + 1)));
            if delete % 7 == 0 {
                std::thread::yield_now();
            }
        }
        let told: Vec<_> = published::<Number>(&mut world)
            .into_iter()
            .map(|told| (told.snapshot.0, told.origin.root.unwrap(), told.origin.operation))
            .collect();
        assert_eq!(told, expected);
    }

    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || program(thread));
        }
    });
}
