//! The schedule after [`Last`](bevy_app::Last), for receivers that also handle an exit which is requested late in the
//! frame.

use bevy_app::{App, AppExit, MainScheduleOrder};
use bevy_ecs::{message::Messages, resource::Resource, schedule::ScheduleLabel, system::Res};

/// Runs after [`Last`](bevy_app::Last).
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct AfterLast;

/// Inserts a schedule after another one, unless it is inserted already or the app does not have the other one.
pub(super) fn insert_schedule_after(app: &mut App, after: impl ScheduleLabel, schedule: impl ScheduleLabel) {
    if let Some(mut order) = app.world_mut().get_resource_mut::<MainScheduleOrder>()
        && order.labels.contains(&after.intern())
        && !order.labels.contains(&schedule.intern())
    {
        order.insert_after(after, schedule);
    }
}

/// Present once the entities were deleted because the app exits.
#[derive(Resource)]
pub(super) struct DeletedAtExit;

/// Whether an [`AppExit`] was written, and the entities were not deleted because of it yet.
pub(super) fn is_exiting(exits: Option<Res<Messages<AppExit>>>, deleted: Option<Res<DeletedAtExit>>) -> bool {
    exits.is_some_and(|exits| !exits.is_empty()) && deleted.is_none()
}
