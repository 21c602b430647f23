//! Coupons: made once, found again, usable as promised, ended; and never made twice, whatever
//! happens to the answer.

use chrono::{DateTime, TimeDelta, Utc};
use fidelidade::platform::{Discount, NewCoupon, Platform, PlatformCoupon, PlatformError, RefusalReason};
use serde_json::{Value, json};

use super::expected;
use super::session::{Door, Manner, walk};
use super::subject::{Reading, Subject};
use super::walks::{complete, order_list};
use crate::support::sandbox::Sandbox;
use crate::support::truth::{TrueOrder, TruePerson};

/// A sandbox, a session and somebody to hand coupons to.
struct Scene<'a> {
    subject: &'static dyn Subject,
    sandbox: &'a Sandbox,
    session: std::sync::Arc<dyn Platform>,
    customer: TruePerson,
    now: DateTime<Utc>,
    is_plain: bool,
}

impl<'a> Scene<'a> {
    async fn set(subject: &'static dyn Subject, sandbox: &'a Sandbox, reading: &Reading) -> Self {
        let session = Door::to(sandbox, subject, &Manner::default()).open(reading);
        let truth = sandbox.truth(subject.kind()).await;
        let customer = truth.customers[2].clone();
        Self {
            subject,
            sandbox,
            session,
            customer,
            now: truth.now,
            is_plain: *reading == json!({}),
        }
    }

    fn coupon(&self, code: &str, discount: Discount) -> NewCoupon {
        NewCoupon {
            code: code.to_owned(),
            description: format!("Resgate de {code}"),
            discount,
            minimum_order: Some(5_000),
            valid_from: self.now,
            valid_until: self.now + TimeDelta::days(30),
            customer_external_id: Some(self.customer.external_id.to_string()),
            shop_id: self.subject.shop().map(str::to_owned),
        }
    }

    /// There are so many coupons of a code; and so often its creation was asked for, where no reading
    /// makes the adapter ask again in another form.
    async fn counts(&self, code: &str, posts: u32, created: u32) {
        let told = self.sandbox.coupon_count(self.subject.kind(), code).await;
        assert_eq!(told.1, created, "coupons with the code {code}");
        assert!(
            told.0 == posts || (!self.is_plain && told.0 > posts),
            "{code} was asked for {} times",
            told.0
        );
    }

    /// The customer buys for two hundred reais with the coupon.
    async fn checkout(&self, code: &str) -> Result<TrueOrder, String> {
        let body = json!({ "coupon_code": code, "customer": self.customer.external_id, "products_cents": 20_000,
            "shipping_cents": 1_500 });
        self.sandbox.checkout(self.subject.kind(), &body).await
    }

    async fn find(&self, code: &str) -> Option<PlatformCoupon> {
        self.session.find_coupon(code).await.unwrap()
    }
}

fn agrees(made: &PlatformCoupon, wanted: &NewCoupon) {
    assert!(made.code.eq_ignore_ascii_case(&wanted.code), "{made:?}");
    assert!(made.active, "{made:?}");
    assert_eq!(made.discount, Some(wanted.discount), "{made:?}");
    assert!(!made.external_id.is_empty());
    // The description is how a coupon found later is known as ours.
    assert_eq!(
        made.description.as_ref().unwrap_or(&wanted.description),
        &wanted.description
    );
    if let Some(until) = made.valid_until {
        // Some platforms know days only: never shorter than promised, and little longer.
        assert!(
            until >= wanted.valid_until - TimeDelta::seconds(1),
            "{until} is before {}",
            wanted.valid_until
        );
        assert!(
            until < wanted.valid_until + TimeDelta::days(2),
            "{until} is long after {}",
            wanted.valid_until
        );
    }
}

