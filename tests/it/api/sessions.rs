//! Sessions: how refresh tokens are exchanged, what becomes of a stolen one, the list of one's own, another
//! password, and what is removed when it has served.

use chrono::TimeDelta;
use entity::{idempotency_key, session, used_refresh_token, user};
use fidelidade::access::{self, SessionError};
use fidelidade::clock::Clock;
use fidelidade::db::begin;
use fidelidade::run::Halves;
use fidelidade::service::housekeeping;
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::actor::Actor;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::merchant::text;

const EMAIL: &str = "dona@loja-exemplo.invalid";
const TOKENS: &str = "session { accessToken refreshToken accessExpiresAt refreshExpiresAt }";
const WHO: &str = "{ viewer { email } }";

/// A program whose clock the test moves.
async fn program() -> TestApp {
    let now = Clock::System.now();
    let app = TestApp::builder()
        .halves(Halves::Serve)
        .clock(Clock::Manual(now.into()));
    let app = app.start().await;
    app.create_user(EMAIL).await;
    app
}

async fn sign_in(app: &TestApp, device: Option<&str>) -> Value {
    let input = json!({ "email": EMAIL, "password": PASSWORD, "device": device });
    Actor::stranger(app).must("signIn", TOKENS, input).await["session"].take()
}

async fn refresh(app: &TestApp, session: &Value) -> Value {
    let input = json!({ "refreshToken": session["refreshToken"] });
    Actor::stranger(app).call("refreshSession", TOKENS, input).await
}

fn actor<'a>(app: &'a TestApp, session: &Value) -> Actor<'a> {
    Actor::with(app, session["accessToken"].as_str().unwrap())
}

async fn lives(app: &TestApp, session: &Value) -> bool {
    let answer = actor(app, session).answer(WHO, json!({})).await;
    let refused = answer["errors"][0]["extensions"]["code"] == "INVALID_TOKEN";
    assert!(refused || answer["data"]["viewer"]["email"] == EMAIL, "{answer}");
    !refused
}

fn is_refused(answer: &Value) {
    assert_eq!(answer["userErrors"][0]["code"], "INVALID_REFRESH_TOKEN", "{answer}");
    assert_eq!(answer["session"], Value::Null);
}

#[tokio::test]
async fn a_lost_answer_is_given_again_for_a_moment() {
    let app = program().await;
    let first = sign_in(&app, None).await;
    let second = refresh(&app, &first).await["session"].take();
    assert!(!lives(&app, &first).await && lives(&app, &second).await);
    app.app().clock.advance(TimeDelta::seconds(29));
    assert_eq!(refresh(&app, &first).await["session"], second, "the same successor");
    assert!(lives(&app, &second).await);

    app.app().clock.advance(TimeDelta::seconds(1));
    is_refused(&refresh(&app, &first).await);
    assert!(!lives(&app, &second).await, "the session has ended");
    is_refused(&refresh(&app, &second).await);
}

/// As soon as the successor was used, nobody can have missed it: whoever comes with the one before is a thief,
/// or was robbed.
#[tokio::test]
async fn a_token_whose_successor_was_used_ends_the_session_at_once() {
    let app = program().await;
    let mut generations = vec![sign_in(&app, None).await];
    for _ in 0..3 {
        let next = refresh(&app, generations.last().unwrap()).await["session"].take();
        generations.push(next);
    }
    let other = sign_in(&app, None).await;
    assert!(lives(&app, &generations[3]).await);
    is_refused(&refresh(&app, &generations[0]).await);
    assert!(!lives(&app, &generations[3]).await, "any token of the family ends it");
    is_refused(&refresh(&app, &generations[3]).await);
    assert!(lives(&app, &other).await, "another sign-in is another family");
}

#[tokio::test]
async fn exchanges_at_once_give_one_successor() {
    let app = program().await;
    let first = sign_in(&app, None).await;
    let all = futures_util::future::join_all((0..5).map(|_| refresh(&app, &first))).await;
    for one in &all {
        assert_eq!(one["session"], all[0]["session"], "{one}");
    }
    assert!(lives(&app, &all[0]["session"]).await);
    let next = refresh(&app, &all[0]["session"]).await;
    assert!(lives(&app, &next["session"]).await);
}

const SESSIONS: &str = "{ viewer { sessions(first: 9) { nodes { id device createdAt refreshedAt expiresAt current }
    totalCount } } }";

