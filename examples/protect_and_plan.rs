//! Shows which entities a delete would despawn, and protects the player from being deleted with the ship.
//!
//! Look at `plan_delete`, which changes nothing, and at the component `Protected`, which makes the delete fail.
//!
//! ```text
//! cargo run --example protect_and_plan
//! ```
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

fn main() -> Result<(), DeleteError> {
    let mut world = World::new();
    let player = world.spawn((Name::new("player"), Protected)).id();
    let cabin = world.spawn(Name::new("cabin")).add_child(player).id();
    let cannon = world.spawn(Name::new("cannon")).id();
    let ship = world.spawn(Name::new("ship")).add_children(&[cabin, cannon]).id();

    // A dialog could show this before the delete.
    let plan = world.plan_delete(ship)?;
    println!("delete {}?", names(&world, plan.entities()));
    assert_eq!(names(&world, plan.entities()), "cannon, player, cabin, ship");
    assert_eq!(names(&world, plan.protected()), "player");

    // The delete fails as a whole: no entity was despawned.
    let error = world.delete(ship).unwrap_err();
    println!("{error}");
    let protected = vec![player];
    assert_eq!(
        error,
        DeleteError::Protected {
            entity: ship,
            protected
        }
    );
    assert!(world.get_entity(cannon).is_ok());

    // The player leaves the ship.
    world.entity_mut(player).remove::<ChildOf>();
    let report = world.delete(ship)?;
    println!("deleted {} entities", report.entity_count());
    assert_eq!(report.entity_count(), 3);
    assert!(world.get_entity(player).is_ok());

    // A bulk delete skips protected entities instead of failing.
    let report = world.delete_all::<With<Name>>();
    assert_eq!(report.skipped_count(), 1);
    assert!(world.get_entity(player).is_ok());
    Ok(())
}

fn names(world: &World, entities: &[Entity]) -> String {
    let names = entities
        .iter()
        .map(|entity| world.get::<Name>(*entity).unwrap().as_str());
    names.collect::<Vec<_>>().join(", ")
}
