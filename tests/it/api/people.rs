//! People: forgotten passwords, invitations, roles, leaving; what e-mails say about it, and that a store keeps an
//! owner.

use std::time::Duration;

use chrono::TimeDelta;
use entity::email::EmailState;
use entity::letter;
use fidelidade::clock::Clock;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::actor::Actor;
use crate::support::app::{PASSWORD, TestApp, eventually};
use crate::support::mailbox::{self, Mail};
use crate::support::merchant::text;

const EMAIL: &str = "dona@loja-exemplo.invalid";
const OTHER: &str = "outra@loja-exemplo.invalid";
const NEW: &str = "uma senha nova e comprida";

/// The e-mails to an address, as soon as there are so many.
async fn mails(app: &TestApp, to: &str, count: usize) -> Vec<Mail> {
    eventually("an e-mail", Duration::from_mins(1), async || {
        let all = mailbox::read(&app.folder.path().join("mail"));
        let theirs: Vec<Mail> = all.into_iter().filter(|mail| mail.to == to).collect();
        (theirs.len() >= count).then_some(theirs)
    })
    .await
}

/// The code that an e-mail tells after a label.
fn code(mail: &Mail, label: &str) -> String {
    let (_, rest) = mail
        .text
        .split_once(label)
        .unwrap_or_else(|| panic!("no {label} in {}", mail.text));
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn opens(app: &TestApp, email: &str, password: &str) -> bool {
    let input = json!({ "email": email, "password": password });
    let payload = Actor::stranger(app)
        .call("signIn", "session { accessToken }", input)
        .await;
    payload["session"].is_object()
}

async fn errors(who: &Actor<'_>, mutation: &str, input: Value) -> Value {
    let payload = who.call(mutation, "", input).await;
    let said = payload["userErrors"].as_array().unwrap();
    said.iter().map(|error| json!([error["code"], error["path"]])).collect()
}

#[tokio::test]
async fn a_forgotten_password_is_reset_by_email_once() {
    let app = TestApp::start().await;
    let owner = Actor::user(&app, EMAIL).await;
    let stranger = Actor::stranger(&app);
    let ask = |email: &str| stranger.must("requestPasswordReset", "requested", json!({ "email": email }));
    assert_eq!(
        ask(" DONA@loja-exemplo.invalid").await,
        ask("ninguem@loja-exemplo.invalid").await
    );
    ask(EMAIL).await;
    let told = mails(&app, EMAIL, 2).await;
    assert!(told[0].text.contains("Redefina a sua senha"), "{}", told[0].text);
    let codes: Vec<String> = told
        .iter()
        .map(|mail| code(mail, "Código para redefinir a senha: "))
        .collect();
    assert_ne!(codes[0], codes[1]);
    assert!(
        told[0]
            .text
            .contains(&format!("http://localhost:3000/redefinir-senha#{}", codes[0]))
    );

    let reset = |code: &str, new: &str| json!({ "code": code, "newPassword": new });
    let short = errors(&stranger, "resetPassword", reset(&codes[0], "curta")).await;
    assert_eq!(short, json!([["INVALID", ["newPassword"]]]));
    stranger.must("resetPassword", "reset", reset(&codes[0], NEW)).await;
    let (status, _) = owner.status("{ viewer { id } }").await;
    assert_eq!(status, 401, "all sessions have ended");
    assert!(!opens(&app, EMAIL, PASSWORD).await && opens(&app, EMAIL, NEW).await);
    for used in codes.iter().map(String::as_str).chain(["", "fpr_x"]) {
        let refused = errors(&stranger, "resetPassword", reset(used, "mais uma senha comprida")).await;
        assert_eq!(refused, json!([["INVALID_CODE", ["code"]]]), "{used}");
    }
    // Nobody got an e-mail at the other address, and no code is in the database.
    let letters = eventually("the letters", Duration::from_mins(1), async || {
        let all = letter::Entity::find().all(&app.app().db).await.unwrap();
        all.iter()
            .all(|letter| letter.state != EmailState::Queued)
            .then_some(all)
    });
    let ended = letters.await.into_iter().map(|letter| letter.state);
    assert_eq!(ended.filter(|state| *state == EmailState::Skipped).count(), 1);
    assert_eq!(mailbox::read(&app.folder.path().join("mail")).len(), 2);
}

#[tokio::test]
async fn resets_are_limited_and_run_out() {
    let app = TestApp::builder()
        .set("access.resets_per_hour", "2")
        .clock(Clock::Manual(Clock::System.now().into()))
        .start()
        .await;
    app.create_user(EMAIL).await;
    let stranger = Actor::stranger(&app);
    for email in [EMAIL, OTHER] {
        let input = json!({ "email": email });
        for _ in 0..2 {
            stranger.must("requestPasswordReset", "requested", input.clone()).await;
        }
        let many = errors(&stranger, "requestPasswordReset", input).await;
        assert_eq!(many, json!([["TOO_MANY_ATTEMPTS", ["email"]]]), "{email}");
    }
    let told = mails(&app, EMAIL, 1).await;
    app.app().clock.advance(TimeDelta::minutes(30));
    let input = json!({ "code": code(&told[0], "Código para redefinir a senha: "), "newPassword": NEW });
    assert_eq!(
        errors(&stranger, "resetPassword", input).await,
        json!([["INVALID_CODE", ["code"]]])
    );
    app.app().clock.advance(TimeDelta::minutes(30));
    stranger
        .must("requestPasswordReset", "requested", json!({ "email": EMAIL }))
        .await;
}

#[tokio::test]
async fn sign_ins_are_counted_for_all_processes() {
    let mut app = TestApp::builder().set("access.sign_ins_per_minute", "3").start().await;
    app.create_user(EMAIL).await;
    for _ in 0..3 {
        assert!(!opens(&app, EMAIL, NEW).await);
    }
    app.restart().await;
    let input = json!({ "email": EMAIL, "password": PASSWORD });
    let said = errors(&Actor::stranger(&app), "signIn", input).await;
    assert_eq!(said, json!([["TOO_MANY_ATTEMPTS", ["email"]]]));
}

const MEMBERS: &str =
    "query ($id: ID!) { store(id: $id) { members(first: 9) { totalCount nodes { userId name email role } }
    invitations(first: 9) { nodes { id email role acceptedAt revokedAt } } } }";

