//! A server with two clients.

use std::{collections::BTreeMap, thread, time::Duration};

use bevy::{ecs::entity_disabling::Disabled, prelude::*};
use bevy_post_delete_replicon::prelude::*;
use bevy_replicon::{prelude::*, shared::backend::channels::ServerChannel, test_app::ServerTestAppExt};
use bevy_replicon_example_backend::{ExampleClient, ExampleServer};

use super::{Death, Published, Side, Unit, Withheld, new_app, published::Numbers};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Link {
    InProcess,
    Tcp,
}

/// A server with two clients.
pub(crate) struct Game {
    pub(crate) server: App,
    pub(crate) clients: [App; 2],
    pub(crate) link: Link,
    next_unit: u32,
}

/// More updates than any condition of a test needs. Over TCP, they take 15 s or more.
const MAX_UPDATES: usize = 20_000;

impl Game {
    pub(crate) fn new(link: Link) -> Self {
        Self::with(link, |_| ())
    }

    /// Creates a game in which each app was set up by this function.
    pub(crate) fn with(link: Link, set_up: impl Fn(&mut App)) -> Self {
        let app = || {
            let mut app = new_app();
            set_up(&mut app);
            app.finish();
            app.cleanup();
            app
        };
        let mut game = Self {
            server: app(),
            clients: [app(), app()],
            link,
            next_unit: 0,
        };
        if link == Link::Tcp {
            game.server.insert_resource(ExampleServer::new(0).unwrap());
        }
        game.connect(0);
        game.connect(1);
        game
    }

    /// Connects a client, and waits until it is authorized.
    pub(crate) fn connect(&mut self, client: usize) {
        let before = self.authorized().len();
        match self.link {
            Link::InProcess => self.server.connect_client(&mut self.clients[client]),
            Link::Tcp => {
                let address = self.server.world().resource::<ExampleServer>().local_addr().unwrap();
                self.clients[client].insert_resource(ExampleClient::new(address).unwrap());
            }
        }
        self.until(|game| game.authorized().len() == before + 1 && game.is_connected(client));
        // The new client's entity is the only one without a side.
        let world = self.server.world_mut();
        let entity = world
            .query_filtered::<Entity, (With<AuthorizedClient>, Without<Side>)>()
            .single(world)
            .unwrap();
        world.entity_mut(entity).insert(Side(1 << client));
        self.step();
    }

    pub(crate) fn disconnect(&mut self, client: usize) {
        let before = self.authorized().len();
        match self.link {
            Link::InProcess => self.server.disconnect_client(&mut self.clients[client]),
            Link::Tcp => {
                self.clients[client].world_mut().remove_resource::<ExampleClient>();
            }
        }
        self.until(|game| game.authorized().len() == before - 1 && !game.is_connected(client));
    }

    fn is_connected(&self, client: usize) -> bool {
        *self.clients[client].world().resource::<State<ClientState>>() == ClientState::Connected
    }

    fn authorized(&mut self) -> Vec<Entity> {
        let world = self.server.world_mut();
        world
            .query_filtered::<Entity, (With<AuthorizedClient>, Allow<Disabled>)>()
            .iter(world)
            .collect()
    }

    /// The entity of a client on the server.
    pub(crate) fn client_entity(&mut self, client: usize) -> Entity {
        let world = self.server.world_mut();
        let mut sides = world.query_filtered::<(Entity, &Side), Allow<Disabled>>();
        let mut entities = sides.iter(world).filter(|(_, side)| side.0 == 1 << client);
        entities.next().unwrap().0
    }

    /// Updates the server, delivers what it sends, and updates the clients.
    pub(crate) fn step(&mut self) {
        self.server.update();
        for client in 0..2 {
            self.update_client(client);
        }
    }

    /// Delivers what the server has sent to a client, and updates that client.
    pub(crate) fn update_client(&mut self, client: usize) {
        if self.link == Link::InProcess && self.is_connected(client) {
            self.server.exchange_with_client(&mut self.clients[client]);
        }
        self.clients[client].update();
    }

    /// Steps until the condition holds.
    #[track_caller]
    pub(crate) fn until(&mut self, condition: impl Fn(&mut Self) -> bool) {
        for update in 0..MAX_UPDATES {
            if condition(self) {
                return;
            }
            self.step();
            // The condition decides when to go on. The pause leaves time to the network of a busy machine.
            if self.link == Link::Tcp && update > 5_000 {
                thread::sleep(Duration::from_millis(1));
            }
        }
        panic!(
            "the condition does not hold after {MAX_UPDATES} updates: {:?}",
            self.clients.each_ref().map(deaths)
        );
    }

