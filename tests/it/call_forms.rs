//! Every call in the forms in which users write it, with nothing imported but the three preludes.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Debug, PartialEq)]
struct Enemy(u32);

#[derive(Component, Default)]
struct Mesh(Vec<u8>);

/// Neither a component nor `Clone`.
struct DeadMesh(Vec<u8>);

impl Snapshot for DeadMesh {
    type Component = Mesh;

    fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(std::mem::take(&mut entity.get_mut::<Mesh>()?.0)))
    }
}

const WHY: DeleteReason = DeleteReason::new("because");
const WORDS: &str = WHY.as_str();

#[derive(Resource, Default)]
struct Told(usize);

/// A plugin of the user's own, over any snapshot type.
fn watch<S: Snapshot>(app: &mut App) -> &mut App {
    app.add_plugins(
        PostDeletePlugin::<S>::default()
            .with_removals()
            .despawn_policy(DespawnPolicy::Warn),
    )
    .add_plugins(PostDeletePlugin::<S>::default().despawn_policy(DespawnPolicy::Publish))
    .add_systems(
        Cleanup,
        (|mut deleted: MessageReader<PostDelete<S>>, mut told: ResMut<Told>| told.0 += deleted.read().count())
            .run_if(on_message::<PostDelete<S>>),
    )
    .add_observer(|deleted: On<PostDelete<S>>, mut told: ResMut<Told>| {
        assert_eq!(deleted.entity, deleted.event().entity);
        told.0 += 1;
    })
    .count_deletes::<S>()
}

fn delete_by_commands(enemies: Query<Entity, (With<Enemy>, Without<ChildOf>)>, mut commands: Commands) {
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
    commands.because(WHY).delete_all::<(With<Enemy>, Without<Mesh>)>();
    commands.delete_all_where::<&Enemy, ()>(|enemy| enemy.0 > 3);
    commands.delete_all_where::<(Entity, Option<&mut Enemy>), Without<Mesh>>(move |(_, enemy)| enemy.is_some());
    commands.delete_batch(enemies.iter().collect::<Vec<_>>());
    commands.delete_batch([]);
    commands.delete_batch(enemies);
    commands.queue(publish_deletes);
}

fn delete_in_the_world(world: &mut World) -> Result {
    let enemy = world.spawn(Enemy(1)).id();
    let plan: DeletePlan = world.plan_delete(enemy)?;
    assert_eq!((plan.entities(), plan.protected()), (&[enemy][..], &[][..]));
    let report: DeleteReport = world.delete_with(enemy, WHY)?;
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
fn in_an_app() {
    let mut app = App::new();
    app.init_resource::<Told>();
    watch::<Enemy>(&mut app);
    watch::<DeadMesh>(&mut app);
    app.add_plugins((AnyDeletePlugin, DeleteQueuePlugin::<DeadMesh>::with_capacity(1)))
        .add_systems(Update, (delete_by_commands, delete_in_the_world).chain())
        .add_systems(PreUpdate, publish_deletes.run_if(|| true))
        .add_systems(FixedUpdate, publish_deletes)
        .add_systems(FixedCleanup, || {})
        .configure_sets(Cleanup, PostDeleteSystems::Receive.run_if(|| true));
    app.world_mut().spawn((Enemy(1), children![Enemy(2)]));
    app.update();
    // Two enemies and the replaced value of one, then another and a mesh.
    assert_eq!(app.world().resource::<DeleteCounts<Enemy>>().total(), 4);
    assert_eq!(app.world().resource::<DeleteCounts<DeadMesh>>().total(), 1);
    let mut queue = app.world_mut().resource_mut::<DeleteQueue<DeadMesh>>();
    assert_eq!(queue.pop().unwrap().snapshot.0, [1]);
}

#[test]
fn words_and_errors() {
    assert_eq!(format!("{WHY}"), WORDS);
    let error: Box<dyn core::error::Error + Send + Sync> = Box::new(DeleteError::NotSpawned);
    assert!(!error.to_string().is_empty());
    let _: BevyError = DeleteError::NotSpawned.into();
}
