//! The schedule after [`Last`], for receivers that also handle an exit which is requested late in the frame.

use bevy_app::{App, AppExit, Last, MainScheduleOrder};
use bevy_ecs::{message::Messages, schedule::ScheduleLabel, system::Res};

/// Runs after [`Last`].
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct AfterLast;

/// Adds [`AfterLast`] to the order of the main schedules, if the app has one.
pub(super) fn add_after_last(app: &mut App) {
    if let Some(mut order) = app.world_mut().get_resource_mut::<MainScheduleOrder>()
        && order.labels.contains(&Last.intern())
        && !order.labels.contains(&AfterLast.intern())
    {
        order.insert_after(Last, AfterLast);
    }
}

/// Whether an [`AppExit`] was written.
pub(super) fn is_exiting(exits: Option<Res<Messages<AppExit>>>) -> bool {
    exits.is_some_and(|exits| !exits.is_empty())
}
