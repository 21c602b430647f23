use std::time::Duration;

use async_graphql::Context;
use entity::StoreId;

use crate::access::{AuthError, Permission, authenticate};
use crate::app::App;
use crate::db::is_away;
use crate::graphql::context::{ContextExt, Credentials};
use crate::graphql::error::{coded, denied, fault};

/// How long to wait while the database is away.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What a stream's listener has to be allowed for as long as it listens.
pub(in crate::graphql) struct Standing {
    app: App,
    credentials: Credentials,
    store: StoreId,
    permissions: Vec<Permission>,
}

impl Standing {
    /// That of the requester, who was found to have the permissions.
    pub(in crate::graphql) fn of(ctx: &Context<'_>, store: StoreId, permissions: Vec<Permission>) -> Self {
        let credentials = ctx.data_opt::<Credentials>().cloned();
        Self {
            app: ctx.app().clone(),
            credentials: credentials.unwrap_or_else(|| Credentials::new(None)),
            store,
            permissions,
        }
    }

    /// Whether it still holds: the session or the token lives, and allows as much as at the beginning. As long as the
    /// database is away, nobody knows, and nothing is told.
    pub(in crate::graphql) async fn check(&self) -> async_graphql::Result<()> {
        let requester = loop {
            match authenticate(&self.app, self.credentials.header()).await {
                Ok(requester) => break requester,
                Err(AuthError::Database(error)) if is_away(&error) => tokio::time::sleep(ASK_AGAIN).await,
                Err(AuthError::Database(error)) => return Err(fault(error)),
                Err(error) => return Err(coded("UNAUTHENTICATED", error)),
            }
        };
        for permission in &self.permissions {
            requester.demand(self.store, *permission).map_err(denied)?;
        }
        Ok(())
    }
}
