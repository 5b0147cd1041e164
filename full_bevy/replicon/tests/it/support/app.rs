//! The app of a server or a client.

use bevy::{prelude::*, state::app::StatesPlugin};
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;
use bevy_replicon::prelude::*;
use bevy_replicon_example_backend::RepliconExampleBackendPlugins;
use serde::{Deserialize, Serialize};

use super::{published, withheld};

pub(crate) const KILLED: DeleteReason = DeleteReason::new("killed");
pub(crate) const EXPIRED: DeleteReason = DeleteReason::new("expired");
pub(crate) const LEVEL_ENDED: DeleteReason = DeleteReason::new("level ended");
pub(crate) const PREDICTED: DeleteReason = DeleteReason::new("predicted");

/// A replicated entity, with a number by which the apps can be compared.
#[derive(Component, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct Unit(pub(crate) u32);

/// A second replicated component.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Health(pub(crate) u32);

/// The sides that see an entity, one bit each. Without it, all see the entity.
#[derive(Component)]
#[component(immutable)]
pub(crate) struct SeenBy(pub(crate) u8);

/// The side of a client, on its entity on the server.
#[derive(Component)]
#[component(immutable)]
pub(crate) struct Side(pub(crate) u8);

impl VisibilityFilter for SeenBy {
    type ClientComponent = Side;
    type Scope = Entity;

    fn is_visible(&self, _: Entity, side: Option<&Side>) -> bool {
        side.is_some_and(|side| side.0 & self.0 != 0)
    }
}

/// The sides that see all components of an entity. The others see only its `Unit`.
#[derive(Component)]
#[component(immutable)]
pub(crate) struct KnownTo(pub(crate) u8);

impl VisibilityFilter for KnownTo {
    type ClientComponent = Side;
    type Scope = AllExcept<SingleComponent<Unit>>;

    fn is_visible(&self, _: Entity, side: Option<&Side>) -> bool {
        side.is_some_and(|side| side.0 & self.0 != 0)
    }
}

/// An app that can be a server or a client.
pub(crate) fn new_app() -> App {
    new_app_with(AuthMethod::default())
}

pub(crate) fn new_app_with(auth_method: AuthMethod) -> App {
    let mut app = App::new();
    app.add_plugins((
        MinimalPlugins,
        StatesPlugin,
        RepliconPlugins
            .set(ServerPlugin::new(PostUpdate))
            .set(RepliconSharedPlugin { auth_method }),
        ReplicateDeletesPlugin,
        RepliconExampleBackendPlugins,
        PostDeletePlugin::<Unit>::default(),
    ))
    .replicate::<Unit>()
    .replicate::<Health>()
    .replicate::<ChildOf>()
    .add_visibility_filter::<SeenBy>()
    .add_visibility_filter::<KnownTo>()
    .replicate_delete_reason(KILLED)
    .replicate_delete_reason(EXPIRED)
    .replicate_delete_reason(LEVEL_ENDED)
    .replicate_delete_reason(PREDICTED);
    published::record(&mut app);
    withheld::build(&mut app);
    app
}