    /// Spawns a unit on the server.
    pub(crate) fn spawn(&mut self, bundle: impl Bundle) -> (u32, Entity) {
        self.next_unit += 1;
        let unit = self.next_unit;
        let entity = self.server.world_mut().spawn((Replicated, Unit(unit), bundle)).id();
        (unit, entity)
    }

    /// The units that are alive on a client, in order.
    pub(crate) fn units(&mut self, client: usize) -> Vec<u32> {
        let world = self.clients[client].world_mut();
        let mut units: Vec<_> = world.query::<&Unit>().iter(world).map(|unit| unit.0).collect();
        units.sort();
        units
    }

    /// How often a client has gained each unit that it ever had.
    pub(crate) fn times_gained(&self, client: usize) -> BTreeMap<u32, usize> {
        let mut gained = BTreeMap::new();
        for unit in self.clients[client].world().resource::<Numbers>().0.values() {
            *gained.entry(*unit).or_default() += 1;
        }
        gained
    }

    /// Waits until exactly these units are alive on a client.
    #[track_caller]
    pub(crate) fn until_alive(&mut self, client: usize, units: &[u32]) {
        self.until(|game| game.units(client) == units);
    }

    /// The entity of a unit on a client.
    pub(crate) fn entity_on(&mut self, client: usize, unit: u32) -> Entity {
        let world = self.clients[client].world_mut();
        let mut units = world.query::<(Entity, &Unit)>();
        let found = units.iter(world).find(|(_, of)| of.0 == unit);
        found.expect("the unit should be alive on the client").0
    }

    /// The deaths that a client has published, in order.
    pub(crate) fn deaths(&self, client: usize) -> &[Death] {
        deaths(&self.clients[client])
    }

    pub(crate) fn server_deaths(&self) -> &[Death] {
        deaths(&self.server)
    }

    /// Waits until a client has published this number of deaths, and a little longer, in case there are more.
    #[track_caller]
    pub(crate) fn until_deaths(&mut self, client: usize, count: usize) {
        self.until(|game| game.deaths(client).len() >= count);
        self.steps(5);
        assert_eq!(self.deaths(client).len(), count, "{:?}", self.deaths(client));
    }

    pub(crate) fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.step();
        }
    }

    pub(crate) fn counts(&self, client: usize) -> NoticeCounts {
        self.clients[client].world().resource::<NoticeCounts>().clone()
    }

    pub(crate) fn server_counts(&self) -> NoticeCounts {
        self.server.world().resource::<NoticeCounts>().clone()
    }

    pub(crate) fn published(&self, client: usize) -> &Published {
        self.clients[client].world().resource::<Published>()
    }

    /// Withholds what arrives on a channel of a client, until [`release`](Self::release).
    pub(crate) fn withhold(&mut self, client: usize, channel: usize) {
        self.clients[client].world_mut().resource_mut::<Withheld>().channel = Some(channel);
    }

    pub(crate) fn release(&mut self, client: usize) {
        self.clients[client].world_mut().resource_mut::<Withheld>().channel = None;
    }

    /// Waits until a client has withheld messages.
    #[track_caller]
    pub(crate) fn until_withheld(&mut self, client: usize) {
        self.until(|game| !game.clients[client].world().resource::<Withheld>().messages.is_empty());
    }

    /// Inserts a message into a channel of a client, as if the server had sent it.
    pub(crate) fn inject(&mut self, client: usize, channel: usize, bytes: Vec<u8>) {
        let world = self.clients[client].world_mut();
        world.resource_mut::<ClientMessages>().insert_received(channel, bytes);
        self.clients[client].update();
    }
}

/// Replicon's channel for spawns and despawns.
pub(crate) const UPDATES: usize = ServerChannel::Updates as usize;

/// The channel for notices. The plugin creates it, and `new_app` creates no other after it.
pub(crate) fn notices(game: &Game) -> usize {
    game.server
        .world()
        .resource::<RepliconChannels>()
        .server_channels()
        .len()
        - 1
}

fn deaths(app: &App) -> &[Death] {
    &app.world().resource::<Published>().deaths
}
