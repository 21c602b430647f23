//! The products of an imitated shop as a Google Shopping feed, which real shops have at an address of
//! their own.

use axum::{
    extract::{Path, State},
    http::header::CONTENT_TYPE,
    response::IntoResponse,
};

use super::super::{server::Shared, world::Product};
use super::{Refusal, with_platform};

pub(super) async fn serve(
    State(shared): State<Shared>,
    Path(slug): Path<String>,
) -> Result<impl IntoResponse, Refusal> {
    let items: String = with_platform(&shared, &slug, |platform| {
        Ok(platform.world().products.iter().map(item).collect())
    })?;
    let feed = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\">\
         <channel><title>Loja Exemplo</title>{items}</channel></rss>\n"
    );
    Ok(([(CONTENT_TYPE, "application/xml; charset=utf-8")], feed))
}

fn item(product: &Product) -> String {
    format!(
        "<item><g:id>{}</g:id><g:title>{} {}</g:title><g:link>https://www.loja-exemplo.invalid/produto-{}</g:link>\
         <g:price>{}.{:02} BRL</g:price><g:availability>{}</g:availability><g:product_type>{}</g:product_type></item>",
        product.sku,
        product.name,
        product.variant,
        product.id,
        product.cents / 100,
        product.cents % 100,
        if product.stock > 0 { "in_stock" } else { "out_of_stock" },
        product.category_path().replace('>', "&gt;"),
    )
}
