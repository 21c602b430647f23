//! Whether the program agrees with the sandbox's truth: every sale once, its money and points, every
//! customer's balance, and one e-mail for each cause. What has to be is worked out here from the truth
//! alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::mailbox::Mail;
use super::merchant::{Merchant, Store, cents, number, text};
use super::shop::{Shop, has_address, is_anonymous};
use super::truth::{TrueOrder, Truth};

/// What the truth alone does not tell.
pub(crate) struct Known {
    /// The shop.
    pub(crate) shop: &'static Shop,
    /// When the integration was activated, about which time the first import began.
    pub(crate) activated: DateTime<Utc>,
    /// How many days the first import went back.
    pub(crate) days_back: i64,
    /// Numbers of orders that an import saw in a status that awards points before they left it.
    pub(crate) seen_awarding: BTreeSet<String>,
}

/// How sure it is that an order was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Certain,
    /// Platforms are asked for a little more than is needed, since their clocks are in doubt.
    Possible,
    Wrong,
}

impl Known {
    fn presence(&self, order: &TrueOrder) -> Presence {
        let start = self.activated - TimeDelta::days(self.days_back);
        // What was changed since is imported however old it is.
        let after = |placed: TimeDelta, changed: TimeDelta| {
            order.placed_at > start + placed || order.changed_at > self.activated + changed
        };
        if !self.shop.sold(order) {
            Presence::Wrong
        } else if after(TimeDelta::minutes(2), TimeDelta::zero()) {
            Presence::Certain
        } else if after(-TimeDelta::hours(4), -TimeDelta::hours(4)) {
            Presence::Possible
        } else {
            Presence::Wrong
        }
    }

    fn worth(&self, order: &TrueOrder) -> i64 {
        self.shop.worth(order, self.seen_awarding.contains(&order.number))
    }

    /// Compares all orders, customers and balances, and tells all differences at once.
    pub(crate) async fn compare(&self, merchant: &Merchant, store: &Store, truth: &Truth) {
        let mut wrong = Vec::new();
        let mut imported = BTreeMap::new();
        for order in merchant.orders(store).await {
            if let Some(twice) = imported.insert(text(&order["number"]), order) {
                wrong.push(format!("there twice: {twice}"));
            }
        }
        let mut people = People::default();
        for order in &truth.orders {
            match (imported.remove(&order.number), self.presence(order)) {
                (Some(found), Presence::Certain | Presence::Possible) => {
                    wrong.extend(self.differences(order, &found));
                    wrong.extend(people.meet(order, &found["customer"]["id"], self.worth(order)));
                }
                (None, Presence::Certain) => wrong.push(format!("missing: {order:?}")),
                (Some(found), Presence::Wrong) => wrong.push(format!("should not be there: {found}")),
                (None, Presence::Possible | Presence::Wrong) => {}
            }
        }
        wrong.extend(
            imported
                .into_values()
                .map(|order| format!("the shop has no such order: {order}")),
        );
        let spent = spent(&merchant.coupons(store).await);
        for customer in merchant.customers(store).await {
            wrong.extend(people.balance(&customer, &spent));
        }
        assert!(
            wrong.is_empty(),
            "the program and the shop differ:\n  {}",
            wrong.join("\n  ")
        );
    }

    fn differences(&self, order: &TrueOrder, found: &Value) -> Vec<String> {
        let mut differences = Vec::new();
        let mut compare = |what: &str, found: String, truth: String| {
            if found != truth {
                differences.push(format!("order {}: {what} is {found}, should be {truth}", order.number));
            }
        };
        compare("status", text(&found["statusCode"]), order.status.clone());
        compare(
            "time",
            instant(&found["placedAt"]).to_string(),
            order.placed_at.to_string(),
        );
        let channel = if self.shop.tells_channel() {
            order.channel.to_uppercase()
        } else {
            "UNKNOWN".to_owned()
        };
        compare("channel", text(&found["channel"]), channel);
        compare("complete", found["complete"].to_string(), true.to_string());
        let money = |key: &str| cents(&found[key]).to_string();
        compare("products", money("productsTotal"), order.products_cents.to_string());
        compare("discount", money("discountTotal"), order.discount_cents.to_string());
        compare("shipping", money("shippingTotal"), order.shipping_cents.to_string());
        compare("total", money("total"), order.total_cents.to_string());
        let coupon = order.coupon_code.as_deref().map(str::to_uppercase);
        compare(
            "coupon",
            found["couponCode"].to_string(),
            Value::from(coupon).to_string(),
        );
        let what = format!("points (a {} sale, {})", order.channel, order.status);
        compare(&what, found["points"].to_string(), self.worth(order).to_string());
        differences
    }

