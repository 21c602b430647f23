//! The operations whose cost is written down: the console's ready-made queries, whatever lists are
//! below lists, and every kind of mutation.

use chrono::TimeDelta;
use entity::{
    CouponPoolId, CustomerId, FulfilmentId, IntegrationId, LotId, RedemptionId, customer, integration, redemption_code,
};
use fidelidade::graphql;
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde_json::{Value, json};

use super::counted::{Counted, EMAIL};
use crate::api::actor::{Actor, input_of};
use crate::api::seed::{self, Full};
use crate::api::{seed_access, seed_differences, seed_pools};
use crate::support::app::PASSWORD;
use crate::support::document::cpf;
use crate::support::merchant::text;
use crate::support::shop::MAGAZORD;

/// Something to ask.
pub(in crate::api) struct Operation {
    pub(in crate::api) title: String,
    pub(in crate::api) query: String,
    pub(in crate::api) variables: Value,
    /// Where the answer has a list with all rows there are.
    pub(in crate::api) rows: Option<&'static str>,
}

/// A store with so many of everything, in a user's many stores.
pub(in crate::api) struct Stocked {
    store: String,
    full: Full,
    /// Who pushes sales, and has told of some that the shop has too.
    source: IntegrationId,
    /// The same sales a second later, and others.
    more: Vec<Value>,
    people: Vec<Value>,
    customers: Vec<customer::Model>,
    /// A run with differences.
    compared: seed_differences::Found,
    /// A pool, and a reward that takes its codes from there.
    pool: CouponPoolId,
    pooled: String,
    /// What waits for people; there are more.
    waiting: [FulfilmentId; 2],
    /// What a customer may redeem with.
    code: String,
    /// A store with little.
    empty: String,
    pair: Pair,
}

/// Two customers of a store of their own.
struct Pair {
    ids: [CustomerId; 2],
    /// A redemption whose coupon was not asked for yet.
    pending: RedemptionId,
    /// A lot that has run out.
    expired: LotId,
}

impl Pair {
    async fn new(program: &Counted, store: &str) -> Self {
        let app = program.app();
        let shop = seed::integration(app, store).await;
        seed::import_sales(app, &shop, seed::sales(app, 0..2, 1)).await;
        seed::import_products(app, &shop, seed::products(0..1)).await;
        let (customers, rewards) = tokio::join!(seed::customers(app, shop.store_id), seed::rewards(app, shop.store_id));
        Self {
            ids: [customers[0].id, customers[1].id],
            pending: seed::redeem(app, &customers[0], &rewards[0]).await.redemption_id,
            expired: seed::expired_lot(app, &customers[1]).await,
        }
    }

    fn mutations(&self) -> Vec<Operation> {
        vec![
            mutation(
                "reinstatePoints",
                "adjustment { points } customer { balance { available } }",
                json!({ "lotId": self.expired, "reason": "cortesia", "idempotencyKey": "de novo" }),
            ),
            mutation(
                "cancelRedemption",
                "redemption { state coupon { state } customer { balance { available reserved } } }",
                json!({ "redemptionId": self.pending, "reason": "desistiu", "idempotencyKey": "cancelar" }),
            ),
            mutation(
                "mergeCustomers",
                "customer { mergedCustomerIds balance { available } }",
                json!({ "fromCustomerId": self.ids[1], "intoCustomerId": self.ids[0],
                    "reason": "a mesma pessoa", "idempotencyKey": "juntar" }),
            ),
            mutation(
                "unmergeCustomers",
                "customer { mergedCustomerIds balance { available } }",
                json!({ "customerId": self.ids[1], "reason": "engano", "idempotencyKey": "separar" }),
            ),
        ]
    }
}

/// A code that the customer was sent; without the e-mail, which would be a job that is seen.
async fn code(program: &Counted, shop: &integration::Model, full: &Full) -> String {
    let app = program.app();
    let row = redemption_code::Model {
        customer_id: full.customer,
        store_id: shop.store_id,
        id: app.id(),
        tries: 0,
        created_at: app.clock.now(),
        expires_at: app.clock.now() + TimeDelta::minutes(10),
    };
    row.into_active_model().insert(&app.db).await.unwrap();
    seed::digits(app).await
}

