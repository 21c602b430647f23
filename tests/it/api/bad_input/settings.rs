//! The settings of an integration, and the master switch.

use entity::integration::{self, CredentialsState};
use fidelidade::run::Halves;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::support::app::TestApp;
use crate::support::shop::{LOJA_INTEGRADA, MAGAZORD};

fn change(what: &'static str, field: &str, value: Value, said: &[Said]) -> Row {
    let mut input = json!({ "id": "$magazord", "version": "$version" });
    input[field] = value;
    row(what, "updateIntegration", input, said)
}

/// Of an integration with Magazord that is off, beside one with Loja Integrada that registers sales.
pub(super) fn fields() -> Vec<Row> {
    let url = |field, message| [("INVALID", field, message)];
    let days = |message| [("INVALID", "couponValidityDays", message)];
    let statuses = |message| [("INVALID", "awardingStatuses", message)];
    let long = format!("https://www.loja.com.br/{}", "x".repeat(2000));
    vec![
        change(
            "no scheme",
            "siteUrl",
            json!("www.loja.com.br"),
            &url("siteUrl", "it must begin with https:// or http://"),
        ),
        change(
            "another scheme",
            "siteUrl",
            json!("ftp://www.loja.com.br"),
            &url("siteUrl", "must begin with https://"),
        ),
        change(
            "a password",
            "siteUrl",
            json!("https://ana:senha@www.loja.com.br"),
            &url("siteUrl", "must not contain a user name or password"),
        ),
        change(
            "no host",
            "siteUrl",
            json!("https://"),
            &url("siteUrl", "not an address"),
        ),
        change(
            "a long address",
            "siteUrl",
            json!(long),
            &url("siteUrl", "at most 2000 characters"),
        ),
        change(
            "a script",
            "signUpUrl",
            json!("javascript:alert(1)"),
            &url("signUpUrl", "must begin with https://"),
        ),
        change(
            "a password",
            "signUpUrl",
            json!("https://:senha@www.loja.com.br"),
            &url("signUpUrl", "must not contain a user name or password"),
        ),
        change(
            "no host",
            "signUpUrl",
            json!("https://?cadastro"),
            &url("signUpUrl", "not an address"),
        ),
        change(
            "a file",
            "feedUrl",
            json!("file:///etc/passwd"),
            &url("feedUrl", "must begin with https://"),
        ),
        change(
            "a password",
            "feedUrl",
            json!("https://ana:senha@www.loja.com.br/feed.xml"),
            &url("feedUrl", "must not contain a user name or password"),
        ),
        change(
            "no address",
            "feedUrl",
            json!("feed.xml"),
            &url("feedUrl", "this is not an address"),
        ),
        change(
            "no days",
            "couponValidityDays",
            json!(0),
            &days("must be 1 to 3650 days; 365 is usual"),
        ),
        change(
            "fewer than no days",
            "couponValidityDays",
            json!(-1),
            &days("1 to 3650"),
        ),
        change("too many days", "couponValidityDays", json!(4000), &days("1 to 3650")),
        change(
            "a long SKU",
            "rewardSkus",
            json!(["A", "x".repeat(101)]),
            &[("INVALID", "rewardSkus", "at most 100 characters")],
        ),
        change(
            "too many SKUs",
            "rewardSkus",
            (0..10_001).map(|n| json!(n.to_string())).collect(),
            &[("INVALID", "rewardSkus", "leave the list empty to offer the feed")],
        ),
        change(
            "products for nothing",
            "rewardPointsPerHundred",
            json!(0),
            &[(
                "INVALID",
                "rewardPointsPerHundred",
                "2000 makes a product cost 20 points per real",
            )],
        ),
        change(
            "products beyond price",
            "rewardPointsPerHundred",
            json!(1_000_001),
            &[("INVALID", "rewardPointsPerHundred", "1 to 1000000")],
        ),
        change(
            "no days back",
            "importDaysBack",
            json!(0),
            &[("INVALID", "importDaysBack", "must be 1 to 730 days")],
        ),
        change(
            "too many days back",
            "importDaysBack",
            json!(731),
            &[("INVALID", "importDaysBack", "1 to 730")],
        ),
        change(
            "a status that the shop has not",
            "awardingStatuses",
            json!(["4", "999"]),
            &statuses("the shop has no status '999'; read the integration's orderStatuses"),
        ),
        change(
            "a status that takes points back",
            "awardingStatuses",
            json!(["4", "2"]),
            &statuses("takes points back and cannot award them"),
        ),
        change(
            "two wrong statuses",
            "awardingStatuses",
            json!(["2", "pedido_pago"]),
            &[
                ("INVALID", "awardingStatuses", "takes points back"),
                ("INVALID", "awardingStatuses", "'pedido_pago'"),
            ],
        ),
        change(
            "a shop that the account has not",
            "shopId",
            json!("99"),
            &[("INVALID", "shopId", "no open shop '99'; it has 1 (")],
        ),
        change(
            "a shop that is closed",
            "shopId",
            json!("3"),
            &[("INVALID", "shopId", "no open shop '3'")],
        ),
        change(
            "sales that are registered already",
            "registerSales",
            json!(true),
            &[(
                "SALES_REGISTERED_ELSEWHERE",
                "registerSales",
                "by the store's Loja Integrada integration; switch them off there first",
            )],
        ),
        row(
            "everything at once",
            "updateIntegration",
            json!({
                "id": "$magazord", "version": "$version", "siteUrl": "x", "couponValidityDays": 0, "registerSales": true, "shopId": "9",
            }),
            &[
                ("INVALID", "shopId", "no open shop"),
                ("SALES_REGISTERED_ELSEWHERE", "registerSales", "count twice"),
                ("INVALID", "siteUrl", "not an address"),
                ("INVALID", "couponValidityDays", "3650"),
            ],
        ),
        row(
            "an old version",
            "updateIntegration",
            json!({ "id": "$magazord", "version": 0, "couponValidityDays": 30 }),
            &[("CONFLICT", "version", "changed meanwhile (version 1); read it again")],
        ),
        row(
            "somebody else's",
            "updateIntegration",
            json!({ "id": "$foreign", "version": 1 }),
            &[("NOT_FOUND", "id", "no such integration")],
        ),
        row(
            "something else",
            "updateIntegration",
            json!({ "id": "$store", "version": 1 }),
            &[("NOT_FOUND", "id", "no such integration")],
        ),
        row(
            "somebody else's",
            "refreshOrderStatuses",
            json!({ "id": "$foreign" }),
            &[("NOT_FOUND", "id", "no such integration")],
        ),
        row(
            "somebody else's",
            "activateIntegration",
            json!({ "id": "$foreign", "confirmEmails": true }),
            &[("NOT_FOUND", "id", "no such integration")],
        ),
        row(
            "an old version",
            "activateIntegration",
            json!({ "id": "$magazord", "version": 0, "confirmEmails": true }),
            &[("CONFLICT", "version", "changed meanwhile (version 1); read it again")],
        ),
        row(
            "somebody else's",
            "deactivateIntegration",
            json!({ "id": "$foreign" }),
            &[("NOT_FOUND", "id", "no such integration")],
        ),
    ]
}

