//! A change of a sale that was pushed in before, by whoever has not the whole sale at hand: a till that cancels, or
//! gives money back.

use entity::{Instant, IntegrationId, SaleBatchId, StoreId, order};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::link::as_told;
use super::register::{RegisterError, SaleResult, answered, keep, source, write};
use super::sale::{PushedBuyer, PushedSale};
use crate::app::App;
use crate::db::begin;
use crate::platform::{Cents, SaleStatus, SalesChannel};
use crate::service::idempotency::{self, Claim, Key};
use crate::service::import::hold_store;
use crate::service::points::Cause;

/// What changes of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amendment {
    /// Where it stands.
    Status(SaleStatus),
    /// So much product money more is given back, above 0.
    Refund(Cents),
}

/// A sale to be changed.
#[derive(Debug, Clone)]
pub struct AmendRequest {
    /// The store.
    pub store: StoreId,
    /// The source.
    pub integration: IntegrationId,
    /// The sale's key in the source.
    pub external_id: String,
    /// What changes.
    pub amendment: Amendment,
    /// When it did.
    pub at: Instant,
    /// Who says so.
    pub actor: String,
    /// The request's id.
    pub request_id: Option<String>,
}

/// Why a sale cannot be changed at all.
#[derive(Debug, thiserror::Error)]
pub enum AmendError {
    /// Its source has told of no such sale.
    #[error("the source has told of no such sale; register it first")]
    NoSale,
    /// What keeps sales from being registered too.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

impl From<DbErr> for AmendError {
    fn from(error: DbErr) -> Self {
        Self::Register(error.into())
    }
}

/// Changes a sale, as if its source had told of it again as a whole. The answer is stored with the effect: the same
/// key again gives it again.
pub async fn amend(app: &App, request: AmendRequest, key: Key) -> Result<SaleResult, AmendError> {
    let txn = begin(&app.db).await?;
    let id: SaleBatchId = app.id();
    let claimed = idempotency::claim(&txn, app, &key, id.0).await;
    if let Claim::Done(id) = claimed.map_err(RegisterError::from)? {
        let results = answered(&txn, SaleBatchId(id)).await?;
        return results.into_iter().next().ok_or(AmendError::NoSale);
    }
    // Held before the sale is read: two refunds at once each add to what the other has left.
    hold_store(&txn, request.store).await?;
    let source = source(&txn, request.store, request.integration).await?;
    let known = find(&txn, &request).await?.ok_or(AmendError::NoSale)?;
    let sale = amended(&as_told(&known), request.amendment, request.at);
    let cause = Cause {
        actor: request.actor,
        request_id: request.request_id,
        at: app.clock.now(),
    };
    let (results, _) = write(&txn, app, &source, &cause, std::slice::from_ref(&sale)).await?;
    keep(&txn, app, &source, cause, (id, &results)).await?;
    txn.commit().await?;
    results.into_iter().next().ok_or(AmendError::NoSale)
}

async fn find(db: &impl ConnectionTrait, request: &AmendRequest) -> Result<Option<order::Model>, DbErr> {
    let own = order::Column::IntegrationId
        .eq(request.integration)
        .and(order::Column::ExternalId.eq(request.external_id.trim()));
    order::Entity::find().filter(own).one(db).await
}

/// The whole sale after the change. Its lines are left out: those that are known stay.
fn amended(known: &order::Model, amendment: Amendment, at: Instant) -> PushedSale {
    let known_at = known.changed_at.unwrap_or(known.placed_at);
    let (status, changed_at, more) = match amendment {
        Amendment::Status(status) => (status, at, 0),
        // Money that was given back is given back, whenever word of it comes.
        Amendment::Refund(cents) => (status_of(known), std::cmp::max(at, known_at), cents),
    };
    PushedSale {
        external_id: known.external_id.clone(),
        number: Some(known.number.clone()),
        shop_number: known.shop_number.clone(),
        status,
        placed_at: known.placed_at,
        changed_at,
        currency: None,
        products: known.products_cents.0,
        discount: known.discount_cents.0,
        shipping: known.shipping_cents.0,
        surcharge: known.surcharge_cents.0,
        total: Some(known.total_cents.0),
        refunded: known.refunded_cents.0.saturating_add(more),
        credit: known.credit_cents.0,
        coupon_code: known.coupon_code.clone(),
        channel: channel_of(known.channel),
        branch: known.shop_id.clone(),
        buyer: PushedBuyer {
            external_id: known.buyer_external_id.clone(),
            ..PushedBuyer::default()
        },
        lines: Vec::new(),
    }
}

/// Sales of a source have the statuses of pushed sales.
fn status_of(known: &order::Model) -> SaleStatus {
    let mut all = SaleStatus::ALL.into_iter();
    all.find(|status| status.code() == known.status_code)
        .unwrap_or(SaleStatus::Pending)
}

pub(super) fn channel_of(channel: order::Channel) -> SalesChannel {
    match channel {
        order::Channel::Site => SalesChannel::Site,
        order::Channel::Marketplace => SalesChannel::Marketplace,
        order::Channel::Manual => SalesChannel::Manual,
        order::Channel::PointOfSale => SalesChannel::PointOfSale,
        order::Channel::Unknown => SalesChannel::Unknown,
    }
}
