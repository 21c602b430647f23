use entity::{CustomerId, IntegrationId, RedemptionId, RewardId, StoreId, coupon, redemption, redemption_code};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::ask_code::{Sight, digits};
use super::request::begin_in;
use super::{RedeemError, RedeemRequest};
use crate::app::App;
use crate::db::begin;
use crate::service::customer::{self as customers, KnownBy};
use crate::service::idempotency::{self, Key};
use crate::service::order::pushed_source;

/// A wish to redeem, with the customer's code.
#[derive(Debug, Clone)]
pub struct RedeemWithCode {
    /// The store.
    pub store: StoreId,
    /// The till that asks.
    pub integration: IntegrationId,
    /// Whose points, as the till knows the customer.
    pub known_by: KnownBy,
    /// For what.
    pub reward: RewardId,
    /// The code that the customer tells.
    pub code: String,
    /// What whoever asks may see.
    pub sight: Sight,
    /// Who asks.
    pub actor: String,
    /// The request's id.
    pub request_id: Option<String>,
}

/// A redemption as it is now.
#[derive(Debug, Clone)]
pub struct Redeemed {
    /// The redemption.
    pub redemption: redemption::Model,
    /// Its coupon, which may still be in the making.
    pub coupon: Option<coupon::Model>,
}

/// Begins a redemption as [`super::request`] does, with the code that the customer was sent. The code is used up in the same
/// transaction, so of many who have it one redeems; when the redemption is refused, it can be used again. A code that is
/// wrong counts as a try, and that is committed.
///
/// The same request again, by its key, gives the first redemption, although the code is gone.
pub async fn redeem_with_code(app: &App, wish: RedeemWithCode, key: Key) -> Result<RedemptionId, RedeemError> {
    let customer = customers::find(app, wish.store, wish.known_by).await?;
    let txn = begin(&app.db).await?;
    // From here on the code is this transaction's. A second one waits for it, and then finds what it did.
    let open = match customer {
        Some(customer) => hold(&txn, app, (wish.store, customer)).await?,
        None => None,
    };
    if let Some(first) = idempotency::done(&txn, &key).await? {
        return Ok(RedemptionId(first));
    }
    pushed_source(&txn, wish.store, wish.integration).await?;
    if customer.is_none() && wish.sight == Sight::Sees {
        return Err(RedeemError::CustomerNotFound);
    }
    let open = open.ok_or(RedeemError::Code)?;
    let told: String = wish.code.chars().filter(|letter| !letter.is_whitespace()).collect();
    if !app.vault.is_same(&digits(app, open.id), &told) {
        txn.commit().await?;
        return Err(RedeemError::Code);
    }
    let request = RedeemRequest {
        store: wish.store,
        customer: open.customer_id,
        reward: wish.reward,
        actor: wish.actor,
        request_id: wish.request_id,
    };
    let id = begin_in(&txn, app, &request, &key).await?;
    redemption_code::Entity::delete_by_id(open.customer_id)
        .exec(&txn)
        .await?;
    txn.commit().await?;
    Ok(id)
}

/// Holds a customer's code until the transaction ends, and counts a try of it; none if there is none that can be tried.
async fn hold(
    db: &impl ConnectionTrait,
    app: &App,
    (store, customer): (StoreId, CustomerId),
) -> Result<Option<redemption_code::Model>, DbErr> {
    let most = i32::from(app.config.redemption_codes.tries);
    let open = redemption_code::Column::ExpiresAt
        .gt(app.clock.now())
        .and(redemption_code::Column::Tries.lt(most));
    let own = redemption_code::Column::CustomerId
        .eq(customer)
        .and(redemption_code::Column::StoreId.eq(store));
    let counted = redemption_code::Entity::update_many()
        .col_expr(
            redemption_code::Column::Tries,
            redemption_code::Column::Tries.into_expr().add(1),
        )
        .filter(own.and(open))
        .exec_with_returning(db)
        .await?;
    Ok(counted.into_iter().next())
}

/// A redemption of a store with its coupon, as they are now.
pub async fn look(app: &App, store: StoreId, id: RedemptionId) -> Result<Option<Redeemed>, DbErr> {
    let found = redemption::Entity::in_store(store)
        .filter(redemption::Column::Id.eq(id))
        .one(&app.db)
        .await?;
    let Some(redemption) = found else { return Ok(None) };
    let coupon = coupon::Entity::find()
        .filter(coupon::Column::RedemptionId.eq(id))
        .one(&app.db)
        .await?;
    Ok(Some(Redeemed { redemption, coupon }))
}
