//! Notices that arrive before or after the despawns that they are about.

use bevy::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;
use bevy_replicon::{prelude::*, server::ReplicationUserdata};

use crate::support::{EXPIRED, Game, KILLED, Link, SeenBy, UPDATES, death, notices, over_both_links};

over_both_links! {
    early_notices_are_held,
    early_notices_of_several_ticks,
    late_notices_are_dropped_and_counted,
    a_late_notice_does_not_change_a_later_message,
    a_client_that_defers_replication_holds_the_notices,
}

fn early_notices_are_held(mut game: Game) {
    let (killer, killer_entity) = game.spawn(());
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[killer, unit]);

    game.withhold(0, UPDATES);
    game.server
        .world_mut()
        .because(KILLED.by(killer_entity))
        .delete(entity)
        .unwrap();
    game.until(|game| game.counts(0).early == 1);
    game.steps(3);
    assert_eq!(game.units(0), [killer, unit], "the despawn has not arrived");
    assert_eq!(game.deaths(0), []);

    game.release(0);
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, KILLED, killer)]);
    let NoticeCounts {
        applied,
        early,
        late,
        unmatched,
        ..
    } = game.counts(0);
    assert_eq!((applied, early, late, unmatched), (1, 1, 0, 0));
}

fn early_notices_of_several_ticks(mut game: Game) {
    let units: Vec<_> = (0..6).map(|_| game.spawn(SeenBy(0b11))).collect();
    let numbers: Vec<_> = units.iter().map(|(unit, _)| *unit).collect();
    game.until_alive(0, &numbers);

    game.withhold(0, UPDATES);
    let reasons = [Some(KILLED), Some(EXPIRED), None];
    for (index, (_, entity)) in units.iter().enumerate() {
        let world = game.server.world_mut();
        match reasons[index % 3] {
            Some(reason) => drop(world.because(reason).delete(*entity).unwrap()),
            None => drop(world.entity_mut(*entity).insert(SeenBy(0b10))),
        }
        game.step();
    }
    game.until(|game| game.counts(0).early == 6);

    game.release(0);
    game.until_deaths(0, 6);
    let expected: Vec<_> = numbers
        .iter()
        .enumerate()
        .map(|(index, &unit)| death(unit, reasons[index % 3].unwrap_or(LOST_SIGHT), None))
        .collect();
    assert_eq!(game.deaths(0), expected);
    assert_eq!(game.counts(0).applied, 6);
}

fn late_notices_are_dropped_and_counted(mut game: Game) {
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[unit]);
    game.until_alive(1, &[unit]);

    let channel = notices(&game);
    game.withhold(0, channel);
    game.server.world_mut().because(KILLED).delete(entity).unwrap();
    game.until_deaths(0, 1);
    assert_eq!(
        game.deaths(0),
        [death(unit, None, None)],
        "published without a cause, and not as lost sight"
    );
    game.until_withheld(0);

    game.release(0);
    game.until(|game| game.counts(0).late == 1);
    game.until_deaths(0, 1);
    assert_eq!(
        game.deaths(0),
        [death(unit, None, None)],
        "nothing should be published twice"
    );
    let NoticeCounts { applied, unmatched, .. } = game.counts(0);
    assert_eq!((applied, unmatched), (0, 0));
    game.until_deaths(1, 1);
    assert_eq!(game.deaths(1), game.server_deaths(), "the other client is not affected");
}

fn a_late_notice_does_not_change_a_later_message(mut game: Game) {
    let (old, old_entity) = game.spawn(());
    let (new, new_entity) = game.spawn(());
    game.until_alive(0, &[old, new]);

    let channel = notices(&game);
    game.withhold(0, channel);
    game.server.world_mut().because(KILLED).delete(old_entity).unwrap();
    game.until_deaths(0, 1);
    game.until_withheld(0);
    // The late notice arrives together with a notice that is in time.
    game.release(0);
    game.server.world_mut().because(EXPIRED).delete(new_entity).unwrap();
    game.until_deaths(0, 2);

    assert_eq!(game.deaths(0), [death(old, None, None), death(new, EXPIRED, None)]);
    let NoticeCounts { applied, late, .. } = game.counts(0);
    assert_eq!((applied, late), (1, 1));
}

fn a_client_that_defers_replication_holds_the_notices(mut game: Game) {
    #[derive(Resource)]
    struct IsReady(bool);

    // With user data and mappings, the despawns are in the middle of the message that the server reads.
    game.server.insert_resource(ReplicationUserdata(vec![7; 200]));
    for client in &mut game.clients {
        client.insert_resource(IsReady(true)).add_observer(
            |mut replication: On<ShouldApplyReplication>, is_ready: Res<IsReady>| {
                replication.should_apply &= is_ready.0;
            },
        );
    }
    let (first, first_entity) = game.spawn(());
    let (second, second_entity) = game.spawn(());
    for client in 0..2 {
        game.until_alive(client, &[first, second]);
    }

    game.clients[0].insert_resource(IsReady(false));
    let (third, third_entity) = game.spawn(Signature::from_hash(42));
    game.server.world_mut().because(KILLED).delete(first_entity).unwrap();
    game.until(|game| game.counts(0).early == 1);
    let (fourth, _) = game.spawn(Signature::from_hash(43));
    game.server
        .world_mut()
        .because(EXPIRED.by(third_entity))
        .delete(second_entity)
        .unwrap();
    game.until(|game| game.counts(0).early == 2);
    assert_eq!((game.units(0), game.deaths(0).len()), (vec![first, second], 0));

    game.clients[0].insert_resource(IsReady(true));
    for client in 0..2 {
        game.until_alive(client, &[third, fourth]);
        game.until_deaths(client, 2);
        assert_eq!(
            game.deaths(client),
            [death(first, KILLED, None), death(second, EXPIRED, third)]
        );
        assert_eq!(game.deaths(client), game.server_deaths());
    }
    assert_eq!(game.counts(0).applied, 2);
}

#[test]
fn late_notices_are_recognized_for_the_latest_4096_despawns() {
    let mut game = Game::new(Link::InProcess);
    let units: Vec<_> = (0..5000).map(|_| game.spawn(())).collect();
    game.until(|game| game.units(0).len() == 5000);

    let channel = notices(&game);
    game.withhold(0, channel);
    let entities = units.into_iter().map(|(_, entity)| entity);
    game.server.world_mut().because(KILLED).delete_batch(entities);
    game.until_deaths(0, 5000);
    game.release(0);

    game.until(|game| game.counts(0).late > 0);
    let NoticeCounts {
        applied,
        late,
        unmatched,
        ..
    } = game.counts(0);
    assert_eq!(
        (applied, late, unmatched),
        (0, 4096, 904),
        "a client should not remember all entities that it ever had"
    );
}
