//! Walks through a store's customers, gives one of them points, cannot redeem a reward that costs too much, and waits
//! for a redemption: with types that cynic made of the schema and of the documents of `docs/api/operations`.

use std::{
    collections::HashSet,
    env,
    error::Error,
    io::{BufRead as _, BufReader},
};

use cynic::{
    GraphQlResponse, Id, MutationBuilder as _, Operation, QueryBuilder as _, SubscriptionBuilder as _,
    serde::{Serialize, de::DeserializeOwned},
};
use operations::{adjust_points, customers, redeem_reward, redemption_progress, rewards};
use ureq::{Body, http::Response};

#[cynic::schema("fidelidade")]
mod schema {}

/// One module for each document.
#[allow(dead_code, reason = "each is compiled, and some are asked")]
mod operations {
    use super::schema;
    include!(concat!(env!("OUT_DIR"), "/operations.rs"));
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let store = Id::new(env::var("STORE")?);
    let seen = page_through(&store)?;
    assert_eq!(seen.len().to_string(), env::var("CUSTOMERS")?);
    let customer = Id::new(seen.iter().min().ok_or("nobody")?);
    give_points(&customer)?;
    redeem_too_much(&store, &customer)?;
    wait_for_redemption(&Id::new(env::var("REDEMPTION")?))?;
    println!("{} customers", seen.len());
    Ok(())
}

fn page_through(store: &Id) -> Result<HashSet<String>> {
    let (mut seen, mut after) = (HashSet::new(), None::<String>);
    loop {
        let variables = customers::CustomersVariables {
            store,
            after: after.as_deref(),
        };
        let page = ask(&customers::Customers::build(variables))?.store.ok_or("no store")?;
        seen.extend(
            page.customers
                .nodes
                .into_iter()
                .map(|customer| customer.id.into_inner()),
        );
        if !page.customers.page_info.has_next_page {
            return Ok(seen);
        }
        after = page.customers.page_info.end_cursor;
    }
}

fn give_points(customer: &Id) -> Result<()> {
    let mut balances = Vec::new();
    for key in ["one", "two"] {
        let input = adjust_points::AdjustPointsInput {
            customer_id: customer,
            points: adjust_points::Points(7),
            kind: adjust_points::AdjustPointsKind::Adjustment,
            reason: "cortesia",
            expires_at: None,
            idempotency_key: key,
        };
        let variables = adjust_points::AdjustPointsVariables { input };
        let given = ask(&adjust_points::AdjustPoints::build(variables))?.adjust_points;
        assert!(given.user_errors.is_empty(), "{:?}", given.user_errors);
        let balance = given
            .customer
            .and_then(|customer| customer.balance)
            .ok_or("no balance")?;
        balances.push(balance.available.0);
    }
    assert_eq!(balances[1], balances[0] + 7);
    Ok(())
}

/// User errors are an interface, and one that carries data shows it.
fn redeem_too_much(store: &Id, customer: &Id) -> Result<()> {
    let told = ask(&rewards::Rewards::build(rewards::RewardsVariables { store }))?;
    let rewards = told.store.ok_or("no store")?.rewards.nodes;
    let dearest = rewards
        .into_iter()
        .max_by_key(|reward| reward.points.0)
        .ok_or("no reward")?;
    for attempt in 0..1_000 {
        let key = format!("cynic {attempt}");
        let input = redeem_reward::RedeemRewardInput {
            customer_id: customer,
            reward_id: &dearest.id,
            idempotency_key: &key,
        };
        let variables = redeem_reward::RedeemRewardVariables { input };
        let told = ask(&redeem_reward::RedeemReward::build(variables))?.redeem_reward;
        let Some(error) = told.user_errors.into_iter().next() else {
            continue;
        };
        assert!(
            matches!(error.code, redeem_reward::UserErrorCode::InsufficientPoints),
            "{error:?}"
        );
        let redeem_reward::UserError2::InsufficientPoints(amounts) = error.user_error2 else {
            return Err("the amounts are missing".into());
        };
        assert_eq!(amounts.required.0, dearest.points.0);
        assert!(amounts.available.0 < amounts.required.0, "{amounts:?}");
        return Ok(());
    }
    Err("the points never end".into())
}

/// Subscribes over server-sent events, which need no more than a client for HTTP.
fn wait_for_redemption(id: &Id) -> Result<()> {
    use redemption_progress::{RedemptionProgress, RedemptionProgressVariables};
    let operation = RedemptionProgress::build(RedemptionProgressVariables { id });
    let answer = post(&operation, "text/event-stream")?;
    for line in BufReader::new(answer.into_body().into_reader()).lines() {
        if let Some(data) = line?.strip_prefix("data: ") {
            let answer: GraphQlResponse<RedemptionProgress> = serde_json::from_str(data)?;
            assert_eq!(&data_of(answer)?.redemption.id, id);
            return Ok(());
        }
    }
    Err("the stream tells nothing".into())
}

fn ask<T: DeserializeOwned, V: Serialize>(operation: &Operation<T, V>) -> Result<T> {
    let mut answer = post(operation, "application/graphql-response+json, application/json")?;
    data_of(answer.body_mut().read_json()?)
}

fn data_of<T>(answer: GraphQlResponse<T>) -> Result<T> {
    match answer.errors {
        Some(errors) => Err(format!("{errors:?}").into()),
        None => answer.data.ok_or_else(|| "no data".into()),
    }
}

fn post(operation: &impl Serialize, accept: &str) -> Result<Response<Body>> {
    let answer = ureq::post(env::var("URL")?)
        .header("authorization", format!("Bearer {}", env::var("TOKEN")?))
        .header("accept", accept)
        .send_json(operation)?;
    Ok(answer)
}
