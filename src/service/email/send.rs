use entity::email::{self, EmailKind, EmailState};
use entity::reward::RewardKind;
use entity::{EmailId, coupon, customer, fulfilment, integration, redemption, redemption_code, reward, store};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};

use super::letter;
use crate::app::App;
use crate::domain::money_text::format_brl;
use crate::mail::{MailContext, Message, Outgoing, parse_address};
use crate::service::points;
use crate::service::redemption::{self as redemptions, REFUSED};

/// What is to be done with an e-mail.
pub enum SendOutcome {
    /// Send this.
    Send(Box<Outgoing>),
    /// It was dealt with before, or is gone.
    Done,
    /// It must not or cannot be sent: the reason.
    Skip(&'static str),
}

/// Composes an e-mail from the present state: whether it may be sent is decided now, not when it
/// was caused.
pub async fn prepare(app: &App, id: EmailId) -> Result<SendOutcome, DbErr> {
    let Some(row) = email::Entity::find_by_id(id).one(&app.db).await? else {
        return letter::prepare(app, id).await;
    };
    if row.state != EmailState::Queued {
        return Ok(SendOutcome::Done);
    }
    let integration = integration::Entity::find_by_id(row.integration_id).one(&app.db).await?;
    let Some(integration) = integration.filter(|integration| integration.active) else {
        return Ok(SendOutcome::Skip("the integration is not active"));
    };
    let store = store::Entity::find_by_id(row.store_id).one(&app.db).await?;
    let customer = customer::Entity::in_store(row.store_id)
        .filter(customer::Column::Id.eq(row.customer_id))
        .one(&app.db)
        .await?;
    let (Some(store), Some(customer)) = (store, customer) else {
        return Ok(SendOutcome::Done);
    };
    let Some(to) = customer.email.as_deref().and_then(|email| parse_address(email).ok()) else {
        return Ok(SendOutcome::Skip("the customer has no e-mail address"));
    };
    let Some(site_url) = integration.site_url.as_deref().and_then(|url| url.parse().ok()) else {
        return Ok(SendOutcome::Skip("the integration has no site address"));
    };
    let Ok(from) = app.config.mail.sender() else {
        return Ok(SendOutcome::Skip("mail.from is not an address"));
    };
    let message = match message(app, &row).await? {
        Some(message) => message,
        None if row.kind == EmailKind::RedemptionCode => {
            return Ok(SendOutcome::Skip("the code was used, replaced or is too old"));
        }
        None => return Ok(SendOutcome::Done),
    };
    let context = MailContext {
        mail_id: row.id.to_string(),
        date: row.created_at,
        from,
        to,
        reply_to: None,
        store_name: store.name,
        site_url,
        customer_first_name: customer
            .name
            .and_then(|name| name.split_whitespace().next().map(str::to_owned)),
        zone: store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo),
        unsubscribe: None,
    };
    Ok(SendOutcome::Send(Box::new(Outgoing::compose(&message, &context))))
}

async fn message(app: &App, row: &email::Model) -> Result<Option<Message>, DbErr> {
    if row.kind == EmailKind::PointsEarned {
        let balances = points::balances(&app.db, &[row.customer_id], app.clock.now()).await?;
        let balance = balances.get(&row.customer_id).copied().unwrap_or_default();
        return Ok(Some(Message::PointsEarned {
            points: row.data["points"].as_i64().unwrap_or_default(),
            balance: (balance.available + balance.pending).0,
            order_number: row.data["order_number"].as_str().unwrap_or_default().to_owned(),
        }));
    }
    if row.kind == EmailKind::RedemptionCode {
        let id = entity::RedemptionCodeId(row.cause_id);
        let open = redemption_code::Entity::find_by_id(row.customer_id)
            .one(&app.db)
            .await?;
        // The newest only, and only as long as it can be used.
        let open = open.filter(|code| code.id == id && code.expires_at > app.clock.now());
        return Ok(open.map(|code| Message::RedemptionCode {
            code: redemptions::digits(app, id),
            valid_until: code.expires_at,
        }));
    }
    let redemption = redemption::Entity::in_store(row.store_id)
        .filter(redemption::Column::Id.eq(entity::RedemptionId(row.cause_id)))
        .one(&app.db)
        .await?;
    let Some(redemption) = redemption else { return Ok(None) };
    let Some(reward) = reward::Entity::find_by_id(redemption.reward_id).one(&app.db).await? else {
        return Ok(None);
    };
    if row.kind == EmailKind::RewardFulfilled {
        let own = fulfilment::Column::RedemptionId.eq(redemption.id);
        let told = fulfilment::Entity::find().filter(own).one(&app.db).await?;
        return Ok(told.and_then(|row| row.note).map(|note| Message::RewardFulfilled {
            reward_name: reward.name,
            note,
        }));
    }
    if row.kind == EmailKind::RedemptionFailed {
        let refused = redemption.failure_code.as_deref() == Some(REFUSED);
        let why = redemption.failure_message.filter(|_| refused);
        return Ok(Some(Message::RedemptionFailed {
            reward_name: reward.name,
            points_returned: redemption.points.0,
            reason: why.unwrap_or_else(|| "a loja não pôde criar o cupom".to_owned()),
        }));
    }
    let coupon = coupon::Entity::find()
        .filter(coupon::Column::RedemptionId.eq(redemption.id))
        .one(&app.db)
        .await?;
    Ok(coupon.map(|coupon| Message::CouponIssued {
        reward_name: reward.name,
        takes_off: takes_off(&coupon),
        code: coupon.code,
        minimum_order_cents: coupon.minimum_order_cents.map(|cents| cents.0),
        valid_until: Some(coupon.valid_until),
    }))
}

fn takes_off(coupon: &coupon::Model) -> String {
    match coupon.kind {
        RewardKind::AmountOff | RewardKind::Product => {
            format!("{} de desconto", format_brl(coupon.amount_cents.unwrap_or_default().0))
        }
        RewardKind::PercentOff => {
            let hundredths = coupon.percent_hundredths.unwrap_or_default();
            let (whole, rest) = (hundredths / 100, hundredths % 100);
            if rest == 0 {
                format!("{whole}% de desconto")
            } else {
                format!("{whole},{rest:02}% de desconto")
            }
        }
        RewardKind::FreeShipping => "frete grátis".to_owned(),
    }
}

/// Notes what became of an e-mail.
pub async fn settle(app: &App, id: EmailId, state: EmailState, error: Option<&str>) -> Result<(), DbErr> {
    let sent_at = (state == EmailState::Sent).then(|| app.clock.now());
    let settled = email::Entity::update_many()
        .col_expr(email::Column::State, Expr::value(state))
        .col_expr(email::Column::Error, Expr::value(error.map(str::to_owned)))
        .col_expr(email::Column::SentAt, Expr::value(sent_at))
        .filter(
            email::Column::Id
                .eq(id)
                .and(email::Column::State.eq(EmailState::Queued)),
        )
        .exec(&app.db)
        .await?;
    if settled.rows_affected == 0 {
        letter::settle(app, id, state, error).await?;
    }
    Ok(())
}