fn mutation(name: &str, fields: &str, input: Value) -> Operation {
    Operation {
        title: name.to_owned(),
        query: format!(
            "mutation ($input: {}!) {{ {name}(input: $input) {{ {fields} userErrors {{ code message }} }} }}",
            input_of(name)
        ),
        variables: Value::Object([("input".to_owned(), input)].into_iter().collect()),
        rows: None,
    }
}

const ORDERS: &str = "query ($store: ID!) { store(id: $store) { orders(first: 50) { totalCount nodes {
    number points countedAs { number } alsoToldAs { number } customer { name balance { available } } integration { id platform { name } } store { name }
    total { amount currency } lines { sku category total { amount } } } } } }";

const EXPLANATIONS: &str = "query ($store: ID!) { store(id: $store) { orders(first: 50) { nodes { number
    explanation { points posted programme { version } steps { code outcome values { name value } text { pt en } } }
    } } } }";

const PREVIEW: &str = r#"query ($store: ID!) { previewProgramme(storeId: $store, period: DAYS_90, rules: {
    pointsPerReal: "2", excludedStatuses: ["2"], productRates: [{ skus: ["A"], pointsPerReal: "3" }]
    categoryRates: [{ category: "Roupas", pointsPerReal: "4" }]
    }) { preview { points difference pointsMoney { amount } } userErrors { message } } }"#;

const PREVIEW_REDEMPTION: &str = "query ($customer: ID!, $reward: ID!) {
    previewRedemption(customerId: $customer, rewardId: $reward) {
    possible reward { name } steps { code outcome text { pt } } before { available } after { available }
    lots { points remaining } } }";

const CUSTOMERS_IN_DEPTH: &str = "query ($store: ID!) { store(id: $store) { customers(first: 50) { nodes { name
    some: orders(first: 2) { totalCount pageInfo { hasNextPage } nodes { number lines { sku } } }
    last: orders(last: 3) { edges { cursor node { number } } }
    coupons(first: 1) { totalCount nodes { code usedByOrder { number } redemption { state reward { name product { sku } } } } }
    } } } }";

const REDEMPTIONS: &str = "query ($store: ID!) { store(id: $store) { redemptions(last: 50) { totalCount nodes {
    points customer { name } reward { name amount { amount } product { title } } coupon { code amount { amount } } } } } }";

const RUNS: &str = "query ($id: ID!) { node(id: $id) { ... on Integration { importRuns(first: 50) { totalCount nodes {
    state integration { id } rejects(first: 3) { totalCount nodes { message } } } } } } }";

const STORES: &str = r#"{ viewer { stores(first: 50) { totalCount nodes { name programme { version } integrations(first: 2) { nodes { id } }
    customers(first: 2) { totalCount nodes { name } } orders(first: 2) { nodes { number } }
    rewards(first: 2, where: { active: true }) { nodes { name } } redemptions(first: 1) { nodes { id } }
    coupons(first: 2, where: { state: { eq: USED } }) { nodes { code } }
    customer(email: "pessoa0@exemplo.com.br") { name } order(number: "00000") { points }
    product(sku: "SKU-0") { title } coupon(code: "FIEL") { state } } } } }"#;

const STATEMENTS: &str = r#"query ($store: ID!) { store(id: $store) { customers(first: 50) { nodes {
    balance(at: "2020-01-01T00:00:00Z") { available }
    statement(first: 2) { totalCount nodes { kind order { number } redemption { points } madeLot { points }
        expiredLot { points } programme { version } totalsAfter { balance }
        allocations(first: 3) { nodes { points lot { state } } } } } } } } }"#;

const LOTS: &str = "query ($store: ID!) { store(id: $store) { customers(first: 50) { nodes {
    lots(first: 2) { totalCount nodes { remaining state order { number } entry { kind }
        allocations(first: 3) { totalCount nodes { points entry { points } } } } } } } } }";

