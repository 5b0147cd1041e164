//! A client. It shows a line for each character that it loses.

use std::net::Ipv4Addr;

use bevy::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;
use bevy_replicon::prelude::*;
use bevy_replicon_example_backend::ExampleClient;

use crate::game::{self, Character, FEEDS, KILLED, Shown};

#[derive(Resource)]
struct Feed {
    player: String,
    /// Whether all characters have arrived.
    has_begun: bool,
    lines: Vec<String>,
    expected: Vec<&'static str>,
}

/// Creates the client of a player, and connects it to the server at this port.
pub(crate) fn new_app(player: &str, port: u16) -> App {
    let socket = ExampleClient::new((Ipv4Addr::LOCALHOST, port)).expect("the server is listening");
    let acts = FEEDS.iter().find_map(|(of, acts)| (*of == player).then_some(acts));
    let feed = Feed {
        player: player.into(),
        has_begun: false,
        lines: Vec::new(),
        expected: acts.expect("a player of the duel").concat(),
    };
    let mut app = game::new_app();
    app.insert_resource(socket)
        .insert_resource(feed)
        .add_systems(Update, begin)
        .add_systems(Cleanup, show)
        .add_systems(OnEnter(ClientState::Disconnected), finish);
    app
}

fn begin(characters: Query<&Character>, mut feed: ResMut<Feed>, commands: Commands) {
    if !feed.has_begun && characters.iter().count() == 4 {
        feed.has_begun = true;
        report(&feed, commands);
    }
}

/// Informs the server, which then starts the next act.
fn report(feed: &Feed, mut commands: Commands) {
    commands.client_trigger(Shown {
        player: feed.player.clone(),
        lines: feed.lines.len(),
    });
}

fn show(
    mut deleted: MessageReader<PostDelete<Character>>,
    characters: Query<&Character>,
    mut feed: ResMut<Feed>,
    commands: Commands,
    mut exit: MessageWriter<AppExit>,
) {
    if deleted.is_empty() {
        return;
    }
    for PostDelete { snapshot, origin, .. } in deleted.read() {
        let name = &snapshot.0;
        let killer = origin.instigator.and_then(|killer| characters.get(killer).ok());
        let line = match (origin.reason, killer) {
            (Some(KILLED), Some(killer)) if name.ends_with("shield") => {
                format!("{name} broke: {} killed its owner", killer.0)
            }
            (Some(KILLED), Some(killer)) => format!("{} killed {name}", killer.0),
            (Some(LOST_SIGHT), _) => format!("{name} is out of sight"),
            (Some(reason), _) => format!("{name} left: {reason}"),
            (None, _) => format!("{name} disappeared"),
        };
        println!("{line}");
        feed.lines.push(line);
    }
    let shown = feed.lines.len();
    if feed.expected.get(..shown).is_none_or(|expected| feed.lines != expected) {
        exit.write(fail(&feed));
    }
    report(&feed, commands);
}

/// Ends the client when the server has ended.
fn finish(feed: Res<Feed>, mut exit: MessageWriter<AppExit>) {
    if !feed.has_begun {
        return; // the state at the start
    }
    exit.write(if feed.lines == feed.expected {
        AppExit::Success
    } else {
        fail(&feed)
    });
}

fn fail(Feed { player, expected, .. }: &Feed) -> AppExit {
    eprintln!("{player}'s client should show {expected:?}");
    AppExit::error()
}
