//! The plugin for both sides.

use bevy::prelude::*;
use bevy_replicon::{
    bytes::Bytes,
    prelude::*,
    shared::message::ctx::{ClientReceiveCtx, ServerSendCtx},
};

#[cfg(feature = "client")]
use crate::client;
#[cfg(feature = "server")]
use crate::server;
use crate::{
    counts::NoticeCounts,
    notice::{self, NoticeMessage},
    reasons::ReplicatedReasons,
    tag::replicate_tag,
};

/// Sends the causes of deletions from the server to its clients.
///
/// Add it on the server and on the clients, after replicon's plugins. Each app runs the side whose replicon plugin it
/// has: an app with both can be a server, a client, a listen server or a single-player game, as replicon allows.
///
/// On a **server**, each despawn that replicon sends to a client is accompanied by a *notice*: how the entity was
/// deleted, why, and by which entity. On a **client**, each despawn that replicon applies becomes a
/// [`delete`](bevy_post_delete::DeleteWorldExt::delete), and the reason and the instigator of its notice are written
/// into the origins of its pending messages.
///
/// # Timing
///
/// Server: `PostUpdate`, between replicon's [`ServerSystems::Send`] and [`ServerSystems::SendPackets`], in
/// [`ReplicateDeletesSystems`]. In frames in which replicon ticks, all pending
/// [`PostDelete`](bevy_post_delete::PostDelete) messages of the server are published there, earlier than usual. Systems
/// in [`Cleanup`](bevy_post_delete::Cleanup) read them as always.
///
/// Client: `PreUpdate`, and `OnEnter(ClientState::Connected)`, after [`ClientSystems::Receive`].
///
/// # Panics
///
/// If replicon's plugins were not added before.
///
/// # Example
///
/// A server and a client in one program, with the test app of replicon:
///
/// ```
#[doc = include_str!("../examples/quick_start.rs")]
/// ```
#[derive(Debug, Default, Clone, Copy)]
pub struct ReplicateDeletesPlugin;

/// Sets of the systems that [`ReplicateDeletesPlugin`] adds.
///
/// # Example
///
/// A system of a client that reads the notices before the messages about the same entities are published:
///
/// ```
/// use bevy::{prelude::*, state::app::StatesPlugin};
/// use bevy_post_delete::prelude::*;
/// use bevy_post_delete_replicon::prelude::*;
/// use bevy_replicon::{prelude::*, test_app::ServerTestAppExt};
///
/// #[derive(Resource, Default)]
/// struct Losses(Vec<Option<DeleteKind>>);
///
/// fn note_losses(mut notices: MessageReader<DeleteNotice>, mut losses: ResMut<Losses>) {
///     losses.0.extend(notices.read().map(|notice| notice.kind));
/// }
///
/// # fn new_app() -> App {
/// #     let mut app = App::new();
/// #     let replicon = RepliconPlugins.set(ServerPlugin::new(PostUpdate));
/// #     app.add_plugins((MinimalPlugins, StatesPlugin, replicon, ReplicateDeletesPlugin));
/// #     app.finish();
/// #     app
/// # }
/// // `new_app` adds the plugins of the server and the client.
/// let (mut server, mut client) = (new_app(), new_app());
/// client
///     .init_resource::<Losses>()
///     .add_systems(PreUpdate, note_losses.after(ReplicateDeletesSystems::Apply));
/// server.connect_client(&mut client);
///
/// let entity = server.world_mut().spawn(Replicated).id();
/// server.update();
/// server.exchange_with_client(&mut client);
/// client.update();
///
/// server.world_mut().delete(entity).unwrap();
/// server.update();
/// server.exchange_with_client(&mut client);
/// client.update();
/// assert_eq!(client.world().resource::<Losses>().0, [Some(DeleteKind::Direct)]);
/// ```
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplicateDeletesSystems {
    /// The server publishes, if replicon has ticked. In `PostUpdate`, after [`ServerSystems::Send`].
    Publish,
    /// The server sends its notices, if replicon has ticked. In `PostUpdate`, after [`Publish`](Self::Publish) and
    /// before [`ServerSystems::SendPackets`].
    Send,
    /// The client applies the notices that have arrived. In `PreUpdate` and in `OnEnter(ClientState::Connected)`, after
    /// [`ClientSystems::Receive`].
    Apply,
}

/// The channel for notices from the server to its clients.
#[cfg(feature = "server")]
#[derive(Resource, Debug)]
pub(crate) struct NoticeChannel(pub(crate) usize);

impl Plugin for ReplicateDeletesPlugin {
    fn build(&self, app: &mut App) {
        assert!(
            app.is_plugin_added::<RepliconSharedPlugin>(),
            "add replicon's plugins before `ReplicateDeletesPlugin`",
        );
        app.init_resource::<NoticeCounts>()
            .init_resource::<ReplicatedReasons>()
            // Independent: replicon then does not hold early messages, in a queue without a bound. The client does.
            .add_server_message_with::<NoticeMessage>(Channel::Ordered, serialize, deserialize)
            .make_message_independent::<NoticeMessage>();
        #[cfg(feature = "server")]
        if app.is_plugin_added::<ServerPlugin>() {
            let channels = app.world().resource::<RepliconChannels>().server_channels();
            let channel = NoticeChannel(channels.len() - 1);
            app.insert_resource(channel);
            server::build(app);
        }
        replicate_tag(app);
        #[cfg(feature = "client")]
        if app.is_plugin_added::<ClientPlugin>() {
            client::build(app);
        }
    }
}

fn serialize(_: &mut ServerSendCtx<'_>, message: &NoticeMessage, bytes: &mut Vec<u8>) -> Result<()> {
    notice::write(message.tick, &message.notices, bytes)
}

fn deserialize(_: &mut ClientReceiveCtx<'_>, bytes: &mut Bytes) -> Result<NoticeMessage> {
    notice::read(bytes)
}
