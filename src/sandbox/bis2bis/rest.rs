//! Magento 2's door: lists by `searchCriteria`, single orders, tokens for panel users, and coupons where they are
//! allowed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    access::{Access, Desk},
    conditions::{Condition, compare, text_of},
    records::{self, Door},
    switches::{CouponCalls, ErrorParameters, PastTheEnd, Switches},
};
use crate::sandbox::{
    credentials::credentials,
    exchange::{Answer, Request},
    world::{Coupon, World},
};

/// A call that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    AdminToken,
    Orders,
    Order(String),
    Customers,
    Products,
    RuleCreation,
    CouponCreation,
}

impl Route {
    /// The call behind a path under `/rest`, for every store view or a named one.
    pub(super) fn of(method: &str, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        Some(match (method, parts.as_slice()) {
            ("POST", ["V1", "integration", "admin", "token"]) => Self::AdminToken,
            ("GET", ["all" | "default", "V1", "orders"]) => Self::Orders,
            ("GET", ["all" | "default", "V1", "orders", id]) => Self::Order((*id).to_owned()),
            ("GET", ["all" | "default", "V1", "customers", "search"]) => Self::Customers,
            ("GET", ["all" | "default", "V1", "products"]) => Self::Products,
            ("POST", ["all" | "default", "V1", "salesRules"]) => Self::RuleCreation,
            ("POST", ["all" | "default", "V1", "coupons"]) => Self::CouponCreation,
            _ => return None,
        })
    }

    /// The resource that a right is granted for, and Magento's name of the right.
    fn right(&self) -> (&'static str, &'static str) {
        match self {
            Self::AdminToken => ("", ""),
            Self::Orders | Self::Order(_) => ("sales", "Magento_Sales::actions_view"),
            Self::Customers => ("customers", "Magento_Customer::customer"),
            Self::Products => ("catalog", "Magento_Catalog::products"),
            Self::RuleCreation | Self::CouponCreation => ("coupons", "Magento_SalesRule::quote"),
        }
    }
}

/// Answers a request under `/rest`.
pub(super) fn answer(world: &mut World, desk: &mut Desk, switches: Switches, path: &str, request: &Request) -> Answer {
    let Some(route) = Route::of(&request.method, path) else {
        return Answer::json(404, json!({ "message": "Request does not match any route." }));
    };
    if route == Route::AdminToken {
        return admin_token(desk, request);
    }
    let (resource, right) = route.right();
    let is_closed = resource == "coupons" && switches.coupon_calls == CouponCalls::Refused;
    match desk.judge(request, switches) {
        Some(access) if access.opens(resource) && !is_closed => {}
        _ => return Answer::json(401, unauthorized(switches, right)),
    }
    match route {
        Route::Orders => {
            let rows = world.orders.iter();
            let rows = rows.map(|order| records::order_row(world, switches, Door::Rest, order));
            list(rows.collect(), switches, request)
        }
        Route::Order(id) => match world.orders.iter().find(|order| order.id.to_string() == id) {
            Some(order) => Answer::json(200, records::order_detail(world, switches, Door::Rest, order).into()),
            None => Answer::json(
                404,
                json!({ "message": "The entity that was requested doesn't exist." }),
            ),
        },
        Route::Customers => {
            let rows = world.people.iter();
            let rows = rows.map(|person| records::customer(switches, Door::Rest, person));
            list(rows.collect(), switches, request)
        }
        Route::Products => list(records::products(world, Door::Rest), switches, request),
        Route::RuleCreation => create_rule(request),
        Route::CouponCreation => create_coupon(world, request),
        Route::AdminToken => Answer::empty(500),
    }
}

fn admin_token(desk: &mut Desk, request: &Request) -> Answer {
    let known = credentials().bis2bis;
    let body = request.json().unwrap_or_default();
    if body["username"] == known.admin_user && body["password"] == known.admin_password {
        return Answer::json(200, json!(desk.hand_out("admin", Access::Full)));
    }
    let message = "The account sign-in was incorrect or your account is disabled temporarily.";
    Answer::json(401, json!({ "message": message }))
}

fn unauthorized(switches: Switches, right: &str) -> Value {
    match switches.error_parameters {
        ErrorParameters::Object => json!({
            "message": "The consumer isn't authorized to access %resources.", "parameters": { "resources": right },
        }),
        ErrorParameters::Array => json!({
            "message": "The consumer isn't authorized to access %1.", "parameters": [right],
        }),
    }
}