/// Of the integration with Loja Integrada, which is on: it cannot lose what it needs.
pub(super) fn of_an_active_one() -> Vec<Row> {
    let change = |what, field: &str, value: Value, said: &[Said]| {
        row(
            what,
            "updateIntegration",
            json!({ "id": "$active", "version": "$active_version", field: value }),
            said,
        )
    };
    let more = [(
        "REQUIRED",
        "awardingStatuses",
        "an active integration cannot do without it. Choose more than one status",
    )];
    vec![
        change("no status", "awardingStatuses", json!([]), &more),
        change("one status", "awardingStatuses", json!(["pedido_pago"]), &more),
        change(
            "one status, twice",
            "awardingStatuses",
            json!(["pedido_pago", "pedido_pago"]),
            &more,
        ),
        change(
            "no site",
            "siteUrl",
            json!(""),
            &[("REQUIRED", "siteUrl", "e-mails link to it")],
        ),
        row(
            "nothing to import",
            "updateIntegration",
            json!({
                "id": "$active", "version": "$active_version", "registerSales": false, "registerCustomers": false,
            }),
            &[(
                "REQUIRED",
                "registerSales",
                "Switch the registration of customers or of sales on",
            )],
        ),
    ]
}

/// Switching on what lacks everything.
pub(super) fn incomplete() -> Vec<Row> {
    let input = json!({ "id": "$magazord", "confirmEmails": true });
    let said = (
        "ACTIVATION_INCOMPLETE",
        "",
        "still missing: credentials, shopId, siteUrl, awardingStatuses",
    );
    vec![row("nothing filled in", "activateIntegration", input, &[said])]
}

