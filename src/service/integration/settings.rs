use entity::integration;
use entity::order_status;
use entity::{Instant, IntegrationId, StoreId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, Set, TryIntoModel,
};
use serde_json::json;

use super::{Missing, SessionError, missing, session};
use crate::app::App;
use crate::db::begin;
use crate::domain::settings::{self, Problem};
use crate::platform::Kind;
use crate::service::audit::{self, Changes};
use crate::service::import::hold_store;

/// Changes of an integration's settings; `None` leaves one as it is, an empty text clears it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The shop's address.
    pub site_url: Option<String>,
    /// Where a visitor signs up.
    pub sign_up_url: Option<String>,
    /// The Google Shopping XML.
    pub feed_url: Option<String>,
    /// Validity of coupons, in days.
    pub coupon_validity_days: Option<i32>,
    /// SKUs offered as rewards.
    pub reward_skus: Option<Vec<String>>,
    /// Points for 100.00 of a product's price.
    pub reward_points_per_hundred: Option<i32>,
    /// Codes of the statuses that award points.
    pub awarding_statuses: Option<Vec<String>>,
    /// The shop to import from.
    pub shop_id: Option<String>,
    /// Whether customers are imported.
    pub register_customers: Option<bool>,
    /// Whether sales are imported.
    pub register_sales: Option<bool>,
    /// How far the first import goes back.
    pub import_days_back: Option<i32>,
}

/// Why settings cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is no such integration in the store.
    #[error("there is no such integration")]
    NotFound,
    /// Somebody changed it meanwhile.
    #[error("the integration was changed meanwhile (version {current}); read it again")]
    Conflict {
        /// The version now.
        current: i64,
    },
    /// Values that cannot be used, all of them.
    #[error("some settings cannot be used")]
    Invalid(Vec<Problem>),
    /// The shop cannot be asked for its shops.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Settings whose values the audit log tells.
const TOLD: [integration::Column; 10] = [
    integration::Column::ShopId,
    integration::Column::SiteUrl,
    integration::Column::SignUpUrl,
    integration::Column::CouponValidityDays,
    integration::Column::RewardSkus,
    integration::Column::RewardPointsPerHundred,
    integration::Column::AwardingStatuses,
    integration::Column::RegisterCustomers,
    integration::Column::RegisterSales,
    integration::Column::ImportDaysBack,
];

/// Changes settings, all or none. A changed choice of statuses makes the next import go back to the
/// beginning, so that orders already read are judged by it.
pub async fn update(
    app: &App,
    store: StoreId,
    id: IntegrationId,
    version: i64,
    changes: Settings,
) -> Result<(), SettingsError> {
    let by_id = integration::Column::Id.eq(id);
    let known = integration::Entity::in_store(store)
        .filter(by_id.clone())
        .one(&app.db)
        .await?
        .ok_or(SettingsError::NotFound)?;
    let mut problems = only_of_shops(&known, &changes);
    problems.extend(not_offered(&known, &changes));
    check_shop(app, &known, changes.shop_id.as_deref(), &mut problems).await?;

    let txn = begin(&app.db).await?;
    // Of two integrations that are told to register sales at once, one must see the other.
    hold_store(&txn, store).await?;
    let mut row = known.clone().into_active_model();
    if let Some(sales) = changes.register_sales {
        if sales && let Some(other) = other_register(&txn, &known).await? {
            problems.push(Problem {
                field: "registerSales",
                code: "SALES_REGISTERED_ELSEWHERE",
                message: format!(
                    "sales are registered by the store's {other} integration; switch them off there first, else every sale would count twice"
                ),
            });
        }
        row.register_sales = Set(sales);
    }
    if let Some(chosen) = &changes.awarding_statuses {
        apply_statuses(&txn, &known, chosen, &mut row, &mut problems).await?;
    }
    apply(&changes, &mut row, &mut problems);
    problems.extend(newly_missing(&known, &row));
    if !problems.is_empty() {
        return Err(SettingsError::Invalid(problems));
    }
    row.version = Set(version + 1);
    let mut after = row.clone().try_into_model()?;
    if decides_on_rewards(&known, &after) && after.active {
        // What is on offer now is what the merchant no longer wants: nobody waits for tomorrow's reading.
        after.catalogue_due_at = Some(app.clock.now());
        row.catalogue_due_at = Set(after.catalogue_due_at);
    }
    let unchanged = by_id.and(integration::Column::Version.eq(version));
    let updated = integration::Entity::update_many()
        .set(row)
        .filter(unchanged)
        .exec(&txn)
        .await?;
    if updated.rows_affected == 0 {
        return Err(SettingsError::Conflict { current: known.version });
    }
    // An address of a feed may carry a password.
    let told = Changes::between(Some(&known), &after, &TOLD).hidden("feedUrl", known.feed_url != after.feed_url);
    audit::record(&txn, app, store, ("integration.update", id), told).await?;
    txn.commit().await?;
    Ok(())
}

