//! Consent on a platform, from the address that a merchant is sent to until it is over: through the API, the browser's
//! address and the platform's own doors, as a merchant meets them.

mod ends;
mod one_day;
mod renewals;

use entity::{consent, integration};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::app::{Builder, TestApp};
use crate::support::consent::{self as browser, Shown};
use crate::support::merchant::{Merchant, Store, text};
use crate::support::shop::{BLING, Shop};

/// What the API tells of an integration's consent.
const TOLD: &str = "query ($id: ID!) { node(id: $id) { ... on Integration { credentialsState credentialsError active
    missing { field } orderStatuses { code name class }
    consent { state givenAt renewedAt endsAt failingSince endedAt problem } } } }";

/// A store that has typed its app's id and secret.
struct Scene {
    app: TestApp,
    merchant: Merchant,
    store: Store,
    shop: &'static Shop,
}

impl Scene {
    async fn open() -> Self {
        Self::open_at(&BLING, TestApp::builder()).await
    }

    /// The same with another platform, in another program.
    async fn open_at(shop: &'static Shop, builder: Builder) -> Self {
        let app = builder.set("import.every_minutes", "60").start().await;
        let merchant = Merchant::of(&app).await;
        let (store, connected) = merchant.connect(shop).await;
        assert_eq!(connected["shops"], json!([]), "nobody could be asked yet");
        Self {
            app,
            merchant,
            store,
            shop,
        }
    }

    /// The same after the merchant has consented.
    async fn given() -> Self {
        Self::given_at(&BLING, TestApp::builder()).await
    }

    async fn given_at(shop: &'static Shop, builder: Builder) -> Self {
        let scene = Self::open_at(shop, builder).await;
        let shown = scene.consent().await;
        assert_eq!(shown.status, 303, "{shown:?}");
        scene
    }

    /// The same, active, after its first import.
    async fn active() -> Self {
        Self::active_at(&BLING).await
    }

    async fn active_at(shop: &'static Shop) -> Self {
        let scene = Self::given_at(shop, TestApp::builder()).await;
        let query = "query ($id: ID!) { node(id: $id) { ... on Integration { id version } } }";
        let told = scene
            .merchant
            .ask(query, json!({ "id": scene.store.integration }))
            .await;
        let connected = json!({ "integration": told["node"] });
        scene.merchant.fill_in(shop, &connected, 40).await;
        scene.merchant.activate(&scene.store).await;
        let is_first = |run: &Value| run["trigger"] == "ACTIVATION";
        scene
            .merchant
            .run_that(&scene.store, "the first import", is_first)
            .await;
        scene
    }

    async fn consent(&self) -> Shown {
        browser::consent(&self.merchant, &self.store.integration).await
    }

    async fn told(&self) -> Value {
        let id = json!({ "id": self.store.integration });
        self.merchant.ask(TOLD, id).await["node"].take()
    }

    /// The row that holds the tokens.
    async fn row(&self) -> consent::Model {
        let id = self.store.integration.parse::<entity::IntegrationId>().unwrap();
        let row = consent::Entity::find_by_id(id).one(&self.app.app().db).await.unwrap();
        row.unwrap()
    }

    /// How often the token address gave tokens.
    async fn exchanges(&self) -> u64 {
        let stats = self.app.sandbox.stats(self.shop.kind).await;
        let answers = stats["answers"].as_array().unwrap().iter();
        answers
            .filter(|one| text(&one["path"]).ends_with("/token") && one["status"] == 200)
            .map(|one| one["count"].as_u64().unwrap())
            .sum()
    }
}

