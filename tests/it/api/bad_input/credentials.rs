//! What a merchant types to connect a platform.

use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::support::app::TestApp;
use crate::support::shop::{LOJA_INTEGRADA, MAGAZORD};

fn connect(platform: &str, typed: &[(&str, &str)]) -> Value {
    let credentials: Vec<Value> = typed
        .iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    json!({ "storeId": "$store", "platform": platform, "credentials": credentials })
}

fn magazord_row(what: &'static str, typed: &[(&str, &str)], said: Said) -> Row {
    row(what, "connectIntegration", connect("MAGAZORD", typed), &[said])
}

fn loja_integrada_row(what: &'static str, typed: &[(&str, &str)], said: Said) -> Row {
    row(what, "connectIntegration", connect("LOJA_INTEGRADA", typed), &[said])
}

const TOKEN: (&str, &str) = ("token", "mz-token-exemplo");
const PASSWORD: (&str, &str) = ("password", "mz-senha-exemplo");
const ALIAS: (&str, &str) = ("alias", "loja-exemplo");
const KEY: (&str, &str) = ("api_key", "0a1b2c3d4e5f6a7b8c9d");

const REFUSED: Said = ("CREDENTIALS_REFUSED", "credentials", "copy them again");

pub(super) fn magazord() -> Vec<Row> {
    let at = |path, message| ("INVALID", path, message);
    let lacks = |message| ("PERMISSION_MISSING", "credentials", message);
    let long = "x".repeat(1025);
    vec![
        magazord_row("nothing", &[], at("credentials.token", "'token' must be filled in")),
        magazord_row(
            "no token",
            &[PASSWORD, ALIAS],
            at("credentials.token", "'token' must be filled in"),
        ),
        magazord_row(
            "a blank token",
            &[("token", " "), PASSWORD, ALIAS],
            at("credentials.token", "must be filled in"),
        ),
        magazord_row(
            "a long token",
            &[("token", &long), PASSWORD, ALIAS],
            at("credentials.token", "at most 1024"),
        ),
        magazord_row(
            "two lines",
            &[("token", "a\nb"), PASSWORD, ALIAS],
            at("credentials.token", "one line"),
        ),
        magazord_row(
            "no alias",
            &[TOKEN, PASSWORD],
            at("credentials.alias", "'alias' must be filled in"),
        ),
        magazord_row(
            "a blank in the alias",
            &[TOKEN, PASSWORD, ("alias", "minha loja")],
            at(
                "credentials.alias",
                "it must be just the beginning of the panel's address",
            ),
        ),
        magazord_row(
            "another site",
            &[TOKEN, PASSWORD, ("alias", "https://painel.example.com")],
            at("credentials.alias", "like my-shop"),
        ),
        magazord_row(
            "a way out of the address",
            &[TOKEN, PASSWORD, ("alias", "x/../../admin")],
            at("credentials.alias", "like my-shop"),
        ),
        magazord_row(
            "a field that is none",
            &[TOKEN, PASSWORD, ALIAS, ("senha", "x")],
            at("credentials.senha", "'senha' is not a credential of this platform"),
        ),
        magazord_row(
            "the other platform's field",
            &[TOKEN, PASSWORD, ALIAS, KEY],
            at("credentials.api_key", "is not a credential"),
        ),
        magazord_row("a wrong token", &[("token", "errado"), PASSWORD, ALIAS], REFUSED),
        magazord_row("a wrong password", &[TOKEN, ("password", "errada"), ALIAS], REFUSED),
        magazord_row("no password, where there is one", &[TOKEN, ALIAS], REFUSED),
        magazord_row(
            "token and password swapped",
            &[("token", PASSWORD.1), ("password", TOKEN.1), ALIAS],
            REFUSED,
        ),
        magazord_row(
            "a token that was withdrawn",
            &[("token", "mz-token-vencido"), PASSWORD, ALIAS],
            REFUSED,
        ),
        magazord_row(
            "no customers",
            &[("token", "mz-token-sem-pessoa"), PASSWORD, ALIAS],
            lacks("may not use 'pessoa'"),
        ),
        magazord_row(
            "no sales",
            &[("token", "mz-token-sem-pedido"), PASSWORD, ALIAS],
            lacks("may not use 'pedido'"),
        ),
        magazord_row(
            "no coupons",
            &[("token", "mz-token-sem-cupom"), PASSWORD, ALIAS],
            lacks("may not use 'cupomDesconto'"),
        ),
        magazord_row(
            "no shops",
            &[("token", "mz-token-sem-loja"), PASSWORD, ALIAS],
            lacks("may not use 'loja'"),
        ),
        magazord_row(
            "no products",
            &[("token", "mz-token-sem-produto"), PASSWORD, ALIAS],
            lacks("ask the platform to grant it"),
        ),
        magazord_row(
            "another shop's alias",
            &[TOKEN, PASSWORD, ("alias", "outra-loja")],
            (
                "WRONG_ALIAS",
                "credentials.alias",
                "the first part of the panel's address",
            ),
        ),
        row(
            "somebody else's store",
            "connectIntegration",
            json!({ "storeId": "$foreign_store", "platform": "MAGAZORD", "credentials": [] }),
            &[("NOT_FOUND", "storeId", "no such store")],
        ),
        row(
            "no store at all",
            "connectIntegration",
            json!({ "storeId": "loja", "platform": "MAGAZORD", "credentials": [] }),
            &[("NOT_FOUND", "storeId", "no such store")],
        ),
    ]
}

