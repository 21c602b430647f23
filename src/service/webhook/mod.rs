//! Webhooks: partners' addresses that are told of a store's events.
//!
//! Events are handed out to webhooks as deliveries ([`hand_out`]), each with a job. A job asks [`prepare`] what is
//! to be sent, sends it, and tells [`settle`] what came of it, which decides what is next in one transaction.
//! Somebody answers for each webhook, and nothing is sent that they may not see themselves ([`granted`]).
//! What a payload shows is the API's: [`crate::app::Shape`].

mod attempt;
mod change;
mod check;
mod create;
mod grant;
mod hand_out;
mod keep;
mod pause;
mod release;
mod resume;
mod settle;
mod told;

pub use attempt::{Attempt, Request, prepare};
pub use change::{Changes, delete, replay, rotate_secret, try_out, update};
pub use check::{MAX_WEBHOOKS, WebhookError};
pub use create::{NewWebhook, create, secret_of};
pub use grant::{demanded, granted};
pub use hand_out::hand_out;
pub use keep::{purge, wake_stuck};
pub use settle::{Outcome, settle};
