//! The program starts, answers, and stops in order; what it keeps survives a restart; its clock and
//! its platforms are those that it was given.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::TimeDelta;
use fidelidade::clock::Clock;
use fidelidade::platform::Kind;
use fidelidade::platform::registry::Credentials;
use fidelidade::run::Halves;
use fidelidade::sandbox::{self, SandboxConfig};
use serde_json::{Value, json};

use crate::support::app::TestApp;

const WHO: &str = "{ viewer { __typename } }";

#[tokio::test]
async fn a_session_survives_a_restart() {
    let mut program = TestApp::start().await;
    program.create_user("dona@loja-exemplo.invalid").await;
    let token = program.sign_in("Dona@loja-exemplo.invalid").await;
    assert!(program.data(WHO, json!({}), Some(&token)).await["viewer"].is_object());
    assert_eq!(program.data(WHO, json!({}), None).await["viewer"], Value::Null);

    program.restart().await;
    assert!(program.data(WHO, json!({}), Some(&token)).await["viewer"].is_object());
    assert_eq!(program.get("/health/ready").await.0, 200);
    program.stop().await;
}

#[tokio::test]
async fn a_session_ends_with_its_time() {
    let now = Clock::System.now();
    let clock = Clock::Manual(Mutex::new(now));
    let program = TestApp::builder()
        .halves(Halves::Serve)
        .clock(clock)
        .set("access.access_minutes", "15")
        .start()
        .await;
    program.create_user("dona@loja-exemplo.invalid").await;
    let token = program.sign_in("dona@loja-exemplo.invalid").await;
    program.app().clock.advance(TimeDelta::minutes(14));
    assert!(program.data(WHO, json!({}), Some(&token)).await["viewer"].is_object());
    program.app().clock.advance(TimeDelta::minutes(2));
    let answer = program.gql(WHO, json!({}), Some(&token)).await;
    assert!(!answer["data"]["viewer"].is_object(), "{answer}");
}

#[tokio::test]
async fn platforms_are_asked_through_the_programs_own_pace() {
    let now = Clock::System.now();
    let world = SandboxConfig {
        customers: 2,
        orders: 3,
        ..SandboxConfig::at(now)
    };
    let program = TestApp::builder().halves(Halves::Serve).sandbox(world).start().await;
    let known = sandbox::credentials();
    let (magazord, loja_integrada) = (known.magazord, known.loja_integrada);
    let typed = [
        (
            Kind::Magazord,
            vec![
                ("token", magazord.token),
                ("password", magazord.password),
                ("alias", magazord.alias),
            ],
        ),
        (Kind::LojaIntegrada, vec![("api_key", loja_integrada.personal_token)]),
        (
            Kind::Bis2Bis,
            vec![
                ("address", known.bis2bis.address),
                ("api_user", known.bis2bis.api_user),
                ("api_key", known.bis2bis.api_key),
            ],
        ),
    ];
    for (kind, fields) in typed {
        let typed: BTreeMap<String, String> = fields
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let credentials = Credentials::parse(kind, typed).unwrap();
        let shop = program.app().platforms.connect(kind, &credentials, None).unwrap();
        // Turns are rows of the database: several at once, with one connection, must not stand still.
        let checks = tokio::join!(shop.check(), shop.check(), shop.check());
        assert_eq!(checks, (Ok(()), Ok(()), Ok(())));
        assert_eq!(program.sandbox.stats(kind).await["max_parallel"], 1);
    }
}

#[tokio::test]
async fn a_user_who_asks_for_too_much_is_told_so_and_another_is_not() {
    let program = TestApp::builder()
        .halves(Halves::Serve)
        .set("http.cost.capacity", "40")
        .set("http.cost.restore_per_second", "1")
        .start()
        .await;
    let mut tokens = Vec::new();
    for email in ["ana@loja-exemplo.invalid", "bia@loja-exemplo.invalid"] {
        program.create_user(email).await;
        tokens.push(program.sign_in(email).await);
    }
    // 22: the field, its page, and two fields in each of ten rows.
    let query = "{ viewer { stores(first: 10) { nodes { id } } } }";
    let ask = async |token: &str| program.gql(query, json!({}), Some(token)).await;
    let first = ask(&tokens[0]).await;
    assert_eq!(first["extensions"]["cost"]["remaining"], 18, "{first}");
    let refused = ask(&tokens[0]).await;
    assert_eq!(
        refused["errors"][0]["extensions"]["code"], "COST_LIMIT_REACHED",
        "{refused}"
    );
    assert!(ask(&tokens[1]).await["data"]["viewer"].is_object());
}
