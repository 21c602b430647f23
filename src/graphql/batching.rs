//! When loads are done: as soon as an operation can go no further without them.
//!
//! By themselves, async-graphql's loaders collect keys for a millisecond. A large page takes longer to
//! resolve, so its keys would be asked for bit by bit, and a small one would wait for nothing. Here an
//! operation is resolved as far as it goes, then all that it waits for is loaded, each relation with
//! one statement, then it goes on. The number of statements depends on the operation alone.

use std::any::TypeId;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use async_graphql::{Data, Executor, Request, Response};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, FuturesUnordered, StreamExt};
use futures_util::task::AtomicWaker;

use super::Schema;
use super::in_place::told_as_json;

/// Loads that an operation waits for and that have not begun.
#[derive(Clone, Default)]
pub(super) struct Loads(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl Loads {
    /// Where a loader puts its work instead of a task of its own.
    pub(super) fn collect(&self, load: BoxFuture<'static, ()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(load);
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn of(request: &Request) -> Self {
        let known = request.data.get(&TypeId::of::<Self>());
        known
            .and_then(|loads| loads.downcast_ref::<Self>())
            .cloned()
            .unwrap_or_default()
    }
}

/// The schema, executed level by level.
#[derive(Clone)]
pub struct Api(pub(super) Schema);

impl Executor for Api {
    async fn execute(&self, request: Request) -> Response {
        let mut levels = Levels::new(Loads::of(&request));
        let mut operation = pin!(self.0.execute(told_as_json(request)));
        poll_fn(|cx| levels.poll(cx, |cx| operation.as_mut().poll(cx))).await
    }

    fn execute_stream(&self, request: Request, session_data: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let mut levels = Levels::new(Loads::of(&request));
        let mut answers = Executor::execute_stream(&self.0, request, session_data);
        stream::poll_fn(move |cx| levels.poll(cx, |cx| answers.poll_next_unpin(cx))).boxed()
    }
}

/// An operation's loads, level by level.
struct Levels {
    waiting: Loads,
    running: FuturesUnordered<BoxFuture<'static, ()>>,
    turn: Arc<Turn>,
}

/// Wakes the task, and tells whether the operation did so while it was polled: then it only let
/// others go first, and has more to say before its loads begin.
#[derive(Default)]
struct Turn {
    task: AtomicWaker,
    woken: AtomicBool,
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.task.wake();
    }
}

impl Levels {
    fn new(waiting: Loads) -> Self {
        Self {
            waiting,
            running: FuturesUnordered::new(),
            turn: Arc::default(),
        }
    }

    fn poll<T>(&mut self, cx: &mut Context<'_>, mut operation: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        let waker = Waker::from(Arc::clone(&self.turn));
        loop {
            self.turn.task.register(cx.waker());
            self.turn.woken.store(false, Ordering::Release);
            if let Poll::Ready(answer) = operation(&mut Context::from_waker(&waker)) {
                return Poll::Ready(answer);
            }
            if self.turn.woken.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            if self.running.is_empty() {
                self.running.extend(self.waiting.take());
            }
            match self.running.poll_next_unpin(cx) {
                // Somebody may go on.
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use async_graphql::dataloader::{DataLoader, Loader};
    use futures_util::future::join_all;
    use std::collections::HashMap;

    use super::*;

    /// Notes how many keys each load has.
    #[derive(Clone, Default)]
    struct Noting(Arc<Mutex<Vec<usize>>>);

    impl Loader<usize> for Noting {
        type Value = usize;
        type Error = ();
        async fn load(&self, keys: &[usize]) -> Result<HashMap<usize, usize>, ()> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(keys.len());
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok(keys.iter().map(|key| (*key, key * 2)).collect())
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_level_of_an_operation_is_one_load() {
        let (loads, noting) = (Loads::default(), Noting::default());
        let collector = loads.clone();
        let loader = DataLoader::new(noting.clone(), move |load| collector.collect(load)).delay(Duration::ZERO);
        // Many, so that they take turns within a level; each goes down two levels.
        let one = async |key: usize| {
            let twice = loader.load_one(key).await.unwrap_or_default().unwrap_or_default();
            std::thread::yield_now();
            loader.load_one(twice + 1_000).await.unwrap_or_default()
        };
        let mut operation = pin!(join_all((0..300).map(one)));
        let mut levels = Levels::new(loads);
        let found = poll_fn(|cx| levels.poll(cx, |cx| operation.as_mut().poll(cx))).await;
        assert!(
            found
                .iter()
                .enumerate()
                .all(|(key, found)| *found == Some(key * 4 + 2_000))
        );
        assert_eq!(*noting.0.lock().unwrap_or_else(PoisonError::into_inner), [300, 300]);
    }
}