const ACCEPTED: &str = "storeId storeName email role";

#[tokio::test]
async fn invitations_are_accepted_with_and_without_an_account() {
    let app = TestApp::start().await;
    let owner = Actor::user(&app, EMAIL).await;
    let store = owner.create_store("Loja da Dona").await;
    let invite = |email: &str, role: &str| {
        let input = json!({ "storeId": store, "email": email, "role": role });
        owner.must("inviteMember", "invitation { id email role }", input)
    };
    let stranger = Actor::stranger(&app);

    // Without an account.
    let made = invite(" Nova@loja-exemplo.invalid", "ATTENDANT").await;
    assert_eq!(made["invitation"]["email"], "nova@loja-exemplo.invalid");
    let told = mails(&app, "nova@loja-exemplo.invalid", 1).await;
    assert!(
        told[0]
            .text
            .contains("Você foi convidado para a equipe de Loja da Dona"),
        "{}",
        told[0].text
    );
    let code = |mail: &Mail| code(mail, "Código do convite: ");
    let accept = |code: &str, name: Option<&str>, password: Option<&str>| json!({ "code": code, "name": name, "password": password });
    for (name, password, said) in [
        (None, None, json!([["REQUIRED", ["password"]]])),
        (None, Some(NEW), json!([["INVALID", ["name"]]])),
        (Some("Nova"), Some("curta"), json!([["INVALID", ["password"]]])),
    ] {
        let input = accept(&code(&told[0]), name, password);
        assert_eq!(errors(&stranger, "acceptInvitation", input).await, said);
    }
    let input = accept(&code(&told[0]), Some("Nova"), Some(NEW));
    let accepted = stranger.must("acceptInvitation", ACCEPTED, input.clone()).await;
    assert_eq!(
        accepted,
        json!({ "storeId": store, "storeName": "Loja da Dona", "email": "nova@loja-exemplo.invalid",
            "role": "ATTENDANT", "userErrors": [] })
    );
    assert!(opens(&app, "nova@loja-exemplo.invalid", NEW).await);
    let again = errors(&stranger, "acceptInvitation", input).await;
    assert_eq!(again, json!([["INVALID_CODE", ["code"]]]));
    let known = json!({ "storeId": store, "email": "nova@loja-exemplo.invalid", "role": "OWNER" });
    assert_eq!(
        errors(&owner, "inviteMember", known).await,
        json!([["ALREADY_MEMBER", ["email"]]])
    );

    // With the account of the address, and with the account that is signed in.
    let other = Actor::user(&app, OTHER).await;
    invite(OTHER, "ANALYST").await;
    let told = mails(&app, OTHER, 1).await;
    stranger
        .must("acceptInvitation", ACCEPTED, accept(&code(&told[0]), None, None))
        .await;
    let query = "query ($id: ID!) { store(id: $id) { viewerRole } }";
    let role = other.ask(query, json!({ "id": store })).await;
    assert_eq!(role["store"]["viewerRole"], "ANALYST");
    let third = Actor::user(&app, "terceira@loja-exemplo.invalid").await;
    invite("endereco-antigo@loja-exemplo.invalid", "MANAGER").await;
    let told = mails(&app, "endereco-antigo@loja-exemplo.invalid", 1).await;
    let accepted = third
        .must("acceptInvitation", ACCEPTED, accept(&code(&told[0]), None, None))
        .await;
    assert_eq!(accepted["email"], "terceira@loja-exemplo.invalid");

    // One that was replaced, and one that was taken back.
    let address = "quarta@loja-exemplo.invalid";
    let first = invite(address, "OWNER").await["invitation"]["id"].take();
    let second = invite(address, "ANALYST").await["invitation"]["id"].take();
    for id in [&first, &second] {
        owner
            .must("revokeInvitation", "invitation { revokedAt }", json!({ "id": id }))
            .await;
    }
    for told in mailbox::read(&app.folder.path().join("mail"))
        .iter()
        .filter(|mail| mail.to == address)
    {
        let input = accept(&code(told), Some("Quarta"), Some(NEW));
        assert_eq!(
            errors(&stranger, "acceptInvitation", input).await,
            json!([["INVALID_CODE", ["code"]]])
        );
    }
    let told = owner.ask(MEMBERS, json!({ "id": store })).await["store"].take();
    let people: Vec<(&Value, &Value)> = told["members"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["email"], &one["role"]))
        .collect();
    assert_eq!(
        json!(people),
        json!([
            [EMAIL, "OWNER"],
            ["nova@loja-exemplo.invalid", "ATTENDANT"],
            [OTHER, "ANALYST"],
            ["terceira@loja-exemplo.invalid", "MANAGER"],
        ])
    );
    let open = |one: &&Value| one["acceptedAt"].is_null() && one["revokedAt"].is_null();
    let invitations = told["invitations"]["nodes"].as_array().unwrap();
    assert_eq!((invitations.len(), invitations.iter().filter(open).count()), (5, 0));
}

