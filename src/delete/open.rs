//! What is known of a deletion while it is under way.

use core::any::TypeId;

use bevy_ecs::{change_detection::MaybeLocation, entity::Entity};
use smallvec::SmallVec;

use crate::message::{DeleteKind, DeleteReason, Origin};

/// A deletion that is under way: who asked for it, and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    /// The entity that `delete` was called on; `None` for bulk deletes.
    pub(crate) root: Option<Entity>,
    pub(crate) reason: Option<DeleteReason>,
    /// `0` in a world that tracks nothing.
    pub(crate) operation: u64,
    pub(crate) caller: MaybeLocation,
    pub(crate) capturing: Capturing,
}

/// What a capture has to do while a deletion is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capturing {
    /// Capture.
    On,
    /// Capture, and count it for the report.
    Counted,
    /// Nothing: all that goes was captured ahead.
    Ahead,
}

impl Open {
    #[inline]
    pub(crate) const fn new(root: Option<Entity>, reason: Option<DeleteReason>, caller: MaybeLocation) -> Self {
        Self {
            root,
            reason,
            operation: 0,
            caller,
            capturing: Capturing::On,
        }
    }

    /// The span of this deletion. A bulk delete has no root.
    #[cfg(feature = "trace")]
    pub(crate) fn span(&self) -> tracing::span::EnteredSpan {
        let root = self.root.map(tracing::field::display);
        let reason = self.reason.as_ref().map(DeleteReason::as_str);
        tracing::info_span!("delete", root, reason).entered()
    }

    /// The origin of what happens to `entity` while this deletion is open.
    #[inline]
    pub(crate) fn origin(self, entity: Entity, operation: u64) -> Origin {
        Origin {
            kind: match self.root {
                None => DeleteKind::Batch,
                Some(root) if root == entity => DeleteKind::Direct,
                Some(_) => DeleteKind::Cascade,
            },
            root: self.root,
            reason: self.reason,
            operation,
            caller: self.caller,
        }
    }
}

/// How many messages of each snapshot type are pending because of a deletion.
pub(crate) type Tally = SmallVec<[(TypeId, usize); 2]>;

/// Counts messages of this snapshot type.
pub(crate) fn count(tally: &mut Tally, snapshot: TypeId, messages: usize) {
    match tally.iter_mut().find(|(counted, _)| *counted == snapshot) {
        Some((_, count)) => *count += messages,
        None => tally.push((snapshot, messages)),
    }
}
