//! In which way each field of a type is told.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericArgument, ImplItem, ImplItemFn, ItemImpl, PathArguments, ReturnType, Type};

use crate::sparse::camel;

/// Types whose values are written as soon as they are there; `graphql::in_place` knows how.
const SCALARS: [&str; 8] = ["ID", "DateTime", "str", "bool", "i32", "i64", "Decimal", "Points"];

/// Takes `#[at_hand]` from the resolvers, and gives the implementation of `Plain`.
pub(super) fn ways(object: &mut ItemImpl) -> TokenStream {
    let (mut written, mut at_hand) = (Vec::new(), Vec::new());
    for item in &mut object.items {
        if let ImplItem::Fn(resolver) = item {
            let name = camel(&resolver.sig.ident.to_string());
            if declared(resolver) || takes_nothing(resolver) && !gives_scalar(resolver) {
                at_hand.push(name);
            } else if takes_nothing(resolver) {
                written.push((name, resolver.sig.ident.clone()));
            }
        }
    }
    let written = written
        .iter()
        .map(|(name, resolver)| quote!(#name => Way::Written(|object, ctx, out| tell(object.#resolver(ctx), out)),));
    let at_hand = (!at_hand.is_empty()).then(|| quote!(#(#at_hand)|* => Way::AtHand,));
    let kind = &object.self_ty;
    quote! {
        impl crate::graphql::in_place::Plain for #kind {
            fn way(field: &str) -> crate::graphql::in_place::Way<Self> {
                use crate::graphql::in_place::{Way, tell};
                match field {
                    #(#written)*
                    #at_hand
                    _ => Way::InTime,
                }
            }
        }
    }
}

/// Whether `#[at_hand]` stands above a resolver, which is taken away.
fn declared(resolver: &mut ImplItemFn) -> bool {
    let before = resolver.attrs.len();
    resolver.attrs.retain(|one| !one.path().is_ident("at_hand"));
    resolver.attrs.len() < before
}

/// Nothing but the object itself. A field with another name than its resolver's is not among them.
fn takes_nothing(resolver: &ImplItemFn) -> bool {
    resolver.sig.inputs.len() == 1 && !resolver.attrs.iter().any(|one| one.path().is_ident("graphql"))
}

/// A scalar, a reference to one, or perhaps one.
fn gives_scalar(resolver: &ImplItemFn) -> bool {
    match &resolver.sig.output {
        ReturnType::Type(_, kind) => is_scalar(kind),
        ReturnType::Default => false,
    }
}

fn is_scalar(kind: &Type) -> bool {
    match kind {
        Type::Reference(reference) => is_scalar(&reference.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| match &last.arguments {
            PathArguments::AngleBracketed(arguments) if last.ident == "Option" => {
                matches!(arguments.args.first(), Some(GenericArgument::Type(kind)) if is_scalar(kind))
            }
            _ => SCALARS.iter().any(|known| last.ident == known),
        }),
        _ => false,
    }
}