const REPORT: &str = "query ($store: ID!) { store(id: $store) { pointsReport { outstanding breakage points { given }
    months { month } cohorts { customers } } } }";

const WAITING: &str = "query ($store: ID!) { store(id: $store) { fulfilments(first: 50, where: { state: { eq: WAITING } }) {
    totalCount nodes { waitedSeconds customer { name } redemption { state reward { name } coupon { code } byHand { id } } } } } }";

const DIFFERENCES: &str =
    "query ($id: ID!) { node(id: $id) { ... on ImportRun { differences(first: 50) { totalCount nodes {
    kind state repair orderNumber code message shop { statusCode total { amount } } books { total { amount } points }
    order { number } coupon { state inShop { seenAt timesUsed } } importRun { kind } } } } } }";

const POOLS: &str =
    "query ($store: ID!) { store(id: $store) { couponPools(first: 50) { totalCount nodes { name lowSince
    stock { free taken } codes(first: 5) { nodes { ending state redemption { points } } } } } } }";

const NODES: &str = "query ($ids: [ID!]!) { nodes(ids: $ids) { id
    ... on Customer { name balance { available } orders(first: 1) { nodes { number } } } } }";

const ACCESS: &str =
    "query ($store: ID!) { store(id: $store) { members(first: 50) { totalCount nodes { name email role } }
    invitations(first: 50, where: { accepted: false }) { nodes { email } } apiTokens(first: 50) { nodes { name } }
    auditLog(first: 50) { totalCount nodes { action } } } }";

const ONESELF: &str =
    "{ viewer { sessions(first: 50) { totalCount nodes { device } } tokens(first: 50) { nodes { name } } } }";

const WEBHOOKS: &str =
    "query ($store: ID!) { store(id: $store) { webhooks(first: 50, orderBy: CREATED_AT_ASC) { totalCount nodes { url
    deliveries(first: 3) { totalCount nodes { state objectId webhook { url } } }
    failed: deliveries(last: 1, where: { state: { eq: FAILED } }) { nodes { id } } } } } }";

const JOBS: &str =
    "query ($store: ID!) { store(id: $store) { jobs(first: 50, where: { kind: { eq: SEND_EMAIL } }) { totalCount
    nodes { kind state attempts error object { id } } } } }";

/// Sales of customers that are known, each of which the shop tells of too, as they are after some seconds; and
/// as many more, when some have passed.
fn sales(program: &Counted, rows: usize, seconds: i64) -> Vec<Value> {
    let at = program.app().clock.now() - TimeDelta::seconds(1);
    let sale = |number: usize| {
        let numbers = if number < rows {
            Value::from(format!("{number:05}"))
        } else {
            Value::Null
        };
        json!({
            "externalId": format!("v{number}"), "shopOrderNumber": numbers, "status": "APPROVED", "productsTotal": "10.00",
            "placedAt": at, "changedAt": at + TimeDelta::seconds(seconds), "customer": { "document": cpf(number / 4) },
            "lines": [{ "sku": "A", "name": "Produto", "quantity": "1", "unitPrice": "10.00" }],
        })
    };
    let new = if seconds > 0 { rows } else { 0 };
    (0..rows + new).map(sale).collect()
}

/// So many pools, the last with so many codes; and a reward that takes its codes from there.
async fn pools(program: &Counted, full: &Full, rows: usize) -> (CouponPoolId, String) {
    let app = program.app();
    let shop = seed::integration_of(app, full.integration).await;
    for _ in 1..rows {
        seed_pools::pool(app, &shop, 0).await;
    }
    let pool = seed_pools::pool(app, &shop, 1).await;
    seed_pools::add(app, &shop, pool, &seed_pools::codes("CORPUS", rows + 2)).await;
    let input = json!({ "integrationId": shop.id, "kind": "AMOUNT_OFF", "amount": "5.00", "name": "R$ 5", "points": 1,
        "fulfilment": "POOL", "poolId": pool, "idempotencyKey": "do lote" });
    let query = Actor::mutation("createReward", "reward { id }");
    let answer = program.gql(&query, json!({ "input": input })).await;
    (pool, text(&answer["data"]["createReward"]["reward"]["id"]))
}

