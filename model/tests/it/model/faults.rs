//! Faults: user code that panics, untracks a type, or deletes entities in bulk.
//!
//! User code calls [`reach`] at each [`Place`]. A program arms one [`Fault`] at a time, which happens when user code
//! runs at its place for the n-th time.

use std::{
    any::Any,
    cell::Cell,
    panic::{panic_any, set_hook, take_hook},
    sync::Once,
};

use bevy_ecs::{
    error::{BevyError, ErrorContext, FallbackErrorHandler},
    prelude::*,
};
use bevy_post_delete::prelude::*;

use super::{
    components::{Sparse, of_type},
    program::Type,
    truth,
};

/// An action of user code, when it runs at this place for the n-th time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) nth: usize,
    pub(crate) action: Action,
}

/// The places at which user code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    AddHook,
    InsertHook,
    DiscardHook,
    RemoveHook,
    DespawnHook,
    AddObserver,
    InsertObserver,
    DiscardObserver,
    RemoveObserver,
    DespawnObserver,
    /// A command that a hook or observer of a despawn queues.
    Command,
    PostDeleteObserver,
    /// A system in `Update` or `FixedUpdate`.
    System,
    /// A system that reads messages.
    Receiver,
    Capture,
    /// The `Clone` of a component or of a snapshot.
    Clone,
    /// The `Drop` of a snapshot. Bevy cannot use a table any more after the drop of a component in it has panicked.
    Drop,
    /// The condition of `delete_all_where`.
    Condition,
    /// The key function of `count_deletes_by`.
    Key,
}

impl Place {
    pub(crate) const ALL: [Self; 19] = [
        Self::AddHook,
        Self::InsertHook,
        Self::DiscardHook,
        Self::RemoveHook,
        Self::DespawnHook,
        Self::AddObserver,
        Self::InsertObserver,
        Self::DiscardObserver,
        Self::RemoveObserver,
        Self::DespawnObserver,
        Self::Command,
        Self::PostDeleteObserver,
        Self::System,
        Self::Receiver,
        Self::Capture,
        Self::Clone,
        Self::Drop,
        Self::Condition,
        Self::Key,
    ];

    /// Whether it is a hook or an observer of a lifecycle event, or a command of one.
    pub(crate) fn is_observed(self) -> bool {
        (self as usize) <= Self::Command as usize
    }

    /// Whether user code can queue commands there.
    pub(crate) fn has_commands(self) -> bool {
        (self as usize) <= Self::Receiver as usize
    }
}

/// An action of user code at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Panic,
    Untrack(Type),
    /// Untracks the type and tracks it again.
    Retrack(Type),
    /// Deletes all entities with `Sparse`.
    DeleteAll,
}

impl Action {
    /// The actions other than a panic.
    pub(crate) const QUEUED: [Self; 3] = [
        Self::Untrack(Type::Tabled),
        Self::Retrack(Type::Tabled),
        Self::DeleteAll,
    ];

    /// Returns the same action for another type.
    pub(crate) fn on(self, snapshot: Type) -> Self {
        match self {
            Self::Untrack(_) => Self::Untrack(snapshot),
            Self::Retrack(_) => Self::Retrack(snapshot),
            Self::Panic | Self::DeleteAll => self,
        }
    }

    fn apply(self, world: &mut World) {
        match self {
            Self::Panic => {}
            Self::Untrack(snapshot) => of_type!(snapshot, S => truth::untrack::<S>(world)),
            Self::Retrack(snapshot) => of_type!(snapshot, S => {
                truth::untrack::<S>(world);
                truth::track::<S>(world);
            }),
            Self::DeleteAll => _ = world.delete_all::<With<Sparse>>(),
        }
    }
}

/// The payload of the panic of a fault.
struct FaultPanic;

thread_local! {
    static ARMED: Cell<Option<Fault>> = const { Cell::new(None) };
    static HAS_FIRED: Cell<bool> = const { Cell::new(false) };
    static HAS_EVER_FIRED: Cell<bool> = const { Cell::new(false) };
    static HAS_LOST_COMMANDS: Cell<bool> = const { Cell::new(false) };
}

/// Starts a program, in which no fault has happened yet.
pub(crate) fn start_program() {
    HAS_EVER_FIRED.set(false);
}

/// Runs `f` with this fault armed. Returns its result, and the fault if it has not happened.
///
/// `f` returns `None` if the fault panicked and the panic reached the caller.
pub(crate) fn with_armed<R>(fault: Option<Fault>, f: impl FnOnce() -> R) -> (Option<R>, Option<Fault>) {
    silence();
    ARMED.set(fault);
    HAS_FIRED.set(false);
    HAS_LOST_COMMANDS.set(false);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    let fault = ARMED.take();
    match result {
        Ok(result) => (Some(result), fault),
        Err(payload) if payload.is::<FaultPanic>() => (None, fault),
        Err(payload) => std::panic::resume_unwind(payload),
    }
}

/// Whether a fault has happened since the latest [`with_armed`] started.
pub(crate) fn has_fired() -> bool {
    HAS_FIRED.get()
}

/// Whether a fault has panicked inside a command or a system since the latest [`with_armed`] started. Bevy drops the
/// commands that the panicking operation had queued by then.
pub(crate) fn has_lost_commands() -> bool {
    HAS_LOST_COMMANDS.get()
}

/// Runs at a place where user code cannot queue commands. Panics if the armed fault is due.
pub(crate) fn reach(place: Place) {
    if is_due(place).is_some() {
        panic_any(FaultPanic);
    }
}

/// Runs at a place where user code can queue commands. Panics or queues the action if the armed fault is due.
pub(crate) fn reach_with(place: Place, commands: &mut Commands) {
    match is_due(place) {
        None => {}
        Some(Action::Panic) => panic_any(FaultPanic),
        Some(action) => commands.queue(move |world: &mut World| action.apply(world)),
    }
}

fn is_due(place: Place) -> Option<Action> {
    // A panic while another one unwinds would abort the process, whichever code it is in.
    let fault = ARMED
        .get()
        .filter(|fault| fault.place == place && !std::thread::panicking())?;
    let nth = fault.nth.checked_sub(1);
    ARMED.set(nth.map(|nth| Fault { nth, ..fault }));
    if nth.is_some() {
        return None;
    }
    HAS_FIRED.set(true);
    HAS_EVER_FIRED.set(true);
    Some(fault.action)
}

/// An error handler that ignores the panics of faults.
pub(crate) fn ignore_faults(mut error: BevyError, context: ErrorContext) {
    match error.take_payload() {
        Some(payload) if payload.is::<FaultPanic>() => HAS_LOST_COMMANDS.set(true),
        Some(payload) => std::panic::resume_unwind(payload),
        None => handle_error(error, context),
    }
}

/// An error handler that continues all panics.
pub(crate) fn continue_panics(mut error: BevyError, context: ErrorContext) {
    match error.take_payload() {
        Some(payload) => {
            HAS_LOST_COMMANDS.set(payload.is::<FaultPanic>());
            std::panic::resume_unwind(payload);
        }
        None => handle_error(error, context),
    }
}

/// After a fault, Bevy's own commands can find that their entity is despawned.
fn handle_error(error: BevyError, context: ErrorContext) {
    if !HAS_EVER_FIRED.get() {
        FallbackErrorHandler::default().0(error, context);
    }
}

/// Keeps the panics of faults from being printed.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |info| {
            let payload: &(dyn Any + Send) = info.payload();
            if !payload.is::<FaultPanic>() {
                hook(info);
            }
        }));
    });
}
