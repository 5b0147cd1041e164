//! The public methods, called as users call them, with no imports but the three preludes.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Debug, PartialEq)]
struct Enemy(u32);

#[derive(Component, Default)]
struct Mesh(Vec<u8>);

/// A snapshot that is neither a component nor `Clone`.
struct DeadMesh(Vec<u8>);

impl Snapshot for DeadMesh {
    type Component = Mesh;

    fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(std::mem::take(&mut entity.get_mut::<Mesh>()?.0)))
    }
}

const KILLED: DeleteReason = DeleteReason::new("killed");
const KILLED_TEXT: &str = KILLED.as_str();

#[derive(Resource, Default)]
struct MessageCount(usize);

/// Registers a snapshot type with all its options, a system, an observer and a counter.
fn register<S: Snapshot>(app: &mut App) -> &mut App {
    app.add_plugins(
        PostDeletePlugin::<S>::default()
            .with_removals()
            .despawn_policy(DespawnPolicy::Warn),
    )
    .add_plugins(PostDeletePlugin::<S>::default().despawn_policy(DespawnPolicy::Publish))
    .add_systems(
        Cleanup,
        (|mut deleted: MessageReader<PostDelete<S>>, mut count: ResMut<MessageCount>| {
            count.0 += deleted.read().count();
        })
        .run_if(on_message::<PostDelete<S>>),
    )
    .add_observer(|deleted: On<PostDelete<S>>, mut count: ResMut<MessageCount>| {
        assert_eq!(deleted.entity, deleted.event().entity);
        count.0 += 1;
    })
    .count_deletes::<S>()
}

fn delete_through_commands(enemies: Query<Entity, (With<Enemy>, Without<ChildOf>)>, mut commands: Commands) {
    for enemy in &enemies {
        let mut enemy = commands.entity(enemy);
        enemy
            .delete_children()
            .delete_related::<Children>()
            .insert(Enemy(2))
            .delete();
        enemy.try_delete();
    }
    commands.delete_all::<With<Enemy>>();
    commands.because(KILLED).delete_all::<(With<Enemy>, Without<Mesh>)>();
    commands.delete_all_where::<&Enemy, ()>(|enemy| enemy.0 > 3);
    commands.delete_all_where::<(Entity, Option<&mut Enemy>), Without<Mesh>>(move |(_, enemy)| enemy.is_some());
    commands.delete_batch(enemies.iter().collect::<Vec<_>>());
    commands.delete_batch([]);
    commands.delete_batch(enemies);
    commands.queue(publish_deletes);
}

fn delete_through_world(world: &mut World) -> Result {
    let enemy = world.spawn(Enemy(1)).id();
    let plan: DeletePlan = world.plan_delete(enemy)?;
    assert_eq!((plan.entities(), plan.protected()), (&[enemy][..], &[][..]));
    let report: DeleteReport = world.delete_with(enemy, KILLED)?;
    assert_eq!((report.entity_count(), report.count::<Enemy>()), (1, 1));
    assert_eq!(world.spawn(Mesh(vec![1])).delete()?.count::<DeadMesh>(), 1);
    assert_eq!(world.delete_all::<With<Enemy>>().entity_count(), 0);
    assert_eq!(world.delete_batch(vec![enemy]).message_count(), 0);
    match world.delete(enemy) {
        Err(DeleteError::NotSpawned) => Ok(()),
        Err(error @ DeleteError::Protected { .. }) => Err(error.into()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_methods_can_be_called_in_an_app() {
    let mut app = App::new();
    app.init_resource::<MessageCount>();
    register::<Enemy>(&mut app);
    register::<DeadMesh>(&mut app);
    app.add_plugins((AnyDeletePlugin, DeleteQueuePlugin::<DeadMesh>::with_capacity(1)))
        .add_systems(Update, (delete_through_commands, delete_through_world).chain())
        .add_systems(PreUpdate, publish_deletes.run_if(|| true))
        .add_systems(FixedUpdate, publish_deletes)
        .add_systems(FixedCleanup, || {})
        .configure_sets(Cleanup, PostDeleteSystems::Receive.run_if(|| true));
    app.world_mut().spawn((Enemy(1), children![Enemy(2)]));
    app.update();
    // Two enemies and a replaced value were deleted through commands, then a third enemy and a mesh through the world.
    assert_eq!(app.world().resource::<DeleteCounts<Enemy>>().total(), 4);
    assert_eq!(app.world().resource::<DeleteCounts<DeadMesh>>().total(), 1);
    let mut queue = app.world_mut().resource_mut::<DeleteQueue<DeadMesh>>();
    assert_eq!(queue.pop().unwrap().snapshot.0, [1]);
}

#[test]
fn reasons_and_errors_convert_to_the_usual_types() {
    assert_eq!(format!("{KILLED}"), KILLED_TEXT);
    let error: Box<dyn core::error::Error + Send + Sync> = Box::new(DeleteError::NotSpawned);
    assert!(!error.to_string().is_empty());
    let _: BevyError = DeleteError::NotSpawned.into();
}