impl Stocked {
    pub(in crate::api) async fn new(program: &Counted, rows: usize) -> Self {
        let mut stores = Vec::new();
        for number in 0..rows {
            let input = json!({ "name": format!("Loja {number}"), "idempotencyKey": format!("loja {number}") });
            let query = Actor::mutation("createStore", "store { id }");
            let answer = program.gql(&query, json!({ "input": input })).await;
            stores.push(text(&answer["data"]["createStore"]["store"]["id"]));
        }
        let full = seed::fill(program.app(), &stores[0], rows).await;
        let who = program.gql("{ viewer { id } }", json!({})).await;
        let who = text(&who["data"]["viewer"]["id"]).parse().unwrap();
        seed_access::fill(program.app(), stores[0].parse().unwrap(), who, (rows, rows)).await;
        let customers = seed::customers(program.app(), stores[0].parse().unwrap()).await;
        let empty = stores[1].clone();
        let pair = Pair::new(program, &empty).await;
        let source = seed::source(program.app(), &stores[0]).await.id;
        let told = json!({ "integrationId": source, "sales": sales(program, rows, 0), "idempotencyKey": "antes" });
        let query = Actor::mutation("registerSales", "results { outcome }");
        program.gql(&query, json!({ "input": told })).await;
        let more = sales(program, rows, 1);
        let people = (0..rows).map(|number| json!({ "document": cpf(500 + number), "name": "Cliente" }));
        let people = people.collect();
        let (pool, pooled) = pools(program, &full, rows).await;
        let shop = seed::integration_of(program.app(), full.integration).await;
        // Nobody is written to: the e-mails would be all that is seen of the store's jobs.
        let told = entity::fulfilment_notice::Model {
            store_id: shop.store_id,
            told_at: program.app().clock.now(),
        };
        told.into_active_model().insert(&program.app().db).await.unwrap();
        let mut waiting = Vec::new();
        for customer in &customers {
            waiting.push(seed_pools::waiting(program.app(), &shop, customer.id).await);
        }
        let waiting = [waiting[0], waiting[1]];
        let compared = seed_differences::found(program.app(), &full, rows).await;
        let code = code(program, &shop, &full).await;
        Self {
            pair,
            code,
            store: stores[0].clone(),
            full,
            source,
            more,
            people,
            customers,
            compared,
            pool,
            pooled,
            waiting,
            empty,
        }
    }

    /// In this order: some use what others changed.
    pub(in crate::api) fn operations(&self) -> Vec<Operation> {
        let mut operations: Vec<Operation> = graphql::first_looks()
            .into_iter()
            .map(|ready| Operation {
                title: ready.title,
                query: ready
                    .query
                    .replace("first: 20", "first: 50")
                    // The store that has something, which is the oldest.
                    .replace("stores(first: 3)", "stores(last: 1)")
                    .replace("importRuns(first: 5)", "importRuns(first: 50)"),
                variables: json!({ "store": self.store, "input": { "email": EMAIL, "password": PASSWORD } }),
                rows: None,
            })
            .collect();
        operations.extend(self.queries());
        operations.extend(self.pair.mutations());
        operations.extend(self.on_pools());
        operations.extend(self.on_differences());
        operations.extend(self.mutations());
        operations.extend(self.on_codes());
        operations
    }

