//! Every list that can be exported, against what the API tells of it: each column of each row.

use std::collections::BTreeSet;

use fidelidade::run::Halves;
use serde_json::{Value, json};

use super::content::{at, lines};
use super::{EMAIL, exported};
use crate::api::actor::Actor;
use crate::api::seed::{self, Full};
use crate::support::app::TestApp;
use crate::support::merchant::list;

/// A list: its mutation, how it is asked for, where the API has it, and its columns with the fields that they are.
/// A column without another path is the field with its name.
pub(super) struct Case {
    pub(super) mutation: &'static str,
    pub(super) input: Value,
    pub(super) query: String,
    pub(super) nodes: &'static str,
    pub(super) columns: &'static str,
    /// How many rows there are at least.
    pub(super) least: usize,
}

fn of_store(
    store: &str,
    mutation: &'static str,
    connection: &str,
    fields: &'static str,
    columns: &'static str,
) -> Case {
    let (nodes, order) = match connection {
        "rewards" => ("/store/rewards/nodes", "POINTS_ASC"),
        "redemptions" => ("/store/redemptions/nodes", "REQUESTED_AT_ASC"),
        _ => ("/store/coupons/nodes", "VALID_UNTIL_DESC"),
    };
    Case {
        mutation,
        input: json!({ "storeId": store, "orderBy": order }),
        query: format!(
            "query {{ store(id: \"{store}\") {{ {connection}(first: 100, orderBy: {order}) {{ nodes {{ {fields} }} }} }} }}"
        ),
        nodes,
        columns,
        least: 3,
    }
}

fn of_customer(store: &str, full: &Full, mutation: &'static str, connection: &str, case: [&'static str; 3]) -> Case {
    let [nodes, fields, columns] = case;
    let customer = full.customer;
    Case {
        mutation,
        input: json!({ "storeId": store, "customerId": customer, "orderBy": "RECORDED_AT_ASC" }),
        query: format!(
            "query {{ node(id: \"{customer}\") {{ ... on Customer {{
                {connection}(first: 100, orderBy: RECORDED_AT_ASC) {{ nodes {{ {fields} }} }} }} }} }}"
        ),
        nodes,
        columns,
        least: 3,
    }
}

fn cases(store: &str, full: &Full) -> Vec<Case> {
    vec![
        of_store(
            store,
            "exportRewards",
            "rewards",
            "id kind name description imageUrl category points amount { amount } percent minimumOrder { amount }
             validityDays product { id } active availableFrom availableUntil remaining position createdAt
             limits { total perCustomer perPeriod { times days } }",
            "id kind name description imageUrl category points amount:amount.amount percent
             minimumOrder:minimumOrder.amount validityDays productId:product.id active availableFrom availableUntil
             remaining position createdAt totalLimit:limits.total customerLimit:limits.perCustomer
             periodLimit:limits.perPeriod.times periodDays:limits.perPeriod.days",
        ),
        of_store(
            store,
            "exportRedemptions",
            "redemptions",
            "id customer { id } reward { id } points state failureCode failureMessage requestedAt finishedAt cancelledAt",
            "id customerId:customer.id rewardId:reward.id points state failureCode failureMessage requestedAt finishedAt
             cancelledAt",
        ),
        of_store(
            store,
            "exportCoupons",
            "coupons",
            "id code state kind amount { amount } percent minimumOrder { amount } redemption { id } customer { id }
             integration { id } validFrom validUntil activatedAt usedAt usedByOrder { id }",
            "id code state kind amount:amount.amount percent minimumOrder:minimumOrder.amount redemptionId:redemption.id
             customerId:customer.id integrationId:integration.id validFrom validUntil activatedAt usedAt
             usedByOrderId:usedByOrder.id",
        ),
        of_customer(
            store,
            full,
            "exportLedgerEntries",
            "statement",
            [
                "/node/statement/nodes",
                "id customer { id } kind points change { balance reserved debt } source order { id } redemption { id }
                 reason actor occurredAt recordedAt",
                "id customerId:customer.id kind points balanceChange:change.balance reservedChange:change.reserved
                 debtChange:change.debt source orderId:order.id redemptionId:redemption.id reason actor occurredAt
                 recordedAt",
            ],
        ),
        of_customer(
            store,
            full,
            "exportPointLots",
            "lots",
            [
                "/node/lots/nodes",
                "id customer { id } points remaining state availableAt expiresAt entry { id } order { id }",
                "id customerId:customer.id points remaining state availableAt expiresAt entryId:entry.id
                 orderId:order.id",
            ],
        ),
        Case {
            mutation: "exportImportRejects",
            input: json!({ "importRunId": full.run, "orderBy": "MET_DESC" }),
            query: format!(
                "query {{ node(id: \"{}\") {{ ... on ImportRun {{ rejects(first: 100, orderBy: MET_DESC) {{ nodes {{
                    id resource line externalId field message record }} }} }} }} }}",
                full.run
            ),
            nodes: "/node/rejects/nodes",
            columns: "id resource line externalId field message record",
            least: 3,
        },
    ]
}

