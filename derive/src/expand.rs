//! The generated implementation.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, Type, spanned::Spanned};

use crate::{
    bounds,
    input::{Field, Input, Source},
};

/// Generates the implementation of `Snapshot`.
///
/// All names in it are full paths, because a user may have given the short ones another meaning.
pub(crate) fn expand(input: &Input) -> TokenStream {
    let name = &input.name;
    let generics = bounds::with_bounds(input);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let component = input.component();
    let component = quote_spanned!(span(component)=> type Component = #component;);
    let capture = capture(input);
    let try_clone = try_clone(input);
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics ::bevy_post_delete::Snapshot for #name #type_generics #where_clause {
            #component

            #capture

            #try_clone
        }
    }
}

fn capture(input: &Input) -> TokenStream {
    let entity = variable("__entity");
    // The first `take` returns `None` if its component is missing. The components of later ones are checked before it.
    let checks = input
        .fields
        .iter()
        .filter(|field| is_take(field) && !field.is_optional)
        .skip(1);
    let checks = checks.map(|Field { ty, .. }| {
        quote_spanned! {span(ty)=>
            if !::bevy_post_delete::__private::contains::<#ty>(&#entity) {
                return ::core::option::Option::None;
            }
        }
    });

    // A struct expression evaluates its fields in the order in which they are written. All clones come first: if a
    // component is missing, `capture` then returns before anything is taken.
    let mut fields: Vec<_> = input.fields.iter().enumerate().collect();
    fields.sort_by_key(|(_, field)| (is_take(field), field.is_optional));
    let values = fields.into_iter().map(|(index, field)| {
        let member = &field.member;
        let value = value(field, &entity, index == 0 && input.component.is_none());
        quote!(#member: #value)
    });

    let binding = match input.fields.iter().any(is_take) {
        true => quote!(mut #entity),
        false => quote!(#entity),
    };
    quote! {
        #[inline]
        fn capture(#binding: ::bevy_post_delete::__private::EntityMut<'_>) -> ::core::option::Option<Self> {
            #(#checks)*
            ::core::option::Option::Some(Self { #(#values),* })
        }
    }
}

/// Generates the value of a field, which can be the one whose type is the tracked component.
///
/// If that is not a component, the compiler reports it at `type Component`. This code does not repeat the error.
fn value(field: &Field, entity: &Ident, is_tracked: bool) -> TokenStream {
    let ty = &field.ty;
    let get = match is_tracked {
        true => quote_spanned!(span(ty)=> tracked::<Self>),
        false => quote_spanned!(span(ty)=> get::<#ty>),
    };
    match (field.source, field.is_optional) {
        (Source::Clone, false) => quote_spanned! {span(ty)=>
            ::bevy_post_delete::__private::clone::<#ty>(
                ::bevy_post_delete::__private::#get(&#entity)?
            )
        },
        (Source::Clone, true) => quote_spanned! {span(ty)=>
            ::bevy_post_delete::__private::clone_optional::<#ty>(
                ::bevy_post_delete::__private::#get(&#entity)
            )
        },
        (Source::Take, false) => quote_spanned! {span(ty)=>
            ::bevy_post_delete::__private::take::<#ty>(&mut #entity)?
        },
        (Source::Take, true) => quote_spanned! {span(ty)=>
            ::bevy_post_delete::__private::take::<#ty>(&mut #entity)
        },
        (Source::Entity, _) => quote_spanned! {span(ty)=>
            ::bevy_post_delete::__private::id::<#ty>(&#entity)
        },
    }
}

/// Generates nothing for a snapshot that takes data: the default of `try_clone` returns `None`.
fn try_clone(input: &Input) -> Option<TokenStream> {
    if input.fields.iter().any(is_take) {
        return None;
    }
    let snapshot = variable("__snapshot");
    let values = input.fields.iter().map(|field| {
        let Field { member, ty, .. } = field;
        let value = match field.is_optional {
            false => quote_spanned! {span(ty)=>
                ::bevy_post_delete::__private::clone::<#ty>(&#snapshot.#member)
            },
            true => quote_spanned! {span(ty)=>
                ::bevy_post_delete::__private::clone_optional::<#ty>(#snapshot.#member.as_ref())
            },
        };
        quote!(#member: #value)
    });
    Some(quote! {
        fn try_clone(#snapshot: &Self) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(Self { #(#values),* })
        }
    })
}

fn is_take(field: &Field) -> bool {
    field.source == Source::Take
}

/// Creates a variable that the user's code cannot name. The underscores avoid the name of a constant, to which hygiene
/// does not apply.
fn variable(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Returns the span of a type, where the compiler reports an unsatisfied bound. The names keep their hygiene.
fn span(ty: &Type) -> Span {
    Span::mixed_site().located_at(ty.span())
}
