//! Products, read only: a thin list, a detail, and prices, stock and images at addresses of their
//! own, which `product_shapes` writes. Two of three products have a parent that cannot be bought
//! and has no price; one lies in the bin.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    super::{exchange::Answer, world::Product},
    paging::{Bounds, page},
    product_shapes as shapes,
    refuse::{Outcome, invalid, not_found},
    route::Call,
    shop::Shop,
    switches::Switches,
    wire,
};

const BOUNDS: Bounds = Bounds::of(100);
const FIRST_ID: u64 = 500_000;
const BIN_ID: u64 = 499_999;
pub(super) const CATEGORIES: [(u64, &str); 2] = [(70, "Vestuário"), (71, "Casa")];
pub(super) const BRANDS: [(u64, &str); 1] = [(7, "Marca Exemplo")];

/// The ids that a product of the world has here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    /// What can be bought.
    pub(super) sellable: u64,
    /// What it is a variant of.
    pub(super) parent: Option<u64>,
}

impl Family {
    pub(super) fn of(product: &Product) -> Self {
        let sellable = FIRST_ID + 2 * product.id;
        Self {
            sellable,
            parent: (!product.id.is_multiple_of(3)).then_some(sellable - 1),
        }
    }

    /// `tipo` of the sellable one.
    pub(super) fn kind(self) -> &'static str {
        if self.parent.is_some() {
            "atributo_opcao"
        } else {
            "normal"
        }
    }
}

/// A row of the product list.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) id: u64,
    pub(super) kind: &'static str,
    pub(super) sku: &'a str,
    pub(super) name: &'a str,
    pub(super) parent: Option<u64>,
    pub(super) children: Vec<u64>,
    pub(super) removed: bool,
    /// `None` for a parent.
    pub(super) cents: Option<i64>,
    pub(super) stock: u32,
    pub(super) created: DateTime<Utc>,
}

/// Whether the resource is one of this module's.
pub(super) fn has(resource: &str) -> bool {
    matches!(
        resource,
        "produto" | "produto_preco" | "produto_estoque" | "produto_imagem" | "categoria" | "marca"
    )
}

/// Answers a read of any of them; `rest` is what follows the resource in the path.
pub(super) fn answer(call: &Call<'_>, resource: &str, rest: &[&str], shop: &Shop, switches: &Switches) -> Outcome {
    let render: fn(&Entry<'_>, &Call<'_>) -> Value = match resource {
        "produto" if rest.is_empty() => shapes::row,
        "produto" => shapes::detail,
        "produto_preco" => shapes::price,
        "produto_estoque" => shapes::stock,
        "produto_imagem" => shapes::image,
        "categoria" => return named(call, "categoria", rest, &CATEGORIES, switches),
        _ => return named(call, "marca", rest, &BRANDS, switches),
    };
    let entries = entries(shop);
    match rest {
        [] => {
            let rows = filtered(call, entries, switches)?;
            page(call, switches, BOUNDS, &rows, |entry| {
                wire::sent(render(entry, call), entry.id)
            })
        }
        ["set", ids] => {
            let ids = ids.replace("%3B", ";").replace("%3b", ";");
            let wanted = |entry: &&Entry<'_>| ids.split(';').any(|id| id == entry.id.to_string());
            let objects: Vec<_> = entries.iter().filter(wanted).map(|entry| render(entry, call)).collect();
            Ok(Answer::json(200, json!({ "objects": objects })))
        }
        [id] => {
            let entry = entries.iter().find(|entry| entry.id.to_string() == *id);
            let entry = entry
                .filter(|_| !call.by_external_id())
                .ok_or_else(|| not_found(switches))?;
            Ok(Answer::json(200, wire::sent(render(entry, call), entry.id)))
        }
        _ => Err(not_found(switches)),
    }
}

fn entries(shop: &Shop) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    for product in &shop.world.products {
        let family = Family::of(product);
        let created = first_day() + TimeDelta::hours(i64::try_from(product.id).unwrap_or_default());
        let child = Entry {
            id: family.sellable,
            kind: family.kind(),
            sku: &product.sku,
            name: &product.name,
            parent: family.parent,
            children: Vec::new(),
            removed: false,
            cents: Some(product.cents),
            stock: product.stock,
            created,
        };
        if let Some(parent) = family.parent {
            entries.push(Entry {
                id: parent,
                kind: "atributo",
                sku: &product.parent_code,
                parent: None,
                children: vec![child.id],
                cents: None,
                stock: 0,
                ..child.clone()
            });
        }
        entries.push(child);
    }
    entries.push(Entry {
        id: BIN_ID,
        kind: "normal",
        sku: "EX-LIXEIRA",
        name: "Produto na lixeira",
        parent: None,
        children: Vec::new(),
        removed: true,
        cents: Some(1000),
        stock: 0,
        created: first_day(),
    });
    entries
}

/// 2026-01-01 08:00 in Brasília.
fn first_day() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_265_200, 0).unwrap_or_default()
}

fn filtered<'a>(call: &Call<'_>, entries: Vec<Entry<'a>>, switches: &Switches) -> Result<Vec<Entry<'a>>, Answer> {
    let sku = call.param("sku");
    let active = yes_or_no(call, switches, "ativo")?;
    let removed = yes_or_no(call, switches, "removido")?;
    let product = call.param("produto");
    let mut kept: Vec<_> = entries
        .into_iter()
        .filter(|entry| sku.is_none_or(|sku| entry.sku == sku))
        .filter(|entry| active.is_none_or(|active| active != entry.removed))
        .filter(|entry| removed.is_none_or(|removed| removed == entry.removed))
        .filter(|entry| product.is_none_or(|id| entry.id.to_string() == id))
        .collect();
    for (name, value) in &call.request.query {
        let Some((field, operator)) = name.split_once("__") else {
            continue;
        };
        let shift = match field {
            "data_criacao" => TimeDelta::zero(),
            "data_modificacao" => TimeDelta::days(1),
            _ => continue,
        };
        let limit = NaiveDateTime::parse_from_str(value, "%Y-%m-%d %H:%M:%S")
            .map(wire::instant)
            .map_err(|_| invalid(switches, name, "use o formato AAAA-MM-DD HH:MM:SS."))?;
        kept.retain(|entry| {
            let at = entry.created + shift;
            match operator {
                "lt" => at < limit,
                "lte" => at <= limit,
                "gt" => at > limit,
                "gte" => at >= limit,
                _ => true,
            }
        });
    }
    Ok(kept)
}

fn yes_or_no(call: &Call<'_>, switches: &Switches, name: &str) -> Result<Option<bool>, Answer> {
    match call.param(name).map(str::to_ascii_lowercase).as_deref() {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(_) => Err(invalid(switches, name, "informe true ou false.")),
    }
}

/// Categories and brands: no more than a name.
fn named(call: &Call<'_>, resource: &str, rest: &[&str], rows: &[(u64, &str)], switches: &Switches) -> Outcome {
    let object = |(id, name): &(u64, &str)| json!({ "id": id, "nome": name, "resource_uri": wire::uri(resource, id) });
    match rest {
        [] => page(call, switches, Bounds::strict(100), rows, object),
        [id] => {
            let row = rows.iter().find(|(known, _)| known.to_string() == *id);
            row.map(|row| Answer::json(200, object(row)))
                .ok_or_else(|| not_found(switches))
        }
        _ => Err(not_found(switches)),
    }
}