/// Whether a change may bring other rewards out of the feed, or out of another one.
fn decides_on_rewards(known: &integration::Model, after: &integration::Model) -> bool {
    let of = |row: &integration::Model| {
        (
            row.feed_url.clone(),
            row.reward_skus.clone(),
            row.reward_points_per_hundred,
        )
    };
    after.feed_url.is_some() && of(known) != of(after)
}

/// What an integration that is on would lack after a change, of what activation demanded.
fn newly_missing(known: &integration::Model, changed: &integration::ActiveModel) -> Vec<Problem> {
    let Ok(after) = changed.clone().try_into_model() else {
        return Vec::new();
    };
    let lacked = missing(known);
    let lacks = missing(&after)
        .into_iter()
        .filter(|what| known.active && !lacked.contains(what));
    let problem = |what: Missing| Problem {
        field: what.field(),
        code: "REQUIRED",
        message: format!("an active integration cannot do without it. {}", what.help().1),
    };
    lacks.map(problem).collect()
}

fn is_shop(integration: &integration::Model) -> bool {
    integration.platform.parse().map_or(true, Kind::is_shop)
}

/// Settings that an ERP or a source of pushed sales cannot have: it has no catalogue of its own. Whoever pushes sales
/// has no customers to be asked for either.
fn only_of_shops(known: &integration::Model, changes: &Settings) -> Vec<Problem> {
    let is_pushed = known.platform.parse().is_ok_and(Kind::is_pushed);
    let given = [
        ("feedUrl", changes.feed_url.is_some()),
        ("shopId", changes.shop_id.is_some()),
        (
            "registerCustomers",
            changes.register_customers == Some(true) && is_pushed,
        ),
    ];
    let problem = |field| Problem {
        field,
        code: "UNSUPPORTED",
        message: "only a shop has this; it is set at the integration with the shop's platform".to_owned(),
    };
    let wrong = given.into_iter().filter(|(_, given)| *given && !is_shop(known));
    wrong.map(|(field, _)| problem(field)).collect()
}

/// Settings of a shop or an ERP whose platform has nothing that they could set.
fn not_offered(known: &integration::Model, changes: &Settings) -> Vec<Problem> {
    let Ok(kind) = known.platform.parse::<Kind>() else {
        return Vec::new();
    };
    let (name, offered) = (kind.descriptor().name, kind.descriptor().capabilities);
    let customers = "cannot list its customers: they come with their orders";
    let coupons = "cannot make coupons automatically, so there is no validity to set";
    let given = [
        (
            "registerCustomers",
            changes.register_customers == Some(true) && !offered.customers,
            customers,
        ),
        (
            "couponValidityDays",
            changes.coupon_validity_days.is_some() && !offered.create_coupons,
            coupons,
        ),
    ];
    let wrong = given.into_iter().filter(|(_, given, _)| *given && !kind.is_pushed());
    let problem = |(field, _, why): (&'static str, bool, &str)| Problem {
        field,
        code: "UNSUPPORTED",
        message: format!("{name} {why}"),
    };
    wrong.map(problem).collect()
}

