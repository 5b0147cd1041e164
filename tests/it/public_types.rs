//! Traits, sizes and texts of the public types.

use core::{error::Error, fmt::Debug, hash::Hash};

use bevy_app::{Plugin, prelude::*};
use bevy_ecs::{
    event::Event,
    message::Message,
    prelude::*,
    schedule::{ScheduleLabel, SystemSet},
};
use bevy_post_delete::{IsolatedTrigger, prelude::*};

use crate::support::Name;

fn is_thread_safe<T: Send + Sync + 'static>() {}
fn is_copy_and_eq<T: Copy + Eq + Debug>() {}
fn is_hashable<T: Copy + Eq + Hash + Debug>() {}

#[test]
fn public_types_implement_the_usual_traits() {
    is_thread_safe::<PostDelete<Name>>();
    is_thread_safe::<Origin>();
    is_thread_safe::<DeleteReport>();
    is_thread_safe::<DeletePlan>();
    is_thread_safe::<DeleteError>();
    is_thread_safe::<PostDeletePlugin<Name>>();
    is_copy_and_eq::<Origin>();
    is_hashable::<DeleteKind>();
    is_hashable::<DeleteReason>();
    is_hashable::<DespawnPolicy>();

    fn is_message_and_event<T: Message + Event + Clone + Debug>() {}
    is_message_and_event::<PostDelete<Name>>();
    fn is_error<T: Error + Clone + Eq>() {}
    is_error::<DeleteError>();
    fn is_schedule<T: ScheduleLabel + Default>() {}
    is_schedule::<Cleanup>();
    is_schedule::<FixedCleanup>();
    fn is_set<T: SystemSet + Copy>() {}
    is_set::<PostDeleteSystems>();
    fn is_plugin<T: Plugin + Default + Debug>() {}
    is_plugin::<PostDeletePlugin<Name>>();
    fn is_component<T: Component + Default + Copy>() {}
    is_component::<Protected>();
    fn is_debug<T: Debug + Default>() {}
    is_debug::<IsolatedTrigger>();
    fn is_report<T: Debug + Clone + Default + Eq>() {}
    is_report::<DeleteReport>();
}

#[test]
fn the_plugin_does_not_require_the_snapshot_to_be_default() {
    struct NoDefault;
    impl Snapshot for NoDefault {
        type Component = Name;
        fn capture(_: EntityMut<'_>) -> Option<Self> {
            Some(Self)
        }
    }
    App::new().add_plugins(PostDeletePlugin::<NoDefault>::default());
}

#[test]
fn an_origin_is_at_most_48_bytes() {
    #[cfg(not(feature = "track_location"))]
    assert!(size_of::<Origin>() <= 48, "{}", size_of::<Origin>());
}

#[test]
fn reasons_with_equal_text_are_equal() {
    const A: DeleteReason = DeleteReason::new("captured");
    let text = String::from("capt") + "ured";
    let b = DeleteReason::new(Box::leak(text.into_boxed_str()));
    assert_eq!(A, b);
    assert_eq!(A.to_string(), "captured");
    assert_eq!(format!("{A:>10}"), "  captured");
    assert_ne!(A, DeleteReason::new("promoted"));
}

#[test]
fn errors_name_the_entity_and_the_protected_entities() {
    let mut world = World::new();
    let root = world.spawn(children![Protected, Protected]).id();
    let error = world.delete(root).unwrap_err().to_string();
    assert!(error.starts_with(&format!("entity {root} was not deleted")), "{error}");
    assert_eq!(error.matches(',').count(), 2, "{error}");
    assert_eq!(
        DeleteError::NotSpawned.to_string(),
        "the entity to delete is not spawned"
    );
}

#[cfg(feature = "bevy_reflect")]
#[test]
fn message_types_implement_reflect() {
    use bevy_reflect::{GetTypeRegistration, Reflect, Typed};

    fn is_reflected<T: Reflect + Typed + GetTypeRegistration>() {}
    is_reflected::<Origin>();
    is_reflected::<DeleteKind>();
    is_reflected::<DeleteReason>();
    is_reflected::<PostDelete<u32>>();
    is_reflected::<Protected>();
}