/// Switching on what lacks nothing, without a word about e-mails.
pub(super) fn unconfirmed() -> Vec<Row> {
    let said = (
        "CONFIRMATION_REQUIRED",
        "confirmEmails",
        "starts e-mails to the shop's customers",
    );
    vec![
        row(
            "not confirmed",
            "activateIntegration",
            json!({ "id": "$magazord" }),
            &[said],
        ),
        row(
            "denied",
            "activateIntegration",
            json!({ "id": "$magazord", "confirmEmails": false }),
            &[said],
        ),
    ]
}

#[tokio::test]
async fn wrong_settings() {
    // Without workers, so that nothing changes but by what is asked.
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = other.connect(&other.create_store("Outra").await, &MAGAZORD).await;
    let store = merchant.create_store("Loja").await;
    let (magazord, active) = (
        merchant.connect(&store, &MAGAZORD).await,
        merchant.connect(&store, &LOJA_INTEGRADA).await,
    );
    merchant.fill_in(&active, &LOJA_INTEGRADA).await;
    merchant.activate(&active).await;
    let names = Names::default()
        .is("$store", store.clone())
        .is("$foreign", foreign)
        .is("$magazord", magazord.clone())
        .is("$version", merchant.version(&magazord).await)
        .is("$active", active.clone())
        .is("$active_version", merchant.version(&active).await);

    let before = everything(&merchant, &store).await;
    check(&merchant, &names, fields()).await;
    check(&merchant, &names, of_an_active_one()).await;
    assert_eq!(
        everything(&merchant, &store).await,
        before,
        "refused settings change nothing"
    );
}

/// What a store's integrations are set to.
async fn everything(who: &Actor<'_>, store: &str) -> Value {
    let query =
        "query ($id: ID!) { store(id: $id) { integrations(first: 9) { nodes { version siteUrl signUpUrl feedUrl couponValidityDays
        rewardSkus rewardPointsPerHundred shopId registerCustomers registerSales active importDaysBack
        orderStatuses { code awards } } } } }";
    who.ask(query, json!({ "id": store })).await
}

#[tokio::test]
async fn activation_says_all_that_is_missing_and_must_be_confirmed() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let magazord = merchant.connect(&store, &MAGAZORD).await;
    let sales = json!({ "id": magazord, "version": 1, "registerSales": true });
    merchant.must("updateIntegration", "integration { id }", sales).await;
    let refused = |state: CredentialsState| {
        let id: entity::IntegrationId = magazord.parse().unwrap();
        let update =
            integration::Entity::update_many().col_expr(integration::Column::CredentialsState, Expr::value(state));
        update.filter(integration::Column::Id.eq(id)).exec(&app.app().db)
    };
    refused(CredentialsState::Refused).await.unwrap();
    let names = Names::default().is("$magazord", magazord.clone());
    check(&merchant, &names, incomplete()).await;
    let input = json!({ "id": magazord, "confirmEmails": true });
    let missing = merchant.call("activateIntegration", "", input).await["userErrors"][0]["missing"].take();
    let missing = missing.as_array().unwrap();
    assert_eq!(missing.len(), 4);
    assert!(
        missing
            .iter()
            .all(|one| !one["helpPt"].as_str().unwrap().is_empty() && one["helpEn"] != one["helpPt"])
    );

    refused(CredentialsState::Accepted).await.unwrap();
    merchant.fill_in(&magazord, &MAGAZORD).await;
    check(&merchant, &names, unconfirmed()).await;
    merchant.activate(&magazord).await;
    // Again, and off twice: nothing to object to.
    merchant.activate(&magazord).await;
    for _ in 0..2 {
        merchant
            .must("deactivateIntegration", "integration { id }", json!({ "id": magazord }))
            .await;
    }
}
