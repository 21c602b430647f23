//! What was sold in an order: the items of all its shipments.
//!
//! Whether an item's discount is meant for one piece or for the line, and whether its total is
//! before or after the discount, is not documented. The reading under which the lines add up to
//! the order is taken.

use super::fields::{FieldError, Record, scalar};
use crate::platform::{Cents, OrderLine};

/// A line before it is known how its numbers are meant.
struct Item {
    sku: Option<String>,
    name: String,
    category: Option<String>,
    quantity_milli: i64,
    unit_price: Cents,
    discount: Cents,
    total: Option<Cents>,
}

impl Item {
    fn gross(&self) -> Cents {
        times(self.unit_price, self.quantity_milli)
    }

    fn discount_of_all_pieces(&self) -> Cents {
        times(self.discount, self.quantity_milli)
    }

    /// The ways to read a line's total, the most likely first.
    fn readings(&self) -> [Cents; 5] {
        let total = self.total.unwrap_or_else(|| self.gross() - self.discount);
        [
            total,
            total - self.discount,
            total - self.discount_of_all_pieces(),
            self.gross() - self.discount,
            self.gross() - self.discount_of_all_pieces(),
        ]
    }
}

/// The lines of an order whose products come to `expected` after discounts.
pub(super) fn read(order: &Record<'_>, expected: Cents) -> Result<Vec<OrderLine>, FieldError> {
    let mut items = Vec::new();
    for shipment in order.list("arrayPedidoRastreio") {
        for item in Record::read(shipment)?.list("pedidoItem") {
            items.push(read_item(&Record::read(item)?)?);
        }
    }
    let readings: Vec<[Cents; 5]> = items.iter().map(Item::readings).collect();
    let fits = |reading: &usize| readings.iter().map(|line| line[*reading]).sum::<Cents>() == expected;
    let reading = (0..5).find(fits).unwrap_or(0);
    Ok(items
        .into_iter()
        .zip(readings)
        .map(|(item, totals)| line(item, totals[reading]))
        .collect())
}

fn line(item: Item, total: Cents) -> OrderLine {
    OrderLine {
        sku: item.sku,
        name: item.name,
        category: item.category,
        quantity_milli: item.quantity_milli,
        unit_price: item.unit_price,
        total: total.max(0),
    }
}

fn read_item(item: &Record<'_>) -> Result<Item, FieldError> {
    let in_item = |fault: FieldError| FieldError {
        field: fault.field.map(|field| format!("pedidoItem.{field}")),
        ..fault
    };
    let cents = |field| item.cents(field).map_err(in_item);
    let sku = item
        .text_or_none("produtoDerivacaoCodigo")
        .or_else(|| item.text_or_none("codigoPai"));
    let total = cents("valorItem")?;
    Ok(Item {
        name: name(item).or_else(|| sku.clone()).unwrap_or_default(),
        sku,
        category: category(item),
        quantity_milli: item.milli("quantidade").map_err(in_item)?.unwrap_or(1000).max(0),
        unit_price: cents("valorUnitario")?.or(total).unwrap_or_default(),
        discount: cents("valorDesconto")?.unwrap_or_default().abs(),
        total,
    })
}

/// The product's name with its variant, as the buyer saw it.
fn name(item: &Record<'_>) -> Option<String> {
    let product = ["produtoNome", "produtoTitulo", "descricao"]
        .iter()
        .find_map(|field| item.text_or_none(field))?;
    let variant = item
        .text_or_none("produtoDerivacaoNome")
        .filter(|variant| !product.contains(variant.as_str()));
    Some(match variant {
        Some(variant) if variant.contains(&product) => variant,
        Some(variant) => format!("{product} {variant}"),
        None => product,
    })
}

