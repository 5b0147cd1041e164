//! The components, relationships and snapshot types of the programs.

use bevy_ecs::{
    component::Mutable,
    entity_disabling::Disabled,
    lifecycle::HookContext,
    prelude::*,
    world::{DeferredWorld, EntityMut},
};
use bevy_post_delete::prelude::*;

use super::{
    faults::{Place, reach, reach_with},
    program::{Part, Type},
    truth::record_capture,
};

/// Evaluates the expression with `$P` as the component of a [`Part`].
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

/// Evaluates the expression with `$S` as the snapshot type of a [`Type`].
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
            Type::Child => { type $S = c::Child; $body }
            Type::Parent => { type $S = c::Parent; $body }
        }
    }};
}

/// Evaluates the expression with `$R` as the component of a [`Relation`](super::program::Relation).
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

/// Evaluates the expression with `$F` as the query filter of a [`Filter`](super::program::Filter).
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
    fn new(value: u32, serial: u64) -> Self;
    fn value(&self) -> u32;
    /// Returns the number that no other value of the world has. Markers have 0.
    fn serial(&self) -> u64;
}

/// The snapshot type of a [`Type`].
pub(crate) trait OfType: Snapshot {
    const TYPE: Type;
    fn captured_value(&self) -> u32;
    /// Returns the serial number of the captured value, or 0.
    fn captured_serial(&self) -> u64;
    /// Returns the captured target of a relationship.
    fn captured_target(&self) -> Option<Entity> {
        None
    }
}

#[derive(Component)]
pub(crate) struct Tabled(u32, u64);

#[derive(Component)]
#[component(storage = "SparseSet")]
pub(crate) struct Sparse(u32, u64);

#[derive(Component)]
pub(crate) struct Marked;

#[derive(Component)]
#[component(
    on_add = on_add,
    on_insert = on_insert,
    on_discard = on_discard,
    on_remove = on_remove,
    on_despawn = count_call,
)]
pub(crate) struct Hooked(u32, u64);

#[derive(Component)]
pub(crate) struct Cargo(u32, u64);

#[derive(Component)]
pub(crate) struct Plain(u32, u64);

pub(crate) struct Unloaded(u32, u64);

impl Snapshot for Unloaded {
    type Component = Cargo;

    fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
        let mut cargo = entity.get_mut::<Cargo>()?;
        let snapshot = Self(std::mem::take(&mut cargo.0), cargo.1);
        captured(Type::Unloaded, snapshot.1);
        Some(snapshot)
    }
}

impl Drop for Unloaded {
    fn drop(&mut self) {
        reach(Place::Drop);
    }
}

pub(crate) struct Joined(u32, u64);

impl Snapshot for Joined {
    type Component = Tabled;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        let (tabled, plain) = (entity.get::<Tabled>()?, entity.get::<Plain>()?);
        let snapshot = Self(tabled.0 * 1000 + plain.0, tabled.1);
        captured(Type::Joined, snapshot.1);
        Some(snapshot)
    }
}

pub(crate) struct Even(u32, u64);

impl Snapshot for Even {
    type Component = Tabled;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        let &Tabled(value, serial) = entity.get()?;
        if value.is_multiple_of(2) {
            captured(Type::Even, serial);
            return Some(Self(value, serial));
        }
        None
    }
}

impl Drop for Even {
    fn drop(&mut self) {
        reach(Place::Drop);
    }
}

pub(crate) struct Child(Entity);

impl Snapshot for Child {
    type Component = ChildOf;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        captured(Type::Child, entity.id().to_bits());
        Some(Self(entity.get::<ChildOf>()?.parent()))
    }
}

pub(crate) struct Parent(u32);

impl Snapshot for Parent {
    type Component = Children;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        captured(Type::Parent, entity.id().to_bits());
        Some(Self(entity.get::<Children>()?.len() as u32))
    }
}

fn captured(snapshot: Type, identity: u64) {
    reach(Place::Capture);
    record_capture(snapshot, identity);
}

