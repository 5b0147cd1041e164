//! The ground truth: which values have left the world, found out without the crate and without the model.
//!
//! Every value has a serial number. Each change of a value of a living entity is recorded, and so is each capture, each
//! message that triggers an observer, and each call that tracks or untracks a type. The world shows which entities are
//! despawned. From that follows which messages are due, and whether others may be published. After a fault, that is all
//! that is checked, until a publish without a fault.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use super::{
    components::{OfPart, OfType, of_part, part_of},
    faults,
    program::{Part, Tracking, Type},
    receivers::Published,
};

/// The ground truth of a world.
#[derive(Resource, Default)]
pub(crate) struct Truth {
    /// The settings of each tracked type.
    pub(super) tracked: BTreeMap<Type, Settings>,
    /// The serial numbers of the values of all entities that are spawned.
    values: BTreeMap<(Entity, Part), u64>,
    due: Vec<Due>,
    published: HashSet<(Type, Entity, u64, bool)>,
    /// The cause of each operation.
    causes: HashMap<u64, (Option<&'static str>, Option<Entity>)>,
    latest_serial: u64,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settings {
    pub(super) removals: bool,
    pub(super) ignores_despawns: bool,
}

/// A message that may be published.
#[derive(Debug)]
struct Due {
    snapshot: Type,
    entity: Entity,
    serial: u64,
    is_despawn: bool,
    /// Whether it must be published.
    is_required: bool,
    /// Whether it may only be published if a delete despawned the entity.
    needs_delete: bool,
    /// Whether it was due before the latest publish.
    is_sealed: bool,
}

enum Record {
    /// A capture has succeeded. The number is the serial number of the value, or the entity of a relationship.
    Captured(Type, u64),
    Changed {
        entity: Entity,
        part: Part,
        old: Option<u64>,
        new: Option<u64>,
    },
    Tracked(Type, Tracking),
    Untracked(Type),
    Observed(Published),
}

thread_local! {
    /// The records since the latest [`observe`].
    static RECORDS: RefCell<Vec<Record>> = const { RefCell::new(Vec::new()) };
}

fn record(record: Record) {
    RECORDS.with_borrow_mut(|records| records.push(record));
}

pub(crate) fn record_capture(snapshot: Type, identity: u64) {
    record(Record::Captured(snapshot, identity));
}

pub(crate) fn record_observed(published: Published) {
    record(Record::Observed(published));
}

pub(crate) fn record_tracking(snapshot: Type, tracking: Tracking) {
    record(Record::Tracked(snapshot, tracking));
}

/// Tracks a type plainly.
pub(crate) fn track<S: OfType>(world: &mut World) {
    world.flush();
    record_tracking(S::TYPE, Tracking::Plainly);
    world.track_deletes::<S>();
}

/// Untracks a type. Bevy cannot despawn an observer while commands that trigger it are queued.
pub(crate) fn untrack<S: OfType>(world: &mut World) {
    world.flush();
    let was_tracked = world.is_tracking_deletes::<S>();
    record(Record::Untracked(S::TYPE));
    assert_eq!(world.untrack_deletes::<S>(), was_tracked);
    assert!(!world.is_tracking_deletes::<S>());
}

/// Inserts a value.
pub(crate) fn insert(world: &mut World, entity: Entity, part: Part, value: u32) {
    let mut truth = world.resource_mut::<Truth>();
    truth.latest_serial += 1;
    let serial = truth.latest_serial;
    let new = of_part!(part, P => P::new(value, serial).serial());
    let insert = |world: &mut World| of_part!(part, P => _ = world.entity_mut(entity).insert(P::new(value, serial)));
    change(world, entity, part, Some(new), insert);
}

/// Removes a value.
pub(crate) fn remove(world: &mut World, entity: Entity, part: Part) {
    let remove = |world: &mut World| of_part!(part, P => _ = world.entity_mut(entity).remove::<P>());
    change(world, entity, part, None, remove);
}

/// Changes a value of an entity to `new`, and records whether it has changed. A panic can prevent that.
fn change(world: &mut World, entity: Entity, part: Part, new: Option<u64>, change: impl FnOnce(&mut World)) {
    // A fault can leave commands that change the same value.
    world.flush();
    if world.get_entity(entity).is_err() {
        return;
    }
    let serial = |world: &World| part_of(world.get_entity(entity).ok()?, part).map(|(_, serial)| serial);
    let old = serial(world);
    let start = RECORDS.with_borrow(Vec::len);
    let result = catch_unwind(AssertUnwindSafe(|| change(world)));
    let new = if result.is_ok() { new } else { serial(world) };
    // A marker that replaces itself has the same serial number.
    if old != new || (old == Some(0) && result.is_ok()) {
        let is_same = |record: &Record| matches!(record, Record::Changed { entity: other, part: other_part, .. } if (*other, *other_part) == (entity, part));
        RECORDS.with_borrow_mut(|records| {
            // Commands that change the same value are applied after this change.
            let later = records[start..].iter().position(is_same);
            let position = later.map_or(records.len(), |later| start + later);
            records.insert(position, Record::Changed { entity, part, old, new });
        });
    }
    if let Err(panic) = result {
        resume_unwind(panic);
    }
}

/// Brings the ground truth up to date with the world. Does not apply queued commands, which a fault can leave.
pub(crate) fn observe(world: &mut World) {
    let mut truth = std::mem::take(&mut *world.resource_mut::<Truth>());
    truth.update(world);
    *world.resource_mut() = truth;
}

/// Applies queued commands, which a fault can leave, and then does the same as [`observe_before_publish`].
pub(crate) fn flush_and_observe(world: &mut World) {
    world.flush();
    observe_before_publish(world);
}

/// Brings the ground truth up to date with the world, right before a publish.
pub(crate) fn observe_before_publish(world: &mut World) {
    observe(world);
    let mut truth = world.resource_mut::<Truth>();
    truth.due.iter_mut().for_each(|due| due.is_sealed = true);
}

impl Truth {
    fn update(&mut self, world: &World) {
        let mut captured = HashSet::new();
        let mut retracked = BTreeSet::new();
        for record in RECORDS.take() {
            match record {
                Record::Captured(snapshot, identity) => _ = captured.insert((snapshot, identity)),
                Record::Changed { entity, part, old, new } => {
                    if let Some(old) = old {
                        self.add_removed(entity, part, old, new.is_some(), &captured);
                    }
                    match new {
                        Some(new) => self.values.insert((entity, part), new),
                        None => self.values.remove(&(entity, part)),
                    };
                }
                Record::Tracked(snapshot, tracking) => self.track(snapshot, tracking, &mut retracked),
                Record::Untracked(snapshot) => {
                    self.tracked.remove(&snapshot);
                    self.due.retain(|due| due.snapshot != snapshot);
                    captured.retain(|(captured, _)| *captured != snapshot);
                    retracked.insert(snapshot);
                }
                Record::Observed(published) => {
                    let due = self.position(&published);
                    assert!(due.is_some(), "an observer was triggered, but may not: {published:?}");
                }
            }
        }
        let is_gone = |(entity, _): &(Entity, Part)| !world.entities().contains_spawned(*entity);
        let gone: Vec<_> = self.values.extract_if(.., |value, _| is_gone(value)).collect();
        for ((entity, part), serial) in gone {
            self.add_despawned(entity, part, serial, &captured, &retracked);
        }
        self.add_despawned_relations(world, &captured);
        for (&(entity, part), &serial) in &self.values {
            let found = world.get_entity(entity).ok().and_then(|entity| part_of(entity, part));
            assert_eq!(found.map(|(_, found)| found), Some(serial), "{part:?} of {entity}");
        }
    }

    fn track(&mut self, snapshot: Type, tracking: Tracking, retracked: &mut BTreeSet<Type>) {
        if !self.tracked.contains_key(&snapshot) {
            retracked.insert(snapshot);
        }
        let settings = self.tracked.entry(snapshot).or_default();
        match tracking {
            Tracking::Plainly => {}
            Tracking::WithRemovals => settings.removals = true,
            Tracking::IgnoringDespawns => settings.ignores_despawns = true,
            Tracking::WithDespawns => settings.ignores_despawns = false,
        }
    }

    /// Adds the messages about a value that has left a living entity.
    fn add_removed(
        &mut self,
        entity: Entity,
        part: Part,
        serial: u64,
        is_replaced: bool,
        captured: &HashSet<(Type, u64)>,
    ) {
        for snapshot in Type::ALL {
            let is_captured = captured.contains(&(snapshot, serial));
            if snapshot.part() == Some(part)
                && self.tracked.get(&snapshot).is_some_and(|settings| settings.removals)
                && (is_captured || part == Part::Marked)
            {
                self.due.push(Due {
                    snapshot,
                    entity,
                    serial,
                    is_despawn: false,
                    // A replacement that panics after the write may not be published.
                    is_required: is_captured && !(is_replaced && faults::has_fired()),
                    needs_delete: false,
                    is_sealed: false,
                });
            }
        }
    }

    /// Adds the messages about a value of a despawned entity.
    fn add_despawned(
        &mut self,
        entity: Entity,
        part: Part,
        serial: u64,
        captured: &HashSet<(Type, u64)>,
        retracked: &BTreeSet<Type>,
    ) {
        for snapshot in Type::ALL.into_iter().filter(|snapshot| snapshot.part() == Some(part)) {
            let Some(Settings { ignores_despawns, .. }) = self.tracked.get(&snapshot).copied() else {
                continue;
            };
            let is_captured = captured.contains(&(snapshot, serial));
            // A type that never declines must have been captured if it was tracked all the time.
            let is_certain = !retracked.contains(&snapshot) && !matches!(snapshot, Type::Joined | Type::Even);
            if is_captured || is_certain || part == Part::Marked {
                self.due.push(Due {
                    snapshot,
                    entity,
                    serial,
                    is_despawn: true,
                    is_required: (is_captured || is_certain) && !ignores_despawns,
                    needs_delete: ignores_despawns,
                    is_sealed: false,
                });
            }
        }
    }

    /// Adds the messages about relationships of despawned entities.
    fn add_despawned_relations(&mut self, world: &World, captured: &HashSet<(Type, u64)>) {
        for &(snapshot, identity) in captured {
            let Some(settings) = self.tracked.get(&snapshot).filter(|_| snapshot.part().is_none()) else {
                continue;
            };
            let entity = Entity::from_bits(identity);
            if !world.entities().contains_spawned(entity) {
                self.due.push(Due {
                    snapshot,
                    entity,
                    serial: 0,
                    is_despawn: true,
                    // The entity may have lost the relationship between a despawn that panicked and the next one.
                    is_required: !settings.ignores_despawns && !faults::has_fired(),
                    needs_delete: settings.ignores_despawns,
                    is_sealed: false,
                });
            }
        }
    }

    /// Checks the messages of a step, which are in order for each type.
    ///
    /// `must_be_complete`: the step has published, and no fault has happened.
    pub(crate) fn check(&mut self, published: &[Published], must_be_complete: bool) {
        for published in published {
            self.check_message(published);
        }
        for snapshot in Type::ALL {
            let of_type = published
                .iter()
                .filter(|published| published.message.snapshot == snapshot);
            let operations = of_type.map(|published| published.message.operation);
            assert!(
                operations.filter(|operation| *operation != 0).is_sorted(),
                "sorted by operation"
            );
        }
        if must_be_complete {
            let lost: Vec<_> = self.due.iter().filter(|due| due.is_sealed && due.is_required).collect();
            assert!(lost.is_empty(), "not published: {lost:?}");
            self.due.retain(|due| !due.is_sealed);
        }
    }

    fn check_message(&mut self, published: &Published) {
        let Published { message, serial } = published;
        let identity = (message.snapshot, message.entity, *serial, message.is_despawn());
        let is_new = self.published.insert(identity) || *serial == 0 && !message.is_despawn();
        assert!(is_new, "published twice: {published:?}");
        let Some(position) = self.position(published) else {
            panic!("published, but it has not left or was untracked: {published:?}");
        };
        let due = self.due.swap_remove(position);
        let is_delete = message.operation != 0;
        assert!(
            is_delete || !due.needs_delete,
            "despawns of this type are ignored: {published:?}"
        );
        let cause = (message.reason, message.instigator);
        let known = *self.causes.entry(message.operation).or_insert(cause);
        assert_eq!(cause, known, "one operation has one cause");
        assert!(
            is_delete || cause == (None, None),
            "a cause needs a delete: {published:?}"
        );
        let is_consistent = match message.kind {
            DeleteKind::Direct => is_delete && message.root == Some(message.entity),
            DeleteKind::Cascade => message.root.is_some() == is_delete && message.root != Some(message.entity),
            DeleteKind::Despawn => !is_delete && message.root.is_none(),
            _ => message.root.is_none(),
        };
        assert!(is_consistent, "kind, root and operation do not match: {published:?}");
    }

    fn position(&self, published: &Published) -> Option<usize> {
        let Published { message, serial } = published;
        self.due.iter().position(|due| {
            due.snapshot == message.snapshot
                && due.entity == message.entity
                && due.serial == *serial
                && due.is_despawn == message.is_despawn()
        })
    }
}
