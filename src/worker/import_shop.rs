//! The walk over a shop's customers and sales, page by page. No transaction is open while the shop
//! is asked; each page commits with the place to go on from.

use std::time::Instant;

use chrono::TimeDelta;
use entity::import_run::ImportPhase;

use super::JobError;
use super::run_import::{Stopped, keep_hold, sign_of_life, with_signs_of_life};
use crate::app::App;
use crate::platform::{OrderListing, Page, PageToken, Platform, Window, WindowKind};
use crate::service::customer;
use crate::service::import::{self, ImportContext, Lease};
use crate::service::integration::{SessionError, session};
use crate::service::order::{self, ImportedOrder, OrderPage};

/// Walks the phases of a run from where it stands to its end.
pub(super) async fn walk(app: &App, mut context: ImportContext, lease: &Lease) -> Result<(), Stopped> {
    let shop = session(app, &context.integration).map_err(|error| match error {
        SessionError::Platform(error) => Stopped::Platform(error),
        error => Stopped::Job(JobError::fail(error)),
    })?;
    loop {
        import::begin_phase(app, &mut context, lease).await?;
        let mut page = context.run.page_token.clone().map(PageToken);
        loop {
            keep_hold(app, &context, lease).await?;
            page = match context.run.phase {
                ImportPhase::Customers => customers(app, &context, lease, shop.as_ref(), page).await?,
                ImportPhase::Orders => orders(app, &context, lease, shop.as_ref(), page).await?,
                _ => None,
            };
            if page.is_none() {
                break;
            }
        }
        let next = import::next_phase(&context);
        import::finish_phase(app, &context, lease).await?;
        let Some(phase) = next else { return Ok(()) };
        import::enter_phase(app, &mut context, phase).await?;
    }
}

async fn customers(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    shop: &dyn Platform,
    page: Option<PageToken>,
) -> Result<Option<PageToken>, Stopped> {
    let page = with_signs_of_life(app, context, lease, shop.customers(window(context), page.as_ref())).await??;
    let next = page.next.clone();
    customer::import(app, context, lease, page).await?;
    Ok(next)
}

async fn orders(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    shop: &dyn Platform,
    page: Option<PageToken>,
) -> Result<Option<PageToken>, Stopped> {
    let listed = with_signs_of_life(app, context, lease, shop.orders(window(context), page.as_ref())).await??;
    let page = complete(app, context, lease, shop, listed).await?;
    let next = page.next.clone();
    order::import(app, context, lease, page).await?;
    Ok(next)
}

/// Asks for the details of the orders that are new or changed. The others cost nothing.
async fn complete(
    app: &App,
    context: &ImportContext,
    lease: &Lease,
    shop: &dyn Platform,
    listed: Page<OrderListing>,
) -> Result<OrderPage, Stopped> {
    let ids = listed.items.iter().map(|listing| listing.external_id.clone()).collect();
    let known = order::known_fingerprints(&app.db, context.integration.id, ids).await?;
    let mut page = OrderPage {
        rejects: listed.rejects,
        newest_change: listed.items.iter().filter_map(|listing| listing.changed_at).max(),
        next: listed.next,
        total: listed.total,
        ..OrderPage::default()
    };
    let mut shown = Instant::now();
    for listing in &listed.items {
        if known.get(&listing.external_id) == Some(&listing.fingerprint) {
            page.unchanged += 1;
            continue;
        }
        if shown.elapsed() > sign_of_life(lease) {
            keep_hold(app, context, lease).await?;
            shown = Instant::now();
        }
        match with_signs_of_life(app, context, lease, shop.complete_order(listing)).await?? {
            Ok(order) => page.orders.push(ImportedOrder {
                order,
                fingerprint: listing.fingerprint.clone(),
            }),
            Err(reject) => page.rejects.push(reject),
        }
    }
    Ok(page)
}

fn window(context: &ImportContext) -> Window {
    let since = context
        .run
        .since
        .unwrap_or(context.run.created_at - TimeDelta::days(30));
    let by = if context.run.by_creation {
        WindowKind::Created
    } else {
        WindowKind::Changed
    };
    Window { since, by }
}
