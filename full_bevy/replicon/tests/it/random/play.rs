//! A random game.

use std::collections::{BTreeMap, BTreeSet};

use bevy::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_replicon::test_app::ServerTestAppExt;

use crate::support::{EXPIRED, Game, KILLED, Link, PREDICTED, SeenBy, UPDATES, Unit, Withheld, notices};

/// A linear congruential generator: the games need variety, not quality.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % end
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())])
    }
}

/// The order in which messages arrive.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Network {
    Prompt,
    EarlyNotices,
    LateNotices,
}

pub(super) struct Play {
    pub(super) game: Game,
    pub(super) random: Random,
    pub(super) network: Network,
    /// Never deleted and never hidden.
    players: [Entity; 3],
    /// By number. A unit that is dead on the server stays in here.
    units: BTreeMap<u32, Entity>,
    pub(super) parents: BTreeMap<u32, u32>,
    /// The units that were hidden from a client at some time.
    pub(super) hidden: [BTreeSet<u32>; 2],
    /// The units that a client has deleted itself.
    pub(super) predicted: [BTreeSet<u32>; 2],
}

impl Play {
    pub(super) fn new(seed: u64, network: Network) -> Self {
        let mut game = Game::new(Link::InProcess);
        let players = [(); 3].map(|()| game.spawn(()).1);
        game.until_alive(1, &[1, 2, 3]);
        Self {
            game,
            random: Random(seed),
            network,
            players,
            units: BTreeMap::new(),
            parents: BTreeMap::new(),
            hidden: Default::default(),
            predicted: Default::default(),
        }
    }

    fn alive(&self) -> Vec<(u32, Entity)> {
        let world = self.game.server.world();
        let units = self.units.iter().map(|(unit, entity)| (*unit, *entity));
        units.filter(|(_, entity)| world.get_entity(*entity).is_ok()).collect()
    }

    pub(super) fn act(&mut self) {
        let alive = self.alive();
        let Some((unit, entity)) = self.random.pick(&alive) else {
            return self.spawn(None);
        };
        let player = self.random.pick(&self.players).unwrap();
        let world = self.game.server.world_mut();
        match self.random.below(12) {
            0..4 => {
                let parent = self.random.one_in(3).then_some((unit, entity));
                self.spawn(parent);
            }
            4..6 => drop(world.because(KILLED.by(player)).delete(entity)),
            6 => drop(world.because(EXPIRED).delete(entity)),
            7 => drop(world.despawn(entity)),
            8 => {
                let batch: Vec<_> = alive
                    .iter()
                    .map(|(_, entity)| *entity)
                    .filter(|_| self.random.one_in(4))
                    .collect();
                world.because(KILLED.by(player)).delete_batch(batch);
            }
            9 => {
                let sides = self.random.below(4) as u8;
                world.entity_mut(entity).insert(SeenBy(sides));
                for client in 0..2 {
                    if sides & 1 << client == 0 {
                        self.hidden[client].insert(unit);
                    }
                }
            }
            10 => drop(world.entity_mut(entity).remove::<SeenBy>()),
            _ => self.predict(),
        }
    }

    fn spawn(&mut self, parent: Option<(u32, Entity)>) {
        let (unit, entity) = self.game.spawn(());
        if let Some((parent, parent_entity)) = parent {
            self.game
                .server
                .world_mut()
                .entity_mut(entity)
                .insert(ChildOf(parent_entity));
            self.parents.insert(unit, parent);
        }
        self.units.insert(unit, entity);
    }

    /// A client deletes one of its entities by itself.
    fn predict(&mut self) {
        let client = self.random.below(2);
        let world = self.game.clients[client].world_mut();
        let units: Vec<_> = world
            .query::<(Entity, &Unit)>()
            .iter(world)
            .map(|(entity, unit)| (entity, unit.0))
            .collect();
        if let Some((entity, unit)) = self.random.pick(&units)
            && unit > 3
        {
            for planned in world.plan_delete(entity).unwrap().entities() {
                let planned = world.get::<Unit>(*planned).unwrap().0;
                self.predicted[client].insert(planned);
            }
            world.because(PREDICTED).delete(entity).unwrap();
        }
    }

    /// A client leaves, deletes what it has, and joins again.
    fn reconnect(&mut self, client: usize) {
        self.game.disconnect(client);
        let units = self.game.units(client);
        self.predicted[client].extend(units);
        let app = &mut self.game.clients[client];
        app.insert_resource(Withheld::default());
        app.world_mut().because(PREDICTED).delete_all::<With<Unit>>();
        app.update();
        self.game.connect(client);
    }

    pub(super) fn exchange(&mut self) {
        if self.random.one_in(40) {
            let client = self.random.below(2);
            self.reconnect(client);
        }
        self.game.server.update();
        for client in 0..2 {
            if self.random.one_in(3) {
                continue; // several ticks of the server in one frame of the client
            }
            if self.random.one_in(4) {
                match self.network {
                    Network::Prompt => (),
                    Network::EarlyNotices => self.game.withhold(client, UPDATES),
                    Network::LateNotices => {
                        let channel = notices(&self.game);
                        self.game.withhold(client, channel);
                    }
                }
            } else if self.random.one_in(3) {
                self.game.release(client);
            }
            self.game.server.exchange_with_client(&mut self.game.clients[client]);
            self.game.clients[client].update();
        }
    }

    pub(super) fn finish(&mut self) {
        for client in 0..2 {
            self.game.release(client);
        }
        self.game.steps(5);
    }
}
