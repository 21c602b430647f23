//! The ready-made queries of the console page and of GraphiQL: some that work as they are, then those of the
//! guides in `docs/api`.

use serde_json::{Value, json};

use crate::http::{Pages, ReadyQuery};

/// The operations of the guides: the names of their files, the documents and their variables.
macro_rules! guides {
    ($($name:literal)*) => {
        /// In the order of a merchant's first day.
        const GUIDES: &[(&str, &str, &str)] = &[$((
            $name,
            include_str!(concat!("../../docs/api/operations/", $name, ".graphql")),
            include_str!(concat!("../../docs/api/operations/", $name, ".json")),
        )),*];
    };
}
guides![
    "sign-in" "refresh-session" "viewer" "platforms" "create-store" "connect-integration" "update-integration"
    "activate-integration" "import-progress" "imports" "create-reward" "set-reward-positions" "rewards" "customers" "customer"
    "explain-order" "preview-redemption" "redeem-reward" "redemption-progress" "coupons" "adjust-points"
    "cancel-redemption" "points-report" "create-api-token" "orders" "export-orders" "export" "connect-sales-source" "register-sales"
    "create-sales-upload" "import-sales" "sales-import"
    "create-coupon-pool" "create-codes-upload" "add-codes" "codes-import" "coupon-pools"
    "fulfilments" "fulfil-redemption" "reconcile" "differences" "apply-repairs"
];

/// The operations of the guides, each with the name of its file.
pub fn guides() -> impl Iterator<Item = (&'static str, ReadyQuery)> {
    GUIDES.iter().map(|(name, query, variables)| {
        let title = query.lines().next().unwrap_or_default().trim_start_matches("# ");
        let ready = ReadyQuery {
            title: title.to_owned(),
            query: (*query).to_owned(),
            variables: serde_json::from_str(variables).unwrap_or(Value::Null),
        };
        (*name, ready)
    })
}

/// What the console page shows.
pub fn pages() -> Pages {
    let others = guides()
        .filter(|(name, _)| !FIRST.contains(name))
        .map(|(_, ready)| ready);
    Pages {
        title: "Fidelidade".to_owned(),
        about: "Loyalty programmes of Brazilian online shops: customers, sales, points, rewards, coupons.".to_owned(),
        links: Vec::new(),
        queries: first_looks().into_iter().chain(others).collect(),
    }
}

/// The guides' operations that everything begins with.
const FIRST: [&str; 2] = ["sign-in", "viewer"];

/// What works as it is: signing in, and a look at everything that the viewer may see.
pub fn first_looks() -> Vec<ReadyQuery> {
    let look = |what: &str, query: &str| ReadyQuery {
        title: format!("In all my stores: {what}"),
        query: query.trim().to_owned(),
        variables: json!({}),
    };
    let begin = guides()
        .filter(|(name, _)| FIRST.contains(name))
        .map(|(_, ready)| ready);
    let looks = [
        look("customers with their points", CUSTOMERS),
        look("integrations and imports", IMPORTS),
        look("rewards on offer", REWARDS),
        look("coupons", COUPONS),
    ];
    begin.chain(looks).collect()
}

const CUSTOMERS: &str = "
query Customers {
  viewer { stores(first: 3) { nodes {
    name
    customers(first: 20) {
      totalCount
      nodes {
        id name email
        balance { available pending reserved debt }
        orders(first: 3) { nodes { number statusCode points total { amount currency } placedAt } }
      }
      pageInfo { hasNextPage endCursor }
    }
  } } }
}";

const IMPORTS: &str = "
query Imports {
  viewer { stores(first: 3) { nodes {
    name
    integrations(first: 5) { nodes {
      id active credentialsState missing { field helpPt }
      platform { name }
      orderStatuses { code name class awards }
      lag { syncedAt seconds newestSaleSeconds }
      importRuns(first: 5) {
        nodes { id state phase done total created updated rejected errorMessage rejects(first: 5) { nodes { field message } } }
      }
    } }
  } } }
}";

const REWARDS: &str = "
query Rewards {
  viewer { stores(first: 3) { nodes {
    name
    rewards(first: 20, where: { active: true }) {
      totalCount
      nodes { id kind name points amount { amount } percent minimumOrder { amount } product { sku link } }
    }
  } } }
}";

const COUPONS: &str = "
query Coupons {
  viewer { stores(first: 3) { nodes {
    name
    coupons(first: 20) {
      nodes { code state kind amount { amount currency } validUntil usedByOrder { number } redemption { state points } }
    }
  } } }
}";
