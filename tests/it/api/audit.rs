//! The audit log: every mutation that changes something of a store leaves an entry that tells who did what, and
//! nothing that is secret or personal; and nobody changes what is written there.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use entity::audit_entry;
use fidelidade::run::Halves;
use fidelidade::service::member;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::actor::Actor;
use super::{seed, seed_differences, seed_pools};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::document::cpf;
use crate::support::merchant::text;
use crate::support::shop::{BLING, JET, LOJA_INTEGRADA, MAGAZORD};

const EMAIL: &str = "dona@loja-exemplo.invalid";
const OTHER: &str = "outra@loja-exemplo.invalid";

/// Mutations that leave no entry, and why not.
const WITHOUT: [(&str, &str); 7] = [
    ("signIn", "an account is no store's, and the session tells of itself"),
    ("refreshSession", "an account is no store's"),
    ("signOut", "an account is no store's"),
    ("endSession", "an account is no store's"),
    ("changePassword", "an account is no store's"),
    (
        "requestPasswordReset",
        "an account is no store's, and nobody is known to ask",
    ),
    ("resetPassword", "an account is no store's"),
];

const LOG: &str = "query ($id: ID!, $where: AuditFilter) { store(id: $id) { auditLog(first: 100, where: $where) {
    totalCount nodes { id at actorId action objectId requestId changes { field before after } } } } }";

async fn log(who: &Actor<'_>, store: &str, filter: Value) -> Vec<Value> {
    let told = who.ask(LOG, json!({ "id": store, "where": filter })).await;
    told["store"]["auditLog"]["nodes"].as_array().unwrap().clone()
}

/// Somebody who does things in a store, and looks whether they are written down.
struct Scene<'a> {
    app: &'a TestApp,
    owner: Actor<'a>,
    done: BTreeSet<String>,
}

impl Scene<'_> {
    /// Does something that has to succeed, and gives the payload.
    async fn does(&mut self, who: &Actor<'_>, mutation: &str, fields: &str, input: Value, action: &str) -> Value {
        let count = || audit_entry::Entity::find().count(&self.app.app().db);
        let before = count().await.unwrap();
        let payload = who.must(mutation, fields, input).await;
        let entries = audit_entry::Entity::find().all(&self.app.app().db).await.unwrap();
        assert_eq!(entries.len() as u64, before + 1, "{mutation} leaves one entry");
        let entry = entries.iter().max_by_key(|entry| entry.id).unwrap();
        assert_eq!(entry.action, action, "of {mutation}");
        assert!(entry.request_id.is_some(), "of {mutation}");
        self.done.insert(mutation.to_owned());
        payload
    }

    async fn own(&mut self, mutation: &str, fields: &str, input: Value, action: &str) -> Value {
        let owner = self.owner.clone();
        self.does(&owner, mutation, fields, input, action).await
    }
}

#[tokio::test]
async fn every_mutation_is_written_down() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let owner = Actor::user(&app, EMAIL).await;
    let mut scene = Scene {
        app: &app,
        owner,
        done: BTreeSet::new(),
    };
    let input = json!({ "name": "Loja", "idempotencyKey": "loja" });
    let made = scene.own("createStore", "store { id }", input, "store.create").await;
    let store = text(&made["store"]["id"]);
    let input = json!({ "id": store, "version": 1, "name": "Loja nova" });
    scene.own("updateStore", "", input, "store.update").await;
    in_the_shop(&mut scene, &store).await;
    with_points(&mut scene, &store).await;
    with_people(&mut scene, &store).await;
    with_webhooks(&mut scene, &store).await;
    with_exports(&mut scene, &store).await;
    told_by_a_shop(&mut scene, &store).await;

    let query = "{ __schema { mutationType { fields { name } } } }";
    let told = scene.owner.ask(query, json!({})).await;
    let all: BTreeSet<String> = told["__schema"]["mutationType"]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| text(&field["name"]))
        .collect();
    let known: BTreeSet<String> = scene
        .done
        .iter()
        .cloned()
        .chain(WITHOUT.map(|(name, _)| name.to_owned()))
        .collect();
    assert_eq!(known, all, "mutations that were tried here or have a reason, and all");

    // Nothing that was written down is secret or personal.
    let entries = audit_entry::Entity::find().all(&app.app().db).await.unwrap();
    let said = format!("{entries:?}");
    for kept in [
        PASSWORD,
        "fat_",
        "fiv_",
        "segredo",
        "@loja-exemplo",
        "Pessoa",
        "engano",
        &cpf(1),
    ] {
        assert!(!said.contains(kept), "the log tells {kept}");
    }
}

