//! Mistakes, one at a time, each of which the exploration has to find. Most were the program's own.

use stateright::{Checker, HasDiscoveries, Model};

use super::REQUESTS;
use super::model::{Action, Saga};

/// What is done wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Twist {
    /// Nothing.
    None,
    /// The note that a coupon may exist is not read: it is created again without looking.
    CreatesWithoutLooking,
    /// A refusal is believed, and a note taken back, while an earlier request is in doubt.
    BelievesRefusals,
    /// A coupon that the shop does not show is taken for gone, however new it is.
    TakesAbsenceForProof,
    /// A worker does not see that another one has asked the shop since.
    ForgetsOthers,
    /// A worker does not see that another one has drawn a conclusion since.
    ForgetsConclusions,
    /// A coupon that a sale has used becomes active when its making is confirmed.
    ForgetsUses,
    /// Points come back before the sales were imported that could have used the coupon.
    ForgetsSales,
}

/// The shortest way to where a property is not true.
fn broken(twist: Twist, property: &'static str) -> Vec<Action> {
    let saga = Saga {
        twist,
        ..Saga::new(REQUESTS)
    };
    let found = HasDiscoveries::AnyOf([property].into());
    let checker = saga.checker().finish_when(found).spawn_bfs().join();
    let path = checker.discovery(property);
    let path = path.unwrap_or_else(|| panic!("{twist:?} is not found"));
    path.into_actions()
}

const BOTH: &str = "never both the points back and a coupon";

#[test]
fn a_coupon_that_is_created_again_without_looking_is_found() {
    broken(Twist::CreatesWithoutLooking, BOTH);
}

#[test]
fn a_refusal_that_is_believed_too_early_is_found() {
    broken(Twist::BelievesRefusals, BOTH);
    broken(Twist::BelievesRefusals, "never two coupons");
    broken(Twist::BelievesRefusals, "at rest, points or coupon");
}

#[test]
fn an_absence_that_is_believed_too_early_is_found() {
    broken(Twist::TakesAbsenceForProof, BOTH);
}

#[test]
fn a_worker_that_overlooks_another_is_found() {
    broken(Twist::ForgetsOthers, BOTH);
}

/// One worker is refused and lets the coupon live; another, who had looked before, ends it after that.
#[test]
fn a_conclusion_that_is_overlooked_is_found() {
    broken(Twist::ForgetsConclusions, "at rest, points or coupon");
}

#[test]
fn a_use_that_is_forgotten_is_found() {
    broken(Twist::ForgetsUses, BOTH);
}

#[test]
fn points_that_do_not_wait_for_the_sales_are_found() {
    broken(Twist::ForgetsSales, BOTH);
}