#[tokio::test]
async fn a_store_keeps_an_owner() {
    let app = TestApp::start().await;
    let owner = Actor::user(&app, EMAIL).await;
    let store = owner.create_store("Loja").await;
    let other = Actor::user(&app, OTHER).await;
    let input = json!({ "storeId": store, "email": OTHER, "role": "ANALYST" });
    owner.must("inviteMember", "invitation { id }", input).await;
    let told = mails(&app, OTHER, 1).await;
    other
        .must(
            "acceptInvitation",
            ACCEPTED,
            json!({ "code": code(&told[0], "Código do convite: ") }),
        )
        .await;
    let id = async |who: &Actor<'_>| text(&who.ask("{ viewer { id } }", json!({})).await["viewer"]["id"]);
    let (own, others) = (id(&owner).await, id(&other).await);
    let of = |user: &str| json!({ "storeId": store, "userId": user });
    let role = |user: &str, role: &str| json!({ "storeId": store, "userId": user, "role": role });
    let leave = json!({ "storeId": store });

    assert_eq!(
        errors(&owner, "leaveStore", leave.clone()).await,
        json!([["LAST_OWNER", ["storeId"]]])
    );
    assert_eq!(
        errors(&owner, "removeMember", of(&own)).await,
        json!([["LAST_OWNER", ["userId"]]])
    );
    assert_eq!(
        errors(&owner, "changeMemberRole", role(&own, "ANALYST")).await,
        json!([["INVALID", ["userId"]]])
    );
    for nobody in ["user_x", "user_00000000000000000000000000"] {
        for (mutation, input) in [
            ("removeMember", of(nobody)),
            ("changeMemberRole", role(nobody, "OWNER")),
        ] {
            assert_eq!(
                errors(&owner, mutation, input).await,
                json!([["NOT_FOUND", ["userId"]]])
            );
        }
    }
    // Whoever looked before somebody else's change is told.
    let mut seen = role(&others, "OWNER");
    seen["version"] = json!(1);
    owner.must("changeMemberRole", "done", seen.clone()).await;
    seen["role"] = json!("ANALYST");
    assert_eq!(
        errors(&owner, "changeMemberRole", seen).await,
        json!([["CONFLICT", ["version"]]])
    );
    // Both at once: one of them stays.
    let (one, two) = tokio::join!(
        errors(&owner, "leaveStore", leave.clone()),
        errors(&other, "leaveStore", leave.clone())
    );
    let refused = json!([["LAST_OWNER", ["storeId"]]]);
    assert!(
        (one == json!([]) && two == refused) || (two == json!([]) && one == refused),
        "{one} {two}"
    );
    let (left, stayed) = if one == json!([]) {
        (&owner, &other)
    } else {
        (&other, &owner)
    };
    let query = "query ($id: ID!) { store(id: $id) { members(first: 9) { totalCount } } }";
    let told = stayed.ask(query, json!({ "id": store })).await;
    assert_eq!(told["store"]["members"]["totalCount"], 1);
    assert_eq!(left.ask(query, json!({ "id": store })).await["store"], Value::Null);
    assert_eq!(
        errors(left, "leaveStore", leave).await,
        json!([["NOT_FOUND", ["storeId"]]])
    );
}