async fn in_the_shop(scene: &mut Scene<'_>, store: &str) {
    let input = json!({ "storeId": store, "pointsPerReal": "2", "version": 1 });
    scene.own("updateProgramme", "", input, "programme.update").await;
    let credentials = LOJA_INTEGRADA.credentials();
    let input = json!({ "storeId": store, "platform": LOJA_INTEGRADA.platform, "credentials": credentials });
    let made = scene
        .own("connectIntegration", "integration { id }", input, "integration.connect")
        .await;
    let shop = text(&made["integration"]["id"]);
    scene
        .own(
            "refreshOrderStatuses",
            "",
            json!({ "id": shop }),
            "integration.refreshStatuses",
        )
        .await;
    let partners = json!({ "hook_tokens": "all" });
    scene.app.sandbox.switches(LOJA_INTEGRADA.kind, &partners).await;
    let input = json!({ "id": shop, "origin": "https://api.exemplo.com.br" });
    scene
        .own("registerHookAddress", "", input, "integration.registerHook")
        .await;
    let version = scene.owner.version(&shop).await;
    let input = json!({ "id": shop, "version": version, "siteUrl": "https://www.loja-exemplo.com.br",
        "feedUrl": "https://www.loja-exemplo.com.br/feed.xml?chave=segredo", "couponValidityDays": 30,
        "awardingStatuses": LOJA_INTEGRADA.awarding, "registerCustomers": true, "registerSales": true });
    scene.own("updateIntegration", "", input, "integration.update").await;
    let input = json!({ "id": shop, "confirmEmails": true });
    scene
        .own("activateIntegration", "", input, "integration.activate")
        .await;
    let input = json!({ "integrationId": shop, "kind": "CATALOGUE" });
    let run = scene
        .own("startImport", "importRun { id }", input, "import.start")
        .await;
    let run = json!({ "id": run["importRun"]["id"] });
    scene.own("cancelImport", "", run, "import.cancel").await;
    let input = json!({ "integrationId": shop });
    scene.own("reconcile", "", input, "import.start").await;
    let input = json!({ "integrationId": shop, "kind": "AMOUNT_OFF", "amount": "5.00", "name": "R$ 5", "points": 10,
        "idempotencyKey": "cinco" });
    let reward = scene
        .own("createReward", "reward { id version }", input, "reward.create")
        .await;
    let input = json!({ "id": reward["reward"]["id"], "version": reward["reward"]["version"], "points": 20 });
    scene.own("updateReward", "", input, "reward.update").await;
    let places = json!([{ "rewardId": reward["reward"]["id"], "position": 7 }]);
    let input = json!({ "storeId": store, "rewards": places });
    scene.own("setRewardPositions", "", input, "reward.arrange").await;
    with_pools(scene, &shop).await;
    let owner = scene.owner.clone();
    let told = log(&owner, store, json!({ "objectId": { "eq": reward["reward"]["id"] } })).await;
    let actions: Vec<&Value> = told.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["reward.update", "reward.create"]);
    assert_eq!(
        told[0]["changes"],
        json!([{ "field": "points", "before": "10", "after": "20" }])
    );
    let told = log(&owner, store, json!({ "action": { "eq": "integration.update" } })).await;
    let changes = told[0]["changes"].to_string();
    assert!(changes.contains("feedUrl") && !changes.contains("segredo"), "{changes}");
    scene
        .own(
            "deactivateIntegration",
            "",
            json!({ "id": shop }),
            "integration.deactivate",
        )
        .await;
}

