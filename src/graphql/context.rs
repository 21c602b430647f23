//! What resolvers take from their context.

use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use entity::StoreId;
use secrecy::{ExposeSecret, SecretString};

use super::error::{denied, fault};
use super::loaders::Loaders;
use crate::access::{Permission, Requester};
use crate::app::App;

/// The id of the request, for entries and logs.
#[derive(Debug, Clone)]
pub(super) struct RequestRef(pub(super) String);

/// What the requester showed, so that a long stream can ask whether it still holds.
#[derive(Debug, Clone)]
pub(super) struct Credentials(Option<SecretString>);

impl Credentials {
    /// The `Authorization` header.
    pub(super) fn new(header: Option<&str>) -> Self {
        Self(header.map(SecretString::from))
    }

    /// The `Authorization` header.
    pub(super) fn header(&self) -> Option<&str> {
        self.0.as_ref().map(ExposeSecret::expose_secret)
    }
}

/// Shortcuts for resolvers.
pub(super) trait ContextExt {
    /// The app.
    fn app(&self) -> &App;
    /// Who is asking.
    fn requester(&self) -> &Requester;
    /// The request's id.
    fn request_id(&self) -> Option<String>;
    /// This request's loaders.
    fn loaders(&self) -> &DataLoader<Loaders>;
    /// Checks a permission in a store that is known to exist for the requester.
    fn demand(&self, store: StoreId, permission: Permission) -> async_graphql::Result<()>;
}

impl ContextExt for Context<'_> {
    fn app(&self) -> &App {
        self.data_unchecked::<App>()
    }

    fn requester(&self) -> &Requester {
        self.data_unchecked::<Requester>()
    }

    fn request_id(&self) -> Option<String> {
        self.data_opt::<RequestRef>().map(|request| request.0.clone())
    }

    fn loaders(&self) -> &DataLoader<Loaders> {
        self.data_unchecked::<DataLoader<Loaders>>()
    }

    fn demand(&self, store: StoreId, permission: Permission) -> async_graphql::Result<()> {
        self.requester().demand(store, permission).map_err(denied)
    }
}

/// Loads one thing through a loader.
pub(super) async fn load<K>(
    ctx: &Context<'_>,
    key: K,
) -> async_graphql::Result<Option<<Loaders as async_graphql::dataloader::Loader<K>>::Value>>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    Loaders: async_graphql::dataloader::Loader<K, Error = std::sync::Arc<sea_orm::DbErr>>,
{
    ctx.loaders().load_one(key).await.map_err(fault)
}
