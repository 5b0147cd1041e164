//! Messages that arrive late.

use bevy::prelude::*;
use bevy_replicon::{bytes::Bytes, prelude::*};

/// Messages that a client has received, and that a test withholds from replicon.
#[derive(Resource, Default)]
pub(crate) struct Withheld {
    pub(crate) channel: Option<usize>,
    pub(crate) messages: Vec<(usize, Bytes)>,
}

pub(crate) fn build(app: &mut App) {
    app.init_resource::<Withheld>().add_systems(
        PreUpdate,
        withhold
            .after(ClientSystems::ReceivePackets)
            .before(ClientSystems::Receive),
    );
}

fn withhold(mut withheld: ResMut<Withheld>, mut messages: ResMut<ClientMessages>) {
    match withheld.channel {
        Some(channel) => withheld
            .messages
            .extend(messages.drain_received(channel).map(|message| (channel, message))),
        None => {
            // They arrived before anything that is in the channel now.
            let withheld = std::mem::take(&mut withheld.messages);
            let Some(&(channel, _)) = withheld.first() else {
                return;
            };
            let later: Vec<_> = messages
                .drain_received(channel)
                .map(|message| (channel, message))
                .collect();
            for (channel, message) in withheld.into_iter().chain(later) {
                messages.insert_received(channel, message);
            }
        }
    }
}