pub(super) fn loja_integrada() -> Vec<Row> {
    let at = |path, message| ("INVALID", path, message);
    let lacks = |message| ("PERMISSION_MISSING", "credentials", message);
    let pair = |application| [KEY, ("application_key", application)];
    vec![
        loja_integrada_row("nothing", &[], at("credentials.api_key", "'api_key' must be filled in")),
        loja_integrada_row(
            "only the application key",
            &[("application_key", "00000000-1111-4222-8333-444444444444")],
            at("credentials.api_key", "'api_key' must be filled in"),
        ),
        loja_integrada_row(
            "a blank in the token",
            &[("api_key", "meu token")],
            at("credentials.api_key", "spaces or odd characters"),
        ),
        loja_integrada_row(
            "an application key that is none",
            &pair("1234"),
            at("credentials.application_key", "00000000-0000-0000-0000-000000000000"),
        ),
        loja_integrada_row(
            "a field that is none",
            &[("api_key", "t"), ("alias", "loja")],
            at("credentials.alias", "is not a credential"),
        ),
        loja_integrada_row("a wrong token", &[("api_key", "errado")], REFUSED),
        loja_integrada_row(
            "an API key without its application key",
            &[KEY],
            (
                "CREDENTIALS_REFUSED",
                "credentials",
                "only works together with the application key",
            ),
        ),
        loja_integrada_row(
            "a wrong application key",
            &pair("99999999-1111-4222-8333-444444444444"),
            REFUSED,
        ),
        loja_integrada_row(
            "a token that nobody renewed",
            &[("api_key", "li-token-pessoal-vencido")],
            REFUSED,
        ),
        loja_integrada_row(
            "no customers",
            &[("api_key", "li-token-sem-cliente")],
            lacks("may not use 'cliente'"),
        ),
        loja_integrada_row(
            "no sales",
            &[("api_key", "li-token-sem-pedido")],
            lacks("may not use 'pedido'"),
        ),
        loja_integrada_row(
            "no coupons",
            &[("api_key", "li-token-sem-cupom")],
            lacks("may not use 'cupom'"),
        ),
        loja_integrada_row(
            "no products",
            &[("api_key", "li-token-sem-produto")],
            lacks("may not use 'produto'"),
        ),
        loja_integrada_row(
            "no statuses",
            &[("api_key", "li-token-sem-situacao")],
            lacks("may not use 'situacao'"),
        ),
    ]
}

fn bis2bis_row(what: &'static str, typed: &[(&str, &str)], said: Said) -> Row {
    row(what, "connectIntegration", connect("BIS2BIS", typed), &[said])
}

pub(super) fn bis2bis() -> Vec<Row> {
    const ADDRESS: (&str, &str) = ("address", "https://loja-exemplo.example.com/");
    const BEARER: (&str, &str) = ("token", "bb-token-exemplo");
    let at = |path, message| ("INVALID", path, message);
    let lacks = |message| ("PERMISSION_MISSING", "credentials", message);
    let soap = |user, key| [ADDRESS, ("api_user", user), ("api_key", key)];
    vec![
        bis2bis_row("nothing", &[], at("credentials.address", "'address' must be filled in")),
        bis2bis_row(
            "no way in",
            &[ADDRESS],
            at("credentials.token", "'token' must be filled in"),
        ),
        bis2bis_row(
            "an address that is none",
            &[("address", "minha loja"), BEARER],
            at("credentials.address", "it must be the shop's address"),
        ),
        bis2bis_row(
            "a password in the address",
            &[("address", "https://a:b@loja-exemplo.example.com"), BEARER],
            at("credentials.address", "like https://www.my-shop.com.br"),
        ),
        bis2bis_row(
            "half of a signature",
            &[ADDRESS, BEARER, ("consumer_key", "k")],
            at("credentials.consumer_secret", "must be filled in"),
        ),
        bis2bis_row(
            "half of an API user",
            &[ADDRESS, ("api_user", "u")],
            at("credentials.api_key", "must be filled in"),
        ),
        bis2bis_row(
            "no such generation",
            &[ADDRESS, BEARER, ("dialect", "m3")],
            at("credentials.dialect", "write m1_soap or m2_rest"),
        ),
        bis2bis_row("a wrong token", &[ADDRESS, ("token", "errado")], REFUSED),
        bis2bis_row("a wrong key", &soap("bb-usuario-exemplo", "errada"), REFUSED),
        bis2bis_row(
            "another shop's address",
            &[("address", "outra-loja.example.com"), BEARER],
            (
                "WRONG_ADDRESS",
                "credentials.address",
                "type the address that the shop is opened with",
            ),
        ),
        bis2bis_row(
            "no sales",
            &[ADDRESS, ("token", "bb-token-sem-sales")],
            lacks("may not use 'sales'"),
        ),
        bis2bis_row(
            "no customers, by SOAP",
            &soap("bb-usuario-sem-customers", "bb-chave-exemplo"),
            lacks("may not use 'customers'"),
        ),
    ]
}

