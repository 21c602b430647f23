//! `#[derive(Sparse)]`: reads a table's row from some of its columns; see `entity::sparse`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Ident};

/// The implementation for a row.
pub(crate) fn expand(row: &DeriveInput) -> syn::Result<TokenStream> {
    let name = &row.ident;
    let Data::Struct(data) = &row.data else {
        return Err(Error::new_spanned(row, "rows are structs"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(row, "a row's columns have names"));
    };
    if fields.named.len() > 64 {
        return Err(Error::new_spanned(row, "64 columns can be told apart"));
    }
    let columns: Vec<&Ident> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let arms = columns.iter().zip(0_u32..).map(|(column, place)| {
        let (snake, camel) = (column.to_string(), camel(&column.to_string()));
        if snake == camel {
            quote!(#snake => #place)
        } else {
            quote!(#snake | #camel => #place)
        }
    });
    Ok(quote! {
        impl crate::sparse::Sparse for #name {
            fn column(name: &str) -> Option<crate::sparse::Columns> {
                let place = match name {
                    #(#arms,)*
                    _ => return None,
                };
                Some(crate::sparse::Columns::at(place))
            }

            fn read(
                row: &sea_orm::QueryResult,
                columns: crate::sparse::Columns,
            ) -> Result<Self, sea_orm::DbErr> {
                let mut cells = crate::sparse::Cells::new(row, columns);
                Ok(Self { #(#columns: cells.take()?,)* })
            }
        }
    })
}

/// `placed_at` as `placedAt`.
pub(crate) fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}
