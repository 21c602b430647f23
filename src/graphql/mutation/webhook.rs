use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::event::EventKind;
use entity::webhook::{Model, Ordering, WebhookState};
use entity::{StoreId, WebhookDeliveryId, WebhookId};
use macros::permissions;
use serde::Serialize;

use super::{key, key_error, permit};
use crate::access::{Permission, Scope};
use crate::graphql::context::{ContextExt, load};
use crate::graphql::error::{UserError, UserErrorCode, denied, fault};
use crate::graphql::types::{EventType, Webhook, WebhookDelivery, WebhookOrdering};
use crate::service::webhook::{self, Changes, NewWebhook, WebhookError};

#[derive(Default)]
pub(super) struct WebhookMutation;

/// For `createWebhook`.
#[derive(InputObject)]
struct CreateWebhookInput {
    /// The store.
    store_id: ID,
    /// Where deliveries are sent, by POST: an https address that is not within a private network.
    url: String,
    /// Of which types of events it is told, at least one.
    event_types: Vec<EventType>,
    /// What its payload may show, for instance `orders:read`; at most what the caller may.
    scopes: Vec<String>,
    /// A query with one variable, `$id: ID!`, the object's id: its answer becomes `data` of the payload, as it is
    /// when the delivery is sent. Left out: the object's id alone.
    payload: Option<String>,
    /// Whether deliveries wait for each other. Left out: they do not.
    ordering: Option<WebhookOrdering>,
    /// A new key for each intent: the same request again creates nothing twice.
    idempotency_key: String,
}

/// For `updateWebhook`: what is left out stays as it is.
#[derive(InputObject)]
struct UpdateWebhookInput {
    /// The webhook.
    id: ID,
    /// The version that the change is based on.
    version: i64,
    /// Where deliveries are sent.
    url: Option<String>,
    /// Of which types of events it is told.
    event_types: Option<Vec<EventType>>,
    /// What its payload may show.
    scopes: Option<Vec<String>>,
    /// The query that shapes the payload; empty: none.
    payload: Option<String>,
    /// Whether deliveries wait for each other.
    ordering: Option<WebhookOrdering>,
    /// Whether deliveries are kept back; those of a pause are sent when it ends.
    paused: Option<bool>,
}

/// For `deleteWebhook`.
#[derive(InputObject)]
struct DeleteWebhookInput {
    /// The webhook.
    id: ID,
}

/// For `rotateWebhookSecret`.
#[derive(InputObject)]
struct RotateWebhookSecretInput {
    /// The webhook.
    id: ID,
}

/// For `testWebhook`.
#[derive(InputObject)]
struct TestWebhookInput {
    /// The webhook.
    id: ID,
}

/// For `replayDelivery`.
#[derive(InputObject)]
struct ReplayDeliveryInput {
    /// The delivery.
    id: ID,
}

/// What came of a mutation on a webhook.
#[derive(SimpleObject, Default)]
struct WebhookPayload {
    /// The webhook.
    webhook: Option<Webhook>,
    /// What its deliveries are signed with, `whsec_…`; shown when it is made and when it is changed.
    secret: Option<String>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// What came of `deleteWebhook`.
#[derive(SimpleObject)]
struct DeleteWebhookPayload {
    /// It was deleted by this call.
    deleted: bool,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// What came of `replayDelivery`.
#[derive(SimpleObject)]
struct ReplayDeliveryPayload {
    /// The delivery.
    delivery: Option<WebhookDelivery>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// What makes one request the same as another.
#[derive(Serialize)]
struct Fingerprint<'a>(&'a str, &'a str, Vec<String>, &'a [String], Option<&'a str>, String);

#[permissions]
#[Object]
impl WebhookMutation {
    /// Lets an address be told of a store's events from now on, signed as Standard Webhooks are. The caller also needs
    /// whatever the scopes permit and the types of events need, and answers for it: when they may not see that any more,
    /// it is paused.
    #[requires("integrations:write")]
    async fn create_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateWebhookInput,
    ) -> async_graphql::Result<WebhookPayload> {
        let store = match permit(ctx, input.store_id.parse().ok(), REQUIRED, ("store", "storeId"))? {
            Ok(store) => store,
            Err(error) => return Ok(refused(vec![error])),
        };
        let kinds: Vec<EventKind> = input.event_types.iter().map(|kind| EventKind::from(*kind)).collect();
        if let Err(error) = permit_grant(ctx, store, &input.scopes, &kinds)? {
            return Ok(refused(vec![error]));
        }
        let ordering = input.ordering.map_or(Ordering::None, Ordering::from);
        let names = kinds.iter().map(|kind| kind.name()).collect();
        let payload = input.payload.as_deref();
        let ordered = format!("{ordering:?}");
        let fingerprint = Fingerprint(&input.store_id, &input.url, names, &input.scopes, payload, ordered);
        let key = match key(ctx, &input.idempotency_key, "createWebhook", &fingerprint)? {
            Ok(key) => key,
            Err(error) => return Ok(refused(vec![error])),
        };
        let new = NewWebhook {
            url: input.url.clone(),
            kinds,
            scopes: input.scopes.clone(),
            payload: input.payload.clone(),
            ordering,
            actor: ctx.requester().actor(),
        };
        match webhook::create(ctx.app(), store, new, key).await {
            Ok(id) => with_secret(ctx, id).await,
            Err(error) => refusal(error),
        }
    }

