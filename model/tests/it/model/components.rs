//! The components, relations and snapshot types that programs speak of.

use bevy_ecs::{
    component::Mutable,
    entity_disabling::Disabled,
    lifecycle::HookContext,
    prelude::*,
    world::{DeferredWorld, EntityMut},
};
use bevy_post_delete::prelude::*;

use super::{
    picture::TAKEN,
    program::{Fate, Taker, Taking, Type},
};

/// Does something with `$P`, the component of a [`Part`].
#[rustfmt::skip]
macro_rules! of_part {
    ($part:expr, $P:ident => $body:expr) => {{
        use $crate::model::{components as c, program::Part};
        match $part {
            Part::Tabled => { type $P = c::Tabled; $body }
            Part::Sparse => { type $P = c::Sparse; $body }
            Part::Marked => { type $P = c::Marked; $body }
            Part::Hooked => { type $P = c::Hooked; $body }
            Part::Cargo => { type $P = c::Cargo; $body }
            Part::Plain => { type $P = c::Plain; $body }
            Part::Disabled => { type $P = bevy_ecs::entity_disabling::Disabled; $body }
            Part::Protected => { type $P = bevy_post_delete::Protected; $body }
        }
    }};
}

/// Does something with `$S`, the snapshot type of a [`Type`].
#[rustfmt::skip]
macro_rules! of_type {
    ($snapshot:expr, $S:ident => $body:expr) => {{
        use $crate::model::{components as c, program::Type};
        match $snapshot {
            Type::Tabled => { type $S = c::Tabled; $body }
            Type::Sparse => { type $S = c::Sparse; $body }
            Type::Marked => { type $S = c::Marked; $body }
            Type::Hooked => { type $S = c::Hooked; $body }
            Type::Unloaded => { type $S = c::Unloaded; $body }
            Type::Joined => { type $S = c::Joined; $body }
            Type::Even => { type $S = c::Even; $body }
        }
    }};
}

/// Does something with `$R`, the component of a [`Relation`](super::program::Relation).
#[rustfmt::skip]
macro_rules! of_relation {
    ($relation:expr, $R:ident => $body:expr) => {{
        use $crate::model::program::Relation;
        match $relation {
            Relation::ChildOf => { type $R = bevy_ecs::hierarchy::ChildOf; $body }
            Relation::ServesOn => { type $R = $crate::support::ServesOn; $body }
            Relation::Likes => { type $R = $crate::support::Likes; $body }
        }
    }};
}

/// Does something with `$F`, the query filter of a [`Filter`](super::program::Filter).
#[rustfmt::skip]
macro_rules! of_filter {
    ($filter:expr, $F:ident => $body:expr) => {{
        use bevy_ecs::{entity_disabling::Disabled, query::With};
        use $crate::model::{components as c, program::Filter};
        match $filter {
            Filter::Tabled => { type $F = With<c::Tabled>; $body }
            Filter::Sparse => { type $F = With<c::Sparse>; $body }
            Filter::Plain => { type $F = With<c::Plain>; $body }
            Filter::DisabledTabled => { type $F = (With<c::Tabled>, With<Disabled>); $body }
        }
    }};
}

pub(crate) use {of_filter, of_part, of_relation, of_type};

/// The component of a [`Part`].
pub(crate) trait OfPart: Component<Mutability = Mutable> {
    fn new(value: u32) -> Self;
    fn value(&self) -> u32;
}

/// The snapshot type of a [`Type`].
pub(crate) trait OfType: Snapshot {
    const TYPE: Type;
    fn remembered(&self) -> u32;
}

#[derive(Component, Clone)]
pub(crate) struct Tabled(u32);

#[derive(Component, Clone)]
#[component(storage = "SparseSet")]
pub(crate) struct Sparse(u32);

#[derive(Component, Clone)]
pub(crate) struct Marked;

#[derive(Component, Clone)]
#[component(on_despawn = count_call)]
pub(crate) struct Hooked(u32);

#[derive(Component)]
pub(crate) struct Cargo(u32);

