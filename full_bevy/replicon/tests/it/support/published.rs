//! A record of the messages that an app has published.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;

use super::Unit;

/// A published deletion of a `Unit`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Death {
    pub(crate) unit: u32,
    pub(crate) reason: Option<&'static str>,
    /// The number of the instigator.
    pub(crate) by: Option<u32>,
}

pub(crate) fn death(unit: u32, reason: impl Into<Option<DeleteReason>>, by: impl Into<Option<u32>>) -> Death {
    Death {
        unit,
        reason: reason.into().map(|reason| reason.as_str()),
        by: by.into(),
    }
}

/// The messages that an app has published, in order.
#[derive(Resource, Default)]
pub(crate) struct Published {
    pub(crate) deaths: Vec<Death>,
    pub(crate) origins: Vec<(u32, Origin)>,
    /// `u32::MAX` for an entity that has never been a unit.
    pub(crate) kinds: Vec<(u32, Option<DeleteKind>)>,
}

/// The numbers of all units that an app has ever had.
#[derive(Resource, Default)]
pub(crate) struct Numbers(pub(crate) BTreeMap<Entity, u32>);

pub(crate) fn record(app: &mut App) {
    app.init_resource::<Published>()
        // An app that is only a server does not have it.
        .add_message::<DeleteNotice>()
        .init_resource::<Numbers>()
        .add_observer(record_numbers)
        .add_systems(Cleanup, record_published);
}

fn record_numbers(insert: On<Insert<Unit>>, units: Query<&Unit>, mut numbers: ResMut<Numbers>) {
    numbers.0.insert(insert.entity, units.get(insert.entity).unwrap().0);
}

fn record_published(
    mut deleted: MessageReader<PostDelete<Unit>>,
    mut notices: MessageReader<DeleteNotice>,
    mut published: ResMut<Published>,
    numbers: Res<Numbers>,
) {
    for PostDelete { snapshot, origin, .. } in deleted.read() {
        published.deaths.push(Death {
            unit: snapshot.0,
            reason: origin.reason.map(|reason| reason.as_str()),
            by: origin.instigator.map(|instigator| numbers.0[&instigator]),
        });
        published.origins.push((snapshot.0, *origin));
    }
    for notice in notices.read() {
        let unit = numbers.0.get(&notice.entity).copied().unwrap_or(u32::MAX);
        published.kinds.push((unit, notice.kind));
    }
}

pub(crate) fn sorted(deaths: &[Death]) -> Vec<Death> {
    let mut deaths = deaths.to_vec();
    deaths.sort();
    deaths
}