    /// Changes a webhook. Who changes what is sent or where, or ends a pause, answers for it from then on, and also needs
    /// whatever its scopes permit and its types of events need.
    #[requires("integrations:write")]
    async fn update_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateWebhookInput,
    ) -> async_graphql::Result<WebhookPayload> {
        let row = match own_row(ctx, REQUIRED, &input.id).await? {
            Ok(row) => row,
            Err(error) => return Ok(refused(vec![error])),
        };
        let kinds = |types: Vec<EventType>| types.into_iter().map(EventKind::from).collect();
        let changes = Changes {
            url: input.url,
            kinds: input.event_types.map(kinds),
            scopes: input.scopes,
            payload: input.payload,
            ordering: input.ordering.map(Ordering::from),
            state: input.paused.map(|paused| {
                if paused {
                    WebhookState::Paused
                } else {
                    WebhookState::Active
                }
            }),
        };
        // What is judged is the version that is changed.
        if row.version != input.version {
            return refusal(WebhookError::Conflict { current: row.version });
        }
        if changes.is_grant(&row) {
            let (scopes, kinds) = webhook::granted(&row);
            let scopes = changes.scopes.as_ref().unwrap_or(&scopes);
            let kinds = changes.kinds.as_ref().unwrap_or(&kinds);
            if let Err(error) = permit_grant(ctx, row.store_id, scopes, kinds)? {
                return Ok(refused(vec![error]));
            }
        }
        let base = (input.version, ctx.requester().actor());
        match webhook::update(ctx.app(), row.store_id, row.id, base, changes).await {
            Ok(()) => changed(ctx, row.id).await,
            Err(error) => refusal(error),
        }
    }

    /// Deletes a webhook; what was not delivered yet is not delivered.
    #[requires("integrations:write")]
    async fn delete_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: DeleteWebhookInput,
    ) -> async_graphql::Result<DeleteWebhookPayload> {
        let payload = |deleted, user_errors| DeleteWebhookPayload { deleted, user_errors };
        let (store, id) = match own_or_deleted(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(payload(false, vec![error])),
        };
        match webhook::delete(ctx.app(), store, id).await {
            Ok(deleted) => Ok(payload(deleted, Vec::new())),
            Err(error) => Ok(payload(false, refusal(error)?.user_errors)),
        }
    }

    /// Gives a webhook a new secret. For a day deliveries are signed with the one before as well, so that the
    /// receiver can change over.
    #[requires("integrations:write")]
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RotateWebhookSecretInput,
    ) -> async_graphql::Result<WebhookPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(vec![error])),
        };
        match webhook::rotate_secret(ctx.app(), store, id).await {
            Ok(()) => with_secret(ctx, id).await,
            Err(error) => refusal(error),
        }
    }

    /// Sends a webhook an event of the type `webhook.tested`, whichever types it is told of otherwise; its delivery
    /// shows what came of it.
    #[requires("integrations:write")]
    async fn test_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: TestWebhookInput,
    ) -> async_graphql::Result<WebhookPayload> {
        let (store, id) = match own(ctx, REQUIRED, &input.id).await? {
            Ok(own) => own,
            Err(error) => return Ok(refused(vec![error])),
        };
        match webhook::try_out(ctx.app(), store, id, ctx.request_id()).await {
            Ok(()) => changed(ctx, id).await,
            Err(error) => refusal(error),
        }
    }

    /// Sends a delivery again that has ended, or at once one that was to be sent later, with the same id. It waits
    /// for no other; one that is `WAITING` is refused, and goes out by itself.
    #[requires("integrations:write")]
    async fn replay_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ReplayDeliveryInput,
    ) -> async_graphql::Result<ReplayDeliveryPayload> {
        let payload = |delivery, user_errors| ReplayDeliveryPayload { delivery, user_errors };
        let row = match input.id.parse::<WebhookDeliveryId>() {
            Ok(id) => load(ctx, id).await?,
            Err(_) => None,
        };
        let (store, id) = (row.as_ref().map(|row| row.store_id), row.map(|row| row.id));
        let permitted = permit(ctx, store, REQUIRED, ("delivery", "id"))?;
        let (store, id) = match (permitted, id) {
            (Ok(store), Some(id)) => (store, id),
            (Err(error), _) => return Ok(payload(None, vec![error])),
            (Ok(_), None) => return Ok(payload(None, vec![UserError::not_found("delivery", &["id"])])),
        };
        match webhook::replay(ctx.app(), store, id).await {
            Ok(()) => Ok(payload(load(ctx, id).await?.map(WebhookDelivery), Vec::new())),
            Err(error) => Ok(payload(None, refusal(error)?.user_errors)),
        }
    }
}

