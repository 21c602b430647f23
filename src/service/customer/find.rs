use entity::{CustomerId, IntegrationId, StoreId, customer, customer_source};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use crate::app::App;
use crate::domain::document::Document;

/// What people tell of themselves at a till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownBy {
    /// CPF or CNPJ, with or without punctuation.
    Document(String),
    /// E-mail address, in any case.
    Email(String),
    /// The customer's id here.
    Id(String),
    /// The customer's key in a source.
    ExternalId(IntegrationId, String),
}

impl KnownBy {
    /// The same text for the same that was told, however it was written.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Document(text) => {
                Document::parse(text, None).map_or_else(|| text.clone(), |document| document.as_str().to_owned())
            }
            Self::Email(text) => text.trim().to_lowercase(),
            Self::Id(text) => text.clone(),
            Self::ExternalId(integration, text) => format!("{integration} {}", text.trim()),
        }
    }
}

/// The customer of a store whom a document or an address names; of several with the same address whoever was seen
/// first. Whoever was merged into another is that other one.
pub async fn find(app: &App, store: StoreId, known_by: KnownBy) -> Result<Option<CustomerId>, DbErr> {
    let Some(known) = known(store, known_by) else {
        return Ok(None);
    };
    let rows = known.all(&app.db).await?;
    let oldest = rows.into_iter().min_by_key(|row| (row.created_at, row.id.0));
    Ok(oldest.map(|row| row.merged_into_id.unwrap_or(row.id)))
}

/// Customers with the same address who are looked at. Sorting them in the database would make it walk the store's
/// customers in that order instead of looking up the address.
const NAMESAKES: u64 = 100;

/// None for a document or an id that is none.
fn known(store: StoreId, known_by: KnownBy) -> Option<Select<customer::Entity>> {
    let told = match known_by {
        KnownBy::Document(text) => {
            let document = Document::parse(&text, None)?;
            customer::Column::Document.eq(document.as_str())
        }
        KnownBy::Email(text) => customer::Column::Email.eq(text.trim().to_lowercase()),
        KnownBy::Id(text) => customer::Column::Id.eq(text.parse::<CustomerId>().ok()?),
        KnownBy::ExternalId(integration, text) => {
            let source = customer_source::Entity::find()
                .select_only()
                .column(customer_source::Column::CustomerId)
                .filter(customer_source::Column::IntegrationId.eq(integration))
                .filter(customer_source::Column::ExternalId.eq(text.trim()));
            customer::Column::Id.in_subquery(source.into_query())
        }
    };
    Some(customer::Entity::in_store(store).filter(told).limit(NAMESAKES))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::service::plans::plan;

    #[tokio::test]
    async fn people_are_found_by_an_index() {
        let store = StoreId(uuid::Uuid::nil());
        for (known_by, column) in [
            (KnownBy::Document("12345678909".to_owned()), "document=?"),
            (KnownBy::Email("Ana@exemplo.com.br".to_owned()), "email=?"),
        ] {
            let found = plan(known(store, known_by).unwrap()).await;
            assert!(
                found[0].starts_with("SEARCH customers USING INDEX") && found[0].contains(column),
                "{found:?}"
            );
        }
        let key = KnownBy::ExternalId(IntegrationId(uuid::Uuid::nil()), "C-1".to_owned());
        let found = plan(known(store, key).unwrap()).await.join("; ");
        assert!(
            found.contains("SEARCH customers USING") && found.contains("SEARCH customer_sources USING"),
            "{found}"
        );
        for nobody in [
            KnownBy::Document("123".to_owned()),
            KnownBy::Id("customer_x".to_owned()),
        ] {
            assert!(known(store, nobody).is_none());
        }
    }
}
