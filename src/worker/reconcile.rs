//! The walks over a shop's sales and coupons that compare them with the books, page by page. No transaction is open while
//! the shop is asked; each page commits with the place to go on from.

use entity::import_run::ImportPhase;
use entity::{Instant, order};

use super::JobError;
use super::run_import::{Stopped, keep_hold, with_signs_of_life};
use crate::app::App;
use crate::platform::{
    OrderListing, PageToken, Platform, PlatformError, PlatformOrder, Reject, SalesBy, Window, WindowKind,
};
use crate::service::import::{self, ImportContext, Lease};
use crate::service::integration::{SessionError, session};
use crate::service::reconcile::{self, CouponsPage, Looked, OrdersPage};

/// Walks the phases of a run from where it stands to its end.
pub(super) async fn walk(app: &App, mut context: ImportContext, lease: &Lease) -> Result<(), Stopped> {
    let shop = session(app, &context.integration).map_err(|error| match error {
        SessionError::Platform(error) => Stopped::Platform(error),
        error => Stopped::Job(JobError::fail(error)),
    })?;
    loop {
        let walk = Walk {
            app,
            context: &context,
            lease,
            shop: shop.as_ref(),
            since: reconcile::window_start(&app.db, &context).await?,
        };
        let mut page = context.run.page_token.clone().map(PageToken);
        loop {
            keep_hold(app, &context, lease).await?;
            page = match context.run.phase {
                ImportPhase::Orders => walk.orders(page).await?,
                ImportPhase::MissingOrders => walk.missing_orders(page).await?,
                ImportPhase::Coupons => walk.coupons(page).await?,
                ImportPhase::MissingCoupons => walk.missing_coupons(page).await?,
                ImportPhase::Customers | ImportPhase::Feed | ImportPhase::File => None,
            };
            if page.is_none() {
                break;
            }
        }
        let Some(phase) = reconcile::finish(app, &context, lease).await? else {
            return Ok(());
        };
        import::enter_phase(app, &mut context, phase).await?;
    }
}

/// A phase of a run.
struct Walk<'a> {
    app: &'a App,
    context: &'a ImportContext,
    lease: &'a Lease,
    shop: &'a dyn Platform,
    /// Since when sales are compared.
    since: Instant,
}

