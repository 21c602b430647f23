//! What the connection of differences lists: what a run found to differ between a shop and the books.

use async_graphql::InputObject;
use entity::{CouponId, DifferenceId, ImportRunId, OrderId, difference};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::connection::List;
use super::filter::{EnumFilter, IdFilter, Wanted, Where, condition};
use super::list_filters::parts;
use super::sort::DifferenceSort;
use super::types::{DifferenceKind, DifferenceRepair, DifferenceState};

/// Which of the differences that a run found.
#[derive(InputObject, Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct DifferenceFilter {
    /// By id.
    id: Option<IdFilter>,
    /// By what differs.
    kind: Option<EnumFilter<DifferenceKind>>,
    /// By where it stands.
    state: Option<EnumFilter<DifferenceState>>,
    /// By what would mend it.
    repair: Option<EnumFilter<DifferenceRepair>>,
    /// By the sale.
    order_id: Option<IdFilter>,
    /// By the coupon.
    coupon_id: Option<IdFilter>,
    /// All of these have to hold too. At most 3 deep, 100 values in all.
    and: Option<Vec<DifferenceFilter>>,
    /// One of these has to hold too. At most 3 deep, 100 values in all.
    or: Option<Vec<DifferenceFilter>>,
}

impl Where for DifferenceFilter {
    type Scope = ();
    parts!();

    fn own(&self, (): (), wanted: &mut Wanted) {
        wanted.id::<DifferenceId>(difference::Column::Id, self.id.as_ref());
        wanted.choice(
            difference::Column::Kind,
            self.kind.as_ref(),
            difference::DifferenceKind::from,
        );
        wanted.choice(
            difference::Column::State,
            self.state.as_ref(),
            difference::DifferenceState::from,
        );
        wanted.choice(
            difference::Column::Repair,
            self.repair.as_ref(),
            difference::Repair::from,
        );
        wanted.id::<OrderId>(difference::Column::OrderId, self.order_id.as_ref());
        wanted.id::<CouponId>(difference::Column::CouponId, self.coupon_id.as_ref());
    }
}

/// What a run found to differ.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Differences(
    pub(super) ImportRunId,
    pub(super) DifferenceFilter,
    pub(super) DifferenceSort,
);

impl List for Differences {
    type Entity = difference::Entity;
    type Key = Uuid;

    fn select(&self) -> Select<difference::Entity> {
        difference::Entity::find()
            .filter(difference::Column::ImportRunId.eq(self.0))
            .filter(condition(&self.1, ()))
    }

    fn columns(&self) -> Vec<difference::Column> {
        vec![difference::Column::Id]
    }

    fn descending(&self) -> bool {
        self.2 == DifferenceSort::FoundDesc
    }

    fn key(&self, row: &difference::Model) -> Uuid {
        row.id.0
    }
}
