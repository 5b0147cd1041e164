//! Deletes a tree of entities and restores it, with all components, its children and the links between its entities.
//!
//! Look at `delete_with_undo`: `plan_delete` returns the entities that a delete would despawn, so they can be saved
//! before the delete. The restored entities have new ids. `DeletedTree::restore` returns the new id of each old one.
//!
//! ```text
//! cargo run -p bevy_post_delete_ecosystem --example undo_tree
//! ```
use bevy_app::prelude::*;
use bevy_ecs::{entity::EntityHashMap, prelude::*, reflect::AppTypeRegistry};
use bevy_post_delete::prelude::*;
use bevy_reflect::prelude::*;
use bevy_world_serialization::{DynamicWorld, DynamicWorldBuilder};

#[derive(Component, Reflect, Clone, Debug, PartialEq)]
#[reflect(Component)]
struct Building {
    height: u32,
}

/// A cable to another building. Bevy maps the fields with the attribute `entities` when it restores a saved world.
#[derive(Component, Reflect)]
#[reflect(Component)]
struct Cable {
    #[entities]
    to: Entity,
}

/// A saved tree of deleted entities.
struct DeletedTree {
    root: Entity,
    /// The parent of the root. It is not part of the tree.
    parent: Option<Entity>,
    entities: DynamicWorld,
}

/// Saves the tree of an entity, and deletes it.
fn delete_with_undo(world: &mut World, root: Entity) -> Result<DeletedTree, DeleteError> {
    let plan = world.plan_delete(root)?;
    let registry = world.resource::<AppTypeRegistry>().clone();
    let tree = DeletedTree {
        root,
        parent: world.get::<ChildOf>(root).map(ChildOf::parent),
        entities: DynamicWorldBuilder::from_world(world, &registry.read())
            .extract_entities(plan.entities().iter().copied())
            .build(),
    };
    world.delete(root)?;
    Ok(tree)
}

impl DeletedTree {
    /// Spawns the tree again, and returns the new id of each entity.
    fn restore(&self, world: &mut World) -> Result<EntityHashMap<Entity>, BevyError> {
        // Links to entities outside of the tree stay as they are, if these entities are still alive.
        let mut alive = world.query::<Entity>();
        let mut ids: EntityHashMap<Entity> = alive.iter(world).map(|entity| (entity, entity)).collect();
        self.entities.write_to_world(world, &mut ids)?;

        // Bevy writes the components without relationship hooks, so the parent's `Children` do not contain the root.
        let root = ids[&self.root];
        world.entity_mut(root).remove::<ChildOf>();
        if let Some(parent) = self.parent
            && let Ok(mut parent) = world.get_entity_mut(parent)
        {
            parent.add_child(root);
        }
        Ok(ids)
    }
}

fn main() -> Result<(), BevyError> {
    let mut app = App::new();
    app.register_type::<Building>()
        .register_type::<Cable>()
        .register_type::<Name>()
        .register_type::<ChildOf>()
        .register_type::<Children>()
        .count_deletes::<Building>();
    let world = app.world_mut();
    let city = world.spawn(Name::new("city")).id();
    let plant = world
        .spawn((Name::new("power plant"), Building { height: 30 }, ChildOf(city)))
        .id();
    let factory = world
        .spawn((
            Name::new("factory"),
            Building { height: 12 },
            Cable { to: plant },
            ChildOf(city),
        ))
        .id();
    let tower = (Name::new("tower"), Building { height: 9 }, Cable { to: factory });
    let chimney = (Name::new("chimney"), Building { height: 20 });
    world.entity_mut(factory).with_children(|factory| {
        factory.spawn(tower);
        factory.spawn(chimney);
    });
    let before = describe(world, city);
    println!("{before}");

    let deleted = delete_with_undo(world, factory)?;
    assert_eq!(describe(world, city), "city [power plant 30]");
    app.update();
    assert_eq!(app.world().resource::<DeleteCounts<Building>>().total(), 3);

    let world = app.world_mut();
    let ids = deleted.restore(world)?;
    println!("restored as {}", ids[&factory]);
    assert_eq!(describe(world, city), before);
    assert_ne!(ids[&factory], factory);

    // The restored entities are published like any other.
    world.delete(ids[&factory])?;
    app.update();
    assert_eq!(app.world().resource::<DeleteCounts<Building>>().total(), 6);
    Ok(())
}

/// Describes a tree with its components, links and children.
fn describe(world: &World, entity: Entity) -> String {
    let mut text = world.get::<Name>(entity).unwrap().to_string();
    if let Some(building) = world.get::<Building>(entity) {
        text += &format!(" {}", building.height);
    }
    if let Some(cable) = world.get::<Cable>(entity) {
        text += &format!(" -> {}", world.get::<Name>(cable.to).unwrap());
    }
    if let Some(children) = world.get::<Children>(entity) {
        let children: Vec<_> = children.iter().map(|child| describe(world, child)).collect();
        text += &format!(" [{}]", children.join(", "));
    }
    text
}