impl Walk<'_> {
    /// Asks the shop, and shows signs of life meanwhile.
    async fn ask<T>(&self, answer: impl Future<Output = Result<T, PlatformError>>) -> Result<T, Stopped> {
        let answered = with_signs_of_life(self.app, self.context, self.lease, answer).await?;
        Ok(answered?)
    }

    async fn orders(&self, page: Option<PageToken>) -> Result<Option<PageToken>, Stopped> {
        // A queue is the imports', and tells nothing twice. Where nothing lists sales, each is asked for by itself.
        if self.shop.sales_by() != SalesBy::List {
            return Ok(None);
        }
        let window = Window {
            since: self.since,
            by: WindowKind::Created,
        };
        let listed = self.ask(self.shop.orders(window, page.as_ref())).await?;
        let ids = listed.items.iter().map(|row| row.external_id.clone());
        let ids = ids.chain(listed.rejects.iter().filter_map(|reject| reject.external_id.clone()));
        let known = reconcile::known_orders(&self.app.db, self.context.integration.id, ids.collect()).await?;
        let next = listed.next.clone();
        let mut looked = OrdersPage {
            seen: known.values().map(|row| row.id).collect(),
            rejects: listed.rejects,
            next: listed.next,
            total: listed.total,
            ..OrdersPage::default()
        };
        for listing in &listed.items {
            let books = known.get(&listing.external_id);
            if books.is_some_and(|row| row.fingerprint == listing.fingerprint) {
                looked.same += 1;
            } else {
                self.look_at(listing, books, &mut looked).await?;
            }
        }
        reconcile::write_orders(self.app, self.context, self.lease, looked).await?;
        Ok(next)
    }

    /// Reads a sale whose row is not as it was when it was last read, and judges it.
    async fn look_at(
        &self,
        listing: &OrderListing,
        books: Option<&order::Model>,
        looked: &mut OrdersPage,
    ) -> Result<(), Stopped> {
        keep_hold(self.app, self.context, self.lease).await?;
        let told: Result<PlatformOrder, Reject> = self.ask(self.shop.complete_order(listing)).await?;
        let told = match told {
            Ok(told) => told,
            Err(reject) => {
                looked.rejects.push(reject);
                return Ok(());
            }
        };
        let changed = listing.changed_at.or(told.changed_at).unwrap_or(told.placed_at);
        let is_news = reconcile::settled_before(self.app, self.context).is_none_or(|settled| changed >= settled);
        let verdict = match books {
            _ if is_news => None,
            Some(row) => reconcile::judge_order(row, &told, self.context.class_of(&told.status)),
            None => Some((
                entity::difference::DifferenceKind::OrderNotHere,
                entity::difference::Repair::ImportOrder,
            )),
        };
        match verdict {
            Some(verdict) => looked.differing.push(Looked {
                verdict,
                shop: Some(told),
                books: books.cloned(),
            }),
            None => looked.same += 1,
        }
        Ok(())
    }

    async fn missing_orders(&self, page: Option<PageToken>) -> Result<Option<PageToken>, Stopped> {
        let after = page.as_ref().map(|token| token.0.as_str());
        let rows = reconcile::missing_orders(&self.app.db, self.context, self.since, after).await?;
        let next = rows.last().map(|row| PageToken(row.external_id.clone()));
        let mut looked = OrdersPage {
            next: next.clone(),
            ..OrdersPage::default()
        };
        for row in rows {
            keep_hold(self.app, self.context, self.lease).await?;
            match self.ask(self.shop.find_order(&row.external_id, &row.number)).await {
                Ok(Some(listing)) => {
                    looked.seen.push(row.id);
                    self.look_at(&listing, Some(&row), &mut looked).await?;
                }
                Ok(None) => looked.differing.push(Looked {
                    verdict: (
                        entity::difference::DifferenceKind::OrderNotInShop,
                        entity::difference::Repair::RevokeOrder,
                    ),
                    shop: None,
                    books: Some(row),
                }),
                // Whether it is there cannot be told.
                Err(Stopped::Platform(PlatformError::Unsupported { .. })) => looked.same += 1,
                Err(stopped) => return Err(stopped),
            }
        }
        reconcile::write_orders(self.app, self.context, self.lease, looked).await?;
        Ok(next)
    }

    async fn coupons(&self, page: Option<PageToken>) -> Result<Option<PageToken>, Stopped> {
        let listed = self.ask(self.shop.coupons(page.as_ref())).await?;
        let next = listed.next.clone();
        let looked = CouponsPage {
            told: reconcile::matched_coupons(&self.app.db, self.context, listed.items).await?,
            missing: Vec::new(),
            rejects: listed.rejects,
            next: listed.next,
            total: listed.total,
        };
        reconcile::write_coupons(self.app, self.context, self.lease, looked).await?;
        Ok(next)
    }

    async fn missing_coupons(&self, page: Option<PageToken>) -> Result<Option<PageToken>, Stopped> {
        let after = page.as_ref().map(|token| token.0.as_str());
        let rows = reconcile::missing_coupons(self.app, self.context, after).await?;
        let next = rows.last().map(|row| PageToken(row.id.0.to_string()));
        let mut looked = CouponsPage {
            next: next.clone(),
            ..CouponsPage::default()
        };
        for row in rows {
            keep_hold(self.app, self.context, self.lease).await?;
            match self.ask(self.shop.find_coupon(&row.code)).await? {
                Some(told) => looked.told.push((told, Some(row))),
                None => looked.missing.push(row),
            }
        }
        reconcile::write_coupons(self.app, self.context, self.lease, looked).await?;
        Ok(next)
    }
}
