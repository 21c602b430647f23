//! The jobs of stores as people see them: where each stands, how often it was tried, and why it failed.
//!
//! `queue` writes a job's row with the job, `worker` has its story told here. What the runner needs to know is in the
//! runner's own tables: nothing is done, or not done, because of what stands here.

mod progress;

pub use progress::{begun, done, given_up, put_off};
