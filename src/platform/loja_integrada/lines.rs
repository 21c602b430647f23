//! What was sold: the `itens` of an order's detail.

use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
use rust_decimal::prelude::ToPrimitive;

use crate::platform::OrderLine;
use crate::platform::record::{FieldError, Record};

/// The lines of an order. An error names the line, for instance `itens[0].quantidade`.
pub(super) fn lines(order: &Record<'_>) -> Result<Vec<OrderLine>, FieldError> {
    let items = order.list("itens")?;
    let lines = items.iter().enumerate().map(|(index, raw)| {
        Record::parse(raw)
            .and_then(|item| line(&item))
            .map_err(|error| error.under(&format!("itens[{index}]")))
    });
    lines.collect()
}

fn line(item: &Record<'_>) -> Result<OrderLine, FieldError> {
    let quantity = item.decimal("quantidade")?.unwrap_or(Decimal::ONE);
    let told_total = item.money("preco_subtotal")?;
    // The price asked in the shop, promotions included, is what a line's total is made of.
    let told_price = match item.money("preco_venda")? {
        Some(price) => Some(price),
        None => item
            .money("preco_promocional")?
            .filter(|price| *price != 0)
            .or(item.money("preco_cheio")?),
    };
    let product = told_price
        .map(|price| Decimal::from(price).checked_mul(quantity))
        .map(whole);
    let total = told_total.map_or_else(|| product.unwrap_or(Some(0)), Some);
    let unit_price = match told_price {
        Some(price) => Some(price),
        None => total
            .and_then(|total| whole(Decimal::from(total).checked_div(quantity)))
            .or(Some(0)),
    };
    let quantity_milli = whole(quantity.checked_mul(Decimal::ONE_THOUSAND));
    let (Some(total), Some(unit_price), Some(quantity_milli)) = (total, unit_price, quantity_milli) else {
        return Err(FieldError::new("quantidade", "is too large"));
    };
    let sku = item.text("sku")?;
    let name = item.text("nome")?.or_else(|| sku.clone()).unwrap_or_default();
    Ok(OrderLine {
        sku,
        name,
        // An item does not tell it.
        category: None,
        quantity_milli,
        unit_price,
        total,
    })
}

/// Rounded once, half away from zero.
fn whole(value: Option<Decimal>) -> Option<i64> {
    value?.round_dp_with_strategy(0, MidpointAwayFromZero).to_i64()
}
