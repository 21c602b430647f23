//! The walk over the legacy generation's queue, which is its own cursor.
//!
//! The place of the next page names what the page before took from the queue. That place is stored together
//! with the page, so asking for the next page means that the page before is kept, and only then its items are
//! deleted. Whatever happens in between, they come again, and what was kept already is known by then.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::adm::Adm;
use super::order::{self, id_of, is_whole};
use crate::platform::record::{FieldError, Record};
use crate::platform::{OrderListing, Page, PageToken, PlatformError, Reject, Window, WindowKind};

/// Where the walk goes on.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    /// Items whose orders are kept: to be deleted.
    kept: Vec<String>,
    /// Items to be passed over for the rest of the walk: their orders cannot be read now, or the platform gives
    /// them although they were deleted. They wait for the next walk.
    left: Vec<String>,
}

/// An item of the queue.
struct Item {
    id: String,
    raw: Box<RawValue>,
    order: Option<String>,
    /// The order itself, where the item has it whole.
    whole: Option<Box<RawValue>>,
}

impl Adm {
    /// Deletes what the page before took, and gives the next orders of the queue, at most `most` items.
    pub(super) async fn walk(
        &self,
        window: Window,
        page: Option<&PageToken>,
        most: usize,
    ) -> Result<Page<OrderListing>, PlatformError> {
        let mut place = Place::resume(page)?;
        if !place.kept.is_empty() {
            self.delete(&place.kept).await?;
        }
        let waiting = self.queue().await?;
        let mut found = Page {
            items: Vec::new(),
            rejects: Vec::new(),
            next: None,
            total: None,
        };
        let mut items = Vec::new();
        for raw in waiting {
            match Item::read(raw) {
                Ok(item) => items.push(item),
                // Nothing can be said of it when it comes again, either: once in a walk will do.
                Err(reject) if page.is_none() => found.rejects.push(*reject),
                Err(_) => {}
            }
        }
        let done: HashSet<String> = place.kept.drain(..).collect();
        let back = items.iter().filter(|item| done.contains(&item.id));
        let back: Vec<String> = back.map(|item| item.id.clone()).collect();
        let came_back = !back.is_empty();
        place.left.extend(back);
        let passed: HashSet<&str> = place.left.iter().map(String::as_str).collect();
        let fresh: Vec<Item> = items
            .into_iter()
            .filter(|item| !passed.contains(item.id.as_str()))
            .take(most.max(1))
            .collect();
        if fresh.is_empty() {
            // What was deleted may only be slow to go, and stand before others: one more look.
            found.next = came_back.then(|| place.token()).transpose()?;
            return Ok(found);
        }
        self.take(fresh, &mut place, &mut found).await?;
        // A first walk goes back so far and no further. The queue knows nothing of that, so it is judged here.
        if window.by == WindowKind::Created {
            found
                .items
                .retain(|listing| order::placed_at(listing).is_none_or(|at| at >= window.since));
        }
        found.next = Some(place.token()?);
        Ok(found)
    }

    /// Reads the orders of items. One that cannot be read now stays in the queue and stops no other.
    async fn take(
        &self,
        items: Vec<Item>,
        place: &mut Place,
        found: &mut Page<OrderListing>,
    ) -> Result<(), PlatformError> {
        let mut orders: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for item in items {
            if let Some(order) = &item.order {
                orders.entry(order.clone()).or_default().push(item);
            } else {
                found.rejects.push(item.nameless());
                place.kept.push(item.id);
            }
        }
        let mut failed = None;
        for (id, items) in orders {
            let rows = items.iter().map(|item| item.id.clone());
            match self.read(&id, &items).await {
                Ok(Ok(listing)) => {
                    found.items.push(listing);
                    place.kept.extend(rows);
                }
                Ok(Err(reject)) => {
                    found.rejects.push(reject);
                    place.kept.extend(rows);
                }
                Err(error @ (PlatformError::Unreachable { .. } | PlatformError::Malformed { .. })) => {
                    tracing::warn!(order.external_id = id, %error, "an order of the queue cannot be read now; it stays there");
                    place.left.extend(rows);
                    failed = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        // When nothing can be read, the platform is at fault and not an order.
        match failed {
            Some(error) if place.kept.is_empty() => Err(error),
            _ => Ok(()),
        }
    }

    /// The order that items speak of: the item's own if it is whole and the only one, else as it is now.
    async fn read(&self, id: &str, items: &[Item]) -> Result<Result<OrderListing, Reject>, PlatformError> {
        let own = match items {
            [only] => only.whole.as_deref(),
            _ => None,
        };
        let asked;
        let raw = match own {
            Some(raw) => raw,
            None => match self.order(id).await {
                Ok(raw) => {
                    asked = raw;
                    &*asked
                }
                Err(PlatformError::NotFound { .. } | PlatformError::Refused { .. }) => {
                    let gone = FieldError::new(order::ID, "the platform does not give the order that its queue names");
                    let raw = items.first().map_or(RawValue::NULL, |item| &*item.raw);
                    return Ok(Err(gone.reject(raw, Some(id.to_owned()))));
                }
                Err(error) => return Err(error),
            },
        };
        let listing = order::listing(raw).filter(|listing| listing.external_id == id);
        Ok(listing.ok_or_else(|| {
            let other = FieldError::new(order::ID, "is missing, or of another order than was asked for");
            other.reject(raw, Some(id.to_owned()))
        }))
    }
}

impl Place {
    fn resume(page: Option<&PageToken>) -> Result<Self, PlatformError> {
        let Some(token) = page else {
            return Ok(Self::default());
        };
        serde_json::from_str(&token.0).map_err(|_| PlatformError::Malformed {
            detail: "the stored place in the queue cannot be read".into(),
        })
    }

    fn token(&self) -> Result<PageToken, PlatformError> {
        let text = serde_json::to_string(self).map_err(|error| PlatformError::Malformed {
            detail: error.to_string(),
        })?;
        Ok(PageToken(text))
    }
}

impl Item {
    fn read(raw: Box<RawValue>) -> Result<Self, Box<Reject>> {
        let record = Record::parse(&raw).map_err(|error| Box::new(error.reject(&raw, None)))?;
        let Some(id) = record.id("idQueue") else {
            let error = FieldError::new("idQueue", "is missing: the item cannot be taken out of the queue");
            return Err(Box::new(error.reject(&raw, None)));
        };
        let entity = record.get("entity").map(order::unwrapped);
        let order = entity.and_then(id_of);
        let whole = entity.filter(|entity| is_whole(entity)).map(ToOwned::to_owned);
        Ok(Self { id, raw, order, whole })
    }

    /// The reject of an item that does not say which order it is about.
    fn nameless(&self) -> Reject {
        FieldError::new(
            "entity.idOrder",
            "is missing: the queue does not say which order it means",
        )
        .reject(&self.raw, None)
    }
}
