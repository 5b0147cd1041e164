//! The `#[snapshot(..)]` attributes of a struct and of its fields.

use core::fmt::Display;

use proc_macro2::TokenTree;
use syn::{Attribute, Error, Ident, Meta, Token, Type, ext::IdentExt, parse::ParseStream};

use crate::input::Source;

pub(crate) const ON_STRUCT: &str = "write `#[snapshot(component = Enemy)]` on the struct";
const ON_FIELD: &str = "write `#[snapshot(take)]` or `#[snapshot(entity)]` on the field";

/// Parses the attributes of a struct. Returns the type in `component = ..`.
pub(crate) fn parse_component(attributes: &[Attribute], errors: &mut Vec<Error>) -> Option<Type> {
    let mut component = None;
    parse_keys(attributes, ON_STRUCT, errors, |key, input| {
        match key.to_string().as_str() {
            "component" if component.is_some() => Err(duplicate(key)),
            "component" => {
                component = Some(parse_type(key, input)?);
                Ok(())
            }
            name @ ("take" | "entity") => Err(Error::new_spanned(
                key,
                format!("`Snapshot` accepts `{name}` on a field only: write `#[snapshot({name})]` on the field"),
            )),
            name => Err(unknown(key, name, ON_STRUCT)),
        }
    });
    component
}

/// Parses the attributes of a field. Returns the source of its value.
pub(crate) fn parse_source(attributes: &[Attribute], errors: &mut Vec<Error>) -> Source {
    let mut source = Source::Clone;
    parse_keys(attributes, ON_FIELD, errors, |key, input| {
        let new = match key.to_string().as_str() {
            "take" => Source::Take,
            "entity" => Source::Entity,
            "component" => {
                return Err(Error::new_spanned(
                    key,
                    format!("`Snapshot` accepts `component` on the struct only: {ON_STRUCT}"),
                ));
            }
            name => return Err(unknown(key, name, ON_FIELD)),
        };
        if source == new {
            return Err(duplicate(key));
        }
        if source != Source::Clone {
            return Err(Error::new_spanned(
                key,
                "a field of a `Snapshot` is either a component (`take`) or the entity (`entity`): remove one of the two",
            ));
        }
        source = new;
        match input.is_empty() || input.peek(Token![,]) {
            true => Ok(()),
            false => Err(input.error(format!(
                "`{key}` takes no value in a `Snapshot`: write `#[snapshot({key})]`"
            ))),
        }
    });
    source
}

/// Passes each key in the `#[snapshot(..)]` attributes to `parse_value`, which consumes the key's value.
///
/// Parsing continues after an error, with the next key.
fn parse_keys(
    attributes: &[Attribute],
    usage: &str,
    errors: &mut Vec<Error>,
    mut parse_value: impl FnMut(&Ident, ParseStream) -> syn::Result<()>,
) {
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("snapshot"))
    {
        let list = match &attribute.meta {
            Meta::List(list) if !list.tokens.is_empty() => list,
            _ => {
                let message = format!("this attribute of `Snapshot` has no effect: {usage}");
                errors.push(Error::new_spanned(attribute, message));
                continue;
            }
        };
        let parsed = list.parse_args_with(|input: ParseStream| {
            while !input.is_empty() {
                let start = input.span();
                let key = Ident::parse_any(input)
                    .map_err(|_| Error::new(start, format!("expected an attribute of `Snapshot`: {usage}")))?;
                if let Err(error) = parse_value(&key, input) {
                    errors.push(error);
                    skip_value(input)?;
                }
                if !input.is_empty() {
                    let start = input.span();
                    input.parse::<Token![,]>().map_err(|_| {
                        Error::new(start, format!("expected `,` in this attribute of `Snapshot`: {usage}"))
                    })?;
                }
            }
            Ok(())
        });
        if let Err(error) = parsed {
            errors.push(error);
        }
    }
}

/// Parses `= Type`.
fn parse_type(key: &Ident, input: ParseStream) -> syn::Result<Type> {
    let message = "the component of a `Snapshot` is a type: write `#[snapshot(component = Enemy)]`";
    if input.parse::<Token![=]>().is_err() {
        return Err(Error::new_spanned(key, message));
    }
    let start = input.span();
    input.parse().map_err(|_| Error::new(start, message))
}

/// Skips all tokens before the next comma.
fn skip_value(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

fn duplicate(key: &Ident) -> Error {
    Error::new_spanned(key, format!("`Snapshot` accepts `{key}` once: remove this one"))
}

fn unknown(key: &Ident, name: impl Display, usage: &str) -> Error {
    Error::new_spanned(key, format!("`Snapshot` has no attribute `{name}`: {usage}"))
}