    fn queries(&self) -> Vec<Operation> {
        let query = |title: &str, query: &str, variables: Value, rows| Operation {
            title: title.to_owned(),
            query: query.to_owned(),
            variables,
            rows,
        };
        let store = json!({ "store": self.store });
        let ids: Vec<String> = self.customers.iter().map(|row| row.id.to_string()).collect();
        let run = json!({ "id": self.full.integration });
        let redemption = json!({ "customer": self.full.customer, "reward": self.full.reward });
        vec![
            query("Orders with everything around them", ORDERS, store.clone(), None),
            query(
                "Customers with lists below them",
                CUSTOMERS_IN_DEPTH,
                store.clone(),
                Some("/data/store/customers/nodes"),
            ),
            query(
                "Statements",
                STATEMENTS,
                store.clone(),
                Some("/data/store/customers/nodes"),
            ),
            query("Lots", LOTS, store.clone(), Some("/data/store/customers/nodes")),
            query("Points report", REPORT, store.clone(), None),
            // Those that wait for people are among them.
            query("Redemptions", REDEMPTIONS, store, None),
            query(
                "Explanations of orders",
                EXPLANATIONS,
                json!({ "store": self.store }),
                None,
            ),
            query("Other rules tried", PREVIEW, json!({ "store": self.store }), None),
            query("A redemption tried", PREVIEW_REDEMPTION, redemption, None),
            query("Import runs with their rejects", RUNS, run, None),
            query(
                "Everything of all stores",
                STORES,
                json!({}),
                Some("/data/viewer/stores/nodes"),
            ),
            query("People's access", ACCESS, json!({ "store": self.store }), None),
            query("My sessions and tokens", ONESELF, json!({}), None),
            query(
                "Webhooks with their deliveries",
                WEBHOOKS,
                json!({ "store": self.store }),
                Some("/data/store/webhooks/nodes"),
            ),
            query(
                "Jobs with what they are for",
                JOBS,
                json!({ "store": self.store }),
                None,
            ),
            query(
                "What waits for people",
                WAITING,
                json!({ "store": self.store }),
                Some("/data/store/fulfilments/nodes"),
            ),
            query(
                "Pools with what they have",
                POOLS,
                json!({ "store": self.store }),
                Some("/data/store/couponPools/nodes"),
            ),
            query(
                "Differences between a shop and the books",
                DIFFERENCES,
                json!({ "id": self.compared.run }),
                Some("/data/node/differences/nodes"),
            ),
            query("Nodes by their ids", NODES, json!({ "ids": ids }), Some("/data/nodes")),
        ]
    }

    fn on_pools(&self) -> Vec<Operation> {
        let of_pool = mutation(
            "redeemReward",
            "redemption { id coupon { code } } customer { balance { available reserved } }",
            json!({ "customerId": self.full.customer, "rewardId": self.pooled, "idempotencyKey": "resgate do lote" }),
        );
        vec![
            mutation(
                "fulfilRedemption",
                "fulfilment { state redemption { coupon { code } } }",
                json!({ "id": self.waiting[0], "version": 1, "code": "BRINDE-1", "idempotencyKey": "brinde" }),
            ),
            mutation(
                "refuseFulfilment",
                "fulfilment { state redemption { state } }",
                json!({ "id": self.waiting[1], "version": 1, "reason": "acabou", "idempotencyKey": "acabou" }),
            ),
            mutation(
                "createCouponPool",
                "pool { id }",
                json!({ "integrationId": self.full.integration, "name": "Mais um", "idempotencyKey": "mais um" }),
            ),
            mutation(
                "updateCouponPool",
                "pool { version }",
                json!({ "id": self.pool, "version": 1, "lowStock": 2 }),
            ),
            mutation(
                "createCodesUpload",
                "upload { id url }",
                json!({ "poolId": self.pool, "idempotencyKey": "códigos em arquivo" }),
            ),
            mutation(
                "addCodes",
                "importRun { state }",
                json!({ "poolId": self.pool, "content": "MAIS-1\nMAIS-2\n", "idempotencyKey": "mais códigos" }),
            ),
            mutation(
                "withdrawCodes",
                "withdrawn",
                json!({ "poolId": self.pool, "codes": ["CORPUS-0000001"] }),
            ),
            Operation {
                title: "redeemReward of a pool".to_owned(),
                ..of_pool
            },
        ]
    }

    fn on_differences(&self) -> Vec<Operation> {
        vec![
            mutation(
                "reconcile",
                "importRun { state kind }",
                json!({ "integrationId": self.full.integration, "days": 30 }),
            ),
            mutation(
                "applyRepairs",
                "differences { state }",
                json!({ "importRunId": self.compared.run, "differenceIds": self.compared.differences }),
            ),
        ]
    }