type Own = async_graphql::Result<Result<(StoreId, WebhookId), UserError>>;
type OwnRow = async_graphql::Result<Result<Model, UserError>>;

async fn own(ctx: &Context<'_>, permission: Permission, id: &ID) -> Own {
    let row = own_row(ctx, permission, id).await?;
    Ok(row.map(|row| (row.store_id, row.id)))
}

async fn own_row(ctx: &Context<'_>, permission: Permission, id: &ID) -> OwnRow {
    find(ctx, permission, id, |row| row.state != WebhookState::Deleted).await
}

/// Deleting twice does nothing the second time.
async fn own_or_deleted(ctx: &Context<'_>, permission: Permission, id: &ID) -> Own {
    let row = find(ctx, permission, id, |_| true).await?;
    Ok(row.map(|row| (row.store_id, row.id)))
}

async fn find(ctx: &Context<'_>, permission: Permission, id: &ID, is_there: impl Fn(&Model) -> bool) -> OwnRow {
    let row = match id.parse::<WebhookId>() {
        Ok(id) => load(ctx, id).await?,
        Err(_) => None,
    };
    let row = row.filter(is_there);
    let store = row.as_ref().map(|row| row.store_id);
    let permitted = permit(ctx, store, permission, ("webhook", "id"))?;
    Ok(match (permitted, row) {
        (Ok(_), Some(row)) => Ok(row),
        (Ok(_), None) => Err(UserError::not_found("webhook", &["id"])),
        (Err(error), _) => Err(error),
    })
}

/// Nobody lets a webhook show what they may not see.
fn permit_grant(
    ctx: &Context<'_>,
    store: StoreId,
    scopes: &[String],
    kinds: &[EventKind],
) -> async_graphql::Result<Result<(), UserError>> {
    if let Some(error) = scopes.iter().find_map(|name| name.parse::<Scope>().err()) {
        return Ok(Err(UserError::new(UserErrorCode::Invalid, error, &["scopes"])));
    }
    for permission in webhook::demanded(scopes, kinds) {
        ctx.requester().demand(store, permission).map_err(denied)?;
    }
    Ok(Ok(()))
}

fn refused(user_errors: Vec<UserError>) -> WebhookPayload {
    WebhookPayload {
        user_errors,
        ..WebhookPayload::default()
    }
}

async fn changed(ctx: &Context<'_>, id: WebhookId) -> async_graphql::Result<WebhookPayload> {
    Ok(WebhookPayload {
        webhook: load(ctx, id).await?.map(Webhook),
        ..WebhookPayload::default()
    })
}

async fn with_secret(ctx: &Context<'_>, id: WebhookId) -> async_graphql::Result<WebhookPayload> {
    Ok(WebhookPayload {
        secret: webhook::secret_of(ctx.app(), id).await.map_err(fault)?,
        ..changed(ctx, id).await?
    })
}

fn refusal(error: WebhookError) -> async_graphql::Result<WebhookPayload> {
    let told = error.to_string();
    Ok(refused(match error {
        WebhookError::NotFound => vec![UserError::not_found("webhook", &["id"])],
        WebhookError::Invalid(problems) => UserError::problems(problems),
        WebhookError::TooMany => vec![UserError::new(UserErrorCode::Invalid, told, &["storeId"])],
        WebhookError::Conflict { current } => vec![UserError::conflict(told, current)],
        WebhookError::Waits => vec![UserError::new(UserErrorCode::Invalid, told, &["id"])],
        WebhookError::Key(error) => vec![key_error(error)?],
        WebhookError::Vault(error) => return Err(fault(error)),
        WebhookError::Database(error) => return Err(fault(error)),
    }))
}
