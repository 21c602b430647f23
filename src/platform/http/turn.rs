//! A turn in an account's pace, as long as an exchange has it.

use std::sync::Arc;

use super::{AccountKey, Pacer, Permit};

/// A turn that is given back even when the caller goes away in the middle of an exchange.
pub(super) struct Turn {
    pub(super) pacer: Arc<dyn Pacer>,
    pub(super) account: AccountKey,
    pub(super) permit: Option<Permit>,
}

impl Turn {
    /// Gives it back at once.
    pub(super) async fn give_back(mut self) {
        if let Some(permit) = self.permit.take() {
            self.pacer.release(&self.account, permit).await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let (Some(permit), Ok(runtime)) = (self.permit.take(), tokio::runtime::Handle::try_current()) {
            let (pacer, account) = (Arc::clone(&self.pacer), self.account.clone());
            runtime.spawn(async move { pacer.release(&account, permit).await });
        }
    }
}
