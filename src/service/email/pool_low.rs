use entity::membership::Role;
use entity::{CouponPoolId, coupon_pool, letter, store};
use sea_orm::{DbErr, EntityTrait};

use super::letter::Told;
use crate::app::App;
use crate::mail::Message;
use crate::service::{member, pool};

/// What an owner is told of a pool, if it still has few codes and they still own the store.
pub(super) async fn pool_low(app: &App, row: &letter::Model) -> Result<Option<Told>, DbErr> {
    let id = CouponPoolId(row.cause_id);
    let pool = coupon_pool::Entity::find_by_id(id).one(&app.db).await?;
    let (Some(pool), Some(recipient)) = (pool.filter(|pool| pool.warned_at.is_some()), row.recipient_id) else {
        return Ok(None);
    };
    let Some(to) = member::member_with(&app.db, (pool.store_id, recipient), &[Role::Owner]).await? else {
        return Ok(None);
    };
    let Some(store) = store::Entity::find_by_id(pool.store_id).one(&app.db).await? else {
        return Ok(None);
    };
    let stocks = pool::stocks(&app.db, &[id], app.clock.now()).await?;
    Ok(Some(Told {
        to: to.email,
        sender: store.name,
        zone: store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo),
        page: "cupons",
        code: id.to_string(),
        message: Message::PoolLow {
            pool: pool.name,
            left: stocks.get(&id).map_or(0, |stock| stock.free),
            threshold: pool.low_stock.into(),
        },
    }))
}
