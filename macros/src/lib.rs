//! Permissions of the API and the arguments of its pages, declared once; and rows that are read from some of their columns.
//!
//! `#[permissions]` stands above async-graphql's `#[Object]` or `#[Subscription]`. A resolver below it with
//! `#[requires("orders:read")]` gets from this one place a sentence at the end of its description, the directive
//! `@requires` in the schema, and a constant `REQUIRED` in its body, which it has to use: an unused constant is a
//! warning. `#[permissions("orders:read")]` says the same of the type, whose constant is `Type::REQUIRED`.
//!
//! The macro knows no permission: an unknown name does not compile, since `Permission::named` refuses it. Only
//! `graphql` uses it.
//!
//! `#[plain]` stands there, too, and tells `graphql::in_place` which resolvers take neither arguments nor context.
//! `#[at_hand]` stands below it above a resolver that takes its context but mostly need not wait.
//!
//! `#[paged]` stands there too. A resolver below it that takes `PageArgs` has `first`, `after`, `last` and `before` in the
//! schema, with their descriptions. `#[derive(Sparse)]` is for the tables of `entity`.

mod paged;
mod plain;
mod sparse;

use proc_macro::TokenStream;
use quote::quote;
use syn::{
    Attribute, DeriveInput, Error, ImplItem, ImplItemFn, ItemImpl, LitStr, Meta, parse_macro_input, parse_quote,
};

/// Reads a table's row from some of its columns; see `entity::sparse`.
#[proc_macro_derive(Sparse)]
pub fn sparse(row: TokenStream) -> TokenStream {
    let row = parse_macro_input!(row as DeriveInput);
    sparse::expand(&row).unwrap_or_else(Error::into_compile_error).into()
}

/// Declares the permissions of a type's resolvers, and of the type itself; see the crate.
#[proc_macro_attribute]
pub fn permissions(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let of_type = (!arguments.is_empty()).then(|| arguments.clone());
    let of_type = match of_type.map(syn::parse::<LitStr>).transpose() {
        Ok(of_type) => of_type,
        Err(error) => return error.to_compile_error().into(),
    };
    let mut object = parse_macro_input!(item as ItemImpl);
    match expand(of_type.as_ref(), &mut object) {
        Ok(beside) => quote!(#object #beside).into(),
        Err(error) => error.to_compile_error().into(),
    }
}

/// Declares the arguments of pages; see the crate.
#[proc_macro_attribute]
pub fn paged(_: TokenStream, item: TokenStream) -> TokenStream {
    let mut object = parse_macro_input!(item as ItemImpl);
    match paged::expand(&mut object) {
        Ok(()) => quote!(#object).into(),
        Err(error) => error.to_compile_error().into(),
    }
}

/// Tells in which way each of a type's fields is told; see the crate.
#[proc_macro_attribute]
pub fn plain(_: TokenStream, item: TokenStream) -> TokenStream {
    let mut object = parse_macro_input!(item as ItemImpl);
    let beside = plain::ways(&mut object);
    quote!(#object #beside).into()
}

/// Changes the resolvers, and says what stands beside them.
fn expand(of_type: Option<&LitStr>, object: &mut ItemImpl) -> syn::Result<proc_macro2::TokenStream> {
    for item in &mut object.items {
        if let ImplItem::Fn(resolver) = item {
            declare(resolver)?;
        }
    }
    let Some(name) = of_type else {
        return Ok(quote!());
    };
    object.attrs.push(sentence(name));
    let directive = directive(name);
    for attribute in &mut object.attrs {
        match &attribute.meta {
            Meta::Path(path) if path.is_ident("Object") => *attribute = parse_quote!(#[Object(#directive)]),
            Meta::List(list) if list.path.is_ident("Object") => {
                let others = &list.tokens;
                *attribute = parse_quote!(#[Object(#others, #directive)]);
            }
            _ => {}
        }
    }
    let (kind, constant) = (&object.self_ty, constant(name));
    Ok(quote! {
        impl #kind {
            /// What seeing one needs.
            pub(in crate::graphql) #constant
        }
    })
}

/// Replaces `#[requires]` of a resolver by what it stands for.
fn declare(resolver: &mut ImplItemFn) -> syn::Result<()> {
    let Some(place) = resolver.attrs.iter().position(|one| one.path().is_ident("requires")) else {
        return Ok(());
    };
    let name: LitStr = resolver.attrs.remove(place).parse_args()?;
    resolver.attrs.push(sentence(&name));
    let directive = directive(&name);
    // async-graphql reads the first of these attributes only.
    let known = resolver.attrs.iter_mut().find(|one| one.path().is_ident("graphql"));
    match known {
        Some(attribute) => {
            let others = attribute.meta.require_list()?.tokens.clone();
            *attribute = parse_quote!(#[graphql(#others, #directive)]);
        }
        None => resolver.attrs.push(parse_quote!(#[graphql(#directive)])),
    }
    let constant = constant(&name);
    resolver.block.stmts.insert(0, parse_quote!(#constant));
    Ok(())
}

/// The end of a description.
fn sentence(name: &LitStr) -> Attribute {
    let text = format!("Permission: `{}`.", name.value());
    parse_quote!(#[doc = #text])
}

fn directive(name: &LitStr) -> proc_macro2::TokenStream {
    quote!(directive = crate::graphql::requires::apply(::std::string::String::from(#name)))
}

fn constant(name: &LitStr) -> proc_macro2::TokenStream {
    quote!(const REQUIRED: crate::access::Permission = crate::access::Permission::named(#name);)
}