async fn with_pools(scene: &mut Scene<'_>, shop: &str) {
    let input = json!({ "integrationId": shop, "name": "Verão", "lowStock": 5, "idempotencyKey": "verão" });
    let made = scene
        .own("createCouponPool", "pool { id version }", input, "pool.create")
        .await;
    let pool = &made["pool"]["id"];
    let input = json!({ "id": pool, "version": made["pool"]["version"], "lowStock": 6 });
    scene.own("updateCouponPool", "", input, "pool.update").await;
    let input = json!({ "poolId": pool, "idempotencyKey": "lugar" });
    scene.own("createCodesUpload", "", input, "upload.create").await;
    let input = json!({ "poolId": pool, "content": "segredo-1\nsegredo-2", "idempotencyKey": "códigos" });
    scene.own("addCodes", "", input, "pool.addCodes").await;
    let row = seed::integration_of(scene.app.app(), shop.parse().unwrap()).await;
    let other = seed_pools::pool(scene.app.app(), &row, 0).await;
    let run = entity::import_run::Entity::find()
        .all(&scene.app.app().db)
        .await
        .unwrap();
    let run = run
        .iter()
        .find(|run| run.kind == entity::import_run::ImportKind::CodesFile)
        .unwrap();
    fidelidade::service::import::fail(scene.app.app(), run.id, "TEST", "out of the way", None)
        .await
        .unwrap();
    seed_pools::add(scene.app.app(), &row, other, "segredo-3\n").await;
    let input = json!({ "poolId": other, "codes": ["segredo-3"] });
    scene.own("withdrawCodes", "", input, "pool.withdraw").await;
}

async fn told_by_a_shop(scene: &mut Scene<'_>, store: &str) {
    let input = json!({ "storeId": store, "platform": JET.platform, "credentials": JET.credentials() });
    let made = scene
        .own("connectIntegration", "integration { id }", input, "integration.connect")
        .await;
    let input = json!({ "id": made["integration"]["id"] });
    scene
        .own("replaceHookAddress", "", input, "integration.replaceHookAddress")
        .await;
    let input = json!({ "storeId": store, "platform": MAGAZORD.platform, "credentials": MAGAZORD.credentials() });
    let made = scene
        .own("connectIntegration", "integration { id }", input, "integration.connect")
        .await;
    let shop = &made["integration"]["id"];
    let input = json!({ "id": shop, "secret": "segredo-do-painel" });
    scene.own("setHookSecret", "", input, "integration.setHookSecret").await;
    let owner = scene.owner.clone();
    let told = log(
        &owner,
        store,
        json!({ "action": { "eq": "integration.setHookSecret" } }),
    )
    .await;
    let told = told[0]["changes"].to_string();
    assert!(told.contains("hookSecret") && !told.contains("segredo"), "{told}");
    let input = json!({ "id": shop });
    scene
        .own("removeHookSecret", "", input, "integration.removeHookSecret")
        .await;
    let input = json!({ "storeId": store, "platform": BLING.platform, "credentials": BLING.credentials() });
    let made = scene
        .own("connectIntegration", "integration { id }", input, "integration.connect")
        .await;
    let input = json!({ "id": made["integration"]["id"] });
    scene
        .own("authorizeIntegration", "", input, "integration.askConsent")
        .await;
}