/// Implements the traits for tuple structs of a value and a serial number, and for markers.
macro_rules! implement {
    ($(part $part:ident;)* $(marker $marker:ident;)* $(snapshot $snapshot:ident;)* $(clone $clone:ident;)*) => {
        $(impl OfPart for $part {
            fn new(value: u32, serial: u64) -> Self {
                Self(value, serial)
            }
            fn value(&self) -> u32 {
                self.0
            }
            fn serial(&self) -> u64 {
                self.1
            }
        })*
        $(impl OfPart for $marker {
            fn new(_: u32, _: u64) -> Self {
                Self
            }
            fn value(&self) -> u32 {
                0
            }
            fn serial(&self) -> u64 {
                0
            }
        })*
        $(impl OfType for $snapshot {
            const TYPE: Type = Type::$snapshot;
            fn captured_value(&self) -> u32 {
                self.0
            }
            fn captured_serial(&self) -> u64 {
                self.1
            }
        })*
        $(impl Clone for $clone {
            fn clone(&self) -> Self {
                reach(Place::Clone);
                record_capture(Type::$clone, self.1);
                Self(self.0, self.1)
            }
        })*
    };
}

implement! {
    part Tabled;
    part Sparse;
    part Hooked;
    part Cargo;
    part Plain;
    marker Marked;
    marker Disabled;
    marker Protected;
    snapshot Tabled;
    snapshot Sparse;
    snapshot Hooked;
    snapshot Unloaded;
    snapshot Joined;
    snapshot Even;
    clone Tabled;
    clone Sparse;
    clone Hooked;
}

impl Clone for Marked {
    fn clone(&self) -> Self {
        reach(Place::Clone);
        Self
    }
}

impl OfType for Marked {
    const TYPE: Type = Type::Marked;

    fn captured_value(&self) -> u32 {
        0
    }

    fn captured_serial(&self) -> u64 {
        0
    }
}

impl OfType for Child {
    const TYPE: Type = Type::Child;

    fn captured_value(&self) -> u32 {
        0
    }

    fn captured_serial(&self) -> u64 {
        0
    }

    fn captured_target(&self) -> Option<Entity> {
        Some(self.0)
    }
}

impl OfType for Parent {
    const TYPE: Type = Type::Parent;

    fn captured_value(&self) -> u32 {
        self.0
    }

    fn captured_serial(&self) -> u64 {
        0
    }
}

/// Returns the value and the serial number of a part of an entity.
pub(crate) fn part_of(entity: EntityRef<'_>, part: Part) -> Option<(u32, u64)> {
    of_part!(part, P => entity.get::<P>().map(|part| (part.value(), part.serial())))
}

/// The number of calls of the `on_despawn` hook of [`Hooked`].
#[derive(Resource, Default)]
pub(crate) struct HookCalls(pub(crate) usize);

fn count_call(mut world: DeferredWorld, _: HookContext) {
    world.resource_mut::<HookCalls>().0 += 1;
    reach_in_hook(world, Place::DespawnHook);
}

fn on_add(world: DeferredWorld, _: HookContext) {
    reach_in_hook(world, Place::AddHook);
}

fn on_insert(world: DeferredWorld, _: HookContext) {
    reach_in_hook(world, Place::InsertHook);
}

fn on_discard(world: DeferredWorld, _: HookContext) {
    reach_in_hook(world, Place::DiscardHook);
}

fn on_remove(world: DeferredWorld, _: HookContext) {
    reach_in_hook(world, Place::RemoveHook);
}

fn reach_in_hook(mut world: DeferredWorld, place: Place) {
    reach_with(place, &mut world.commands());
}

/// Adds observers of the lifecycle events of a component, and returns them.
pub(crate) fn observe_lifecycle<C: Component>(world: &mut World) -> Vec<Entity> {
    let observers = [
        Observer::new(|_: On<Add<C>>, mut commands: Commands| reach_with(Place::AddObserver, &mut commands)),
        Observer::new(|_: On<Insert<C>>, mut commands: Commands| reach_with(Place::InsertObserver, &mut commands)),
        Observer::new(|_: On<Discard<C>>, mut commands: Commands| reach_with(Place::DiscardObserver, &mut commands)),
        Observer::new(|_: On<Remove<C>>, mut commands: Commands| reach_with(Place::RemoveObserver, &mut commands)),
        Observer::new(|_: On<Despawn<C>>, mut commands: Commands| reach_with(Place::DespawnObserver, &mut commands)),
    ];
    observers
        .into_iter()
        .map(|observer| world.spawn(observer).id())
        .collect()
}