/// Made, found, listed, used once, seen on the order.
pub(super) async fn life(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let scene = Scene::set(subject, sandbox, reading).await;
    assert_eq!(scene.find("FIEL2A7K9Q").await, None);
    let wanted = scene.coupon("FIEL2A7K9Q", Discount::Amount(2_005));
    let made = scene.session.create_coupon(&wanted).await.unwrap();
    agrees(&made, &wanted);
    let percent = scene.coupon("FIELPERCENT", Discount::Percent(1_250));
    agrees(&scene.session.create_coupon(&percent).await.unwrap(), &percent);
    scene.counts(&wanted.code, 1, 1).await;

    for code in [
        wanted.code.clone(),
        wanted.code.to_lowercase(),
        format!(" {} ", wanted.code),
    ] {
        let found = scene
            .find(&code)
            .await
            .unwrap_or_else(|| panic!("{code:?} is not found"));
        assert_eq!(found.external_id, made.external_id);
        agrees(&found, &wanted);
    }
    assert_eq!(scene.find("FIEL2A7K9").await, None, "a part of a code is not the code");
    let listed = walk(async |token| scene.session.coupons(token.as_ref()).await)
        .await
        .unwrap();
    assert_eq!(
        listed
            .iter()
            .filter(|coupon| coupon.external_id == made.external_id)
            .count(),
        1
    );

    let carried = scene.checkout(&wanted.code).await.unwrap();
    assert_eq!(
        (carried.discount_cents, carried.coupon_code.as_deref()),
        (2_005, Some("FIEL2A7K9Q"))
    );
    assert!(
        scene.checkout(&wanted.code).await.is_err(),
        "the coupon can be used twice"
    );
    let with_percent = scene.checkout(&percent.code).await.unwrap();
    assert_eq!(with_percent.discount_cents, 2_500);
    let since = scene.now - TimeDelta::hours(1);
    let window = fidelidade::platform::Window {
        since,
        by: fidelidade::platform::WindowKind::Created,
    };
    let listings = order_list(scene.session.as_ref(), window).await.unwrap();
    for carried in [carried, with_percent] {
        let listing = listings
            .iter()
            .find(|listing| listing.external_id == subject.order_key(&carried))
            .unwrap();
        expected::order(
            &complete(scene.session.as_ref(), listing).await,
            &carried,
            subject,
            reading,
        );
    }
}

/// Usable from the first moment to the promised last, and not for ever.
pub(super) async fn validity(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let scene = Scene::set(subject, sandbox, reading).await;
    for code in ["FIELCEDO", "FIELTARDE", "FIELDEPOIS"] {
        let wanted = scene.coupon(code, Discount::Amount(1_000));
        agrees(&scene.session.create_coupon(&wanted).await.unwrap(), &wanted);
    }
    scene.checkout("FIELCEDO").await.unwrap();
    sandbox.advance(TimeDelta::days(30) - TimeDelta::minutes(10)).await;
    scene.checkout("FIELTARDE").await.unwrap();
    sandbox.advance(TimeDelta::days(2)).await;
    assert!(scene.checkout("FIELDEPOIS").await.is_err(), "the coupon never ends");
}

/// What the platform says that it can do, it can; the rest is refused before anything is sent.
pub(super) async fn free_shipping(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let scene = Scene::set(subject, sandbox, reading).await;
    let wanted = scene.coupon("FIELFRETE", Discount::FreeShipping);
    let made = scene.session.create_coupon(&wanted).await;
    if subject.kind().descriptor().capabilities.free_shipping_coupons {
        agrees(&made.unwrap(), &wanted);
        assert_eq!(scene.checkout(&wanted.code).await.unwrap().discount_cents, 1_500);
    } else {
        assert!(matches!(made, Err(PlatformError::Unsupported { .. })), "{made:?}");
        scene.counts(&wanted.code, 0, 0).await;
    }
}

