//! When a worker looks for jobs again.
//!
//! The interval that apalis has loses its wake: when a fetch takes longer than the interval, the next
//! tick is due and replaced by one that nobody waits for, and when the heartbeat fell due during that
//! same fetch, nothing is left that would wake the worker. A database that is slow for a moment must not
//! stop a queue until the process is started again.

use std::task::{Context, Poll};
use std::time::Duration;

use apalis::prelude::{PollSnapshot, PollStrategy};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Wakes a worker again and again, until the process is to stop.
pub(super) struct Ticks {
    interval: Interval,
    stopping: CancellationToken,
}

impl Ticks {
    /// Every so often; the time that a look takes does not bring ticks closer together.
    pub(super) fn every(period: Duration, stopping: &CancellationToken) -> Self {
        let mut interval = interval(period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            interval,
            stopping: stopping.clone(),
        }
    }
}

impl PollStrategy for Ticks {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        if self.stopping.is_cancelled() {
            return Poll::Pending;
        }
        let mut is_due = false;
        // Until it is pending: only then the next tick wakes whoever asks.
        while self.interval.poll_tick(cx).is_ready() {
            is_due = true;
        }
        if is_due { Poll::Ready(Some(())) } else { Poll::Pending }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};

    use super::*;

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn a_look_that_took_longer_than_the_period_is_followed_by_another() {
        let mut ticks = Ticks::every(Duration::from_millis(5), &CancellationToken::new());
        let wakes = Arc::new(Wakes::default());
        let worker = Waker::from(Arc::clone(&wakes));
        let mut look = || ticks.poll_drive(&mut Context::from_waker(&worker), &PollSnapshot::new());
        for _ in 0..3 {
            let _ = look();
            let before = wakes.0.load(Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(wakes.0.load(Ordering::SeqCst) > before, "nothing wakes the worker");
        }
    }
}
