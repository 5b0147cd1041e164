//! Deletes in shipyard, with and without its deletion tracking. Since shipyard is another ECS, compare only these two
//! cases with each other.

use shipyard::{Component, EntityId, View, World, track};

use super::{Case, Work};

#[derive(Component)]
struct Position(#[expect(dead_code, reason = "it takes up memory")] [f32; 4]);

#[derive(Component)]
struct Velocity(#[expect(dead_code, reason = "it takes up memory")] [f32; 4]);

#[derive(Component)]
struct Health(#[expect(dead_code, reason = "it takes up memory")] u64);

#[derive(Component)]
struct Untracked(
    #[expect(dead_code, reason = "it takes up memory")] u64,
    #[expect(dead_code, reason = "it takes up memory")] u64,
);

#[derive(Component)]
#[track(Deletion)]
struct Tracked(u64, #[expect(dead_code, reason = "it takes up memory")] u64);

struct InShipyard {
    world: World,
    entities: Vec<EntityId>,
    tracked: bool,
}

pub(super) fn plain() -> Case {
    Case::new("shipyard", "delete_entity, untracked", InShipyard::new(false))
}

pub(super) fn tracked() -> Case {
    Case::new("shipyard tracked", "delete_entity, tracked", InShipyard::new(true))
}

impl InShipyard {
    fn new(tracked: bool) -> Self {
        Self {
            world: World::new(),
            entities: Vec::new(),
            tracked,
        }
    }
}

impl Work for InShipyard {
    fn prepare(&mut self, count: usize) {
        let others = |number| (Position([0.0; 4]), Velocity([0.0; 4]), Health(number));
        let numbers = 0..count as u64;
        self.entities.clear();
        for number in numbers {
            let (position, velocity, health) = others(number);
            self.entities.push(if self.tracked {
                self.world.add_entity((position, velocity, health, Tracked(number, 1)))
            } else {
                self.world
                    .add_entity((position, velocity, health, Untracked(number, 1)))
            });
        }
    }

    fn run(&mut self) -> u64 {
        for entity in &self.entities {
            self.world.delete_entity(*entity);
        }
        if !self.tracked {
            return 0;
        }
        let sum = self.world.run(|tracked: View<Tracked, track::Deletion>| {
            tracked
                .deleted()
                .map(|(entity, tracked)| entity.inner() ^ tracked.0)
                .fold(0, u64::wrapping_add)
        });
        self.world.clear_all_removed_and_deleted();
        sum
    }
}
