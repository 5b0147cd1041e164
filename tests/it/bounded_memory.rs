//! Guarantee 9: if no system reads the messages, memory does not grow, and missed messages can be counted.

use std::sync::atomic::{AtomicUsize, Ordering};

use bevy_app::prelude::*;
use bevy_ecs::{message::Messages, prelude::*};
use bevy_post_delete::prelude::*;

use crate::support::{Alive, Name, app_tracking_names};

static COUNT: AtomicUsize = AtomicUsize::new(0);

#[derive(Component, Clone)]
struct Counted(#[allow(dead_code, reason = "counted")] Alive<'static>);

#[test]
fn two_frames_of_messages_are_kept_if_no_system_reads() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Counted>::default());
    for frame in 0..50 {
        for _ in 0..10 {
            app.world_mut().spawn(Counted(Alive::new(&COUNT))).delete().unwrap();
        }
        app.update();
        let kept = app.world().resource::<Messages<PostDelete<Counted>>>().len();
        assert!(kept <= 20, "{kept} messages in frame {frame}");
        assert_eq!(COUNT.load(Ordering::Relaxed), kept);
    }
    app.update();
    app.update();
    assert_eq!(COUNT.load(Ordering::Relaxed), 0, "all messages are dropped");
}

#[test]
fn messages_that_a_slow_reader_missed_can_be_counted() {
    let mut app = app_tracking_names();
    let messages = app.world().resource::<Messages<PostDelete<Name>>>();
    let mut cursor = messages.get_cursor();
    let mut missed = 0;
    let mut deleted = 0;
    let mut read = 0;
    for frame in 0..30 {
        for _ in 0..frame % 4 {
            app.world_mut().spawn(Name("one")).delete().unwrap();
            deleted += 1;
        }
        app.update();
        if frame % 5 == 4 {
            let messages = app.world().resource::<Messages<PostDelete<Name>>>();
            missed += cursor.missed_messages(messages);
            read += cursor.read(messages).count();
        }
    }
    assert!(missed > 0, "the reader is slow enough to miss messages");
    assert_eq!(read + missed, deleted);
}
