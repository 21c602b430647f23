//! Points that move from one customer's account to another's, when both are the same person.

use entity::point_lot;
use entity::{CustomerId, Points};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use super::batch::Batch;
use super::by_hand::{Delta, Posting, pay_debt};
use super::{Cause, expire};
use crate::app::App;

/// Points of the customer are held for a redemption under way, so they cannot move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldPoints;

/// Moves lots, as new lots that continue them with the same times, and debt, up to so much; what arrives
/// pays debt there first. The posting names who gives; two entries, and perhaps a debt's payment, count on
/// from its sequence number. Tells how much debt moved.
pub async fn transfer(
    db: &impl ConnectionTrait,
    app: &App,
    cause: &Cause,
    (posting, to): (&Posting, CustomerId),
    moves: impl Fn(&point_lot::Model) -> bool,
    most_debt: Points,
) -> Result<Result<Points, HeldPoints>, DbErr> {
    let from = posting.customer;
    let both = vec![from, to];
    let mut batch = Batch::load(db, posting.store, both.clone(), both).await?;
    let (held, debt) = batch.customer(from).map_or((Points::ZERO, Points::ZERO), |row| {
        (row.points_reserved, row.points_debt)
    });
    if held.is_positive() {
        return Ok(Err(HeldPoints));
    }
    expire::write_down(db, app, posting.store, cause, &mut batch).await?;
    let debt = debt.min(most_debt);
    let lots = batch.lot_rows(from).into_iter();
    let lots: Vec<point_lot::Model> = lots.filter(|lot| lot.remaining.is_positive() && moves(lot)).collect();
    let points: Points = lots.iter().map(|lot| lot.remaining).sum();
    if points == Points::ZERO && debt == Points::ZERO {
        batch.write(db).await?;
        return Ok(Ok(debt));
    }
    let inputs = json!({ "from": from, "into": to, "debt": debt.0 });
    let delta = |points: Points, debt: Points| Delta {
        points,
        balance: points,
        debt,
    };
    let out = posting.entry(app, cause, delta(-points, -debt), inputs.clone());
    let taken: Vec<_> = lots.iter().map(|lot| (lot.id, lot.remaining)).collect();
    let id = out.id;
    batch.entry(out);
    batch.allocate(from, id, &taken);
    let arrival = Posting {
        customer: to,
        sequence: posting.sequence + 1,
        ..posting.clone()
    };
    let arrived = arrival.entry(app, cause, delta(points, debt), inputs);
    let id = arrived.id;
    batch.entry(arrived);
    for lot in lots {
        batch.lot(point_lot::Model {
            id: app.id(),
            customer_id: to,
            entry_id: id,
            continues_lot_id: Some(lot.continues_lot_id.unwrap_or(lot.id)),
            points: lot.remaining,
            ..lot
        });
    }
    pay_debt(&mut batch, app, cause, &arrival);
    batch.write(db).await?;
    Ok(Ok(debt))
}
