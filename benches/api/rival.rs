//! PostGraphile on the same database: what somebody has who wants GraphQL over PostgreSQL without programming. It turns a
//! query into one statement.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::load::Load;
use super::page::CUSTOMERS;
use super::stock::{self, Stock};

/// The page in its words. An amount is left as it is in the column, which is less work than the API has.
const DOCUMENT: &str = "query Page($store: UUID!, $before: Datetime!) { store: storeByRowId(rowId: $store) { id: rowId name \
     customers: customersByStoreId(first: 50, orderBy: [CREATED_AT_DESC, ROW_ID_DESC], \
     filter: { createdAt: { lessThan: $before }, mergedIntoId: { isNull: true } }) { nodes { id: rowId name email \
     orders: ordersByCustomerId(first: 5, orderBy: [PLACED_AT_DESC, ROW_ID_DESC]) \
     { nodes { id: rowId number placedAt total: totalCents points } } \
     coupons: couponsByCustomerId(first: 50, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) \
     { nodes { id: rowId code state validUntil } } } } } }";

/// A running server. Dropping it ends it.
pub(crate) struct Rival {
    pub(crate) load: Load,
    _child: Child,
}

impl Rival {
    /// Installs it where it is not yet, from its lock file, and starts it on a database.
    pub(crate) async fn start(database: &str, stock: &Stock, numbers: &[u64]) -> anyhow::Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/api/postgraphile");
        let node = install(&folder).await?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut child = Command::new(node)
            .arg("serve.mjs")
            .current_dir(&folder)
            .env("DATABASE_URL", database)
            .env("PORT", address.port().to_string())
            .env("NODE_ENV", "production")
            .env("GRAPHILE_ENV", "production")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("PostGraphile cannot be run")?;
        let mut told = BufReader::new(child.stdout.take().context("it says when it is ready")?).lines();
        while let Some(line) = tokio::time::timeout(Duration::from_mins(1), told.next_line()).await?? {
            if line == "ready" {
                let bodies = numbers.iter().map(|number| body(stock, *number));
                let load = Load::new(address, "/graphql", "none", bodies);
                return Ok(Self { load, _child: child });
            }
        }
        bail!("PostGraphile ended before it was ready")
    }
}

/// Node as PostGraphile needs it, with everything that `package-lock.json` names.
async fn install(folder: &Path) -> anyhow::Result<PathBuf> {
    let node = folder.join("node_modules/node/bin/node");
    if !node.is_file() {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
        let done = npm.current_dir(folder).status().await.context("npm cannot be run")?;
        ensure!(done.success(), "npm could not install PostGraphile: {done}");
    }
    Ok(node)
}

fn body(stock: &Stock, number: u64) -> String {
    let variables = json!({ "store": stock.store.0.to_string(), "before": stock::before(number) });
    json!({ "query": DOCUMENT, "variables": variables }).to_string()
}

/// Refuses answers that do not show the same customers, sales and coupons in the same order.
pub(crate) fn ensure_same(own: &[u8], other: &[u8]) -> anyhow::Result<()> {
    let (own, other) = (shown(own)?, shown(other)?);
    ensure!(own.len() as u64 > CUSTOMERS, "a page without rows below its customers");
    ensure!(own == other, "PostGraphile shows {other:?} and the API {own:?}");
    Ok(())
}

/// What each row of a page is known by.
fn shown(answer: &[u8]) -> anyhow::Result<Vec<Value>> {
    let answer: Value = serde_json::from_slice(answer)?;
    ensure!(answer.get("errors").is_none(), "an answer with errors: {answer}");
    let nodes = |of: &Value| of["nodes"].as_array().cloned().unwrap_or_default();
    let mut shown = Vec::new();
    for customer in nodes(&answer["data"]["store"]["customers"]) {
        shown.push(customer["email"].clone());
        shown.extend(nodes(&customer["orders"]).iter().map(|order| order["number"].clone()));
        shown.extend(nodes(&customer["coupons"]).iter().map(|coupon| coupon["code"].clone()));
    }
    Ok(shown)
}