    fn on_codes(&self) -> Vec<Operation> {
        vec![
            mutation(
                "redeemWithCode",
                "redemption { id coupon { code } } customer { balance { available reserved } }",
                json!({ "integrationId": self.source, "customer": { "id": self.full.customer }, "rewardId": self.full.reward,
                    "code": self.code, "idempotencyKey": "resgate com código" }),
            ),
            mutation(
                "requestRedemptionCode",
                "sentTo",
                json!({ "integrationId": self.source, "customer": { "id": self.full.customer } }),
            ),
        ]
    }

    fn mutations(&self) -> Vec<Operation> {
        let Full {
            integration,
            run,
            reward,
            customer,
            ..
        } = &self.full;
        let credentials = MAGAZORD.credentials();
        let connect = json!({ "storeId": self.empty, "platform": "MAGAZORD", "credentials": credentials });
        vec![
            mutation(
                "createStore",
                "store { id }",
                json!({ "name": "Mais uma", "idempotencyKey": "mais uma" }),
            ),
            mutation(
                "updateStore",
                "store { name version }",
                json!({ "id": self.store, "version": 1, "name": "Loja nova" }),
            ),
            mutation(
                "updateProgramme",
                "programme { version }",
                json!({ "storeId": self.store, "pointsPerReal": "2", "version": 1 }),
            ),
            mutation("connectIntegration", "integration { id } shops { id }", connect),
            mutation(
                "updateIntegration",
                "integration { version }",
                json!({ "id": integration, "version": 1, "couponValidityDays": 30, "awardingStatuses": ["4", "8", "1"] }),
            ),
            mutation(
                "startImport",
                "importRun { state }",
                json!({ "integrationId": integration }),
            ),
            mutation("cancelImport", "importRun { state }", json!({ "id": run })),
            mutation(
                "registerSales",
                "results { outcome points order { number countedAs { number } } errors { message } }",
                json!({ "integrationId": self.source, "sales": self.more, "idempotencyKey": "vendas" }),
            ),
            mutation(
                "registerCustomers",
                "results { outcome customer { name } errors { message } }",
                json!({ "integrationId": self.source, "customers": self.people }),
            ),
            mutation(
                "createSalesUpload",
                "upload { id url }",
                json!({ "integrationId": self.source, "idempotencyKey": "arquivo" }),
            ),
            mutation(
                "importSales",
                "importRun { state }",
                json!({ "integrationId": self.source, "idempotencyKey": "importar",
                    "content": "id,status,placedAt,productsTotal\n1,APPROVED,2026-01-31,1.00\n" }),
            ),
            mutation(
                "createReward",
                "reward { id }",
                json!({ "integrationId": integration, "kind": "AMOUNT_OFF", "amount": "5.00", "name": "R$ 5", "points": 1, "idempotencyKey": "cinco" }),
            ),
            mutation(
                "setRewardPositions",
                "rewards { id position }",
                json!({ "storeId": self.store, "rewards": [{ "rewardId": reward, "position": 7 }] }),
            ),
            mutation(
                "redeemReward",
                "redemption { id coupon { code } } customer { balance { available reserved } }",
                json!({ "customerId": customer, "rewardId": reward, "idempotencyKey": "resgate" }),
            ),
            mutation(
                "adjustPoints",
                "adjustment { points reversedBy { id } } customer { balance { available } }",
                json!({ "customerId": customer, "points": -1, "reason": "engano", "idempotencyKey": "ajuste" }),
            ),
            mutation(
                "reverseAdjustment",
                "adjustment { points reverses { id } } customer { balance { available } }",
                json!({ "adjustmentId": self.full.adjustment, "reason": "engano", "idempotencyKey": "desfazer" }),
            ),
            mutation(
                "createApiToken",
                "secret",
                json!({ "storeId": self.store, "name": "ERP", "scopes": ["orders:read"] }),
            ),
            mutation(
                "deactivateIntegration",
                "integration { active }",
                json!({ "id": integration }),
            ),
            mutation(
                "activateIntegration",
                "integration { active }",
                json!({ "id": integration, "confirmEmails": true }),
            ),
        ]
    }
}
