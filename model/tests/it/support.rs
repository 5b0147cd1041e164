//! Components and functions that the property tests share.

use bevy_ecs::{message::Messages, prelude::*};
use bevy_post_delete::prelude::*;

/// A component with a number.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Number(pub(crate) u32);

/// A linked relationship: the source is despawned with its target.
#[derive(Component)]
#[relationship(relationship_target = Crew)]
pub(crate) struct ServesOn(pub(crate) Entity);

#[derive(Component)]
#[relationship_target(relationship = ServesOn, linked_spawn)]
pub(crate) struct Crew(Vec<Entity>);

/// A relationship that is not linked.
#[derive(Component)]
#[relationship(relationship_target = Fans)]
pub(crate) struct Likes(pub(crate) Entity);

#[derive(Component)]
#[relationship_target(relationship = Likes)]
pub(crate) struct Fans(Vec<Entity>);

/// Publishes the pending messages, and takes them.
pub(crate) fn published<S: Snapshot>(world: &mut World) -> Vec<PostDelete<S>> {
    world.publish_deletes();
    world.resource_mut::<Messages<PostDelete<S>>>().drain().collect()
}
