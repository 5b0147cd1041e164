//! A client publishes the cause that the server recorded.

use bevy::{prelude::*, state::app::AppExtStates};
use bevy_post_delete::prelude::*;

use crate::support::{EXPIRED, Game, KILLED, LEVEL_ENDED, Unit, death, over_both_links, sorted};

over_both_links! {
    a_player_kills_another,
    a_cascade_has_the_cause_of_its_root,
    a_plain_despawn_has_no_cause_and_children_come_first,
    a_local_child_has_the_cause_of_its_replicated_parent,
    a_batch_has_one_cause,
    a_state_exit,
    ten_thousand_deletes_in_a_tick,
    an_observer_of_the_server_deletes_more,
}

fn a_player_kills_another(mut game: Game) {
    let (alice, alice_entity) = game.spawn(());
    let (bob, bob_entity) = game.spawn(());
    for client in 0..2 {
        game.until_alive(client, &[alice, bob]);
    }
    let alice_on_client = game.entity_on(0, alice);

    game.server
        .world_mut()
        .because(KILLED.by(alice_entity))
        .delete(bob_entity)
        .unwrap();

    for client in 0..2 {
        game.until_deaths(client, 1);
        assert_eq!(game.deaths(client), [death(bob, KILLED, alice)]);
        assert_eq!(
            game.deaths(client),
            game.server_deaths(),
            "causes should be equal on both sides"
        );
        assert_eq!(game.counts(client).applied, 1);
        assert_eq!(game.published(client).kinds, [(bob, Some(DeleteKind::Direct))]);
    }
    let (_, origin) = game.published(0).origins[0];
    assert_eq!(origin.kind, DeleteKind::Direct);
    assert!(origin.is_delete(), "the replicated despawn should be a delete");
    assert_eq!(
        origin.instigator,
        Some(alice_on_client),
        "the instigator should be the client's own entity"
    );
    assert_eq!(game.server_counts().sent, 2, "each client should have got one notice");
}

fn a_cascade_has_the_cause_of_its_root(mut game: Game) {
    let (killer, killer_entity) = game.spawn(());
    let (ship, ship_entity) = game.spawn(());
    let (turret, turret_entity) = game.spawn(ChildOf(ship_entity));
    let (barrel, _) = game.spawn(ChildOf(turret_entity));
    for client in 0..2 {
        game.until_alive(client, &[killer, ship, turret, barrel]);
    }

    game.server
        .world_mut()
        .because(KILLED.by(killer_entity))
        .delete(ship_entity)
        .unwrap();

    for client in 0..2 {
        game.until_deaths(client, 3);
        let expected = [barrel, turret, ship].map(|unit| death(unit, KILLED, killer));
        assert_eq!(game.deaths(client), expected, "children should come first");
        assert_eq!(game.deaths(client), game.server_deaths());
        let [barrel_kind, turret_kind, ship_kind] = [DeleteKind::Cascade, DeleteKind::Cascade, DeleteKind::Direct];
        assert_eq!(
            game.published(client).kinds,
            [
                (barrel, Some(barrel_kind)),
                (turret, Some(turret_kind)),
                (ship, Some(ship_kind))
            ],
        );
    }
}

fn a_plain_despawn_has_no_cause_and_children_come_first(mut game: Game) {
    let (ship, ship_entity) = game.spawn(());
    let (turret, _) = game.spawn(ChildOf(ship_entity));
    game.until_alive(0, &[ship, turret]);

    // Bevy despawns the parent first, so the client's delete of the parent takes the child along.
    game.server.world_mut().despawn(ship_entity);

    game.until_deaths(0, 2);
    assert_eq!(game.deaths(0), [turret, ship].map(|unit| death(unit, None, None)));
    assert_eq!(sorted(game.deaths(0)), sorted(game.server_deaths()));
    let kinds: Vec<_> = game
        .published(0)
        .origins
        .iter()
        .map(|(_, origin)| origin.kind)
        .collect();
    assert_eq!(kinds, [DeleteKind::Cascade, DeleteKind::Direct]);
    assert_eq!(
        game.published(0).kinds,
        [(ship, Some(DeleteKind::Despawn)), (turret, Some(DeleteKind::Cascade))],
        "the notices should have the server's kinds",
    );
}

