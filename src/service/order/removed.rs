//! A sale that its shop has not any more.

use entity::{OrderId, integration, order};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};

use super::amend::channel_of;
use super::apply::{ImportedOrder, apply};
use super::link::as_told;
use super::source::Source;
use crate::app::App;
use crate::platform::{Buyer, DetailLevel, PlatformOrder};
use crate::service::import::hold_store;
use crate::service::points::Cause;

/// The status of a sale that its shop has not any more: no platform's own. It undoes the sale.
pub const REMOVED: &str = "removed";

/// Takes a sale to be gone from its shop, inside its caller's transaction: as if the shop had told of it again as a
/// whole, undone. Should the shop show it again, whatever it says then counts again.
pub async fn remove(
    txn: &DatabaseTransaction,
    app: &App,
    integration: &integration::Model,
    cause: &Cause,
    id: OrderId,
) -> Result<(), DbErr> {
    hold_store(txn, integration.store_id).await?;
    let known = order::Entity::find_by_id(id)
        .filter(order::Column::IntegrationId.eq(integration.id))
        .one(txn)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(id.to_string()))?;
    let source = Source::load(txn, integration.clone()).await?;
    let told = ImportedOrder {
        order: undone(&as_told(&known)),
        // Unlike any row's: a shop that shows it again is listened to.
        fingerprint: REMOVED.to_owned(),
    };
    apply(txn, app, &source, cause, &[told]).await?;
    Ok(())
}

/// The whole sale as it was last told, undone. Its lines are left out: those that are known stay.
fn undone(known: &order::Model) -> PlatformOrder {
    PlatformOrder {
        external_id: known.external_id.clone(),
        number: known.number.clone(),
        shop_number: known.shop_number.clone(),
        status: REMOVED.to_owned(),
        placed_at: known.placed_at,
        changed_at: known.changed_at,
        buyer: Buyer {
            external_id: known.buyer_external_id.clone(),
            ..Buyer::default()
        },
        products: known.products_cents.0,
        discount: known.discount_cents.0,
        shipping: known.shipping_cents.0,
        surcharge: known.surcharge_cents.0,
        total: known.total_cents.0,
        credit_used: known.credit_cents.0,
        refunded: known.refunded_cents.0,
        coupon_code: known.coupon_code.clone(),
        channel: channel_of(known.channel),
        shop_id: known.shop_id.clone(),
        lines: Vec::new(),
        detail: DetailLevel::Full,
    }
}
