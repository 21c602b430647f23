//! Signing in, sessions, API tokens and members.

use serde_json::{Value, json};

use super::{Names, Row, Said, check, row};
use crate::api::actor::Actor;
use crate::support::app::{PASSWORD, TestApp};

const EMAIL: &str = "dona@loja-exemplo.invalid";

pub(super) fn sign_ins() -> Vec<Row> {
    let sign_in = |what, email: &str, password: &str, said: Said| {
        row(what, "signIn", json!({ "email": email, "password": password }), &[said])
    };
    // The same words, whether or not there is such a user.
    let wrong = ("WRONG_CREDENTIALS", "", "e-mail address or password is wrong");
    let many = ("TOO_MANY_ATTEMPTS", "email", "wait a minute");
    let refresh = ("INVALID_REFRESH_TOKEN", "refreshToken", "sign in again");
    vec![
        sign_in("a wrong password", EMAIL, "outra senha comprida", wrong),
        sign_in("no password", EMAIL, "", wrong),
        sign_in("nobody", "ninguem@loja-exemplo.invalid", PASSWORD, wrong),
        sign_in("no address", "", PASSWORD, wrong),
        sign_in(
            "a third attempt",
            " DONA@loja-exemplo.invalid ",
            "outra senha comprida",
            wrong,
        ),
        sign_in("a fourth attempt, though right", EMAIL, PASSWORD, many),
        row(
            "no refresh token",
            "refreshSession",
            json!({ "refreshToken": "" }),
            &[refresh],
        ),
        row(
            "a refresh token that is none",
            "refreshSession",
            json!({ "refreshToken": "far_x" }),
            &[refresh],
        ),
    ]
}

pub(super) fn rights() -> Vec<Row> {
    let token = |what: &'static str, changes: Value, said: &[Said]| {
        let mut input = json!({ "storeId": "$store", "name": "ERP", "scopes": ["orders:read"] });
        input
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        row(what, "createApiToken", input, said)
    };
    let member = |what, store: &str, email: &str, said: Said| {
        row(
            what,
            "inviteMember",
            json!({ "storeId": store, "email": email, "role": "MANAGER" }),
            &[said],
        )
    };
    vec![
        token(
            "no scope",
            json!({ "scopes": [] }),
            &[("REQUIRED", "scopes", "at least one scope")],
        ),
        token(
            "a scope that is none",
            json!({ "scopes": ["orders:read", "orders:*"] }),
            &[(
                "INVALID",
                "scopes",
                "unknown scope 'orders:*'; known are store:read, customers:read",
            )],
        ),
        token(
            "more than a token may",
            json!({ "scopes": ["access:write"] }),
            &[("INVALID", "scopes", "unknown scope 'access:write'")],
        ),
        token(
            "no name",
            json!({ "name": " " }),
            &[("INVALID", "name", "1 to 100 characters")],
        ),
        token(
            "a long name",
            json!({ "name": "x".repeat(101) }),
            &[("INVALID", "name", "1 to 100 characters")],
        ),
        token(
            "an end that has passed",
            json!({ "expiresAt": "2020-01-01T00:00:00Z" }),
            &[("INVALID", "expiresAt", "has passed")],
        ),
        token(
            "all wrong",
            json!({ "name": "", "scopes": ["x", "y"] }),
            &[
                ("INVALID", "scopes", "'x'"),
                ("INVALID", "scopes", "'y'"),
                ("INVALID", "name", "100"),
            ],
        ),
        token(
            "somebody else's store",
            json!({ "storeId": "$foreign_store" }),
            &[("NOT_FOUND", "storeId", "no such store")],
        ),
        row(
            "somebody else's token",
            "revokeApiToken",
            json!({ "id": "$foreign_token" }),
            &[("NOT_FOUND", "id", "no such token")],
        ),
        row(
            "no token",
            "revokeApiToken",
            json!({ "id": "token" }),
            &[("NOT_FOUND", "id", "no such token")],
        ),
        member(
            "no address",
            "$store",
            "dona",
            ("INVALID", "email", "not an e-mail address"),
        ),
        member(
            "oneself",
            "$store",
            EMAIL,
            ("ALREADY_MEMBER", "email", "a member already"),
        ),
        row(
            "the last owner's leave",
            "leaveStore",
            json!({ "storeId": "$store" }),
            &[("LAST_OWNER", "storeId", "at least one owner")],
        ),
        row(
            "a code that is none",
            "acceptInvitation",
            json!({ "code": "fiv_x" }),
            &[("INVALID_CODE", "code", "ask for another")],
        ),
        member(
            "somebody else's store",
            "$foreign_store",
            EMAIL,
            ("NOT_FOUND", "storeId", "no such store"),
        ),
    ]
}

#[tokio::test]
async fn wrong_sign_ins() {
    let app = TestApp::builder().set("access.sign_ins_per_minute", "3").start().await;
    app.create_user(EMAIL).await;
    check(&Actor::stranger(&app), &Names::default(), sign_ins()).await;
}

#[tokio::test]
async fn wrong_tokens_and_members() {
    let app = TestApp::start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let other = Actor::user(&app, "outra@loja-exemplo.invalid").await;
    let foreign = other.create_store("Outra").await;
    let input = json!({ "storeId": foreign, "name": "ERP", "scopes": ["orders:read"] });
    let token = other.must("createApiToken", "token { id } secret", input).await;
    let names = Names::default()
        .is("$store", merchant.create_store("Loja").await)
        .is("$foreign_store", foreign)
        .is("$foreign_token", token["token"]["id"].clone());
    check(&merchant, &names, rights()).await;
    // The token that could not be revoked still opens its store.
    let partner = Actor::with(&app, token["secret"].as_str().unwrap());
    assert!(partner.ask("{ viewer { id } }", json!({})).await["viewer"].is_object());
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let app = TestApp::start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let query = "mutation { signOut { signedOut userErrors { code } } }";
    assert_eq!(
        merchant.ask(query, json!({})).await["signOut"],
        json!({ "signedOut": true, "userErrors": [] })
    );
    assert_eq!(
        merchant.answer(query, json!({})).await["errors"][0]["extensions"]["code"],
        "INVALID_TOKEN"
    );
    let nobody = Actor::stranger(&app).ask(query, json!({})).await;
    assert_eq!(nobody["signOut"]["signedOut"], false);
}