/// Ended where the platform can; where it cannot, that is said.
pub(super) async fn ending(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let scene = Scene::set(subject, sandbox, reading).await;
    let wanted = scene.coupon("FIELFIM", Discount::Amount(1_000));
    scene.session.create_coupon(&wanted).await.unwrap();
    let ended = scene.session.disable_coupon(&wanted.code).await;
    if !subject.ends_coupons(reading) {
        assert!(matches!(ended, Err(PlatformError::Unsupported { .. })), "{ended:?}");
        return;
    }
    ended.unwrap();
    assert!(
        scene.checkout(&wanted.code).await.is_err(),
        "an ended coupon can be used"
    );
    let found = scene.find(&wanted.code).await;
    let is_usable = |coupon: &PlatformCoupon| coupon.active && coupon.valid_until.is_none_or(|until| until > scene.now);
    assert!(!found.as_ref().is_some_and(is_usable), "{found:?}");
    scene.session.disable_coupon(&wanted.code.to_lowercase()).await.unwrap();
    let nobodys = scene.session.disable_coupon("FIELNUNCA").await;
    assert!(matches!(nobodys, Err(PlatformError::NotFound { .. })), "{nobodys:?}");
}

/// A code that exists is told as such, or found by asking; there is never a second coupon of it.
pub(super) async fn duplicates(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let scene = Scene::set(subject, sandbox, reading).await;
    let wanted = scene.coupon("FIELDUAS", Discount::Amount(1_000));
    let made = scene.session.create_coupon(&wanted).await.unwrap();
    let again = scene.session.create_coupon(&wanted).await;
    let is_told = matches!(
        again,
        Err(PlatformError::Refused {
            reason: RefusalReason::DuplicateCode,
            ..
        } | PlatformError::Unknown { .. })
    );
    assert!(
        is_told,
        "a taken code must be told apart from other refusals: {again:?}"
    );
    assert_eq!(scene.find(&wanted.code).await.unwrap().external_id, made.external_id);
    scene.counts(&wanted.code, 2, 1).await;
}

/// An answer that is lost after the coupon was made: sent once, unknown, and found by asking.
pub(super) async fn lost_answers(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let scene = Scene::set(subject, sandbox, reading).await;
    sandbox.faults(json!({ "lose_coupon_answers": { "first": 1 } })).await;
    let wanted = scene.coupon("FIELPERDIDO", Discount::Amount(1_000));
    let lost = scene.session.create_coupon(&wanted).await;
    assert!(matches!(lost, Err(PlatformError::Unknown { .. })), "{lost:?}");
    scene.counts(&wanted.code, 1, 1).await;
    agrees(&scene.find(&wanted.code).await.unwrap(), &wanted);

    sandbox
        .faults(json!({ "lose_coupon_answers": "none", "coupon_5xx_before": 1 }))
        .await;
    let wanted = scene.coupon("FIELCAIU", Discount::Amount(1_000));
    let failed = scene.session.create_coupon(&wanted).await;
    assert!(matches!(failed, Err(PlatformError::Unknown { .. })), "{failed:?}");
    scene.counts(&wanted.code, 1, 0).await;
    assert_eq!(scene.find(&wanted.code).await, None);
    agrees(&scene.session.create_coupon(&wanted).await.unwrap(), &wanted);
    scene.counts(&wanted.code, 2, 1).await;
}

/// A refusal for good is told as one, and nothing was made.
pub(super) async fn refusals(subject: &'static dyn Subject, sandbox: &Sandbox, reading: &Reading) {
    let scene = Scene::set(subject, sandbox, reading).await;
    let is_refused = |result: &Result<PlatformCoupon, PlatformError>| matches!(result, Err(PlatformError::Refused { reason, .. }) if *reason != RefusalReason::DuplicateCode);
    sandbox.faults(json!({ "refuse_coupons": "limite do plano" })).await;
    let wanted = scene.coupon("FIELNAO", Discount::Amount(1_000));
    let refused = scene.session.create_coupon(&wanted).await;
    assert!(is_refused(&refused), "{refused:?}");
    if *reading == json!({}) {
        let text = refused.unwrap_err().to_string();
        assert!(text.contains("limite do plano"), "the merchant is not told why: {text}");
    }
    scene.counts(&wanted.code, 1, 0).await;
    sandbox.faults(json!({ "refuse_coupons": Value::Null })).await;

    let too_long = scene.coupon(&"F".repeat(33), Discount::Amount(1_000));
    let refused = scene.session.create_coupon(&too_long).await;
    assert!(is_refused(&refused), "{refused:?}");
    assert_eq!(sandbox.coupon_count(subject.kind(), &too_long.code).await.1, 0);
}