/// `PLACED_AT` of `placedAt`.
fn constant(name: &str) -> String {
    name.chars()
        .flat_map(|letter| {
            let gap = letter.is_ascii_uppercase().then_some('_');
            gap.into_iter().chain([letter.to_ascii_uppercase()])
        })
        .collect()
}

/// Columns that no field of the API tells of.
const BESIDE: [&str; 4] = ["awardingStatuses", "createdAt", "integrationId", "metAt"];

/// A cell of a table, by RFC 4180; what would run as a formula is tamed.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is_formula = value.is_string() && text.starts_with('=');
    if is_formula || text.contains(['"', ',', '\r', '\n']) {
        let tame = if is_formula { "'" } else { "" };
        format!("\"{tame}{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The table that nodes of the API make.
fn table(nodes: &Value, columns: &[(&str, &str)]) -> String {
    let line = |cells: Vec<String>| format!("{}\r\n", cells.join(","));
    let head = line(columns.iter().map(|(name, _)| (*name).to_owned()).collect());
    let rows = list(nodes);
    let rows = rows.iter().map(|node| {
        let cells = columns.iter().map(|(_, path)| cell(&at(node, path)));
        line(cells.collect())
    });
    format!("\u{feff}{head}{}", rows.collect::<String>())
}

/// A list is written as the API tells it, in both forms; and of columns that are not asked for there are none but the
/// known ones.
pub(super) async fn check(who: &Actor<'_>, case: &Case) {
    let told = who.ask(&case.query, json!({})).await;
    let nodes = told.pointer(case.nodes).unwrap();
    let rows = list(nodes).len();
    assert!(rows >= case.least, "{}: {rows} rows", case.mutation);
    let columns = case.columns.split_whitespace();
    let columns: Vec<(&str, &str)> = columns
        .map(|column| column.split_once(':').unwrap_or((column, column)))
        .collect();
    for (format, expected) in [("JSON_LINES", lines(nodes, &columns)), ("CSV", table(nodes, &columns))] {
        let mut input = case.input.clone();
        input["format"] = json!(format);
        input["columns"] = columns.iter().map(|(name, _)| constant(name)).collect();
        assert_eq!(exported(who, case.mutation, input).await, expected, "{}", case.mutation);
    }

    let mut input = case.input.clone();
    input["format"] = json!("CSV");
    let all = exported(who, case.mutation, input).await;
    let head = all.lines().next().unwrap().trim_start_matches('\u{feff}');
    let all: BTreeSet<&str> = head.split(',').collect();
    let known: BTreeSet<&str> = columns.iter().map(|(name, _)| *name).collect();
    assert!(known.is_subset(&all), "{}: {head}", case.mutation);
    let others: Vec<&&str> = all.difference(&known).collect();
    assert!(others.iter().all(|name| BESIDE.contains(name)), "{others:?}");
}

#[tokio::test]
async fn every_list_is_written_as_the_api_tells_it() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let store = merchant.create_store("Loja").await;
    let full = seed::fill(app.app(), &store, 3).await;
    for case in cases(&store, &full) {
        check(&merchant, &case).await;
    }
}

/// The ledger of a whole store adds up to that of its customers, and nobody else's is in it.
#[tokio::test]
async fn a_stores_ledger_is_that_of_all_its_customers() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, EMAIL).await;
    let (store, other) = (
        merchant.create_store("Loja").await,
        merchant.create_store("Outra").await,
    );
    seed::fill(app.app(), &store, 2).await;
    let foreign = seed::fill(app.app(), &other, 1).await;
    for mutation in ["exportLedgerEntries", "exportPointLots"] {
        let input = json!({ "storeId": store, "format": "JSON_LINES", "columns": ["ID", "CUSTOMER_ID"] });
        let whole = exported(&merchant, mutation, input).await;
        let mut all: Vec<String> = whole.lines().map(ToOwned::to_owned).collect();
        let mut parts = Vec::new();
        for customer in seed::customers(app.app(), store.parse().unwrap()).await {
            let input = json!({ "storeId": store, "customerId": customer.id, "format": "JSON_LINES",
                "columns": ["ID", "CUSTOMER_ID"] });
            parts.extend(
                exported(&merchant, mutation, input)
                    .await
                    .lines()
                    .map(ToOwned::to_owned),
            );
        }
        assert!(!all.is_empty() && !whole.contains(&foreign.customer.to_string()));
        all.sort_unstable();
        parts.sort_unstable();
        assert_eq!(all, parts, "{mutation}");
    }
}
