//! One sale told by its shop and by an ERP, in every interleaving of their snapshots: the ledger ends in one
//! state, that of the shop's order alone.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entity::{CustomerId, OrderId, Points, RedemptionId, order};
use fidelidade::platform::{Buyer, SaleStatus, SalesChannel};
use fidelidade::service::order::{Outcome, PushedBuyer, PushedSale};
use fidelidade::service::points;

use super::books::{self, Account, Sums};
use super::sale::{Sale, Standing, State, Told};
use super::world::{PLAIN, Rules, Source, Store, World, beginning};
use crate::support::document::cpf;

use SaleStatus::{Approved, Cancelled as CancelledInErp, Delivered as DeliveredInErp, Pending as PendingInErp};
use Standing::{Cancelled, Delivered, Paid, Pending};

/// What an ERP tells: where the sale stands, of so many cents how many were given back.
type Account3 = [(SaleStatus, i64, i64); 3];
/// What a shop tells: where the order stands, and its cents.
type Order3 = [(Standing, i64, Told); 3];

/// Snapshots of both.
const ALL: usize = 6;
/// What customers spend in the middle of it, if they can.
const SPENT: i64 = 60;

const PAID_AND_REFUNDED: Order3 = [
    (Pending, 12_000, Told::Whole),
    (Paid, 12_000, Told::Whole),
    (Delivered, 9_050, Told::Whole),
];
const CANCELLED: Order3 = [
    (Paid, 12_000, Told::Whole),
    (Delivered, 12_000, Told::Whole),
    (Cancelled, 12_000, Told::Whole),
];
const BACK_AGAIN: Order3 = [
    (Paid, 12_000, Told::Row),
    (Cancelled, 12_000, Told::Whole),
    (Delivered, 11_999, Told::Whole),
];
const STANDS_IN_ERP: Account3 = [
    (PendingInErp, 12_300, 0),
    (Approved, 12_300, 0),
    (DeliveredInErp, 12_300, 1_000),
];
const CANCELLED_IN_ERP: Account3 = [
    (Approved, 12_300, 0),
    (DeliveredInErp, 12_300, 0),
    (CancelledInErp, 12_300, 0),
];

/// All sequences that have each of both sources' snapshots once.
fn sequences() -> Vec<Vec<usize>> {
    fn longer(word: &[usize], all: &mut Vec<Vec<usize>>) {
        if word.len() == ALL {
            all.push(word.to_vec());
        }
        for next in (0..ALL).filter(|next| !word.contains(next)) {
            longer(&[word, &[next]].concat(), all);
        }
    }
    let mut all = Vec::new();
    longer(&[], &mut all);
    assert_eq!(all.len(), 720);
    all
}

/// Who tells who bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Knows {
    Both,
    Shop,
    Erp,
}

struct Scene {
    world: World,
    store: Store,
    source: Source,
    order: Sale,
    account: Account3,
    knows: Knows,
}

impl Scene {
    async fn open(rules: Rules, order: Order3, account: Account3, knows: Knows) -> Self {
        let world = World::open().await;
        let store = world.store(rules).await;
        let source = world.source(&store).await;
        let states = order.into_iter().zip(1..).map(|((standing, cents, told), nth)| State {
            at: nth * 60,
            standing,
            cents,
            told,
        });
        let order = Sale {
            placed_at: beginning() - TimeDelta::days(2),
            credit: 0,
            marketplace: false,
            states: states.collect(),
        };
        Self {
            world,
            store,
            source,
            order,
            account,
            knows,
        }
    }

    /// Tells the `nth` snapshot of many sales, each of which has one now.
    async fn tell(&self, now: &[(usize, usize)]) {
        let (orders, sales): (Vec<_>, Vec<_>) = now.iter().partition(|(_, snapshot)| *snapshot < 3);
        let orders = orders.into_iter().map(|(nth, state)| {
            let mut told = self.order.snapshot(&format!("o{nth}"), "", state);
            told.order.buyer = Buyer {
                document: (self.knows != Knows::Erp).then(|| cpf(nth)),
                ..Buyer::default()
            };
            told
        });
        for page in orders.collect::<Vec<_>>().chunks(333) {
            self.store.import(page.to_vec()).await;
        }
        let sales: Vec<PushedSale> = sales
            .into_iter()
            .map(|(nth, state)| self.sale(nth, state - 3))
            .collect();
        for page in sales.chunks(100) {
            for result in self.source.register(page.to_vec()).await {
                assert_ne!(result.outcome, Outcome::Rejected, "{result:?}");
            }
        }
    }

    fn sale(&self, nth: usize, state: usize) -> PushedSale {
        let (status, products, refunded) = self.account[state];
        // An ERP dates its sale a day later, and its changes between those of the shop.
        let placed_at = self.order.placed_at + TimeDelta::days(1);
        PushedSale {
            external_id: format!("erp-{nth}"),
            number: None,
            shop_number: Some(format!("o{nth}")),
            status,
            placed_at,
            changed_at: placed_at + TimeDelta::minutes(30 * (i64::try_from(state).unwrap() + 1)),
            currency: None,
            products,
            discount: 0,
            shipping: 0,
            surcharge: 0,
            total: None,
            refunded,
            credit: 0,
            coupon_code: None,
            channel: SalesChannel::Unknown,
            branch: None,
            buyer: PushedBuyer {
                document: (self.knows != Knows::Shop).then(|| cpf(nth)),
                ..PushedBuyer::default()
            },
            lines: Vec::new(),
        }
    }