/// What `searchCriteria` asks for.
struct Criteria {
    /// Conditions of a group hold by any, groups by all.
    groups: BTreeMap<u32, Vec<Condition>>,
    sort: Vec<(String, bool)>,
    size: Option<usize>,
    page: usize,
}

impl Criteria {
    fn of(request: &Request) -> Self {
        let mut groups: BTreeMap<u32, BTreeMap<u32, Condition>> = BTreeMap::new();
        let mut sort: BTreeMap<u32, (String, bool)> = BTreeMap::new();
        let (mut size, mut page) = (None, 1);
        for (key, value) in &request.query {
            let parts: Vec<&str> = key.split(['[', ']']).filter(|part| !part.is_empty()).collect();
            let place = |text: &str| text.parse().unwrap_or(0);
            match parts.as_slice() {
                [
                    "searchCriteria",
                    "filter_groups" | "filterGroups",
                    group,
                    "filters",
                    filter,
                    what,
                ] => {
                    let condition = groups
                        .entry(place(group))
                        .or_default()
                        .entry(place(filter))
                        .or_default();
                    match *what {
                        "field" => condition.field.clone_from(value),
                        "value" => condition.value.clone_from(value),
                        _ => condition.kind.clone_from(value),
                    }
                }
                ["searchCriteria", "sortOrders", order, "field"] => {
                    sort.entry(place(order)).or_default().0.clone_from(value);
                }
                ["searchCriteria", "sortOrders", order, _] => {
                    sort.entry(place(order)).or_default().1 = value.eq_ignore_ascii_case("DESC");
                }
                ["searchCriteria", "pageSize"] => size = value.parse().ok(),
                ["searchCriteria", "currentPage"] => page = value.parse().unwrap_or(1),
                _ => {}
            }
        }
        Self {
            groups: groups
                .into_iter()
                .map(|(group, filters)| (group, filters.into_values().collect()))
                .collect(),
            sort: sort.into_values().collect(),
            size,
            page: page.max(1),
        }
    }
}

fn list(rows: Vec<Map<String, Value>>, switches: Switches, request: &Request) -> Answer {
    if !request.query.iter().any(|(key, _)| key.starts_with("searchCriteria")) {
        let body = json!({ "message": "\"%fieldName\" is required. Enter and try again.",
            "parameters": { "fieldName": "searchCriteria" } });
        return Answer::json(400, body);
    }
    let criteria = Criteria::of(request);
    let mut rows: Vec<_> = rows
        .into_iter()
        .filter(|row| {
            criteria
                .groups
                .values()
                .all(|group| group.iter().any(|one| one.holds(row)))
        })
        .collect();
    rows.sort_by(|one, other| {
        let by = |(field, descends): &(String, bool)| {
            let text = |row| text_of(row, field).unwrap_or_default();
            let order = compare(&text(one), &text(other));
            if *descends { order.reverse() } else { order }
        };
        criteria
            .sort
            .iter()
            .map(by)
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let total = rows.len();
    let size = criteria.size.unwrap_or(total).max(1);
    let pages = total.div_ceil(size).max(1);
    let page = match switches.past_the_end {
        PastTheEnd::Repeats => criteria.page.min(pages),
        PastTheEnd::Empty => criteria.page,
    };
    let items: Vec<Value> = rows
        .into_iter()
        .skip((page - 1) * size)
        .take(size)
        .map(Value::Object)
        .collect();
    let told = json!({ "page_size": criteria.size, "current_page": criteria.page });
    Answer::json(
        200,
        json!({ "items": items, "search_criteria": told, "total_count": total }),
    )
}

fn create_rule(request: &Request) -> Answer {
    let mut rule = request.json().unwrap_or_default()["rule"].take();
    if !rule.is_object() {
        return Answer::json(400, json!({ "message": "\"rule\" is required. Enter and try again." }));
    }
    rule["rule_id"] = json!(1);
    Answer::json(200, rule)
}

fn create_coupon(world: &mut World, request: &Request) -> Answer {
    let body = request.json().unwrap_or_default();
    let Some(code) = body["coupon"]["code"].as_str() else {
        return Answer::json(
            400,
            json!({ "message": "Error occurred when saving coupon: code is required" }),
        );
    };
    if world.coupon_by_code(code).is_some() {
        return Answer::json(400, json!({ "message": "Coupon with the same code already exists." }));
    }
    let coupon = Coupon {
        code: code.to_owned(),
        active: true,
        created_at: Some(world.now),
        ..Coupon::default()
    };
    let id = world.add_coupon(coupon);
    Answer::json(
        200,
        json!({ "coupon_id": id, "rule_id": body["coupon"]["rule_id"], "code": code }),
    )
}