fn a_local_child_has_the_cause_of_its_replicated_parent(mut game: Game) {
    let (killer, killer_entity) = game.spawn(());
    let (enemy, enemy_entity) = game.spawn(());
    game.until_alive(0, &[killer, enemy]);
    let enemy_on_client = game.entity_on(0, enemy);
    let health_bar = 1000;
    game.clients[0]
        .world_mut()
        .spawn((Unit(health_bar), ChildOf(enemy_on_client)));

    game.server
        .world_mut()
        .because(KILLED.by(killer_entity))
        .delete(enemy_entity)
        .unwrap();

    game.until_deaths(0, 2);
    assert_eq!(
        game.deaths(0),
        [health_bar, enemy].map(|unit| death(unit, KILLED, killer))
    );
    assert_eq!(game.counts(0).applied, 1, "there is no notice about a local entity");
}

fn a_batch_has_one_cause(mut game: Game) {
    let units: Vec<_> = (0..20).map(|_| game.spawn(())).collect();
    let numbers: Vec<_> = units.iter().map(|(number, _)| *number).collect();
    game.until_alive(0, &numbers);
    game.until_alive(1, &numbers);

    let entities: Vec<_> = units.iter().map(|(_, entity)| *entity).collect();
    game.server.world_mut().because(EXPIRED).delete_batch(entities);

    for client in 0..2 {
        game.until_deaths(client, 20);
        let expected: Vec<_> = numbers.iter().map(|&unit| death(unit, EXPIRED, None)).collect();
        assert_eq!(game.deaths(client), expected, "in the order of the batch");
        assert_eq!(game.deaths(client), game.server_deaths());
    }
}

fn ten_thousand_deletes_in_a_tick(mut game: Game) {
    const COUNT: usize = 10_000;
    // The example backend cannot send a message of more than 64 KiB, so replicon must not spawn all of them in one
    // tick.
    for _ in 0..10 {
        for _ in 0..COUNT / 10 {
            game.spawn(());
        }
        game.step();
    }
    for client in 0..2 {
        game.until(|game| game.units(client).len() == COUNT);
    }

    game.server.world_mut().because(LEVEL_ENDED).delete_all::<With<Unit>>();

    for client in 0..2 {
        game.until_deaths(client, COUNT);
        assert_eq!(game.deaths(client), game.server_deaths());
        assert!(
            game.deaths(client)
                .iter()
                .all(|death| death.reason == Some(LEVEL_ENDED.as_str()))
        );
        assert_eq!(game.counts(client).applied, COUNT as u64);
        assert_eq!((game.counts(client).late, game.counts(client).unmatched), (0, 0));
    }
}

fn an_observer_of_the_server_deletes_more(mut game: Game) {
    const COLLAPSED: DeleteReason = LEVEL_ENDED;
    let (wall, wall_entity) = game.spawn(());
    let (roof, roof_entity) = game.spawn(());
    game.server
        .add_observer(move |deleted: On<PostDelete<Unit>>, mut commands: Commands| {
            if deleted.entity == wall_entity {
                commands.entity(roof_entity).because(COLLAPSED).delete();
            }
        });
    game.until_alive(0, &[wall, roof]);

    game.server.world_mut().because(KILLED).delete(wall_entity).unwrap();

    game.until_deaths(0, 2);
    assert_eq!(
        game.deaths(0),
        [death(wall, KILLED, None), death(roof, COLLAPSED, None)]
    );
    assert_eq!(game.deaths(0), game.server_deaths());
}

/// A level, whose entities are deleted when it ends.
#[derive(States, Clone, PartialEq, Eq, Hash, Debug, Default)]
enum Level {
    #[default]
    First,
    Second,
}

#[derive(Component)]
struct OfFirstLevel;

fn a_state_exit(mut game: Game) {
    game.server
        .init_state::<Level>()
        .add_systems(OnExit(Level::First), |mut commands: Commands| {
            commands.because(LEVEL_ENDED).delete_all::<With<OfFirstLevel>>();
        });
    let (with_reason, _) = game.spawn(OfFirstLevel);
    let (without, _) = game.spawn(DespawnOnExit(Level::First));
    let (stays, _) = game.spawn(());
    for client in 0..2 {
        game.until_alive(client, &[with_reason, without, stays]);
    }

    game.server
        .world_mut()
        .resource_mut::<NextState<Level>>()
        .set(Level::Second);

    for client in 0..2 {
        game.until_deaths(client, 2);
        let expected = [death(with_reason, LEVEL_ENDED, None), death(without, None, None)];
        assert_eq!(sorted(game.deaths(client)), expected);
        assert_eq!(sorted(game.deaths(client)), sorted(game.server_deaths()));
        let mut kinds = game.published(client).kinds.clone();
        kinds.sort_by_key(|(unit, _)| *unit);
        let expected = [
            (with_reason, Some(DeleteKind::Direct)),
            (without, Some(DeleteKind::Despawn)),
        ];
        assert_eq!(kinds, expected, "a plain despawn should not be taken for lost sight");
        game.until_alive(client, &[stays]);
    }
}