    /// The accounts by the document that they have, audited; and nothing is wrong by the program's own check.
    async fn accounts(&self) -> BTreeMap<String, Account> {
        let now = self.world.app.clock.now();
        let mut wrong = Vec::new();
        points::verify(&self.world.app, None, |difference| wrong.push(difference.clone()))
            .await
            .unwrap();
        assert_eq!(wrong, []);
        let accounts: BTreeMap<CustomerId, Account> = books::read(&self.world.app.db, self.store.id).await;
        let audited = accounts.into_values().map(|account| {
            assert_eq!(account.audit(now, now, &[]), Vec::<String>::new(), "{account:#?}");
            (account.customer.document.clone().unwrap_or_default(), account)
        });
        audited.collect()
    }

    /// Everybody who can redeems, for good.
    async fn spend(&self) -> BTreeMap<String, i64> {
        let accounts = self.accounts().await;
        let mut spent = BTreeMap::new();
        let purse = self.store.purse().await;
        for (document, account) in accounts {
            let redemption: RedemptionId = self.world.app.id();
            let whose = (account.customer.id, Points(SPENT));
            if purse.reserve(redemption, whose).await.is_ok() {
                purse.capture(redemption, whose).await;
                spent.insert(document, SPENT);
            }
        }
        purse.commit().await;
        spent
    }

    /// Plays every sequence as a sale of its own, and compares its end with that of the shop's order alone.
    async fn same_end(&self, spend_after: Option<usize>, worth: i64) {
        let sequences = sequences();
        let mut spent = BTreeMap::new();
        for step in 0..ALL {
            let now: Vec<_> = sequences.iter().map(|word| word[step]).enumerate().collect();
            self.tell(&now).await;
            if spend_after == Some(step + 1) {
                spent = self.spend().await;
                assert!(spent.len() > 100, "{} have spent", spent.len());
            }
        }
        // And once more, from the last to the first.
        for step in (0..ALL).rev() {
            self.tell(&sequences.iter().map(|word| word[step]).enumerate().collect::<Vec<_>>())
                .await;
        }
        let accounts = self.accounts().await;
        let orders = order::Entity::in_store(self.store.id)
            .all(&self.world.app.db)
            .await
            .unwrap();
        let of = |id: String| orders.iter().find(|order| order.external_id == id).unwrap();
        for (nth, word) in sequences.iter().enumerate() {
            let (order, sale) = (of(format!("o{nth}")), of(format!("erp-{nth}")));
            assert_eq!(sale.counted_as_id, Some(order.id), "after {word:?}");
            assert_eq!((order.points.0, sale.points.0), (worth, 0), "after {word:?}");
            let told_by: Option<OrderId> = (self.knows == Knows::Erp).then_some(sale.id);
            assert_eq!(order.customer_of_id, told_by, "after {word:?}");
            let account = &accounts[&cpf(nth)];
            assert_eq!(order.customer_id, Some(account.customer.id));
            let rest = worth - spent.get(&cpf(nth)).copied().unwrap_or_default();
            let expected = Sums {
                balance: rest.max(0),
                reserved: 0,
                debt: (-rest).max(0),
            };
            assert_eq!(account.sums(), expected, "after {word:?}");
        }
    }
}

#[tokio::test]
async fn both_sources_end_in_the_state_of_the_shop() {
    for knows in [Knows::Both, Knows::Shop, Knows::Erp] {
        let scene = Scene::open(PLAIN, PAID_AND_REFUNDED, STANDS_IN_ERP, knows).await;
        scene.same_end(None, 90).await;
    }
    let scene = Scene::open(PLAIN, PAID_AND_REFUNDED, CANCELLED_IN_ERP, Knows::Both).await;
    scene.same_end(None, 90).await;
}

#[tokio::test]
async fn who_has_spent_ends_as_if_the_shop_alone_had_told() {
    for (order, account, knows, worth, after) in [
        (PAID_AND_REFUNDED, STANDS_IN_ERP, Knows::Both, 90, 2),
        (PAID_AND_REFUNDED, STANDS_IN_ERP, Knows::Both, 90, 4),
        (CANCELLED, STANDS_IN_ERP, Knows::Both, 0, 3),
        (BACK_AGAIN, CANCELLED_IN_ERP, Knows::Both, 119, 3),
        (PAID_AND_REFUNDED, STANDS_IN_ERP, Knows::Erp, 90, 3),
    ] {
        let scene = Scene::open(PLAIN, order, account, knows).await;
        scene.same_end(Some(after), worth).await;
    }
}

/// A link hangs on the number: a shop that numbers its order anew has two sales.
#[tokio::test]
async fn a_shops_order_with_another_number_lets_the_sale_go() {
    let scene = Scene::open(PLAIN, PAID_AND_REFUNDED, STANDS_IN_ERP, Knows::Both).await;
    let sale = async || {
        let orders = order::Entity::in_store(scene.store.id).all(&scene.world.app.db);
        let mut orders = orders.await.unwrap();
        orders.retain(|order| order.external_id == "erp-0");
        (orders[0].counted_as_id.is_some(), orders[0].points.0)
    };
    scene.tell(&[(0, 1)]).await;
    scene.tell(&[(0, 4)]).await;
    assert_eq!(sale().await, (true, 0));
    let mut renumbered = scene.order.snapshot("o0", "", 2);
    renumbered.order.number = "outro".to_owned();
    renumbered.order.buyer = Buyer {
        document: Some(cpf(0)),
        ..Buyer::default()
    };
    scene.store.import(vec![renumbered]).await;
    assert_eq!(sale().await, (false, 123));
    scene.accounts().await;
}
