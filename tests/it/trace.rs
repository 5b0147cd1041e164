//! Feature `trace`: deletes and publishes are `tracing` spans.

use std::{
    fmt::{Debug, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::support::{Name, world_tracking_names};

/// A subscriber that records the spans of this crate with their fields.
#[derive(Clone, Default)]
struct Spans {
    recorded: Arc<Mutex<Vec<String>>>,
    last: Arc<AtomicU64>,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("bevy_post_delete")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(span.metadata().name().to_owned());
        span.record(&mut fields);
        self.recorded.lock().unwrap().push(fields.0);
        Id::from_u64(1 + self.last.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_delete_and_a_publish_are_spans_with_their_counts() {
    // With a single dispatcher, `tracing` computes and caches the interest in a span with the default dispatcher of the
    // first thread that reaches it, which may belong to another test. A second dispatcher avoids this.
    let _second_dispatcher = tracing::Dispatch::new(Spans::default());
    let spans = Spans::default();
    let mut world = world_tracking_names();
    let root = world.spawn((Name("root"), children![Name("child")])).id();
    world.spawn(Name("other"));
    tracing::subscriber::with_default(spans.clone(), || {
        world.delete_with(root, DeleteReason::new("sold")).unwrap();
        world.delete_all::<With<Name>>();
        world.publish_deletes();
        world.publish_deletes();
    });
    let recorded = spans.recorded.lock().unwrap();
    assert_eq!(
        *recorded,
        [
            format!("delete root={root} reason=\"sold\""),
            "delete".to_owned(),
            "publish_deletes".to_owned(),
            format!("publish name={:?} messages=3", std::any::type_name::<Name>()),
            "publish_deletes".to_owned(),
        ]
    );
}