/// On a platform that says that a credential was good once.
pub(super) fn expired() -> Vec<Row> {
    let said = (
        "CREDENTIALS_EXPIRED",
        "credentials",
        "renew the credential on the platform",
    );
    vec![loja_integrada_row(
        "a token that has expired",
        &[("api_key", "velho")],
        said,
    )]
}

/// On platforms that answer nothing but errors.
pub(super) fn no_answer() -> Vec<Row> {
    let said = ("PLATFORM_UNREACHABLE", "", "nothing was changed, try again later");
    vec![
        magazord_row("good credentials", &[TOKEN, PASSWORD, ALIAS], said),
        loja_integrada_row("good credentials", &[("api_key", "li-token-pessoal-exemplo")], said),
    ]
}

/// On platforms whose limit others have used up.
pub(super) fn busy() -> Vec<Row> {
    let said = ("PLATFORM_BUSY", "", "try again in a minute");
    vec![loja_integrada_row(
        "good credentials",
        &[("api_key", "li-token-pessoal-exemplo")],
        said,
    )]
}

/// Tries a table on a new store, to which nothing may be connected afterwards.
async fn nothing_connects(app: &TestApp, rows: Vec<Row>) {
    let merchant = Actor::user(app, "dona@loja-exemplo.invalid").await;
    let other = Actor::user(app, "outra@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    let names = Names::default()
        .is("$store", store.clone())
        .is("$foreign_store", other.create_store("Outra").await);
    check(&merchant, &names, rows).await;
    let query = "query ($id: ID!) { store(id: $id) { integrations(first: 9) { nodes { id } } } }";
    let told = merchant.ask(query, json!({ "id": store })).await;
    assert_eq!(told["store"]["integrations"]["nodes"], json!([]));
}

#[tokio::test]
async fn wrong_credentials_of_magazord() {
    nothing_connects(&TestApp::start().await, magazord()).await;
}

#[tokio::test]
async fn wrong_credentials_of_loja_integrada() {
    nothing_connects(&TestApp::start().await, loja_integrada()).await;
}

#[tokio::test]
async fn wrong_credentials_of_bis2bis() {
    nothing_connects(&TestApp::start().await, bis2bis()).await;
}

#[tokio::test]
async fn platforms_that_are_out_of_order() {
    let app = TestApp::start().await;
    app.sandbox.faults(json!({ "error_rate_percent": 100 })).await;
    nothing_connects(&app, no_answer()).await;
}

/// A platform that answers everything alike.
async fn stub(status: StatusCode, headers: [(&'static str, &'static str); 1], body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("'http://{}'", listener.local_addr().unwrap());
    let router = Router::new().fallback(move || async move { (status, headers, body) });
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn platforms_that_say_that_a_credential_has_expired() {
    let json = [("content-type", "application/json")];
    let address = stub(StatusCode::UNAUTHORIZED, json, r#"{ "detail": "Token expirado." }"#).await;
    let app = TestApp::builder()
        .set("platforms.loja_integrada.base_url", &address)
        .start()
        .await;
    nothing_connects(&app, expired()).await;
}

#[tokio::test]
async fn platforms_that_are_busy() {
    // Longer than anybody waits in front of a screen.
    let address = stub(StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3600")], "").await;
    let app = TestApp::builder()
        .set("platforms.loja_integrada.base_url", &address)
        .start()
        .await;
    nothing_connects(&app, busy()).await;
}

/// Credentials that work are kept, and replaced by others that work, but not by wrong ones.
#[tokio::test]
async fn wrong_credentials_do_not_replace_good_ones() {
    let app = TestApp::start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let store = merchant.create_store("Loja").await;
    for shop in [&MAGAZORD, &LOJA_INTEGRADA] {
        let first = merchant.connect(&store, shop).await;
        let version = merchant.version(&first).await;
        let input = json!({ "storeId": store, "platform": shop.platform, "credentials": [
            { "key": if shop.branch.is_some() { "token" } else { "api_key" }, "value": "errado" },
        ] });
        let payload = merchant.call("connectIntegration", "integration { id }", input).await;
        assert_eq!(payload["integration"], Value::Null);
        assert_eq!(merchant.version(&first).await, version);
        assert_eq!(
            merchant.connect(&store, shop).await,
            first,
            "connecting again is connecting the same"
        );
        let query = "query ($id: ID!) { node(id: $id) { ... on Integration { credentialsState } } }";
        assert_eq!(
            merchant.ask(query, json!({ "id": first })).await["node"]["credentialsState"],
            "ACCEPTED"
        );
    }
}
