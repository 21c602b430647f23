//! An ERP: what a merchant types, and what only a shop can have.

use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::support::app::TestApp;
use crate::support::shop::TINY;

fn typed(what: &'static str, pairs: &[(&str, &str)], said: Said) -> Row {
    typed_for("TINY", what, pairs, said)
}

fn typed_for(platform: &str, what: &'static str, pairs: &[(&str, &str)], said: Said) -> Row {
    let credentials: Vec<Value> = pairs
        .iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    let input = json!({ "storeId": "$store", "platform": platform, "credentials": credentials });
    row(what, "connectIntegration", input, &[said])
}

pub(super) fn credentials() -> Vec<Row> {
    let at = |path, message| ("INVALID", path, message);
    let lacks = |message| ("PERMISSION_MISSING", "credentials", message);
    vec![
        typed("nothing", &[], at("credentials.token", "'token' must be filled in")),
        typed(
            "two words",
            &[("token", "tiny token")],
            at("credentials.token", "copy it again, whole and alone"),
        ),
        typed(
            "a wrong token",
            &[("token", "errado")],
            ("CREDENTIALS_REFUSED", "credentials", "copy them again"),
        ),
        typed(
            "a plan without an API",
            &[("token", "tiny-token-plano-comecar")],
            lacks("a larger plan is needed"),
        ),
        typed(
            "a blocked account",
            &[("token", "tiny-token-bloqueado")],
            lacks("may not use 'pedidos'"),
        ),
        typed_for(
            "TINY_V3",
            "an app without its secret",
            &[("client_id", "tiny-api-1")],
            at("credentials.client_secret", "'client_secret' must be filled in"),
        ),
        typed_for(
            "TINY_V3",
            "a secret in two words",
            &[("client_id", "tiny-api-1"), ("client_secret", "dois segredos")],
            at("credentials.client_secret", "copy it again, whole and alone"),
        ),
        typed_for(
            "TINY_V3",
            "the token of the other API",
            &[("token", "tiny-token-exemplo")],
            at("credentials.token", "'token' is not a credential of this platform"),
        ),
    ]
}

pub(super) fn settings() -> Vec<Row> {
    let change = |what, field: &str, value: Value, said| {
        let mut input = json!({ "id": "$tiny", "version": "$version" });
        input[field] = value;
        row(what, "updateIntegration", input, &[said])
    };
    vec![
        change(
            "a feed",
            "feedUrl",
            json!("https://loja-exemplo.example.com/feed.xml"),
            ("UNSUPPORTED", "feedUrl", "only a shop has this"),
        ),
        change(
            "a shop of the account",
            "shopId",
            json!("1"),
            ("UNSUPPORTED", "shopId", "only a shop has this"),
        ),
        change(
            "a validity of coupons that cannot be made",
            "couponValidityDays",
            json!(30),
            ("UNSUPPORTED", "couponValidityDays", "cannot make coupons automatically"),
        ),
    ]
}

#[tokio::test]
async fn tiny() {
    let app = TestApp::start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let names = Names::default().is("$store", store.clone());
    check(&merchant, &names, credentials()).await;
    let tiny = merchant.connect(&store, &TINY).await;
    let names = names
        .is("$tiny", tiny.clone())
        .is("$version", merchant.version(&tiny).await);
    check(&merchant, &names, settings()).await;
}
