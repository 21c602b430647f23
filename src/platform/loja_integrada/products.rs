//! Products, as far as rewards and rules need them: id, SKU, name, and whether they are for sale.
//!
//! Prices and stock live in other resources of the platform and are not asked for.

use serde_json::value::RawValue;

use super::LojaIntegrada;
use super::paging::Walk;
use super::wire::{flag, own_id};
use crate::platform::record::{FieldError, Record};
use crate::platform::{Page, PageToken, PlatformError, PlatformProduct};

impl LojaIntegrada {
    pub(super) async fn product_page(&self, page: Option<&PageToken>) -> Result<Page<PlatformProduct>, PlatformError> {
        let walk = match page {
            Some(token) => Walk::resume(token)?,
            // Products in the bin are listed unless they are excluded.
            None => self.walk("produto").filter("removido", "false"),
        };
        let listing = self.page(&walk).await?;
        let mut page = Page {
            items: Vec::new(),
            rejects: Vec::new(),
            next: None,
            total: listing.total,
        };
        for raw in &listing.rows {
            match product(raw) {
                Ok(found) => page.items.extend(found),
                Err(error) => {
                    let id = Record::parse(raw).ok().and_then(|record| own_id(&record));
                    page.rejects.push(error.reject(raw, id));
                }
            }
        }
        page.next = walk.after(&listing, &[]).map(|next| next.token()).transpose()?;
        Ok(page)
    }
}

/// A product; `None` for what cannot be sold by itself: products in the bin, and parents that only
/// group variations and have no SKU of their own.
fn product(raw: &RawValue) -> Result<Option<PlatformProduct>, FieldError> {
    let record = Record::parse(raw)?;
    let id = own_id(&record).ok_or_else(|| FieldError::new("id", "is missing: a product cannot be told without it"))?;
    let sku = record.text("sku")?;
    let is_parent = record.soft_text("tipo").as_deref() == Some("atributo");
    if record.read("removido", flag)? == Some(true) || (is_parent && sku.is_none()) {
        return Ok(None);
    }
    let sku = sku.ok_or_else(|| FieldError::new("sku", "is missing: give the product a SKU in the shop's panel"))?;
    let blocked = record.read("bloqueado", flag)?.unwrap_or(false);
    Ok(Some(PlatformProduct {
        external_id: id,
        name: record.text("nome")?.unwrap_or_else(|| sku.clone()),
        active: record.read("ativo", flag)?.unwrap_or(true) && !blocked,
        sku,
    }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn read(json: &str) -> Result<Option<PlatformProduct>, FieldError> {
        product(&serde_json::from_str::<Box<RawValue>>(json).unwrap())
    }

    #[test]
    fn products_are_read_with_odd_flags() {
        let found = read(r#"{"id": 500002, "sku": "CAM-AZ-P", "nome": "Camiseta", "ativo": "1", "bloqueado": 0}"#);
        let found = found.unwrap().unwrap();
        assert_eq!(
            (found.external_id.as_str(), found.sku.as_str(), found.active),
            ("500002", "CAM-AZ-P", true)
        );
        assert!(
            !read(r#"{"id": 1, "sku": 77, "ativo": true, "bloqueado": "1"}"#)
                .unwrap()
                .unwrap()
                .active
        );
        assert_eq!(read(r#"{"id": 1, "sku": "A", "removido": 1}"#).unwrap(), None);
        assert_eq!(read(r#"{"id": 1, "sku": null, "tipo": "atributo"}"#).unwrap(), None);
        assert_eq!(
            read(r#"{"id": 1, "sku": ""}"#).unwrap_err().field.as_deref(),
            Some("sku")
        );
    }
}
