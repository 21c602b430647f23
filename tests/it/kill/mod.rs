//! The program is killed in the middle of an import, a feed, a file of sales, a reconciliation, a redemption or its
//! cancellation, and started again. What it was doing goes on, and the end is that of a run that nobody disturbed.

mod consents;
mod exports;
mod feeds;
mod files;
mod pools;
mod reconciliation;
mod scene;
mod webhooks;
mod workers;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::stream::{StreamExt, iter};

use crate::support::gate::Moment::{Answered, Applied, Before};
use crate::support::shop::{self, Shop, Step};
use scene::{Blow, End, play};

/// Scenes played at the same time: mostly they wait.
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn magazord() {
    killed_anywhere(&shop::MAGAZORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loja_integrada() {
    killed_anywhere(&shop::LOJA_INTEGRADA).await;
}

async fn killed_anywhere(shop: &'static Shop) {
    let (undisturbed, pages) = play(shop, Blow::Never).await;
    let blows = [
        Blow::Import(Step::Customers, 1, Before),
        Blow::Import(Step::Orders, 2, Applied),
        Blow::Import(Step::Order, 3, Before),
        Blow::Import(Step::Order, 9, Applied),
        Blow::Import(Step::Orders, pages, Answered),
        Blow::Twice,
        Blow::BeforeMails,
        Blow::AfterRedeem,
        Blow::Coupon(Before),
        Blow::Coupon(Applied),
        Blow::Coupon(Answered),
        Blow::AfterCancel,
        Blow::Ending(Before),
        Blow::Ending(Applied),
        Blow::Ending(Answered),
        Blow::Sales,
    ];
    let ends = iter(blows).map(async |blow| (blow, AssertUnwindSafe(play(shop, blow)).catch_unwind().await));
    let ends: Vec<_> = ends.buffer_unordered(AT_ONCE).collect().await;
    let wrong: Vec<String> = ends
        .into_iter()
        .filter_map(|(blow, end)| complaint(blow, end.ok(), &undisturbed))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} after\n  {}",
        "the end is not that of an undisturbed run",
        wrong.join("\n  ")
    );
}

fn complaint(blow: Blow, end: Option<(End, usize)>, undisturbed: &End) -> Option<String> {
    match end {
        None => Some(format!("{blow:?}: it failed, see above")),
        Some((end, _)) if end != *undisturbed => Some(format!("{blow:?}:\n{end:#?}\ninstead of\n{undisturbed:#?}")),
        Some(_) => None,
    }
}