#[tokio::test]
async fn users_see_and_end_their_own_sessions() {
    let app = program().await;
    let (desk, phone) = (sign_in(&app, Some(" Balcão ")).await, sign_in(&app, None).await);
    let phone = refresh(&app, &phone).await["session"].take();
    app.create_user("outra@loja-exemplo.invalid").await;
    let stranger = Actor::with(&app, &app.sign_in("outra@loja-exemplo.invalid").await);

    let told = actor(&app, &desk).ask(SESSIONS, json!({})).await["viewer"]["sessions"].take();
    let nodes = &told["nodes"];
    let shown = |node: &Value| {
        (
            node["device"].clone(),
            node["current"].clone(),
            node["refreshedAt"].is_string(),
        )
    };
    assert_eq!(told["totalCount"], 2);
    assert_eq!(shown(&nodes[0]), (Value::Null, json!(false), true));
    assert_eq!(shown(&nodes[1]), (json!("Balcão"), json!(true), false));
    assert_eq!(nodes[0]["expiresAt"], phone["refreshExpiresAt"]);

    let id = text(&nodes[0]["id"]);
    for (who, id) in [
        (&stranger, id.as_str()),
        (&actor(&app, &desk), "session_x"),
        (&actor(&app, &desk), "x"),
    ] {
        let payload = who.call("endSession", "ended", json!({ "id": id })).await;
        assert_eq!(
            (&payload["ended"], &payload["userErrors"][0]["code"]),
            (&json!(false), &json!("NOT_FOUND"))
        );
    }
    assert!(lives(&app, &phone).await);
    let ended = actor(&app, &desk)
        .must("endSession", "ended", json!({ "id": id }))
        .await;
    assert_eq!(ended["ended"], true);
    assert!(!lives(&app, &phone).await && lives(&app, &desk).await);
    is_refused(&refresh(&app, &phone).await);
    let told = actor(&app, &desk).ask(SESSIONS, json!({})).await;
    assert_eq!(told["viewer"]["sessions"]["totalCount"], 1);
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    const NEW: &str = "uma senha nova e comprida";
    let app = program().await;
    let (desk, phone) = (sign_in(&app, None).await, sign_in(&app, None).await);
    let owner = actor(&app, &desk);
    let change = |present: &str, new: &str| {
        let input = json!({ "presentPassword": present, "newPassword": new });
        owner.call("changePassword", "changed", input)
    };
    for (present, new, code, path) in [
        ("errada e comprida", NEW, "WRONG_CREDENTIALS", "presentPassword"),
        (PASSWORD, "curta", "INVALID", "newPassword"),
        (PASSWORD, &"x".repeat(1001), "INVALID", "newPassword"),
    ] {
        let payload = change(present, new).await;
        let said = (&payload["userErrors"][0]["code"], &payload["userErrors"][0]["path"]);
        assert_eq!(said, (&json!(code), &json!([path])));
        assert_eq!(payload["changed"], false);
    }
    assert!(lives(&app, &phone).await);
    assert_eq!(change(PASSWORD, NEW).await["changed"], true);
    assert!(lives(&app, &desk).await && !lives(&app, &phone).await);
    for (password, opens) in [(PASSWORD, false), (NEW, true)] {
        let input = json!({ "email": EMAIL, "password": password });
        let payload = Actor::stranger(&app).call("signIn", TOKENS, input).await;
        assert_eq!(payload["session"].is_object(), opens, "{payload}");
    }
}

/// Shows a password, and asks for the session when something else has happened; whether it is given.
async fn signs_in_around(app: &TestApp, password: &str, meanwhile: impl Future<Output = ()>) -> bool {
    let proven = access::prove(app.app(), EMAIL, password.into()).await.unwrap();
    meanwhile.await;
    let txn = begin(&app.app().db).await.unwrap();
    let opened = proven.open_session(&txn, app.app(), None).await;
    txn.commit().await.unwrap();
    match opened {
        Ok(_) => true,
        Err(SessionError::WrongCredentials) => false,
        Err(error) => panic!("{error}"),
    }
}

/// A password takes a moment to be compared; who has shown the old one by then must not be left with a session that
/// nothing ended.
#[tokio::test]
async fn a_password_that_is_replaced_while_it_is_compared_opens_nothing() {
    const NEW: &str = "uma senha nova e comprida";
    let app = program().await;
    let db = &app.app().db;
    let desk = sign_in(&app, None).await;
    let open = async || session::Entity::open(app.app().clock.now()).count(db).await.unwrap();

    assert!(signs_in_around(&app, PASSWORD, async {}).await);
    assert_eq!(open().await, 2);
    let change = async {
        let input = json!({ "presentPassword": PASSWORD, "newPassword": NEW });
        actor(&app, &desk).must("changePassword", "changed", input).await;
    };
    assert!(!signs_in_around(&app, PASSWORD, change).await);
    assert_eq!(open().await, 1, "the one that changed the password");

    let disable = async {
        user::Entity::update_many()
            .col_expr(user::Column::DisabledAt, Expr::value(app.app().clock.now()))
            .exec(db)
            .await
            .unwrap();
    };
    assert!(!signs_in_around(&app, NEW, disable).await);
    assert_eq!(open().await, 1);
}

#[tokio::test]
async fn what_has_served_is_removed() {
    let app = program().await;
    let db = &app.app().db;
    let old = sign_in(&app, None).await;
    refresh(&app, &old).await;
    let query = "mutation { signOut { signedOut } }";
    let ended = sign_in(&app, None).await;
    actor(&app, &ended).ask(query, json!({})).await;
    let owner = actor(&app, &sign_in(&app, None).await);
    let store = owner.create_store("Loja").await;
    let count = async || {
        (
            session::Entity::find().count(db).await.unwrap(),
            used_refresh_token::Entity::find().count(db).await.unwrap(),
            idempotency_key::Entity::find().count(db).await.unwrap(),
        )
    };
    for (days, kept) in [
        (0, (3, 1, 1)),
        (30, (3, 1, 1)),
        (1, (2, 1, 0)),
        (29, (2, 1, 0)),
        (1, (0, 0, 0)),
    ] {
        app.app().clock.advance(TimeDelta::days(days));
        housekeeping::purge(app.app()).await.unwrap();
        assert_eq!(count().await, kept, "after {days} days more");
    }
    // What the key was used for is still there; the same request is a new one.
    let owner = actor(&app, &sign_in(&app, None).await);
    assert_ne!(owner.create_store("Loja").await, store);
}
