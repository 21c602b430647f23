//! Which fields of a type look at nothing but the object.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ImplItem, ImplItemFn, ItemImpl};

use crate::sparse::camel;

/// The implementation of `Plain`.
pub(super) fn fields(object: &ItemImpl) -> TokenStream {
    let names = object.items.iter().filter_map(|item| match item {
        ImplItem::Fn(resolver) if takes_nothing(resolver) => Some(camel(&resolver.sig.ident.to_string())),
        _ => None,
    });
    let kind = &object.self_ty;
    quote! {
        impl crate::graphql::in_place::Plain for #kind {
            fn is_plain(field: &str) -> bool {
                matches!(field, #(#names)|*)
            }
        }
    }
}

/// Nothing but the object itself. A field with another name than its resolver's is not among them.
fn takes_nothing(resolver: &ImplItemFn) -> bool {
    resolver.sig.inputs.len() == 1 && !resolver.attrs.iter().any(|one| one.path().is_ident("graphql"))
}
