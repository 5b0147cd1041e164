use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

/// The compiler lists eight components. These come first in its list, whatever other components there are.
macro_rules! components {
    ($($name:ident)*) => {
        $(
            #[derive(Component)]
            struct $name;
        )*
    };
}

components!(A1 A2 A3 A4 A5 A6 A7 A8);

#[derive(Clone)]
struct Path(String);

#[derive(Snapshot)]
struct FirstField {
    path: Path,
}

#[derive(Snapshot)]
#[snapshot(component = Path)]
struct Named(Enemy);

fn main() {}
