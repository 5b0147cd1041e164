//! The struct for which `Snapshot` is derived, after all checks.

use quote::ToTokens;
use syn::{Data, DeriveInput, Error, Fields, GenericArgument, Generics, Ident, Member, Path, PathArguments, Type};

use crate::attributes::{ON_STRUCT, parse_component, parse_source};

/// A struct that can be a snapshot.
pub(crate) struct Input {
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    /// The type in `component = ..`. If `None`, the type of the first field is the tracked component.
    pub(crate) component: Option<Type>,
    pub(crate) fields: Vec<Field>,
}

/// A field of the snapshot.
pub(crate) struct Field {
    pub(crate) member: Member,
    /// The component, without the `Option` around it. For [`Source::Entity`], the type of the field.
    pub(crate) ty: Type,
    /// Whether the entity can be captured without the component.
    pub(crate) is_optional: bool,
    pub(crate) source: Source,
}

/// The source of a field's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// A clone of the component.
    Clone,
    /// The component, which is moved out of the entity.
    Take,
    /// The entity itself.
    Entity,
}

impl Input {
    /// Checks that `Snapshot` can be derived. Returns all errors, not only the first.
    pub(crate) fn new(input: DeriveInput) -> syn::Result<Self> {
        let Data::Struct(data) = &input.data else {
            return Err(Error::new_spanned(
                &input.ident,
                "`#[derive(Snapshot)]` supports structs only: write a struct, or `impl Snapshot` by hand",
            ));
        };

        let mut errors = Vec::new();
        let component = parse_component(&input.attrs, &mut errors);
        let is_component_known = component.is_some() || !errors.is_empty();
        check_generics(&input.generics, &mut errors);
        let fields = parse_fields(&data.fields, &mut errors);
        if !is_component_known {
            check_first_field(&input.ident, &data.fields, &fields, &mut errors);
        }
        check_takes(&fields, &mut errors);

        let mut errors = errors.into_iter();
        if let Some(mut first) = errors.next() {
            first.extend(errors);
            return Err(first);
        }
        Ok(Self {
            name: input.ident,
            generics: input.generics,
            component,
            fields,
        })
    }

    /// Returns the type of the tracked component.
    pub(crate) fn component(&self) -> &Type {
        self.component.as_ref().unwrap_or_else(|| &self.fields[0].ty)
    }
}

fn parse_fields(fields: &Fields, errors: &mut Vec<Error>) -> Vec<Field> {
    let parse = |(member, field): (Member, &syn::Field)| {
        let source = parse_source(&field.attrs, errors);
        let optional = option_argument(&field.ty).filter(|_| source != Source::Entity);
        let ty = optional.unwrap_or(&field.ty);
        if source == Source::Clone && is_entity(ty) {
            errors.push(Error::new_spanned(
                ty,
                "`Entity` is not a component: to keep the id of the entity in this `Snapshot`, write \
                 `#[snapshot(entity)]` on the field",
            ));
        }
        Field {
            member,
            is_optional: optional.is_some(),
            ty: ty.clone(),
            source,
        }
    };
    fields.members().zip(fields).map(parse).collect()
}

