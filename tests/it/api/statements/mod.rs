//! What operations cost: the number of statements of each, which does not depend on how many rows
//! there are, and is the same on SQLite and PostgreSQL.
//!
//! Counted are the statements of the program's own connection, `BEGIN` and `COMMIT` left out. A
//! number that changes is not a mistake by itself: look at what is asked (it is printed), and write
//! the new number down.

pub(super) mod corpus;
pub(super) mod counted;
mod imports;

use std::fmt::Write as _;

use counted::Counted;

/// Statements of each operation, the requester's authentication (3) included.
const EXPECTED: &[(&str, usize)] = &[
    ("Sign in", 7),
    ("Who am I, and which stores are mine", 6),
    ("In all my stores: customers with their points", 10),
    ("In all my stores: integrations and imports", 8),
    ("In all my stores: rewards on offer", 8),
    ("In all my stores: coupons", 8),
    ("Orders with everything around them", 14),
    ("Customers with lists below them", 14),
    ("Statements", 20),
    ("Lots", 12),
    ("Points report", 11),
    ("Redemptions", 11),
    ("Explanations of orders", 8),
    ("Other rules tried", 9),
    ("A redemption tried", 9),
    ("Import runs with their rejects", 9),
    ("Everything of all stores", 14),
    ("People's access", 11),
    ("My sessions and tokens", 6),
    ("Webhooks with their deliveries", 9),
    ("Jobs with what they are for", 7),
    ("Differences between a shop and the books", 11),
    ("Nodes by their ids", 7),
    ("What waits for people", 11),
    ("Pools with what they have", 9),
    ("reconcile", 11),
    ("applyRepairs", 9),
    ("reinstatePoints", 32),
    ("cancelRedemption", 29),
    ("mergeCustomers", 23),
    ("unmergeCustomers", 27),
    ("createStore", 9),
    ("updateStore", 7),
    ("updateProgramme", 9),
    ("connectIntegration", 23),
    ("updateIntegration", 11),
    ("startImport", 11),
    ("cancelImport", 7),
    ("registerSales", 29),
    ("registerCustomers", 14),
    ("createSalesUpload", 10),
    ("importSales", 18),
    ("createReward", 10),
    ("setRewardPositions", 8),
    ("redeemReward", 28),
    ("redeemWithCode", 34),
    ("requestRedemptionCode", 16),
    ("adjustPoints", 20),
    ("reverseAdjustment", 27),
    ("createApiToken", 6),
    ("fulfilRedemption", 29),
    ("refuseFulfilment", 32),
    ("createCouponPool", 9),
    ("updateCouponPool", 8),
    ("createCodesUpload", 10),
    ("addCodes", 18),
    ("withdrawCodes", 11),
    ("redeemReward of a pool", 40),
    ("deactivateIntegration", 8),
    ("activateIntegration", 9),
];

/// What the operations of the corpus cost in a store of so many rows.
async fn cost(rows: usize) -> Vec<(String, Vec<String>)> {
    let program = Counted::start().await;
    let store = corpus::Stocked::new(&program, rows).await;
    let mut costs = Vec::new();
    for operation in store.operations() {
        program.forget();
        let answer = program.gql(&operation.query, operation.variables).await;
        let statements = program.statements();
        assert!(answer.get("errors").is_none(), "{}: {answer:#}", operation.title);
        let text = answer.to_string();
        assert!(!text.contains(r#""userErrors":[{"#), "{}: {answer:#}", operation.title);
        if let Some(pointer) = operation.rows {
            let found = answer
                .pointer(pointer)
                .and_then(|nodes| nodes.as_array())
                .map_or(0, Vec::len);
            assert_eq!(found, rows, "{}: {answer:#}", operation.title);
        }
        costs.push((operation.title, statements));
    }
    costs
}

#[tokio::test]
async fn operations_cost_the_same_with_few_rows_and_with_many() {
    let (few, many) = (cost(2).await, cost(50).await);
    let mut wrong = String::new();
    for ((title, few), (_, many)) in few.iter().zip(&many) {
        let expected = EXPECTED
            .iter()
            .find(|(known, _)| known == title)
            .map(|(_, count)| *count);
        if few.len() != many.len() || expected != Some(many.len()) {
            writeln!(
                wrong,
                "    (\"{title}\", {}),   // with 2 rows {}; written down {expected:?}",
                many.len(),
                few.len()
            )
            .unwrap();
            for statement in many.iter().take(12) {
                writeln!(wrong, "        // {}", statement.chars().take(150).collect::<String>()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert_eq!(many.len(), EXPECTED.len(), "an operation is gone from the corpus");
}

/// The page that a list is asked for first, made larger or smaller.
fn sized(query: &str, size: usize) -> Option<String> {
    // Of stores there is one with many rows, and a hundred of all things in a hundred stores are too many.
    let from = query.find("stores(").map_or(0, |at| at + "stores(first: ".len());
    let place = |word: &str| Some(from + query[from..].find(word)? + word.len());
    let at = ["first: ", "last: "].into_iter().filter_map(place).min()?;
    let rest = query[at..].trim_start_matches(|letter: char| letter.is_ascii_digit());
    Some(format!("{}{size}{rest}", &query[..at]))
}

#[tokio::test]
async fn a_page_of_a_hundred_costs_what_a_page_of_ten_does() {
    let program = Counted::start().await;
    let store = corpus::Stocked::new(&program, 30).await;
    let mut compared = 0;
    for operation in store.operations() {
        let sizes = [10, 100].map(|size| sized(&operation.query, size));
        let [Some(ten), Some(hundred)] = sizes else { continue };
        let mut cost = Vec::new();
        for query in [ten, hundred] {
            program.forget();
            let answer = program.gql(&query, operation.variables.clone()).await;
            assert!(answer.get("errors").is_none(), "{query}: {answer:#}");
            cost.push(program.statements());
        }
        assert_eq!(cost[0].len(), cost[1].len(), "{}: {cost:#?}", operation.title);
        compared += 1;
    }
    assert!(compared >= 12, "only {compared} operations have a list");
}
