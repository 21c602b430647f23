//! A platform with two ways in and without much that others have: what a merchant types, and what cannot be set.

use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::support::app::TestApp;
use crate::support::shop::{BLING, JET, MAGAZORD};

fn typed(what: &'static str, pairs: &[(&str, &str)], said: Said) -> Row {
    let credentials: Vec<Value> = pairs
        .iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    let input = json!({ "storeId": "$store", "platform": "JET", "credentials": credentials });
    row(what, "connectIntegration", input, &[said])
}

const REFUSED: Said = ("CREDENTIALS_REFUSED", "credentials", "copy them again");
const ADM: (&str, &str) = ("mode", "adm");
const KEY: (&str, &str) = ("integration_key", "jet-chave-exemplo");
const USER: (&str, &str) = ("user", "jet-usuario-pedidos");
const PASSWORD: (&str, &str) = ("password", "jet-senha-exemplo");
const STORE: (&str, &str) = ("store_id", "1001");

pub(super) fn credentials() -> Vec<Row> {
    let at = |path, message| ("INVALID", path, message);
    let lacks = |message| ("PERMISSION_MISSING", "credentials", message);
    vec![
        typed("nothing", &[], at("credentials.api_key", "must be filled in")),
        typed(
            "a way in that is none",
            &[("mode", "soap"), ("api_key", "k")],
            at("credentials.mode", "it must be openapi or adm"),
        ),
        typed(
            "the legacy one without its own key",
            &[ADM, USER, PASSWORD, STORE],
            at("credentials.integration_key", "must be filled in"),
        ),
        typed(
            "a cluster that leads elsewhere",
            &[ADM, KEY, USER, PASSWORD, STORE, ("cluster", "neo1.example.com")],
            at("credentials.cluster", "a name such as neo1"),
        ),
        typed("a wrong credential", &[("api_key", "errada")], REFUSED),
        typed(
            "a credential that was deleted",
            &[("api_key", "jet-credencial-excluida")],
            REFUSED,
        ),
        typed(
            "a credential without sales",
            &[("api_key", "jet-credencial-sem-pedido")],
            lacks("may not use 'Pedido'"),
        ),
        typed(
            "a wrong password",
            &[ADM, KEY, USER, ("password", "errada"), STORE],
            REFUSED,
        ),
        typed(
            "the product user",
            &[ADM, KEY, ("user", "jet-usuario-produtos"), PASSWORD, STORE],
            lacks("may not use 'adm_order'"),
        ),
    ]
}

fn register(what: &'static str, id: &str, origin: &str, said: Said) -> Row {
    let input = json!({ "id": id, "origin": origin });
    row(what, "registerHookAddress", input, &[said])
}

const UNSIGNED: Said = ("UNSUPPORTED", "id", "signs no webhooks with a secret of their own");
const NOBODYS: Said = ("NOT_FOUND", "id", "no such integration");
const LONG: Said = ("INVALID", "secret", "one line of at most 1024 characters");

fn secret(what: &'static str, id: &str, secret: &str, said: Said) -> Row {
    row(what, "setHookSecret", json!({ "id": id, "secret": secret }), &[said])
}

pub(super) fn settings() -> Vec<Row> {
    let change = |what, input: Value, said| row(what, "updateIntegration", input, &[said]);
    vec![
        change(
            "customers, which nothing lists",
            json!({ "id": "$jet", "version": "$version", "registerCustomers": true }),
            ("UNSUPPORTED", "registerCustomers", "they come with their orders"),
        ),
        change(
            "a validity of coupons that cannot be made",
            json!({ "id": "$jet", "version": "$version", "couponValidityDays": 30 }),
            (
                "UNSUPPORTED",
                "couponValidityDays",
                "JET cannot make coupons automatically",
            ),
        ),
        row(
            "a platform that sends nothing",
            "replaceHookAddress",
            json!({ "id": "$source" }),
            &[("UNSUPPORTED", "id", "sends no webhooks that could be used")],
        ),
        register(
            "the same, registered",
            "$source",
            "https://api.example",
            ("UNSUPPORTED", "id", "sends no webhooks that could be used"),
        ),
        register(
            "webhooks of a panel",
            "$jet",
            "https://api.example",
            ("UNSUPPORTED", "", "paste hookUrl there"),
        ),
        register(
            "an origin with a path",
            "$jet",
            "https://api.example/graphql",
            ("INVALID", "origin", "only scheme and host"),
        ),
        register(
            "no origin",
            "$jet",
            "api.example",
            ("INVALID", "origin", "not an address"),
        ),
        register(
            "somebody else's, registered",
            "$foreign",
            "https://api.example",
            ("NOT_FOUND", "id", "no such integration"),
        ),
        secret("a platform that signs nothing", "$jet", "segredo", UNSIGNED),
        secret("one that signs with its app's secret", "$bling", "segredo", UNSIGNED),
        secret("somebody else's secret", "$foreign", "segredo", NOBODYS),
        secret(
            "a secret that is none",
            "$magazord",
            " \t",
            ("INVALID", "secret", "removeHookSecret does without one"),
        ),
        secret("a secret of two lines", "$magazord", "a\nb", LONG),
        secret("a secret that is too long", "$magazord", &"a".repeat(1025), LONG),
        row(
            "a secret that a platform does not have, removed",
            "removeHookSecret",
            json!({ "id": "$jet" }),
            &[UNSIGNED],
        ),
        row(
            "somebody else's secret, removed",
            "removeHookSecret",
            json!({ "id": "$foreign" }),
            &[NOBODYS],
        ),
        row(
            "a platform without consents",
            "authorizeIntegration",
            json!({ "id": "$magazord" }),
            &[("UNSUPPORTED", "id", "there is nothing to consent to")],
        ),
        row(
            "somebody else's consent",
            "authorizeIntegration",
            json!({ "id": "$foreign" }),
            &[("NOT_FOUND", "id", "no such integration")],
        ),
        row(
            "a platform that nobody has consented on",
            "refreshOrderStatuses",
            json!({ "id": "$bling" }),
            &[("CONSENT_NEEDED", "", "authorizeIntegration gives the address")],
        ),
        row(
            "somebody else's address",
            "replaceHookAddress",
            json!({ "id": "$foreign" }),
            &[("NOT_FOUND", "id", "no such integration")],
        ),
    ]
}

#[tokio::test]
async fn jet() {
    let app = TestApp::start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = other.connect(&other.create_store("Outra").await, &JET).await;
    let store = merchant.create_store("Loja").await;
    let names = Names::default().is("$store", store.clone());
    check(&merchant, &names, credentials()).await;
    let jet = merchant.connect(&store, &JET).await;
    let names = names
        .is("$jet", jet.clone())
        .is("$version", merchant.version(&jet).await)
        .is("$source", merchant.source(&store, "Caixa").await)
        .is("$bling", merchant.connect(&store, &BLING).await)
        .is("$magazord", merchant.connect(&store, &MAGAZORD).await)
        .is("$foreign", foreign);
    check(&merchant, &names, settings()).await;
}