#[tokio::test]
async fn a_consent_connects_an_integration() {
    let scene = Scene::open().await;
    let told = scene.told().await;
    assert_eq!(told["credentialsState"], "AWAITING_CONSENT");
    assert_eq!((&told["consent"], &told["orderStatuses"]), (&Value::Null, &json!([])));
    let missing: Vec<&Value> = told["missing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["field"])
        .collect();
    assert!(
        missing.contains(&&json!("consent")) && !missing.contains(&&json!("credentials")),
        "{missing:?}"
    );

    let shown = scene.consent().await;
    assert_eq!(shown.status, 303, "{shown:?}");
    let page = format!("http://localhost:3000/integracoes#{}", scene.store.integration);
    assert_eq!(shown.location.as_deref(), Some(page.as_str()));
    let told = scene.told().await;
    assert_eq!(
        (told["credentialsState"].as_str(), &told["credentialsError"]),
        (Some("ACCEPTED"), &Value::Null)
    );
    assert_eq!(told["consent"]["state"], "GIVEN");
    let statuses = told["orderStatuses"].as_array().unwrap();
    assert!(
        statuses
            .iter()
            .any(|one| *one == json!({ "code": "12", "name": "Cancelado", "class": "REVOKING" })),
        "{statuses:?}"
    );

    let row = scene.row().await;
    for sealed in [&row.access_token, &row.refresh_token] {
        assert!(
            sealed.len() > 1_500 && !sealed.windows(5).any(|part| part == b"bling"),
            "a token lies open"
        );
    }
    let audit = "query ($id: ID!) { store(id: $id) { auditLog(first: 20) { nodes { action } } } }";
    let log = scene
        .merchant
        .ask(audit, json!({ "id": scene.store.id }))
        .await
        .to_string();
    assert!(
        log.contains("integration.askConsent") && log.contains("\"integration.consent\""),
        "{log}"
    );
}

#[tokio::test]
async fn a_way_back_serves_once_and_only_whom_it_was_made_for() {
    let scene = Scene::open().await;
    let page = browser::page(&scene.merchant, &scene.store.integration).await;
    let back = browser::way_back(&scene.merchant, &page).await;
    let callback = format!("http://{}/oauth/callback", scene.merchant.address);
    for stranger in [
        callback.clone(),
        format!("{callback}?code=x"),
        format!("{callback}?state=consent_x&code=x"),
        format!("{callback}?state=consent_{}&code=x", "a".repeat(43)),
        format!("{callback}?state=consent_{}&error=access_denied", "a".repeat(43)),
        format!("{callback}?state=a&state=b"),
    ] {
        let shown = browser::open(&stranger).await;
        assert_eq!((shown.status, &shown.location), (400, &None), "{stranger}: {shown:?}");
        assert!(shown.text.contains("Este endereço não vale mais"), "{}", shown.text);
    }
    assert_eq!(browser::open(&back).await.status, 303);
    let again = browser::open(&back).await;
    assert_eq!((again.status, again.location), (400, None));
    assert_eq!(scene.exchanges().await, 1, "a replayed state exchanges nothing");

    // A code that the platform does not know says so, and what was consented to stays.
    let page = browser::page(&scene.merchant, &scene.store.integration).await;
    let back = browser::way_back(&scene.merchant, &page).await;
    let (address, rest) = back.split_once("code=").unwrap();
    let shown = browser::open(&format!("{address}code=falso&{}", rest.split_once('&').unwrap().1)).await;
    assert_eq!(shown.status, 400, "{shown:?}");
    assert!(shown.text.contains("não aceitou o código"), "{}", shown.text);
    assert_eq!(scene.told().await["credentialsState"], "ACCEPTED");
}

#[tokio::test]
async fn whoever_declines_or_may_no_more_connects_nothing() {
    let scene = Scene::open().await;
    let declined = json!({ "consent": "declined" });
    scene.app.sandbox.switches(BLING.kind, &declined).await;
    let shown = scene.consent().await;
    assert_eq!((shown.status, &shown.location), (200, &None), "{shown:?}");
    assert!(shown.text.contains("não foi concedida"), "{}", shown.text);
    scene.app.sandbox.switches(BLING.kind, &json!({})).await;
    assert_eq!(scene.told().await["credentialsState"], "AWAITING_CONSENT");

    // The integration is of another app by the time that the merchant comes back.
    let page = browser::page(&scene.merchant, &scene.store.integration).await;
    let back = browser::way_back(&scene.merchant, &page).await;
    let typed = json!([{ "key": "client_id", "value": "outro" }, { "key": "client_secret", "value": "outro" }]);
    let input = json!({ "storeId": scene.store.id, "platform": "BLING", "credentials": typed });
    scene
        .merchant
        .must("connectIntegration", "integration { id }", input)
        .await;
    assert_eq!(browser::open(&back).await.status, 400);
    assert_eq!(scene.exchanges().await, 0);

    // Whoever asked was disabled meanwhile.
    let page = browser::page(&scene.merchant, &scene.store.integration).await;
    let state = page.split_once("state=").unwrap().1;
    let state = state.split('&').next().unwrap();
    let db = &scene.app.app().db;
    let known: integration::Model = integration::Entity::find().one(db).await.unwrap().unwrap();
    entity::membership::Entity::delete_many().exec(db).await.unwrap();
    let shown = browser::open(&format!(
        "http://{}/oauth/callback?state={state}&code=x",
        scene.merchant.address
    ))
    .await;
    assert_eq!(shown.status, 400, "{shown:?}");
    assert!(shown.text.contains("quem pediu"), "{}", shown.text);
    assert_eq!(consent::Entity::find_by_id(known.id).one(db).await.unwrap(), None);
}

#[tokio::test]
async fn another_app_needs_another_consent_and_the_same_does_not() {
    let scene = Scene::given().await;
    let before = scene.row().await;
    let input = json!({ "storeId": scene.store.id, "platform": "BLING", "credentials": BLING.credentials() });
    scene
        .merchant
        .must("connectIntegration", "integration { id }", input)
        .await;
    assert_eq!(scene.told().await["credentialsState"], "ACCEPTED");
    assert_eq!(scene.row().await, before);

    let typed = json!([{ "key": "client_id", "value": "outro" }, { "key": "client_secret", "value": "outro" }]);
    let input = json!({ "storeId": scene.store.id, "platform": "BLING", "credentials": typed });
    scene
        .merchant
        .must("connectIntegration", "integration { id }", input)
        .await;
    let told = scene.told().await;
    assert_eq!(
        (&told["credentialsState"], &told["consent"]),
        (&json!("AWAITING_CONSENT"), &Value::Null)
    );
    let input = json!({ "id": scene.store.integration });
    let refused = scene
        .merchant
        .call("refreshOrderStatuses", "integration { id }", input)
        .await;
    assert_eq!(refused["userErrors"][0]["code"], "CONSENT_NEEDED", "{refused:#}");
}

#[tokio::test]
async fn another_stores_integration_is_not_found() {
    let scene = Scene::open().await;
    scene.app.create_user("outra@loja-exemplo.invalid").await;
    let input = json!({ "email": "outra@loja-exemplo.invalid", "password": crate::support::app::PASSWORD });
    let mut other = Merchant::at(&scene.merchant.address).await;
    let session = other.must("signIn", "session { accessToken }", input).await;
    other.token = Some(text(&session["session"]["accessToken"]));
    let input = json!({ "id": scene.store.integration });
    let refused = other.call("authorizeIntegration", "authorizeUrl", input).await;
    assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND", "{refused:#}");
    assert_eq!(refused["authorizeUrl"], Value::Null);
}
