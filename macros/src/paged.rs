//! The arguments of a connection's page, which are the same everywhere.

use syn::{Error, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Pat, PatType, Type, parse_quote};

/// Arguments that clippy takes for too many.
const MANY: usize = 7;

/// Puts the four arguments of a page in the place of each resolver's `PageArgs`.
pub(super) fn expand(object: &mut ItemImpl) -> syn::Result<()> {
    let mut paged = 0;
    for item in &mut object.items {
        if let ImplItem::Fn(resolver) = item
            && let Some((place, name)) = page_of(resolver)
        {
            declare(resolver, place, &name);
            paged += 1;
        }
    }
    if paged == 0 {
        let message = "no resolver takes `PageArgs`: `#[paged]` has nothing to do here";
        return Err(Error::new_spanned(&object.self_ty, message));
    }
    Ok(())
}

/// Where a resolver takes `PageArgs`, and what it calls them.
fn page_of(resolver: &ImplItemFn) -> Option<(usize, Ident)> {
    resolver
        .sig
        .inputs
        .iter()
        .enumerate()
        .find_map(|(place, input)| match input {
            FnArg::Typed(PatType { pat, ty, .. }) if is_page(ty) => match pat.as_ref() {
                Pat::Ident(name) => Some((place, name.ident.clone())),
                _ => None,
            },
            _ => None,
        })
}

fn is_page(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "PageArgs"))
}

fn declare(resolver: &mut ImplItemFn, place: usize, name: &Ident) {
    let page: [FnArg; 4] = [
        parse_quote!(#[graphql(desc = "How many from the beginning, 1 to 100. Give this or `last`.")] first: Option<i32>),
        parse_quote!(#[graphql(desc = "Only what comes after this cursor.")] after: Option<String>),
        parse_quote!(#[graphql(desc = "How many from the end, 1 to 100. Give this or `first`.")] last: Option<i32>),
        parse_quote!(#[graphql(desc = "Only what comes before this cursor.")] before: Option<String>),
    ];
    let inputs = std::mem::take(&mut resolver.sig.inputs).into_iter();
    for (at, input) in inputs.enumerate() {
        if at == place {
            resolver.sig.inputs.extend(page.clone());
        } else {
            resolver.sig.inputs.push(input);
        }
    }
    if resolver.sig.inputs.len() > MANY {
        let reason: syn::Attribute =
            parse_quote!(#[expect(clippy::too_many_arguments, reason = "a connection's arguments")]);
        resolver.attrs.push(reason);
    }
    let together = parse_quote!(let #name = PageArgs { first, last, after, before };);
    resolver.block.stmts.insert(0, together);
    // Boxed: the future of each of the type's fields would be as large as that of a page.
    let block = &resolver.block;
    resolver.block = parse_quote!({ ::std::boxed::Box::pin(async move #block).await });
}