    /// Compares the e-mails with their causes: sales that gave points since the activation, coupons, and
    /// so many failed redemptions.
    pub(crate) async fn compare_mails(
        &self,
        (merchant, store): (&Merchant, &Store),
        truth: &Truth,
        mails: &[Mail],
        failures: usize,
    ) {
        let gave_points = |order: &&TrueOrder| {
            order.placed_at >= self.activated
                && self.presence(order) == Presence::Certain
                && has_address(&order.person)
                && (self.worth(order) > 0 || self.seen_awarding.contains(&order.number))
        };
        let mut expected: Vec<(String, String)> = truth
            .orders
            .iter()
            .filter(gave_points)
            .map(|order| {
                (
                    order.person.email.as_deref().unwrap_or_default().to_lowercase(),
                    order.number.clone(),
                )
            })
            .collect();
        let customers = merchant.customers(store).await;
        let email_of = |id: &Value| {
            customers
                .iter()
                .find(|customer| customer["id"] == *id)
                .map(|one| one["email"].clone())
        };
        for coupon in merchant.coupons(store).await {
            // What was cancelled here was completed, and told of, before.
            let state = &coupon["redemption"]["state"];
            if let (true, Some(Value::String(email))) = (
                *state == "COMPLETED" || *state == "CANCELLED",
                email_of(&coupon["customer"]["id"]),
            ) {
                expected.push((email, text(&coupon["code"])));
            }
        }
        let mut told: Vec<(String, String)> = Vec::new();
        for mail in mails {
            let subject = mail.order_number().or(mail.coupon_code());
            told.extend(subject.map(|subject| (mail.to.clone(), subject.to_owned())));
        }
        expected.sort();
        told.sort();
        assert_eq!(told, expected, "e-mails and what should have caused them");
        assert_eq!(
            mails.iter().filter(|mail| mail.is_about_failure()).count(),
            failures,
            "e-mails about failures"
        );
        assert_eq!(
            mails.len(),
            told.len() + failures,
            "e-mails about something else: {mails:#?}"
        );
    }
}

/// Who is who on both sides, and what they earned.
#[derive(Default)]
struct People {
    /// The program's customer of each of the shop's.
    ids: BTreeMap<u64, String>,
    /// Points by the program's customer.
    earned: BTreeMap<String, i64>,
}

impl People {
    /// Notes the buyer of an order. Every buyer must be one customer, and nobody else's.
    fn meet(&mut self, order: &TrueOrder, id: &Value, worth: i64) -> Option<String> {
        let Some(id) = id.as_str() else {
            let complaint = format!("order {} has no customer: {:?}", order.number, order.person);
            return (!is_anonymous(&order.person)).then_some(complaint);
        };
        *self.earned.entry(id.to_owned()).or_default() += worth;
        let person = order.person.external_id;
        let known = self.ids.entry(person).or_insert_with(|| id.to_owned());
        if known != id {
            return Some(format!("customer {person} is both {known} and {id}"));
        }
        let others: Vec<_> = self
            .ids
            .iter()
            .filter(|(other, found)| **other != person && *found == id)
            .collect();
        (!others.is_empty()).then(|| format!("customer {person} is the same as {others:?}"))
    }

    /// Compares a balance with the sum of what was earned and spent.
    fn balance(&self, customer: &Value, spent: &BTreeMap<String, i64>) -> Option<String> {
        let id = text(&customer["id"]);
        let balance = &customer["balance"];
        let part = |key: &str| number(&balance[key]);
        let held = part("available") - part("debt");
        let of = |sums: &BTreeMap<String, i64>| sums.get(&id).copied().unwrap_or_default();
        let due = of(&self.earned) - of(spent);
        let is_right = held == due && part("reserved") == 0 && part("pending") == 0;
        (!is_right).then(|| {
            format!(
                "customer {id} has {balance}, earned {} and spent {}",
                of(&self.earned),
                of(spent)
            )
        })
    }
}

/// What each customer has spent, by the redemptions that were completed.
fn spent(coupons: &[Value]) -> BTreeMap<String, i64> {
    let mut spent = BTreeMap::new();
    for coupon in coupons
        .iter()
        .filter(|coupon| coupon["redemption"]["state"] == "COMPLETED")
    {
        *spent.entry(text(&coupon["customer"]["id"])).or_default() += number(&coupon["redemption"]["points"]);
    }
    spent
}

/// An instant in an answer.
pub(crate) fn instant(value: &Value) -> DateTime<Utc> {
    text(value).parse().unwrap()
}
