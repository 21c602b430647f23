//! The shops (lojas) of a panel.

use super::{
    Magazord, SHOPS, Shop,
    fields::{FieldError, Record},
    page::Cursor,
    read_page,
};
use crate::platform::PlatformError;

impl Magazord {
    pub(super) async fn list_shops(&self) -> Result<Vec<Shop>, PlatformError> {
        let mut shops: Vec<Shop> = Vec::new();
        let mut cursor = Some(Cursor::first(None));
        while let Some(place) = cursor {
            let list = self.list(SHOPS, &place, &[]).await?;
            let page = read_page(&place, &list, |record, _| read(record).map(|shop| vec![shop]));
            for reject in &page.rejects {
                tracing::warn!(
                    field = reject.field.as_deref(),
                    reason = reject.message,
                    "a shop of a panel cannot be read"
                );
            }
            for shop in page.items {
                if shops.iter().all(|known| known.external_id != shop.external_id) {
                    shops.push(shop);
                }
            }
            cursor = place.after(&list);
        }
        Ok(shops)
    }
}

fn read(record: &Record<'_>) -> Result<Shop, FieldError> {
    let external_id = record.id("id")?.ok_or_else(|| FieldError::missing("id"))?;
    Ok(Shop {
        name: record
            .text_or_none("nome")
            .unwrap_or_else(|| format!("Loja {external_id}")),
        url: record.text_or_none("url").or_else(|| record.text_or_none("urlAcesso")),
        active: record.flag("ativo").unwrap_or(true),
        external_id,
    })
}