/// Returns the type in an `Option`. A type alias of `Option` is not recognized.
fn option_argument(ty: &Type) -> Option<&Type> {
    let last = path(ty)?.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if last.ident == "Option" && arguments.args.len() == 1 => {
            match &arguments.args[0] {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether this is Bevy's `Entity`, as far as its path shows.
fn is_entity(ty: &Type) -> bool {
    path(ty).is_some_and(|path| {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        names == ["Entity"] || (names[0].starts_with("bevy") && names.last().is_some_and(|last| last == "Entity"))
    })
}

/// Returns the path of a type.
fn path(ty: &Type) -> Option<&Path> {
    match ty {
        // `macro_rules!` puts an invisible group around a type that was passed to it.
        Type::Group(group) => path(&group.elem),
        Type::Paren(paren) => path(&paren.elem),
        Type::Path(path) if path.qself.is_none() => Some(&path.path),
        _ => None,
    }
}

fn check_generics(generics: &Generics, errors: &mut Vec<Error>) {
    for parameter in generics.lifetimes() {
        errors.push(Error::new_spanned(
            &parameter.lifetime,
            "a `Snapshot` outlives the entity, so it cannot borrow: remove the lifetime, and write owned types",
        ));
    }
}

/// Checks that the first field has the component to track.
fn check_first_field(name: &Ident, fields: &Fields, parsed: &[Field], errors: &mut Vec<Error>) {
    let error = match fields.iter().next().zip(parsed.first()) {
        None => Error::new_spanned(
            name,
            format!("this `Snapshot` has no field whose component it can track: {ON_STRUCT}"),
        ),
        Some((field, first)) if first.source == Source::Entity => Error::new_spanned(
            &field.ty,
            format!("a `Snapshot` tracks the component in its first field, but this is the entity: {ON_STRUCT}"),
        ),
        Some((field, first)) if first.is_optional => Error::new_spanned(
            &field.ty,
            format!("a `Snapshot` tracks the component in its first field, which cannot be an `Option`: {ON_STRUCT}"),
        ),
        Some(_) => return,
    };
    errors.push(error);
}

/// Checks that no component is taken twice. Only types with identical tokens are found.
fn check_takes(fields: &[Field], errors: &mut Vec<Error>) {
    let mut taken = Vec::new();
    for field in fields.iter().filter(|field| field.source == Source::Take) {
        let ty = field.ty.to_token_stream().to_string();
        if taken.contains(&ty) {
            errors.push(Error::new_spanned(
                &field.ty,
                "this `Snapshot` takes the same component twice, and the second value would be its default: \
                 remove one of the fields",
            ));
        }
        taken.push(ty);
    }
}

#[cfg(test)]
mod tests {
    use syn::{TypeGroup, parse_quote, token::Group};

    use super::*;

    #[test]
    fn an_option_is_found_by_its_last_path_segment() {
        for ty in [
            parse_quote!(Option<Team>),
            parse_quote!(core::option::Option<Team>),
            parse_quote!(::std::option::Option<Team>),
            parse_quote!((Option<Team>)),
        ] {
            assert_eq!(option_argument(&ty).unwrap().to_token_stream().to_string(), "Team");
        }
    }

    #[test]
    fn an_option_is_found_in_the_invisible_group_that_a_macro_adds() {
        let group = Type::Group(TypeGroup {
            group_token: Group::default(),
            elem: parse_quote!(Option<Team>),
        });
        assert!(option_argument(&group).is_some());
    }

    #[test]
    fn another_type_is_not_an_option() {
        for ty in [
            parse_quote!(Team),
            parse_quote!(Option),
            parse_quote!(Option<A, B>),
            parse_quote!(Option<'static>),
            parse_quote!(Option::<Team>::Value),
            parse_quote!(<Kind as Types>::Option<Team>),
            parse_quote!(Wrapper<Option<Team>>),
            parse_quote!([Option<Team>; 2]),
        ] {
            assert!(option_argument(&ty).is_none(), "{}", ty.to_token_stream());
        }
    }

    #[test]
    fn an_entity_is_never_optional() {
        let input: DeriveInput = parse_quote!(
            struct Dead(Enemy, #[snapshot(entity)] Option<Entity>);
        );
        let input = Input::new(input).unwrap();
        assert!(!input.fields[1].is_optional);
        assert_eq!(input.fields[1].ty.to_token_stream().to_string(), "Option < Entity >");
    }

    #[test]
    fn an_invalid_component_attribute_gives_no_second_error_for_the_missing_component() {
        let input: DeriveInput = parse_quote!(
            #[snapshot(component = "Enemy")]
            struct Dead;
        );
        assert_eq!(Input::new(input).err().unwrap().into_iter().count(), 1);
    }
}