#[derive(Component)]
pub(crate) struct Plain(u32);

pub(crate) struct Unloaded(u32);

impl Snapshot for Unloaded {
    type Component = Cargo;

    fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(std::mem::take(&mut entity.get_mut::<Cargo>()?.0)))
    }
}

pub(crate) struct Joined(u32);

impl Snapshot for Joined {
    type Component = Tabled;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<Tabled>()?.0 * 1000 + entity.get::<Plain>()?.0))
    }
}

pub(crate) struct Even(u32);

impl Snapshot for Even {
    type Component = Tabled;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        let value = entity.get::<Tabled>()?.0;
        value.is_multiple_of(2).then_some(Self(value))
    }
}

/// Makes parts and snapshot types of tuple structs of one number, and of markers.
macro_rules! implement {
    ($(numbered part $part:ident;)* $(marker part $marker:ident;)* $(type $snapshot:ident;)*) => {
        $(impl OfPart for $part {
            fn new(value: u32) -> Self {
                Self(value)
            }
            fn value(&self) -> u32 {
                self.0
            }
        })*
        $(impl OfPart for $marker {
            fn new(_: u32) -> Self {
                Self
            }
            fn value(&self) -> u32 {
                0
            }
        })*
        $(impl OfType for $snapshot {
            const TYPE: Type = Type::$snapshot;
            fn remembered(&self) -> u32 {
                self.0
            }
        })*
    };
}

implement! {
    numbered part Tabled;
    numbered part Sparse;
    numbered part Hooked;
    numbered part Cargo;
    numbered part Plain;
    marker part Marked;
    marker part Disabled;
    marker part Protected;
    type Tabled;
    type Sparse;
    type Hooked;
    type Unloaded;
    type Joined;
    type Even;
}

impl OfType for Marked {
    const TYPE: Type = Type::Marked;
    fn remembered(&self) -> u32 {
        0
    }
}

/// How often the hook of [`Hooked`] was called.
#[derive(Resource, Default)]
pub(crate) struct HookCalls(pub(crate) usize);

fn count_call(mut world: DeferredWorld, _: HookContext) {
    world.resource_mut::<HookCalls>().0 += 1;
}

/// When its entity goes, something becomes of another.
#[derive(Component, Clone, Copy)]
#[component(on_despawn = take_by_hook)]
pub(crate) struct Takes {
    pub(crate) taking: Taking,
    pub(crate) other: Entity,
}

fn take_by_hook(mut world: DeferredWorld, context: HookContext) {
    take(&mut world, context.entity, Taker::DespawnHook);
}

pub(crate) fn take_by_despawn_observer(on: On<Despawn<Takes>>, mut world: DeferredWorld) {
    take(&mut world, on.entity, Taker::DespawnObserver);
}

pub(crate) fn take_by_remove_observer(on: On<Remove<Takes>>, mut world: DeferredWorld) {
    take(&mut world, on.entity, Taker::RemoveObserver);
}

fn take(world: &mut DeferredWorld, entity: Entity, by: Taker) {
    let Takes { taking, other } = *world.get::<Takes>(entity).unwrap();
    if taking.by != by {
        return;
    }
    // A despawn takes the parent first, and the relation to it is removed with the child.
    let parent = world.get::<ChildOf>(entity).map(ChildOf::parent);
    let parent = parent.filter(|parent| world.entities().contains_spawned(*parent));
    let mut commands = world.commands();
    let mut taken = commands.entity(other);
    match taking.how {
        Fate::Deleted => taken.delete_with(DeleteReason::new(TAKEN)),
        Fate::Despawned => taken.try_despawn(),
        Fate::Stripped => _ = taken.try_remove::<Tabled>(),
        Fate::Adopted => commands.queue(move |world: &mut World| {
            if let Some(parent) = parent
                && world
                    .plan_delete(other)
                    .is_ok_and(|below| !below.entities().contains(&parent))
            {
                world.entity_mut(other).insert(ChildOf(parent));
            }
        }),
    }
}