async fn with_points(scene: &mut Scene<'_>, store: &str) {
    let app = scene.app.app();
    // A store of its own, so that two shops do not meet.
    let input = json!({ "name": "Segunda", "idempotencyKey": "segunda" });
    let second = text(&scene.owner.must("createStore", "store { id }", input).await["store"]["id"]);
    let full = seed::fill(app, &second, 2).await;
    let customers = seed::customers(app, second.parse().unwrap()).await;
    let expired = seed::expired_lot(app, &customers[1]).await;
    let source = seed::source(app, &second).await.id;
    let at = app.clock.now() - TimeDelta::minutes(1);
    let sale = json!({ "externalId": "v1", "status": "APPROVED", "productsTotal": "10.00", "placedAt": at,
        "changedAt": at, "customer": { "document": cpf(1) },
        "lines": [{ "sku": "A", "name": "Produto", "quantity": "1", "unitPrice": "10.00" }] });
    let input = json!({ "integrationId": source, "sales": [sale], "idempotencyKey": "vendas" });
    scene.own("registerSales", "", input, "sales.register").await;
    let input = json!({ "integrationId": source, "customers": [{ "document": cpf(1) }] });
    scene.own("registerCustomers", "", input, "customers.register").await;
    let input = json!({ "integrationId": source, "idempotencyKey": "arquivo" });
    scene.own("createSalesUpload", "", input, "upload.create").await;
    let content = format!(
        "id,status,placedAt,productsTotal,cpf\nv2,APPROVED,2026-01-31,10.00,{}",
        cpf(1)
    );
    let input = json!({ "integrationId": source, "content": content, "idempotencyKey": "importar" });
    scene.own("importSales", "", input, "sales.import").await;
    let input = json!({ "customerId": full.customer, "points": 500, "reason": "engano", "idempotencyKey": "a" });
    scene.own("adjustPoints", "", input, "points.adjust").await;
    let input = json!({ "adjustmentId": full.adjustment, "reason": "engano", "idempotencyKey": "b" });
    scene.own("reverseAdjustment", "", input, "points.reverse").await;
    let input = json!({ "lotId": expired, "reason": "engano", "idempotencyKey": "c" });
    scene.own("reinstatePoints", "", input, "points.reinstate").await;
    let input = json!({ "customerId": full.customer, "rewardId": full.reward, "idempotencyKey": "d" });
    let made = scene
        .own("redeemReward", "redemption { id }", input, "redemption.request")
        .await;
    let input = json!({ "redemptionId": made["redemption"]["id"], "reason": "engano", "idempotencyKey": "e" });
    scene.own("cancelRedemption", "", input, "redemption.cancel").await;
    let input = json!({ "integrationId": source, "customer": { "id": full.customer } });
    scene
        .own("requestRedemptionCode", "sentTo", input, "redemption.sendCode")
        .await;
    let input = json!({ "integrationId": source, "customer": { "id": full.customer }, "rewardId": full.reward,
        "code": seed::digits(app).await, "idempotencyKey": "com código" });
    scene
        .own("redeemWithCode", "redemption { id }", input, "redemption.request")
        .await;
    let compared = seed_differences::found(app, &full, 1).await;
    let input = json!({ "importRunId": compared.run, "differenceIds": compared.differences });
    scene.own("applyRepairs", "", input, "reconciliation.apply").await;
    let shop = seed::integration_of(app, full.integration).await;
    for (mutation, key) in [
        ("fulfilRedemption", "fulfilment.fulfil"),
        ("refuseFulfilment", "fulfilment.refuse"),
    ] {
        let waiting = seed_pools::waiting(app, &shop, full.customer).await;
        let mut input = json!({ "id": waiting, "version": 1, "idempotencyKey": key });
        let words = if mutation == "fulfilRedemption" {
            "note"
        } else {
            "reason"
        };
        input[words] = json!("engano");
        scene.own(mutation, "", input, key).await;
    }
    // Nobody here has a redemption under way.
    let input = json!({ "name": "Terceira", "idempotencyKey": "terceira" });
    let third = text(&scene.owner.must("createStore", "store { id }", input).await["store"]["id"]);
    let shop = seed::integration(app, &third).await;
    seed::import_sales(app, &shop, seed::sales(app, 0..2, 1)).await;
    let customers = seed::customers(app, shop.store_id).await;
    let input = json!({ "fromCustomerId": customers[0].id, "intoCustomerId": customers[1].id, "reason": "engano",
        "idempotencyKey": "f" });
    scene.own("mergeCustomers", "", input, "customer.merge").await;
    let input = json!({ "customerId": customers[0].id, "reason": "engano", "idempotencyKey": "g" });
    scene.own("unmergeCustomers", "", input, "customer.unmerge").await;
    assert!(
        log(&scene.owner, store, json!({ "action": { "eq": "points.adjust" } }))
            .await
            .is_empty()
    );
}

