//! The bounds of a generic snapshot.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Generics, Ident, Type, parse_quote};

use crate::input::{Input, Source};

/// Adds to the generics of the struct the bounds that the implementation needs.
///
/// The bounds are on the types of the fields, not on the parameters: `Wrapper<T>` can be a component even if `T` is
/// not. A type without a parameter gets no bound, so that the compiler reports errors where it is written.
pub(crate) fn with_bounds(input: &Input) -> Generics {
    let mut generics = input.generics.clone();
    let types: Vec<Ident> = generics
        .type_params()
        .map(|parameter| parameter.ident.clone())
        .collect();
    let constants = generics.const_params().map(|parameter| parameter.ident.clone());
    let parameters: Vec<Ident> = types.iter().cloned().chain(constants).collect();

    // `Snapshot: 'static`. A component is already `Send` and `Sync`, so the fields are, too.
    let predicates = &mut generics.make_where_clause().predicates;
    for ty in types {
        predicates.push(parse_quote!(#ty: 'static));
    }

    let component = quote!(::bevy_post_delete::__private::Component);
    let mut add = |ty: &Type, bounds: TokenStream| {
        if mentions(ty.to_token_stream(), &parameters) {
            predicates.push(parse_quote!(#ty: #bounds));
        }
    };
    if let Some(ty) = &input.component {
        add(ty, component.clone());
    }
    for field in &input.fields {
        match field.source {
            Source::Clone => add(&field.ty, quote!(#component + ::core::clone::Clone)),
            Source::Take => add(
                &field.ty,
                quote!(#component<Mutability = ::bevy_post_delete::__private::Mutable> + ::core::default::Default),
            ),
            Source::Entity => {}
        }
    }
    generics
}

/// Returns `true` if one of the identifiers is among the tokens.
fn mentions(tokens: TokenStream, parameters: &[Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => parameters.contains(&ident),
        TokenTree::Group(group) => mentions(group.stream(), parameters),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn where_clause(input: syn::DeriveInput) -> String {
        let where_clause = with_bounds(&Input::new(input).unwrap()).where_clause;
        let predicates = where_clause.map(|clause| clause.predicates.to_token_stream().to_string());
        predicates
            .unwrap_or_default()
            .replace(":: bevy_post_delete :: __private :: ", "")
            .replace(":: core :: ", "")
    }

    #[test]
    fn a_struct_without_parameters_gets_no_bound() {
        assert_eq!(
            where_clause(parse_quote!(
                struct Dead {
                    enemy: Enemy,
                }
            )),
            ""
        );
    }

    #[test]
    fn a_type_without_a_parameter_gets_no_bound() {
        let found = where_clause(parse_quote!(
            struct Dead<T> {
                enemy: Enemy,
                value: Option<Wrapper<T>>,
            }
        ));
        assert_eq!(found, "T : 'static , Wrapper < T > : Component + clone :: Clone");
    }

    #[test]
    fn the_bounds_of_the_struct_are_kept() {
        let found = where_clause(parse_quote!(
            struct Dead<T>(Enemy)
            where
                T: Kind;
        ));
        assert_eq!(found, "T : Kind , T : 'static");
    }

    #[test]
    fn a_parameter_is_found_inside_a_type() {
        let found = where_clause(parse_quote! {
            #[snapshot(component = Tracked<T::Kind>)]
            struct Dead<T, const N: usize>(#[snapshot(take)] Grid<[u8; N]>, #[snapshot(entity)] Entity, Table<Team>);
        });
        let expected = "T : 'static , Tracked < T :: Kind > : Component , \
                        Grid < [u8 ; N] > : Component < Mutability = Mutable > + default :: Default";
        assert_eq!(found, expected);
    }
}
