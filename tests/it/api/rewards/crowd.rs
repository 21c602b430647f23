//! Many at once on one reward with limits: exactly the limit is redeemed.

use entity::{RewardId, redemption, reward};
use fidelidade::run::Halves;
use fidelidade::service::points;
use futures_util::future::{join, join_all};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::Scene;
use crate::support::app::TestApp;

const CLIENTS: usize = 64;

async fn program() -> TestApp {
    let builder = TestApp::builder().halves(Halves::Serve);
    let builder = builder.set("access.access_minutes", "1000");
    builder.set("database.max_connections", "16").start().await
}

impl Scene<'_> {
    /// How many redemptions stand, and how many places are taken.
    async fn standing(&self, reward: &str) -> (u64, u64) {
        let (db, id) = (&self.app.app().db, reward.parse::<RewardId>().unwrap());
        let standing = redemption::Entity::standing().filter(redemption::Column::RewardId.eq(id));
        let row = reward::Entity::find_by_id(id).one(db).await.unwrap().unwrap();
        (
            standing.count(db).await.unwrap(),
            u64::try_from(row.places_taken).unwrap(),
        )
    }

    /// Redeems by many clients at once, so often each: what came of it, by the redemption or the error's code.
    async fn crowd(&self, reward: &str, each: usize, what: &str) -> Vec<Result<String, String>> {
        let clients = (0..CLIENTS).map(async |client| {
            let mut told = Vec::new();
            for round in 0..each {
                let whose = client % self.customers.len();
                let answer = self.redeem(whose, reward, &format!("{what} {client} {round}")).await;
                told.push(match answer["userErrors"][0]["code"].as_str() {
                    None => Ok(answer["redemption"]["id"].as_str().unwrap().to_owned()),
                    Some(code) => Err(code.to_owned()),
                });
            }
            told
        });
        join_all(clients).await.into_iter().flatten().collect()
    }
}

fn won(told: &[Result<String, String>]) -> Vec<&String> {
    told.iter().filter_map(|one| one.as_ref().ok()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_redeem_exactly_the_limit() {
    let app = program().await;
    let scene = Scene::set(&app, 16).await;
    let reward = scene.reward("Raro", json!({ "limits": { "total": 100 } })).await;
    let told = scene.crowd(&reward, 3, "first").await;
    assert!(
        told.iter()
            .all(|one| one.as_ref().err().is_none_or(|code| code == "REWARD_SOLD_OUT"))
    );
    assert_eq!(won(&told).len(), 100);
    assert_eq!(scene.standing(&reward).await, (100, 100));
    // Some change their minds while others want one.
    let cancelled = join_all(won(&told).into_iter().take(30).map(|id| scene.cancel(id)));
    let (cancelled, again) = join(cancelled, scene.crowd(&reward, 1, "again")).await;
    assert!(cancelled.iter().all(|state| state == "CANCELLED"));
    let (standing, taken) = scene.standing(&reward).await;
    assert_eq!((standing, taken), (70 + won(&again).len() as u64, standing));
    assert!(standing <= 100);
    let rest = scene.crowd(&reward, 1, "rest").await;
    assert_eq!(won(&rest).len() as u64, 100 - standing);
    assert_eq!(scene.standing(&reward).await, (100, 100));
    assert_eq!(points::verify(app.app(), None, |_| {}).await.unwrap().differences, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_customer_on_many_devices_redeems_as_often_as_one_may() {
    let app = program().await;
    let scene = Scene::set(&app, 2).await;
    let limits = json!({ "perCustomer": 5, "perPeriod": { "times": 3, "days": 30 } });
    let reward = scene.reward("Um por um", json!({ "limits": limits })).await;
    let told = scene.crowd(&reward, 1, "first").await;
    assert_eq!(won(&told).len(), 6, "three for each of two");
    assert!(
        told.iter()
            .all(|one| one.as_ref().err().is_none_or(|code| code == "REWARD_LIMIT_REACHED"))
    );
}

/// A limit that is set while clients redeem, and cancel, knows of each of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_that_comes_late_counts_what_is_under_way() {
    let app = program().await;
    let scene = Scene::set(&app, 16).await;
    let reward = scene.reward("Sem limite ainda", json!({})).await;
    let before = scene.crowd(&reward, 1, "before").await;
    let cancelled = join_all(won(&before).into_iter().step_by(2).map(|id| scene.cancel(id)));
    let limited = async {
        for total in [90, 0, 95, 0, 100] {
            let limits = if total == 0 {
                json!({})
            } else {
                json!({ "total": total })
            };
            let told = scene.change(&reward, json!({ "limits": limits })).await;
            assert_eq!(told["userErrors"], json!([]));
        }
    };
    let ((_, ()), _) = join(join(cancelled, limited), scene.crowd(&reward, 2, "while")).await;
    let (standing, taken) = scene.standing(&reward).await;
    assert_eq!(standing, taken);
    let rest = scene.crowd(&reward, 2, "rest").await;
    let (standing, taken) = scene.standing(&reward).await;
    assert_eq!(
        (standing, taken),
        (standing.max(100), standing),
        "{} more",
        won(&rest).len()
    );
}
