//! What the types promise by themselves.

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
fn is_value<T: Copy + Eq + Debug>() {}
fn is_key<T: Copy + Eq + Hash + Debug>() {}

#[test]
fn auto_traits_and_derives() {
    is_thread_safe::<PostDelete<Name>>();
    is_thread_safe::<Origin>();
    is_thread_safe::<DeleteReport>();
    is_thread_safe::<DeletePlan>();
    is_thread_safe::<DeleteError>();
    is_thread_safe::<PostDeletePlugin<Name>>();
    is_value::<Origin>();
    is_key::<DeleteKind>();
    is_key::<DeleteReason>();
    is_key::<DespawnPolicy>();

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
fn a_plugin_needs_no_default_of_its_type() {
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
fn an_origin_is_small() {
    #[cfg(not(feature = "track_location"))]
    assert!(size_of::<Origin>() <= 48, "{}", size_of::<Origin>());
}

#[test]
fn reasons_are_equal_when_their_words_are() {
    const A: DeleteReason = DeleteReason::new("captured");
    let words = String::from("capt") + "ured";
    let b = DeleteReason::new(Box::leak(words.into_boxed_str()));
    assert_eq!(A, b);
    assert_eq!(A.to_string(), "captured");
    assert_ne!(A, DeleteReason::new("promoted"));
}

#[test]
fn errors_read_well() {
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
fn the_message_types_are_reflected() {
    use bevy_reflect::{GetTypeRegistration, Reflect, Typed};

    fn is_reflected<T: Reflect + Typed + GetTypeRegistration>() {}
    is_reflected::<Origin>();
    is_reflected::<DeleteKind>();
    is_reflected::<DeleteReason>();
    is_reflected::<PostDelete<u32>>();
    is_reflected::<Protected>();
}