async fn with_webhooks(scene: &mut Scene<'_>, store: &str) {
    let app = scene.app.app();
    let input = json!({ "storeId": store, "url": "https://erp.exemplo.com.br/", "eventTypes": ["ORDER_CREATED"],
        "scopes": [], "idempotencyKey": "aviso" });
    let fields = "webhook { id version }";
    let made = scene.own("createWebhook", fields, input, "webhook.create").await;
    let id = json!({ "id": made["webhook"]["id"] });
    let input = json!({ "id": made["webhook"]["id"], "version": made["webhook"]["version"], "paused": false });
    scene.own("updateWebhook", "", input, "webhook.update").await;
    scene
        .own("rotateWebhookSecret", "", id.clone(), "webhook.rotateSecret")
        .await;
    scene.own("testWebhook", "", id.clone(), "webhook.test").await;
    fidelidade::service::webhook::hand_out(app).await.unwrap();
    let query = "query ($id: ID!) { node(id: $id) { ... on Webhook { deliveries(first: 1) { nodes { id } } } } }";
    let told = scene.owner.ask(query, id.clone()).await;
    let delivery = json!({ "id": told["node"]["deliveries"]["nodes"][0]["id"] });
    scene.own("replayDelivery", "", delivery, "webhook.replay").await;
    scene.own("deleteWebhook", "", id, "webhook.delete").await;
}

async fn with_exports(scene: &mut Scene<'_>, store: &str) {
    let query = "query ($id: ID!) { store(id: $id) {
        integrations(first: 1) { nodes { id importRuns(first: 1) { nodes { id } } } } } }";
    let told = scene.owner.ask(query, json!({ "id": store })).await;
    let integration = &told["store"]["integrations"]["nodes"][0];
    let input = json!({ "storeId": store, "url": "https://erp.exemplo.com.br/", "eventTypes": ["ORDER_CREATED"],
        "scopes": [], "idempotencyKey": "para exportar" });
    let made = scene
        .own("createWebhook", "webhook { id }", input, "webhook.create")
        .await;
    let of_store = [
        "exportOrders",
        "exportCustomers",
        "exportRewards",
        "exportRedemptions",
        "exportCoupons",
        "exportLedgerEntries",
        "exportPointLots",
        "exportIntegrations",
        "exportWebhooks",
        "exportJobs",
        "exportMembers",
        "exportInvitations",
        "exportApiTokens",
        "exportAuditLog",
    ];
    let of_store = of_store.map(|mutation| (mutation, ("storeId", json!(store))));
    for (mutation, of) in of_store.into_iter().chain([
        ("exportImportRuns", ("integrationId", integration["id"].clone())),
        (
            "exportImportRejects",
            ("importRunId", integration["importRuns"]["nodes"][0]["id"].clone()),
        ),
        ("exportWebhookDeliveries", ("webhookId", made["webhook"]["id"].clone())),
    ]) {
        let mut input = json!({ "format": "CSV", "idempotencyKey": mutation });
        input[of.0] = of.1;
        let made = scene.own(mutation, "exportRun { id }", input, "export.start").await;
        let id = json!({ "id": made["exportRun"]["id"] });
        scene.own("cancelExport", "", id, "export.cancel").await;
    }
}

