use entity::Points;
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use super::{Bonus, give};
use crate::app::App;
use crate::service::customer::{Identified, Person};
use crate::service::import::ImportContext;
use crate::service::points::Cause;
use crate::service::programme::in_force;

/// The sign-up bonus's number among a customer's bonuses.
const SEQUENCE: i32 = 1;

/// Gives the sign-up bonus to those of the people who signed up in the shop since there is one. Part
/// of the import's transaction, which holds the store. Costs nothing where nobody did.
pub(crate) async fn sign_up(
    db: &impl ConnectionTrait,
    app: &App,
    context: &ImportContext,
    (people, found): (&[Person], &[Identified]),
) -> Result<(), DbErr> {
    if !context.integration.active {
        return Ok(());
    }
    let now = app.clock.now();
    let bonuses = people.iter().zip(found).filter_map(|(person, identified)| {
        let signed_up_at = person.signed_up_at?;
        let version = in_force(&context.versions, signed_up_at)?;
        (version.sign_up_bonus > Points::ZERO).then(|| Bonus {
            customer: identified.customer,
            points: version.sign_up_bonus,
            version,
            sequence: SEQUENCE,
            inputs: json!({ "bonus": "sign_up", "signed_up_at": signed_up_at }),
            // The shop's clock may be ahead of ours.
            occurred_at: signed_up_at.min(now),
        })
    });
    let cause = Cause {
        actor: "import".to_owned(),
        request_id: Some(context.run.id.to_string()),
        at: now,
    };
    give(db, app, (context.store.id, context.zone), &cause, bonuses.collect()).await
}
