//! The rules that hold after a random game.

use std::collections::{BTreeMap, BTreeSet};

use bevy_post_delete_replicon::prelude::*;

use super::play::{Network, Play};
use crate::support::{Death, PREDICTED};

impl Play {
    /// Whether one of these units is the given one or an ancestor of it.
    fn contain_ancestor(&self, units: &BTreeSet<u32>, mut unit: u32) -> bool {
        loop {
            if units.contains(&unit) {
                return true;
            }
            match self.parents.get(&unit) {
                Some(parent) => unit = *parent,
                None => return false,
            }
        }
    }

    /// Returns the number of deaths, and of those without a cause for a reason that is documented.
    pub(super) fn check(&mut self, client: usize) -> (usize, usize) {
        let server: BTreeMap<u32, Death> = self
            .game
            .server_deaths()
            .iter()
            .map(|death| (death.unit, *death))
            .collect();
        assert_eq!(
            server.len(),
            self.game.server_deaths().len(),
            "the server publishes each once"
        );
        let mut lost: BTreeMap<u32, Vec<Death>> = BTreeMap::new();
        for death in self.game.deaths(client) {
            lost.entry(death.unit).or_default().push(*death);
        }
        let alive = self.game.units(client);
        let mut without_cause = Vec::new();
        let mut excused = 0;
        for (unit, gained) in self.game.times_gained(client) {
            let deaths = lost.remove(&unit).unwrap_or_default();
            assert_eq!(
                deaths.len() + usize::from(alive.contains(&unit)),
                gained,
                "unit {unit}: each time it was gained, it should be alive or published once",
            );
            for (index, death) in deaths.iter().enumerate() {
                let is_last = index + 1 == deaths.len();
                let is_lost_sight = *death
                    == Death {
                        unit,
                        reason: Some(LOST_SIGHT.as_str()),
                        by: None,
                    };
                let is_predicted = *death
                    == Death {
                        unit,
                        reason: Some(PREDICTED.as_str()),
                        by: None,
                    };
                let is_right = (is_last && server.get(&unit) == Some(death))
                    || (is_lost_sight && self.contain_ancestor(&self.hidden[client], unit))
                    || (is_predicted && self.predicted[client].contains(&unit));
                if !is_right {
                    assert_eq!(
                        (death.reason, death.by),
                        (None, None),
                        "{death:?}, server: {:?}",
                        server.get(&unit)
                    );
                    // Replicon receives a parent that the client no longer has as an empty entity. If that is despawned
                    // in the same frame, it takes its children along without a cause.
                    let unseen = self.predicted[client].union(&self.hidden[client]).copied();
                    if self.contain_ancestor(&unseen.collect(), unit) {
                        excused += 1;
                    } else {
                        without_cause.push((unit, server.get(&unit)));
                    }
                }
            }
        }
        assert!(lost.is_empty(), "published, and never gained: {lost:?}");

        let counts = self.game.counts(client);
        if self.network != Network::LateNotices {
            assert_eq!(without_cause, [], "every cause should have arrived in time");
            assert_eq!(counts.late, 0);
        }
        assert_eq!(counts.discarded, 0);
        // The server's entities that are dead, and that the client still has, would be replicon's bug or ours.
        let stale: Vec<_> = alive.iter().filter(|unit| server.contains_key(unit)).collect();
        assert!(stale.is_empty(), "{stale:?}");
        (self.game.deaths(client).len(), excused)
    }
}