async fn with_people(scene: &mut Scene<'_>, store: &str) {
    let app = scene.app;
    let input = json!({ "storeId": store, "name": "ERP", "scopes": ["orders:read"] });
    let made = scene.own("createApiToken", "token { id }", input, "token.create").await;
    let token = json!({ "id": made["token"]["id"] });
    scene.own("rotateApiToken", "", token.clone(), "token.rotate").await;
    scene.own("revokeApiToken", "", token, "token.revoke").await;
    let other = Actor::user(app, OTHER).await;
    let invite = json!({ "storeId": store, "email": OTHER, "role": "ANALYST" });
    let made = scene
        .own("inviteMember", "invitation { id }", invite.clone(), "member.invite")
        .await;
    let id = json!({ "id": made["invitation"]["id"] });
    scene.own("revokeInvitation", "", id, "member.revokeInvitation").await;
    let made = scene
        .own("inviteMember", "invitation { id }", invite, "member.invite")
        .await;
    let code = member::invitation_code(app.app(), text(&made["invitation"]["id"]).parse().unwrap());
    let input = json!({ "code": code });
    let stranger = Actor::stranger(app);
    scene
        .does(&stranger, "acceptInvitation", "", input, "member.acceptInvitation")
        .await;
    let user = text(&other.ask("{ viewer { id } }", json!({})).await["viewer"]["id"]);
    let told = log(&scene.owner, store, json!({ "actorId": { "eq": user } })).await;
    assert_eq!((told.len(), &told[0]["action"]), (1, &json!("member.acceptInvitation")));
    let input = json!({ "storeId": store, "userId": user, "role": "OWNER" });
    scene.own("changeMemberRole", "", input, "member.changeRole").await;
    scene
        .does(&other, "leaveStore", "", json!({ "storeId": store }), "member.leave")
        .await;
    let invite = json!({ "storeId": store, "email": OTHER, "role": "ANALYST" });
    let made = scene
        .own("inviteMember", "invitation { id }", invite, "member.invite")
        .await;
    let code = member::invitation_code(app.app(), text(&made["invitation"]["id"]).parse().unwrap());
    stranger.must("acceptInvitation", "", json!({ "code": code })).await;
    let input = json!({ "storeId": store, "userId": user });
    scene.own("removeMember", "", input, "member.remove").await;
}

#[tokio::test]
async fn the_log_is_asked_by_who_what_and_when_and_never_changes() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let owner = Actor::user(&app, EMAIL).await;
    let store = owner.create_store("Loja").await;
    let own = text(&owner.ask("{ viewer { id } }", json!({})).await["viewer"]["id"]);
    for version in 1..4 {
        let input = json!({ "storeId": store, "pointsPerReal": "2", "holdDays": version, "version": version });
        owner.must("updateProgramme", "", input).await;
    }
    let all = log(&owner, &store, json!({})).await;
    let actions: Vec<&Value> = all.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(
        actions,
        [
            "programme.update",
            "programme.update",
            "programme.update",
            "store.create"
        ]
    );
    assert!(all.iter().all(|entry| entry["actorId"] == own.as_str()));
    let requests: BTreeSet<String> = all.iter().map(|entry| text(&entry["requestId"])).collect();
    assert_eq!(requests.len(), 4);
    assert_eq!(all[3]["objectId"], store.as_str());
    let hold = json!({ "field": "holdDays", "before": "1", "after": "2" });
    assert!(all[1]["changes"].as_array().unwrap().contains(&hold), "{}", all[1]);
    for (filter, count) in [
        (json!({ "actorId": { "eq": own } }), 4),
        (json!({ "actorId": { "in": ["user_x", "\u{0}"] } }), 0),
        (json!({ "action": { "startsWith": "programme." } }), 3),
        (
            json!({ "objectId": { "eq": store }, "action": { "eq": "store.create" } }),
            1,
        ),
        (json!({ "at": { "gte": all[1]["at"] } }), 2),
        (json!({ "at": { "lt": all[1]["at"] } }), 2),
        (json!({ "at": { "gte": all[2]["at"], "lt": all[0]["at"] } }), 2),
    ] {
        assert_eq!(log(&owner, &store, filter.clone()).await.len(), count, "{filter}");
    }
    for sql in ["UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"] {
        let refused = app.app().db.execute_unprepared(sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
    assert_eq!(log(&owner, &store, json!({})).await, all);
}
