//! A process that dies between a platform's answer and the write of the tokens in it, which were the only copy. Whoever
//! comes after it shows the refresh token that is kept: the consent goes on where the platform bears that, and else is
//! over, which the owner is told, and another consent heals it.

use reqwest::Method;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::support::app::eventually;
use crate::support::consent::consent;
use crate::support::gate::{Gate, Moment};
use crate::support::mailbox;
use crate::support::merchant::{Merchant, PATIENCE, Store, number, text};
use crate::support::process::{Installation, Part, Process};
use crate::support::sandbox::Sandbox;
use crate::support::shop::{BLING, Step};
use crate::support::stage::small_world;

/// What the API tells of the integration.
const TOLD: &str = "query ($id: ID!) { node(id: $id) { ... on Integration { version credentialsState
    consent { state renewedAt problem } } } }";

struct Scene {
    sandbox: Sandbox,
    gate: Gate,
    installation: Installation,
    process: Process,
    merchant: Merchant,
    store: Store,
}

impl Scene {
    /// An ERP that was consented to and imported, on a platform that does this with refresh tokens that were used.
    async fn open(rotation: &str) -> Self {
        let sandbox = Sandbox::start_with(small_world()).await;
        sandbox.faults(json!({ "rate_limit": "off" })).await;
        sandbox.switches(BLING.kind, &json!({ "rotation": rotation })).await;
        let gate = Gate::start(sandbox.origin(), &BLING).await;
        let mut installation = Installation::new(&sandbox, &gate.origin).await;
        installation.set("import.every_minutes", "60");
        let process = installation.start(Part::Whole).await;
        let merchant = Merchant::sign_in(&installation, &process).await;
        let (store, _) = merchant.connect(&BLING).await;
        let scene = Self {
            sandbox,
            gate,
            installation,
            process,
            merchant,
            store,
        };
        assert_eq!(consent(&scene.merchant, &scene.store.integration).await.status, 303);
        let told = scene.told().await;
        let connected = json!({ "integration": { "id": scene.store.integration, "version": told["version"] } });
        scene.merchant.fill_in(&BLING, &connected, 70).await;
        scene.merchant.activate(&scene.store).await;
        scene.succeeds("ACTIVATION").await;
        scene
    }

    async fn told(&self) -> Value {
        let id = json!({ "id": self.store.integration });
        self.merchant.ask(TOLD, id).await["node"].take()
    }

    async fn succeeds(&self, trigger: &str) {
        let is_it = |run: &Value| run["trigger"] == *trigger && run["state"] == "SUCCEEDED";
        self.merchant.run_that(&self.store, "an import", is_it).await;
    }

    /// The platform gives tokens to a process that dies before it has written them; another is started. Meanwhile somebody
    /// bought something.
    async fn die_with_the_tokens(&mut self) -> String {
        let truth = self.sandbox.truth(BLING.kind).await;
        let body = json!({ "customer": truth.customers[0].external_id, "products_cents": 10_000, "status": BLING.paid,
            "channel": "manual" });
        let placed = self.sandbox.place_order(BLING.kind, &body).await;
        let before = self.gate.count(Step::Tokens);
        let caught = self.gate.trap(Step::Tokens, 1, Moment::Applied);
        self.sandbox
            .control(Method::POST, "/consents/bling/end-access", &json!({}))
            .await;
        let input = json!({ "integrationId": self.store.integration });
        self.merchant.must("startImport", "importRun { id }", input).await;
        let held = crate::support::gate::sprung(caught).await;
        self.process.kill();
        drop(held);
        assert_eq!(self.gate.count(Step::Tokens), before + 1, "given, and lost");
        self.process = self.installation.start(Part::Whole).await;
        self.merchant.address.clone_from(&self.process.address);
        placed.number
    }

    async fn points(&self, order: &str) -> Option<i64> {
        let orders = self.merchant.orders(&self.store).await;
        let found = orders.iter().find(|one| one["number"] == *order)?;
        Some(number(&found["points"]))
    }

    /// How often the owner was written to that the consent is over.
    fn letters(&self) -> usize {
        let mails = mailbox::read(&self.installation.data().join("mail"));
        mails
            .iter()
            .filter(|mail| mail.to == "dona@loja-exemplo.invalid" && mail.text.contains("O acesso a Bling terminou"))
            .count()
    }

    /// How often it was told as an event.
    async fn events(&self) -> u64 {
        let db = self.installation.connect().await;
        let ended = entity::event::Column::Kind.eq(entity::event::EventKind::ConsentEnded);
        entity::event::Entity::find().filter(ended).count(&db).await.unwrap()
    }
}

/// The consent outlives the process: the kept refresh token is shown, and what was under way goes on.
async fn goes_on(rotation: &str) {
    let mut scene = Scene::open(rotation).await;
    let before = scene.told().await["consent"]["renewedAt"].clone();
    let order = scene.die_with_the_tokens().await;
    scene.succeeds("MANUAL").await;
    assert_eq!(scene.points(&order).await, Some(100));
    let told = scene.told().await;
    assert_eq!(
        (&told["credentialsState"], &told["consent"]["state"]),
        (&json!("ACCEPTED"), &json!("GIVEN"))
    );
    assert_ne!(told["consent"]["renewedAt"], before);
    assert_eq!((scene.letters(), scene.events().await), (0, 0));

    // What was written is what the platform knows: the next renewal goes as any other.
    scene
        .sandbox
        .control(Method::POST, "/consents/bling/end-access", &json!({}))
        .await;
    scene.merchant.import(&scene.store).await;
    assert_eq!(scene.told().await["credentialsState"], "ACCEPTED");
}

#[tokio::test]
async fn the_kept_token_goes_on_where_it_never_changes() {
    goes_on("never").await;
}

#[tokio::test]
async fn the_kept_token_goes_on_where_it_is_borne_twice() {
    goes_on("borne_twice").await;
}

#[tokio::test]
async fn a_consent_whose_tokens_rotate_is_over_and_another_heals_it() {
    let mut scene = Scene::open("each_use").await;
    let order = scene.die_with_the_tokens().await;
    let told = eventually("the end of the consent", PATIENCE, async || {
        let told = scene.told().await;
        (told["credentialsState"] == "AWAITING_CONSENT").then_some(told)
    })
    .await;
    assert_eq!(told["consent"]["state"], "ENDED");
    assert!(
        text(&told["consent"]["problem"]).contains("may have been lost"),
        "{told:#}"
    );
    eventually("the letter to the owner", PATIENCE, async || {
        (scene.letters() == 1).then_some(())
    })
    .await;
    eventually("the import that fails", PATIENCE, async || {
        let runs = scene.merchant.runs(&scene.store).await;
        let is_over = |run: &Value| run["trigger"] == "MANUAL" && run["state"] == "FAILED";
        runs.iter().any(is_over).then_some(())
    })
    .await;
    assert_eq!(scene.points(&order).await, None);

    assert_eq!(consent(&scene.merchant, &scene.store.integration).await.status, 303);
    // What is due at once: nobody starts it.
    scene.succeeds("SCHEDULE").await;
    assert_eq!(scene.points(&order).await, Some(100));
    let told = scene.told().await;
    assert_eq!(
        (&told["credentialsState"], &told["consent"]["state"]),
        (&json!("ACCEPTED"), &json!("GIVEN"))
    );
    assert_eq!((scene.letters(), scene.events().await), (1, 1), "told once");
}
