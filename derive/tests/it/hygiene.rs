//! Names that the user chooses, and structs that a macro generates.

use crate::support::{Enemy, Team, published};

#[test]
fn fields_may_have_any_name() {
    use bevy_ecs::prelude::*;
    use bevy_post_delete::prelude::*;

    #[derive(Snapshot)]
    struct DeadEnemy {
        r#type: Enemy,
        entity: Option<Team>,
        snapshot: Option<Team>,
        __entity: Option<Team>,
        __snapshot: Option<Team>,
        #[snapshot(entity)]
        r#fn: Entity,
    }

    let dead: DeadEnemy = published((Enemy { gold: 5 }, Team("red"))).unwrap();
    let dead = DeadEnemy::try_clone(&dead).unwrap();
    assert_eq!(
        (dead.r#type, dead.entity, dead.snapshot),
        (Enemy { gold: 5 }, Some(Team("red")), Some(Team("red")))
    );
    assert_eq!((dead.__entity, dead.__snapshot), (Some(Team("red")), Some(Team("red"))));
    assert_ne!(dead.r#fn, Entity::PLACEHOLDER);
}

#[test]
#[expect(non_upper_case_globals, reason = "a constant with the name of a variable")]
fn parameters_may_have_any_name() {
    use bevy_post_delete::Snapshot;

    #[derive(Snapshot)]
    struct Entity<S, Snapshot, Component, r#Clone, const entity: usize> {
        first: S,
        second: Option<Snapshot>,
        third: Option<Component>,
        fourth: Option<r#Clone>,
        grid: Option<Grid<entity>>,
    }

    #[derive(bevy_ecs::component::Component, core::clone::Clone)]
    struct Grid<const N: usize>;

    let dead: Entity<Enemy, Team, Team, Team, 3> = published((Enemy { gold: 5 }, Team("red"))).unwrap();
    assert_eq!((dead.first, dead.second), (Enemy { gold: 5 }, Some(Team("red"))));
    assert_eq!(
        (dead.third, dead.fourth, dead.grid.is_none()),
        (Some(Team("red")), Some(Team("red")), true)
    );
}

/// A module in which common names are undefined or have another meaning.
mod hostile {
    #![no_implicit_prelude]
    #![expect(non_upper_case_globals, reason = "a constant with the name of a variable")]

    use crate::support::{Enemy, Mesh};

    pub(crate) const entity: u8 = 0;
    pub(crate) const snapshot: u8 = 1;

    #[derive(::bevy_post_delete::Snapshot)]
    pub(crate) struct Some {
        pub(crate) enemy: Enemy,
        pub(crate) copy: ::core::option::Option<Enemy>,
    }

    #[derive(::bevy_post_delete::Snapshot)]
    pub(crate) struct Clone(#[snapshot(take)] pub(crate) Mesh);

    #[expect(dead_code, reason = "generated code must not use it")]
    pub(crate) struct Option;

    pub(crate) mod core {}
}

#[test]
fn generated_code_does_not_depend_on_names_in_scope() {
    let dead: hostile::Some = published(Enemy { gold: 5 }).unwrap();
    assert_eq!((dead.enemy, dead.copy), (Enemy { gold: 5 }, Some(Enemy { gold: 5 })));
    assert_eq!(
        published::<hostile::Clone>(crate::support::Mesh(vec![1])).unwrap().0.0,
        [1]
    );
    assert_eq!((hostile::entity, hostile::snapshot), (0, 1));
}

#[test]
fn a_macro_may_generate_a_snapshot() {
    use bevy_ecs::prelude::*;
    use bevy_post_delete::prelude::*;

    macro_rules! snapshot {
        ($name:ident tracks $component:ty { $($field:ident: $ty:ty),* } at $id:ident) => {
            #[derive(Snapshot)]
            #[snapshot(component = $component)]
            struct $name {
                $($field: $ty,)*
                #[snapshot(entity)]
                $id: Entity,
            }
        };
    }

    macro_rules! first_field {
        ($name:ident, $ty:ty) => {
            #[derive(Snapshot)]
            struct $name($ty, #[snapshot(entity)] Entity);
        };
    }

    snapshot!(DeadEnemy tracks Enemy { team: Option<Team>, enemy: Enemy } at entity);
    first_field!(First, Enemy);

    let dead: DeadEnemy = published(Enemy { gold: 5 }).unwrap();
    assert_eq!((dead.team, dead.enemy), (None, Enemy { gold: 5 }));
    assert_ne!(dead.entity, Entity::PLACEHOLDER);

    let First(enemy, id) = published(Enemy { gold: 5 }).unwrap();
    assert_eq!((enemy, id != Entity::PLACEHOLDER), (Enemy { gold: 5 }, true));
}

#[test]
#[expect(unused_parens, reason = "a macro may generate such types")]
fn a_type_may_have_parentheses() {
    use bevy_post_delete::prelude::*;

    #[derive(Snapshot)]
    struct DeadEnemy((Enemy), (Option<Team>));

    let dead: DeadEnemy = published(Enemy { gold: 5 }).unwrap();
    assert_eq!((dead.0, dead.1), (Enemy { gold: 5 }, None));
}

#[expect(deprecated, reason = "`#[derive(Component)]` uses the type")]
mod old {
    #[deprecated]
    #[derive(bevy_ecs::component::Component, Clone)]
    pub(crate) struct Old;
}

/// A module in which any warning in the generated code is an error.
mod strict {
    #![deny(warnings, clippy::all, clippy::pedantic)]

    #[expect(deprecated, reason = "the import uses the type")]
    use super::old::Old;
    use super::{Enemy, Team};
    use bevy_ecs::prelude::*;
    use bevy_post_delete::prelude::*;

    #[derive(Snapshot)]
    #[expect(deprecated, reason = "the field uses the type, and so does the generated code")]
    pub(crate) struct OfDeprecated(pub(crate) Old);

    #[derive(Snapshot)]
    pub(crate) struct Deprecated {
        #[deprecated]
        pub(crate) enemy: Enemy,
        #[deprecated]
        pub(crate) team: Option<Team>,
    }

    #[derive(Snapshot)]
    #[snapshot(component = Enemy)]
    pub(crate) struct Unit;

    #[derive(Snapshot)]
    #[snapshot(component = Enemy)]
    pub(crate) struct OnlyTheId(#[snapshot(entity)] pub(crate) Entity);
}

#[test]
#[expect(deprecated, reason = "the test uses a deprecated type and deprecated fields")]
fn generated_code_has_no_warnings() {
    let dead: strict::Deprecated = published(Enemy { gold: 5 }).unwrap();
    assert_eq!((dead.enemy, dead.team), (Enemy { gold: 5 }, None));
    assert!(published::<strict::OfDeprecated>(old::Old).is_some());
    assert!(published::<strict::Unit>(Enemy { gold: 5 }).is_some());
    assert_ne!(
        published::<strict::OnlyTheId>(Enemy { gold: 5 }).unwrap().0,
        bevy_ecs::entity::Entity::PLACEHOLDER
    );
}
