//! What a platform does not offer: its description says so, and whoever asks all the same is told.

use chrono::{DateTime, TimeDelta};
use fidelidade::platform::{Discount, NewCoupon, PlatformError};

use super::session::{Door, Manner};
use super::subject::{Reading, Subject};
use super::walks::created_since;
use crate::support::sandbox::{Sandbox, start_of_time};

fn is_unsupported<T: std::fmt::Debug>(told: &Result<T, PlatformError>, what: &str) {
    assert!(
        matches!(told, Err(PlatformError::Unsupported { .. })),
        "{what}: {told:?}"
    );
}

/// No list of customers: they come with the orders.
pub(super) async fn customers(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    assert!(!subject.kind().descriptor().capabilities.customers);
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    is_unsupported(
        &session.customers(created_since(DateTime::UNIX_EPOCH), None).await,
        "customers",
    );
}

/// No list of products: they come from the feed.
pub(super) async fn products(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    assert!(!subject.kind().descriptor().capabilities.products);
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    is_unsupported(&session.products(None).await, "products");
}

/// No coupons: nothing is ever sent, so nothing can be in doubt.
pub(super) async fn coupons(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let offered = subject.kind().descriptor().capabilities;
    assert!(!offered.create_coupons && !offered.disable_coupons && !offered.free_shipping_coupons);
    let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
    let wanted = NewCoupon {
        code: "FIELDEMAIS".to_owned(),
        description: "Resgate".to_owned(),
        discount: Discount::Amount(1_000),
        minimum_order: None,
        valid_from: start_of_time(),
        valid_until: start_of_time() + TimeDelta::days(30),
        customer_external_id: None,
        shop_id: None,
    };
    is_unsupported(&session.create_coupon(&wanted).await, "create");
    is_unsupported(&session.find_coupon(&wanted.code).await, "find");
    is_unsupported(&session.coupons(None).await, "list");
    is_unsupported(&session.disable_coupon(&wanted.code).await, "disable");
    assert_eq!(sandbox.coupon_count(subject.kind(), &wanted.code).await, (0, 0));
}
