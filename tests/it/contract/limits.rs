//! The platforms' limits: with default settings they are never met, and when one is met all the
//! same, nothing was changed and the delay that the platform asks for is told.

use std::time::Duration;

use chrono::TimeDelta;
use fidelidade::config::Config;
use fidelidade::platform::{Discount, NewCoupon, PlatformError, SalesBy, Window, WindowKind};
use fidelidade::sandbox::SandboxConfig;
use futures_util::future::join_all;
use serde_json::json;

use super::session::{Door, Manner};
use super::subject::{Reading, Subject};
use super::walks::{complete, order_list};
use crate::support::sandbox::{Sandbox, start_of_time};

/// The program as it is shipped, on a platform that counts: two sessions that hurry, as two imports
/// of one account would.
pub(super) async fn default_pace(subject: &'static dyn Subject) {
    let sandbox = Sandbox::start_with(SandboxConfig::at(start_of_time())).await;
    let toml = format!(
        "[platforms.magazord]\nbase_url = '{0}/magazord/{{alias}}/api'\n[platforms.loja_integrada]\nbase_url = '{0}/loja-integrada'\n[platforms.jet]\nbase_url = '{0}/jet'\nadm_url = '{0}/jet/{{cluster}}'\n[platforms.bis2bis]\nbase_url = '{0}/bis2bis/{{address}}'\n[platforms.bling]\nbase_url = '{0}/bling/Api/v3'\n[platforms.tiny]\nbase_url = '{0}/tiny/api2'\n[platforms.tiny_v3]\nbase_url = '{0}/tiny-v3/public-api/v3'\n",
        sandbox.origin()
    );
    let settings = Config::with(&toml).unwrap().platforms;
    let door = Door::with(
        settings,
        subject,
        &Manner {
            max_tries: 1,
            ..Manner::default()
        },
    );
    let reading = json!({});
    let window = Window {
        since: start_of_time() - TimeDelta::days(40),
        by: WindowKind::Created,
    };
    let hurry = async || {
        let session = door.open(&reading);
        session.check().await.unwrap();
        // A queue's first page is enough: each of its orders was asked for by then.
        let listings = match session.sales_by() {
            SalesBy::List => order_list(session.as_ref(), window).await.unwrap(),
            _ => session.orders(window, None).await.unwrap().items,
        };
        for listing in listings.iter().take(14) {
            complete(session.as_ref(), listing).await;
        }
        // Whoever needs no details has asked for next to nothing by now.
        for _ in 0..if subject.rows_are_whole() { 14 } else { 0 } {
            session.orders(window, None).await.unwrap();
        }
    };
    join_all([hurry(), hurry()]).await;
    let stats = sandbox.stats(subject.kind()).await;
    assert_eq!(
        stats["too_many"], 0,
        "the default pace meets the platform's limit: {stats}"
    );
    assert_eq!(stats["max_parallel"], 1, "requests of one account overlap");
    assert!(
        stats["requests"].as_u64().unwrap() > 30,
        "too few requests to tell anything: {stats}"
    );
}

/// One request too many: told with its delay, without any effect, and over when the delay is.
pub(super) async fn refused_for_pace(subject: &'static dyn Subject, reading: &Reading) {
    let sandbox = Sandbox::start_with(SandboxConfig::at(start_of_time())).await;
    sandbox.switches(subject.kind(), reading).await;
    sandbox.faults(json!({ "rate_limit": { "per_minute": 1 } })).await;
    let manner = Manner {
        max_tries: 1,
        ..Manner::default()
    };
    let open = || Door::to(&sandbox, subject, &manner).open(reading);
    assert_ne!(open().statuses().await.map(|found| found.len()), Ok(0));
    let window = Window {
        since: start_of_time(),
        by: WindowKind::Created,
    };
    // Whichever of the two the platform counts first is served.
    let _ = open().orders(window, None).await;

    let refused = open().orders(window, None).await;
    let Err(PlatformError::RateLimited { retry_after }) = refused else {
        panic!("{reading}: {refused:?}")
    };
    let tells = subject.tells_delay(reading);
    assert_eq!(retry_after.is_some(), tells, "{reading}: {retry_after:?}");
    let sane = Duration::from_secs(1)..=Duration::from_secs(65);
    assert!(
        retry_after.is_none_or(|delay| sane.contains(&delay)),
        "{reading}: {retry_after:?}"
    );

    if !subject.kind().descriptor().capabilities.create_coupons {
        // There is no other change that a refusal could have half made.
        if matches!(open().sales_by(), SalesBy::List) {
            sandbox.faults(json!({ "rate_limit": { "per_minute": 9 } })).await;
            sandbox.advance(TimeDelta::seconds(61)).await;
            open().orders(window, None).await.unwrap();
        }
        return;
    }
    let wanted = NewCoupon {
        code: "FIELDEMAIS".to_owned(),
        description: "Resgate".to_owned(),
        discount: Discount::Amount(1_000),
        minimum_order: None,
        valid_from: start_of_time(),
        valid_until: start_of_time() + TimeDelta::days(30),
        customer_external_id: None,
        shop_id: subject.shop().map(str::to_owned),
    };
    let refused = open().create_coupon(&wanted).await;
    assert!(
        matches!(refused, Err(PlatformError::RateLimited { .. })),
        "{reading}: {refused:?}"
    );
    assert_eq!(
        sandbox.coupon_count(subject.kind(), &wanted.code).await.1,
        0,
        "{reading}"
    );
    sandbox.advance(TimeDelta::seconds(61)).await;
    open().create_coupon(&wanted).await.unwrap();
    assert_eq!(
        sandbox.coupon_count(subject.kind(), &wanted.code).await.1,
        1,
        "{reading}"
    );
}
