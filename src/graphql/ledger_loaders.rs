//! Loaders of the ledger, like those of everything else: one statement (or a few) for all that ask.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use entity::{CustomerId, EntryId, point_lot};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::loaders::{Found, Loaders};
use crate::service::points::{Balance, Totals, balances_at, totals_after};

/// A customer's balance at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct BalanceAt(pub(super) CustomerId, pub(super) DateTime<Utc>);
/// What a customer's entries add up to just after one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TotalsAfter(pub(super) CustomerId, pub(super) EntryId);
/// The lot that an entry made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LotOf(pub(super) EntryId);

impl Loader<BalanceAt> for Loaders {
    type Value = Balance;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[BalanceAt]) -> Found<BalanceAt, Balance> {
        let mut instants: HashMap<DateTime<Utc>, Vec<CustomerId>> = HashMap::new();
        for BalanceAt(customer, at) in keys {
            instants.entry(*at).or_default().push(*customer);
        }
        let mut found = HashMap::with_capacity(keys.len());
        // A document names few instants, and its aliases are limited.
        for (at, customers) in instants {
            let balances = balances_at(&self.0.db, &customers, at).await?;
            found.extend(balances.into_iter().map(|(id, balance)| (BalanceAt(id, at), balance)));
        }
        Ok(found)
    }
}

impl Loader<TotalsAfter> for Loaders {
    type Value = Totals;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[TotalsAfter]) -> Found<TotalsAfter, Totals> {
        let entries: Vec<_> = keys.iter().map(|key| (key.0, key.1)).collect();
        let found = totals_after(&self.0.db, &entries).await?;
        let known = keys.iter().filter_map(|key| Some((*key, *found.get(&key.1)?)));
        Ok(known.collect())
    }
}

impl Loader<LotOf> for Loaders {
    type Value = point_lot::Model;
    type Error = Arc<DbErr>;
    async fn load(&self, keys: &[LotOf]) -> Found<LotOf, point_lot::Model> {
        let rows = point_lot::Entity::find()
            .filter(point_lot::Column::EntryId.is_in(keys.iter().map(|key| key.0)))
            .all(&self.0.db)
            .await?;
        Ok(rows.into_iter().map(|row| (LotOf(row.entry_id), row)).collect())
    }
}
