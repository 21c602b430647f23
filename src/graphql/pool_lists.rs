//! What connections of pools list: a store's pools, and the codes of one.

use async_graphql::InputObject;
use entity::{CouponPoolId, IntegrationId, PoolCodeId, StoreId, coupon_pool, pool_code};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::connection::List;
use super::filter::{DateTimeFilter, EnumFilter, IdFilter, StringFilter, Wanted, Where, condition};
use super::list_filters::{parts, trimmed};
use super::place::{By, Place};
use super::sort::{CouponPoolSort, PoolCodeSort};
use super::types::PoolCodeState;

/// Which pools.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct CouponPoolFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By name, as it is written: case counts.
    name: Option<StringFilter>,
    /// By integration.
    integration_id: Option<IdFilter>,
    /// By when it was created.
    created_at: Option<DateTimeFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<CouponPoolFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<CouponPoolFilter>>,
}

/// Which codes of a pool.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct PoolCodeFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By where it stands.
    state: Option<EnumFilter<PoolCodeState>>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<PoolCodeFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<PoolCodeFilter>>,
}

impl Where for CouponPoolFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<CouponPoolId>(coupon_pool::Column::Id, self.id.as_ref());
        wanted.text(coupon_pool::Column::Name, self.name.as_ref(), trimmed);
        wanted.id::<IntegrationId>(coupon_pool::Column::IntegrationId, self.integration_id.as_ref());
        wanted.at(coupon_pool::Column::CreatedAt, self.created_at.as_ref());
    }
}

impl Where for PoolCodeFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<PoolCodeId>(pool_code::Column::Id, self.id.as_ref());
        wanted.choice(
            pool_code::Column::State,
            self.state.as_ref(),
            pool_code::PoolCodeState::from,
        );
    }
}

/// A store's pools.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CouponPools(
    pub(super) StoreId,
    pub(super) CouponPoolFilter,
    pub(super) CouponPoolSort,
);

impl List for CouponPools {
    type Entity = coupon_pool::Entity;
    type Key = Place;

    fn select(&self) -> Select<coupon_pool::Entity> {
        coupon_pool::Entity::in_store(self.0).filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<coupon_pool::Column> {
        vec![coupon_pool::Column::CreatedAt, coupon_pool::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &coupon_pool::Model) -> Place {
        Place::new("pools", By::At(row.created_at), row.id.0)
    }

    fn knows(&self, key: &Place) -> bool {
        key.is_of("pools")
    }
}

/// The codes of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PoolCodes(
    pub(super) CouponPoolId,
    pub(super) PoolCodeFilter,
    pub(super) PoolCodeSort,
);

impl List for PoolCodes {
    type Entity = pool_code::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<pool_code::Entity> {
        pool_code::Entity::find()
            .filter(pool_code::Column::PoolId.eq(self.0))
            .filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<pool_code::Column> {
        vec![pool_code::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2.descends()
    }

    fn key(&self, row: &pool_code::Model) -> Uuid {
        row.id.0
    }
}