/// A chosen shop must be one of the account's. Asked before the transaction: it is a network call.
async fn check_shop(
    app: &App,
    known: &integration::Model,
    shop: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Result<(), SettingsError> {
    let Some(shop) = shop.filter(|_| is_shop(known)) else {
        return Ok(());
    };
    let shops = session(app, known)?.shops().await.map_err(SessionError::from)?;
    if !shops.iter().any(|known| known.external_id == shop && known.active) {
        let names: Vec<String> = shops
            .iter()
            .filter(|shop| shop.active)
            .map(|shop| format!("{} ({})", shop.external_id, shop.name))
            .collect();
        problems.push(Problem {
            field: "shopId",
            code: "UNKNOWN_SHOP",
            message: format!("the account has no open shop '{shop}'; it has {}", names.join(", ")),
        });
    }
    Ok(())
}

/// Another shop of the store whose sales are registered, if any. A source of pushed sales is in nobody's
/// way: a sale that it and the shop tell of counts once.
async fn other_register(db: &impl ConnectionTrait, known: &integration::Model) -> Result<Option<&'static str>, DbErr> {
    if !is_shop(known) {
        return Ok(None);
    }
    let others = integration::Column::RegisterSales
        .eq(true)
        .and(integration::Column::Id.ne(known.id));
    let others = integration::Entity::in_store(known.store_id)
        .filter(others)
        .all(db)
        .await?;
    Ok(others.iter().find(|row| is_shop(row)).map(|row| {
        row.platform
            .parse::<Kind>()
            .map_or("other", |kind| kind.descriptor().name)
    }))
}

async fn apply_statuses(
    db: &impl ConnectionTrait,
    known: &integration::Model,
    chosen: &[String],
    row: &mut integration::ActiveModel,
    problems: &mut Vec<Problem>,
) -> Result<(), DbErr> {
    let catalogue: Vec<_> = order_status::Entity::find()
        .filter(order_status::Column::IntegrationId.eq(known.id))
        .all(db)
        .await?
        .into_iter()
        .map(|status| (status.code, status.name, status.class))
        .collect();
    match settings::check_statuses(chosen, &catalogue) {
        Err(found) => problems.extend(found),
        Ok(codes) => {
            let codes = json!(codes);
            if codes != known.awarding_statuses {
                row.awarding_statuses = Set(codes);
                row.orders_cursor = Set(Option::<Instant>::None);
                forget_fingerprints(db, known).await?;
            }
        }
    }
    Ok(())
}

/// Makes the next import judge every order anew, though its list row is the same.
async fn forget_fingerprints(db: &impl ConnectionTrait, known: &integration::Model) -> Result<(), DbErr> {
    use entity::order;
    order::Entity::update_many()
        .col_expr(order::Column::Fingerprint, Expr::value(""))
        .filter(order::Column::IntegrationId.eq(known.id))
        .exec(db)
        .await?;
    Ok(())
}

/// The settings that need nothing but a look at themselves.
fn apply(changes: &Settings, row: &mut integration::ActiveModel, problems: &mut Vec<Problem>) {
    let mut accept = |result: Result<(), Problem>| problems.extend(result.err());
    let url = |field, text: &Option<String>| match text.as_deref().map(str::trim) {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => settings::check_url(field, text).map(|url| Some(Some(url))),
    };
    accept(url("siteUrl", &changes.site_url).map(|value| set(&mut row.site_url, value)));
    accept(url("signUpUrl", &changes.sign_up_url).map(|value| set(&mut row.sign_up_url, value)));
    accept(url("feedUrl", &changes.feed_url).map(|value| set(&mut row.feed_url, value)));
    let validity = changes
        .coupon_validity_days
        .map(|days| settings::check_validity("couponValidityDays", days));
    accept(
        validity
            .transpose()
            .map(|value| set(&mut row.coupon_validity_days, value)),
    );
    let back = changes.import_days_back.map(settings::check_days_back);
    accept(back.transpose().map(|value| set(&mut row.import_days_back, value)));
    let rate = changes.reward_points_per_hundred.map(settings::check_reward_rate);
    accept(
        rate.transpose()
            .map(|value| set(&mut row.reward_points_per_hundred, value)),
    );
    let skus = changes.reward_skus.as_deref().map(settings::check_skus);
    accept(
        skus.transpose()
            .map(|value| set(&mut row.reward_skus, value.map(|skus| json!(skus)))),
    );
    set(&mut row.shop_id, changes.shop_id.clone().map(Some));
    set(&mut row.register_customers, changes.register_customers);
}

fn set<T: Into<sea_orm::Value>>(column: &mut sea_orm::ActiveValue<T>, value: Option<T>) {
    if let Some(value) = value {
        *column = Set(value);
    }
}
