//! Products: each derivação is an SKU of its own; a product without any is one itself.

use super::{
    Magazord, PRODUCTS,
    fields::{FieldError, Record},
    page::Cursor,
    read_page,
};
use crate::platform::{Page, PageToken, PlatformError, PlatformProduct};

impl Magazord {
    pub(super) async fn list_products(
        &self,
        token: Option<&PageToken>,
    ) -> Result<Page<PlatformProduct>, PlatformError> {
        let cursor = Cursor::resume(token, None);
        let mut query = vec![("order", "id"), ("orderDirection", "asc")];
        query.extend(self.shop.as_deref().map(|shop| ("loja", shop)));
        let list = self.list(PRODUCTS, &cursor, &query).await?;
        // The rows are products, not SKUs: their count says nothing of the walk's.
        let page = read_page(&cursor, &list, |record, _| read(record));
        Ok(Page { total: None, ..page })
    }
}

fn read(product: &Record<'_>) -> Result<Vec<PlatformProduct>, FieldError> {
    let code = product.text("codigo")?;
    let name = product.text("nome")?;
    let active = product.flag("ativo").unwrap_or(true);
    let mut skus = Vec::new();
    for raw in product.list("derivacoes") {
        let derivation = Record::read(raw)?;
        let sku = derivation
            .text("codigo")?
            .ok_or_else(|| FieldError::missing("derivacoes.codigo"))?;
        skus.push(PlatformProduct {
            external_id: derivation.id("id")?.unwrap_or_else(|| sku.clone()),
            name: full_name(name.as_deref(), derivation.text("nome")?).unwrap_or_else(|| sku.clone()),
            active: active && derivation.flag("ativo").unwrap_or(true),
            sku,
        });
    }
    if skus.is_empty() {
        let sku = code.ok_or_else(|| FieldError::missing("codigo"))?;
        // Prefixed, since products and derivações count their ids apart.
        let external_id = product
            .id("id")?
            .map_or_else(|| sku.clone(), |id| format!("produto-{id}"));
        skus.push(PlatformProduct {
            external_id,
            name: name.unwrap_or_else(|| sku.clone()),
            active,
            sku,
        });
    }
    Ok(skus)
}

/// A derivação is named in full, or by its difference alone.
fn full_name(product: Option<&str>, derivation: Option<String>) -> Option<String> {
    match (product, derivation) {
        (Some(product), Some(derivation)) if !derivation.contains(product) => Some(format!("{product} {derivation}")),
        (_, Some(derivation)) => Some(derivation),
        (product, None) => product.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use serde_json::{json, value::to_raw_value};

    use super::*;

    fn skus(value: &serde_json::Value) -> Result<Vec<PlatformProduct>, FieldError> {
        let raw = to_raw_value(value).unwrap();
        read(&Record::read(&raw).unwrap())
    }

    #[test]
    fn derivations_are_the_skus() {
        let found = skus(
            &json!({ "id": 50, "codigo": "P", "nome": "Caneca", "ativo": true, "derivacoes": [
            { "id": 501, "codigo": "P-1", "nome": "Caneca Azul", "ativo": true },
            { "id": 502, "codigo": "P-2", "nome": "Verde", "ativo": 0 } ] }),
        )
        .unwrap();
        let short: Vec<_> = found
            .iter()
            .map(|p| (p.external_id.as_str(), p.sku.as_str(), p.name.as_str(), p.active))
            .collect();
        assert_eq!(
            short,
            [
                ("501", "P-1", "Caneca Azul", true),
                ("502", "P-2", "Caneca Verde", false)
            ]
        );
    }

    #[test]
    fn a_product_without_derivations_is_its_own_sku() {
        let found = skus(&json!({ "id": 50, "codigo": "P", "nome": "Caneca", "derivacoes": [] })).unwrap();
        assert_eq!(
            (found[0].external_id.as_str(), found[0].sku.as_str()),
            ("produto-50", "P")
        );
        assert_eq!(skus(&json!({ "id": 50 })).unwrap_err().field.as_deref(), Some("codigo"));
    }
}
