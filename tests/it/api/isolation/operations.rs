//! Everything that can be asked about a store: all mutations, and all fields that need a permission.

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::Ids;
use crate::api::actor::Actor;

/// A mutation on something of a store, with an input that changes nothing even where it is allowed.
pub(super) struct Write {
    pub(super) name: &'static str,
    pub(super) input: Value,
    /// The field of the input that names what is changed.
    pub(super) names: &'static str,
}

fn a_write(name: &'static str, names: &'static str, input: Value) -> Write {
    Write { name, input, names }
}

/// The mutations that name something of a store.
pub(super) fn writes(ids: &Ids) -> Vec<Write> {
    [
        on_access(ids),
        on_settings(ids),
        on_webhooks(ids),
        on_exports(ids),
        on_points(ids),
        on_pools(ids),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Who may do what.
fn on_access(ids: &Ids) -> Vec<Write> {
    vec![
        a_write(
            "inviteMember",
            "storeId",
            json!({ "storeId": ids.store, "email": "", "role": "OWNER" }),
        ),
        a_write("revokeInvitation", "id", json!({ "id": ids.invitation })),
        a_write(
            "changeMemberRole",
            "storeId",
            json!({ "storeId": ids.store, "userId": "user_00000000000000000000000000", "role": "OWNER" }),
        ),
        a_write(
            "removeMember",
            "storeId",
            json!({ "storeId": ids.store, "userId": "user_00000000000000000000000000" }),
        ),
        a_write(
            "createApiToken",
            "storeId",
            json!({ "storeId": ids.store, "name": "", "scopes": [] }),
        ),
        a_write("rotateApiToken", "id", json!({ "id": ids.token, "overlapMinutes": -1 })),
        a_write("revokeApiToken", "id", json!({ "id": ids.token })),
    ]
}

/// The programme, the integrations and their imports.
fn on_settings(ids: &Ids) -> Vec<Write> {
    vec![
        a_write(
            "updateStore",
            "id",
            json!({ "id": ids.store, "version": 0, "name": "" }),
        ),
        a_write(
            "updateProgramme",
            "storeId",
            json!({ "storeId": ids.store, "pointsPerReal": "5", "version": 0 }),
        ),
        a_write(
            "connectIntegration",
            "storeId",
            json!({ "storeId": ids.store, "platform": "MAGAZORD", "credentials": [] }),
        ),
        a_write(
            "updateIntegration",
            "id",
            json!({ "id": ids.connected, "version": 0, "couponValidityDays": 1 }),
        ),
        a_write("refreshOrderStatuses", "id", json!({ "id": ids.connected })),
        a_write("replaceHookAddress", "id", json!({ "id": ids.connected })),
        a_write(
            "registerHookAddress",
            "id",
            json!({ "id": ids.connected, "origin": "https://api.example.com" }),
        ),
        a_write(
            "setHookSecret",
            "id",
            json!({ "id": ids.connected, "secret": "segredo" }),
        ),
        a_write("removeHookSecret", "id", json!({ "id": ids.connected })),
        a_write("authorizeIntegration", "id", json!({ "id": ids.connected })),
        a_write("activateIntegration", "id", json!({ "id": ids.connected })),
        a_write("deactivateIntegration", "id", json!({ "id": ids.connected })),
        a_write(
            "startImport",
            "integrationId",
            json!({ "integrationId": ids.connected }),
        ),
        a_write("cancelImport", "id", json!({ "id": ids.full.run })),
        a_write(
            "reconcile",
            "integrationId",
            json!({ "integrationId": ids.connected, "days": 0 }),
        ),
        a_write(
            "applyRepairs",
            "importRunId",
            json!({ "importRunId": ids.compared, "differenceIds": [] }),
        ),
    ]
}

fn on_webhooks(ids: &Ids) -> Vec<Write> {
    vec![
        a_write(
            "createWebhook",
            "storeId",
            json!({ "storeId": ids.store, "url": "", "eventTypes": [], "scopes": [], "idempotencyKey": "" }),
        ),
        a_write("updateWebhook", "id", json!({ "id": ids.webhook, "version": 0 })),
        a_write("rotateWebhookSecret", "id", json!({ "id": ids.webhook })),
        a_write("testWebhook", "id", json!({ "id": ids.webhook })),
        a_write("replayDelivery", "id", json!({ "id": ids.delivery })),
        a_write("deleteWebhook", "id", json!({ "id": ids.unwanted_webhook })),
    ]
}

/// Exports of lists. Nothing can be started without a column.
fn on_exports(ids: &Ids) -> Vec<Write> {
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
    let of_store = of_store.map(|name| (name, "storeId", ids.store.clone()));
    let of_others = [
        ("exportImportRuns", "integrationId", ids.connected.clone()),
        ("exportImportRejects", "importRunId", ids.full.run.to_string()),
        ("exportWebhookDeliveries", "webhookId", ids.webhook.clone()),
    ];
    let start = |(name, field, id): (&'static str, &'static str, String)| {
        let input = json!({ field: id, "format": "CSV", "columns": [], "idempotencyKey": "isolation" });
        a_write(name, field, input)
    };
    let cancel = a_write("cancelExport", "id", json!({ "id": ids.export }));
    let starts = of_store.into_iter().chain(of_others).map(start);
    starts.chain([cancel]).collect()
}

/// Pools of codes, and what people see to.
fn on_pools(ids: &Ids) -> Vec<Write> {
    vec![
        a_write(
            "createCouponPool",
            "integrationId",
            json!({ "integrationId": ids.connected, "name": "", "idempotencyKey": "" }),
        ),
        a_write("updateCouponPool", "id", json!({ "id": ids.pool, "version": 0 })),
        a_write(
            "createCodesUpload",
            "poolId",
            json!({ "poolId": ids.pool, "idempotencyKey": "" }),
        ),
        a_write(
            "addCodes",
            "poolId",
            json!({ "poolId": ids.pool, "idempotencyKey": "" }),
        ),
        a_write(
            "fulfilRedemption",
            "id",
            json!({ "id": ids.waiting, "version": 0, "idempotencyKey": "" }),
        ),
        a_write(
            "refuseFulfilment",
            "id",
            json!({ "id": ids.waiting, "version": 0, "reason": "", "idempotencyKey": "" }),
        ),
        a_write("withdrawCodes", "poolId", json!({ "poolId": ids.pool, "codes": [] })),
    ]
}

/// Sales, rewards, redemptions and points.
fn on_points(ids: &Ids) -> Vec<Write> {
    let full = &ids.full;
    vec![
        a_write(
            "registerSales",
            "integrationId",
            json!({ "integrationId": ids.connected, "sales": [], "idempotencyKey": "" }),
        ),
        a_write(
            "registerCustomers",
            "integrationId",
            json!({ "integrationId": ids.connected, "customers": [] }),
        ),
        a_write(
            "createSalesUpload",
            "integrationId",
            json!({ "integrationId": ids.connected, "idempotencyKey": "" }),
        ),
        a_write(
            "importSales",
            "integrationId",
            json!({ "integrationId": ids.connected, "idempotencyKey": "" }),
        ),
        a_write(
            "createReward",
            "integrationId",
            json!({ "integrationId": ids.connected, "kind": "AMOUNT_OFF", "name": "", "points": 1, "idempotencyKey": "" }),
        ),
        a_write(
            "updateReward",
            "id",
            json!({ "id": full.reward, "version": 0, "points": 1 }),
        ),
        a_write(
            "setRewardPositions",
            "storeId",
            json!({ "storeId": ids.store, "rewards": [{ "rewardId": full.reward, "position": 1 }] }),
        ),
        a_write(
            "redeemReward",
            "customerId",
            json!({ "customerId": full.customer, "rewardId": full.reward, "idempotencyKey": "" }),
        ),
        a_write(
            "requestRedemptionCode",
            "integrationId",
            json!({ "integrationId": ids.connected, "customer": { "id": full.customer } }),
        ),
        a_write(
            "redeemWithCode",
            "integrationId",
            json!({ "integrationId": ids.connected, "customer": { "id": full.customer }, "rewardId": full.reward,
                "code": "", "idempotencyKey": "" }),
        ),
        a_write(
            "cancelRedemption",
            "redemptionId",
            json!({ "redemptionId": full.redemption, "idempotencyKey": "" }),
        ),
        a_write(
            "mergeCustomers",
            "fromCustomerId",
            json!({ "fromCustomerId": full.customer, "intoCustomerId": full.customer, "reason": "", "idempotencyKey": "" }),
        ),
        a_write(
            "unmergeCustomers",
            "customerId",
            json!({ "customerId": full.customer, "reason": "", "idempotencyKey": "" }),
        ),
        a_write(
            "adjustPoints",
            "customerId",
            json!({ "customerId": full.customer, "points": 0, "reason": "", "idempotencyKey": "" }),
        ),
        a_write(
            "reverseAdjustment",
            "adjustmentId",
            json!({ "adjustmentId": full.adjustment, "reason": "", "idempotencyKey": "" }),
        ),
        a_write(
            "reinstatePoints",
            "lotId",
            json!({ "lotId": full.lot, "reason": "", "idempotencyKey": "" }),
        ),
    ]
}

/// Mutations whose permission is that of what they name; their own tests try it.
pub(super) const AS_NAMED: [&str; 1] = ["cancelExport"];

/// Mutations about oneself, which name no store.
pub(super) const ONESELF: [&str; 9] = [
    "signIn",
    "refreshSession",
    "signOut",
    "endSession",
    "changePassword",
    "requestPasswordReset",
    "resetPassword",
    "acceptInvitation",
    "leaveStore",
];

/// A question about something of a store.
pub(super) struct Read {
    /// The type and the field.
    pub(super) name: String,
    pub(super) query: String,
    pub(super) id: String,
    /// Where the answer has what was asked for.
    pub(super) at: &'static str,
}

/// The fields of a store that need a permission.
const OF_STORES: [(&str, &str); 23] = [
    ("apiTokens", "apiTokens(first: 1) { nodes { id } }"),
    ("auditLog", "auditLog(first: 1) { nodes { id } }"),
    ("members", "members(first: 1) { nodes { userId } }"),
    ("invitations", "invitations(first: 1) { nodes { id } }"),
    ("programme", "programme { version }"),
    ("pointsReport", "pointsReport { outstanding }"),
    ("integrations", "integrations(first: 1) { nodes { id } }"),
    ("integration", "integration(platform: LOJA_INTEGRADA) { id }"),
    ("customer", r#"customer(email: "pessoa0@exemplo.com.br") { id }"#),
    ("customers", "customers(first: 1) { nodes { id } }"),
    ("order", r#"order(number: "00000") { id }"#),
    ("orders", "orders(first: 1) { nodes { id } }"),
    ("rewards", "rewards(first: 1) { nodes { id } }"),
    ("product", r#"product(sku: "SKU-0") { id }"#),
    ("reward", r#"reward(sku: "SKU-0") { id }"#),
    ("redemptions", "redemptions(first: 1) { nodes { id } }"),
    ("coupon", r#"coupon(code: "CODE") { id }"#),
    ("coupons", "coupons(first: 1) { nodes { id } }"),
    ("webhooks", "webhooks(first: 1) { nodes { id } }"),
    ("jobs", "jobs(first: 1) { nodes { id } }"),
    ("fulfilments", "fulfilments(first: 1) { nodes { id } }"),
    ("couponPools", "couponPools(first: 1) { nodes { id } }"),
    ("poolCode", r#"poolCode(code: "isolado-1") { state }"#),
];

/// Questions about a store and about everything in it.
#[expect(clippy::too_many_lines, reason = "a table is as long as it has rows")]
pub(super) fn reads(ids: &Ids, coupon_code: &str) -> Vec<Read> {
    let full = &ids.full;
    let mut reads: Vec<Read> = OF_STORES
        .iter()
        .map(|(field, selection)| Read {
            name: format!("Store.{field}"),
            query: format!(
                "query ($id: ID!) {{ store(id: $id) {{ found: {} }} }}",
                selection.replace("CODE", coupon_code)
            ),
            id: ids.store.clone(),
            at: "/data/store/found",
        })
        .collect();
    reads.push(Read {
        name: "Query.previewProgramme".to_owned(),
        query: r#"query ($id: ID!) { found: previewProgramme(storeId: $id, rules: { pointsPerReal: "1" }) {
            preview { points } } }"#
            .to_owned(),
        id: ids.store.clone(),
        at: "/data/found",
    });
    reads.push(Read {
        name: "Query.previewRedemption".to_owned(),
        query: format!(
            r#"query ($id: ID!) {{ found: previewRedemption(customerId: $id, rewardId: "{}") {{ possible }} }}"#,
            full.reward
        ),
        id: full.customer.to_string(),
        at: "/data/found",
    });
    let nodes = [
        ("Integration", full.integration.to_string()),
        ("ImportRun", full.run.to_string()),
        ("Difference", ids.of_sale.clone()),
        ("Customer", full.customer.to_string()),
        ("Order", full.order.to_string()),
        ("Product", full.product.to_string()),
        ("Reward", full.reward.to_string()),
        ("Redemption", full.redemption.to_string()),
        ("Coupon", full.coupon.to_string()),
        ("CouponPool", ids.pool.clone()),
        ("Fulfilment", ids.waiting.clone()),
        ("LedgerEntry", full.earned.to_string()),
        ("PointLot", full.lot.to_string()),
        ("Adjustment", full.adjustment.to_string()),
        ("Webhook", ids.webhook.clone()),
        ("WebhookDelivery", ids.delivery.clone()),
        ("Job", ids.job.clone()),
    ];
    let below = [
        ("Customer", "orders(first: 1) { nodes { id } }"),
        ("Customer", "coupons(first: 1) { nodes { id } }"),
        ("Order", "integration { id }"),
        ("Order", "customer { id }"),
        ("Difference", "orderNumber"),
        ("Difference", "order { id }"),
        ("Redemption", "customer { id }"),
        ("Redemption", "reward { id }"),
        ("Coupon", "usedByOrder { id }"),
        ("Coupon", "customer { id }"),
        ("Coupon", "integration { id }"),
        ("CouponPool", "integration { id }"),
        ("Fulfilment", "customer { id }"),
        ("LedgerEntry", "order { id }"),
        ("LedgerEntry", "programme { version }"),
        ("PointLot", "order { id }"),
    ];
    for (kind, selection) in below {
        let field = selection.split(['(', ' ']).next().unwrap_or_default();
        let (_, id) = nodes.iter().find(|(known, _)| *known == kind).unwrap();
        reads.push(Read {
            name: format!("{kind}.{field}"),
            query: format!("query ($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ found: {selection} }} }} }}"),
            id: id.clone(),
            at: "/data/node/found",
        });
    }
    // Types without an id are seen where their owners show them.
    reads.push(Read {
        name: "Programme".to_owned(),
        query: "query ($id: ID!) { store(id: $id) { found: programme { version } } }".to_owned(),
        id: ids.store.clone(),
        at: "/data/store/found",
    });
    reads.push(Read {
        name: "PointAllocation".to_owned(),
        query: "query ($id: ID!) { node(id: $id) { ... on PointLot { found: allocations(first: 1) { totalCount } } } }"
            .to_owned(),
        id: full.lot.to_string(),
        at: "/data/node/found",
    });
    reads.push(Read {
        name: "LedgerEntry.redemption".to_owned(),
        query: "query ($id: ID!) { node(id: $id) { ... on LedgerEntry { found: redemption { id } } } }".to_owned(),
        id: full.reserved.to_string(),
        at: "/data/node/found",
    });
    reads.push(Read {
        name: "Reward.pool".to_owned(),
        query: "query ($id: ID!) { node(id: $id) { ... on Reward { found: pool { id } } } }".to_owned(),
        id: ids.pooled.clone(),
        at: "/data/node/found",
    });
    for (name, field) in [("PoolCode", "state"), ("PoolCode.code", "code")] {
        reads.push(Read {
            name: name.to_owned(),
            query: format!(
                "query ($id: ID!) {{ node(id: $id) {{ ... on CouponPool {{ codes(first: 1) {{ nodes {{ {field} }} }} }} }} }}"
            ),
            id: ids.pool.clone(),
            at: "/data/node/codes/nodes/0",
        });
    }
    for (name, field) in [("Difference.code", "code"), ("Difference.coupon", "coupon { id }")] {
        reads.push(Read {
            name: name.to_owned(),
            query: format!("query ($id: ID!) {{ node(id: $id) {{ ... on Difference {{ found: {field} }} }} }}"),
            id: ids.of_coupon.clone(),
            at: "/data/node/found",
        });
    }
    for (kind, id) in nodes {
        let query = "query ($id: ID!) { node(id: $id) { id } }".to_owned();
        reads.push(Read {
            name: kind.to_owned(),
            query,
            id,
            at: "/data/node/id",
        });
    }
    reads
}

/// What can be listened to, by what it needs.
pub(super) fn subscriptions(ids: &Ids) -> Vec<Read> {
    let all = [
        ("importRun", "importRun(id: $id) { id }", ids.full.run.to_string()),
        (
            "redemption",
            "redemption(id: $id) { id }",
            ids.full.redemption.to_string(),
        ),
        (
            "customerBalance",
            "customerBalance(customerId: $id) { id: available }",
            ids.full.customer.to_string(),
        ),
    ];
    let read = |(field, selection, id)| Read {
        name: format!("Subscription.{field}"),
        query: format!("subscription ($id: ID!) {{ found: {selection} }}"),
        id,
        at: "/data/found/id",
    };
    all.into_iter().map(read).collect()
}

/// Whether a subscription tells something first.
pub(super) async fn subscribe(who: &Actor<'_>, question: &Read) -> bool {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(format!("http://{}/graphql", who.app.address()))
        .header("accept", "text/event-stream")
        .bearer_auth(who.token.as_deref().unwrap())
        .json(&json!({ "query": question.query, "variables": { "id": question.id } }));
    let mut stream = request.send().await.unwrap().bytes_stream();
    let mut said = String::new();
    loop {
        if let Some((_, data)) = said.split_once("data: ")
            && let Some((data, _)) = data.split_once('\n')
        {
            let told: Value = serde_json::from_str(data).unwrap();
            let found = told.pointer(question.at).is_some_and(|found| !found.is_null());
            let refused = told["errors"][0]["extensions"]["code"] == "NOT_FOUND";
            assert_ne!(found, refused, "{told}");
            return found;
        }
        let piece = stream.next().await.unwrap_or_else(|| panic!("nothing is told: {said}"));
        said += std::str::from_utf8(&piece.unwrap()).unwrap();
    }
}

/// How an operation ended: the code of its error, if it has one.
pub(super) async fn write(who: &Actor<'_>, write: &Write) -> Result<Value, String> {
    let query = Actor::mutation(write.name, "");
    let mut answer = who.answer(&query, json!({ "input": write.input })).await;
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => Err(code.to_owned()),
        None => Ok(answer["data"][write.name]["userErrors"].take()),
    }
}

/// Whether something was found; the code of the error, if there is one.
pub(super) async fn read(who: &Actor<'_>, read: &Read) -> Result<bool, String> {
    let answer = who.answer(&read.query, json!({ "id": read.id })).await;
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => Err(code.to_owned()),
        None => Ok(answer.pointer(read.at).is_some_and(|found| !found.is_null())),
    }
}