/// The way to the product's category, or its name alone. How the tree is written is not documented: a text
/// is taken as it is, a list by the names in it.
fn category(item: &Record<'_>) -> Option<String> {
    let names: Vec<String> = item
        .list("categoriaArvore")
        .into_iter()
        .filter_map(|node| match Record::read(node) {
            Ok(node) => node.text_or_none("nome").or_else(|| node.text_or_none("categoria")),
            Err(_) => scalar(node).map(|name| name.trim().to_owned()),
        })
        .filter(|name| is_name(name))
        .collect();
    if !names.is_empty() {
        return Some(names.join(" > "));
    }
    ["categoriaArvore", "categoria"]
        .iter()
        .find_map(|field| item.text_or_none(field).filter(|text| is_name(text)))
}

/// Ids are no names.
fn is_name(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

/// A price of one piece for so many thousandths of a piece, rounded half up.
fn times(price: Cents, quantity_milli: i64) -> Cents {
    let product = i128::from(price) * i128::from(quantity_milli);
    Cents::try_from((product + 500).div_euclid(1000)).unwrap_or(Cents::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use serde_json::{json, value::to_raw_value};

    use super::*;

    fn lines(shipments: &serde_json::Value, expected: Cents) -> Result<Vec<OrderLine>, FieldError> {
        let raw = to_raw_value(&json!({ "arrayPedidoRastreio": shipments })).unwrap();
        read(&Record::read(&raw).unwrap(), expected)
    }

    fn item(discount: i64, total: &serde_json::Value) -> serde_json::Value {
        json!({ "produtoDerivacaoCodigo": "SKU-1", "produtoNome": "Caneca", "produtoDerivacaoNome": "Azul",
            "quantidade": 2, "valorUnitario": 90, "valorDesconto": discount, "valorItem": total })
    }

    #[test]
    fn all_readings_of_a_lines_discount_come_to_the_same() {
        for (discount, total) in [
            (18, json!(162)),
            (9, json!(162)),
            (18, json!(180)),
            (9, json!(180.0)),
            (18, json!(null)),
            (9, json!(null)),
        ] {
            let lines = lines(&json!([{ "pedidoItem": [item(discount, &total)] }]), 16_200).unwrap();
            assert_eq!(lines[0].total, 16_200, "{discount} {total}");
            assert_eq!(
                (lines[0].quantity_milli, lines[0].unit_price, lines[0].name.as_str()),
                (2000, 9_000, "Caneca Azul")
            );
        }
    }

    #[test]
    fn shipments_are_joined_and_may_be_missing() {
        let two = json!([{ "pedidoItem": [item(0, &json!(180))] }, { "pedidoItem": item(0, &json!(180)) }, { "pedidoItem": null }]);
        assert_eq!(lines(&two, 36_000).unwrap().len(), 2);
        assert!(lines(&json!(null), 0).unwrap().is_empty());
    }

    #[test]
    fn a_category_is_read_however_its_tree_is_written() {
        let tree = |tree: serde_json::Value| json!({ "categoria": "Canecas", "categoriaArvore": tree });
        for (told, category) in [
            (
                tree(json!("Casa > Cozinha > Canecas")),
                Some("Casa > Cozinha > Canecas"),
            ),
            (tree(json!(["Casa", " Canecas "])), Some("Casa > Canecas")),
            (
                tree(json!([{ "id": 1, "nome": "Casa" }, { "categoria": "Canecas" }])),
                Some("Casa > Canecas"),
            ),
            (tree(json!({ "id": 1, "nome": "Casa" })), Some("Casa")),
            (tree(json!([10, 11])), Some("Canecas")),
            (tree(json!("10,11")), Some("Canecas")),
            (tree(json!([])), Some("Canecas")),
            (tree(json!(null)), Some("Canecas")),
            (json!({ "categoria": " " }), None),
            (json!({ "categoria": 10 }), None),
            (json!({}), None),
        ] {
            let mut whole = item(0, &json!(180));
            whole.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
            let lines = lines(&json!([{ "pedidoItem": [whole] }]), 18_000).unwrap();
            assert_eq!(lines[0].category.as_deref(), category, "{told}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_names_its_field() {
        let fault = lines(&json!([{ "pedidoItem": [item(0, &json!("muito"))] }]), 0).unwrap_err();
        assert_eq!(fault.field.as_deref(), Some("pedidoItem.valorItem"));
    }
}
