//! So many of everything that is about people's access, webhooks and jobs: rows as the program would have written
//! them, without the work that leads to them.

use chrono::{TimeDelta, Timelike};
use entity::event::EventKind;
use entity::membership::Role;
use entity::store_job::{JobKind, JobState};
use entity::webhook::{Ordering, WebhookState};
use entity::webhook_delivery::DeliveryState;
use entity::{
    CustomerId, EntryId, OrderId, StoreId, UserId, WebhookId, api_token, api_token_store, audit_entry, customer,
    invitation, membership, session, store_job, user, webhook, webhook_delivery,
};
use fidelidade::app::App;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

/// Rows in one statement.
const TOGETHER: usize = 500;

/// Of what a store has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access {
    /// A webhook with many deliveries.
    pub(super) webhook: WebhookId,
    /// What one in a hundred deliveries, jobs and entries of the log is about.
    pub(super) order: OrderId,
}

/// Writes rows, some at a time.
pub(super) async fn insert<A: ActiveModelTrait + Send>(app: &App, rows: impl IntoIterator<Item = A>) {
    let mut rows = rows.into_iter();
    loop {
        let some: Vec<A> = rows.by_ref().take(TOGETHER).collect();
        if some.is_empty() {
            return;
        }
        A::Entity::insert_many(some)
            .exec_without_returning(&app.db)
            .await
            .unwrap();
    }
}

struct Rows<'a> {
    app: &'a App,
    store: StoreId,
    /// Who is the owner.
    user: UserId,
    now: entity::Instant,
    access: Access,
}

/// Fills a store with so many rows of what grows, and so many people; with these its owner's sessions and tokens.
pub(super) async fn fill(app: &App, store: StoreId, user: UserId, (rows, people): (usize, usize)) -> Access {
    let access = Access {
        webhook: app.id(),
        order: app.id(),
    };
    let of = Rows {
        app,
        store,
        user,
        now: app.clock.now().with_nanosecond(0).unwrap(),
        access,
    };
    let (users, members): (Vec<_>, Vec<_>) = (0..people).map(|number| of.member(number)).unzip();
    insert(app, users.into_iter().map(user::Model::into_active_model)).await;
    insert(app, members.into_iter().map(membership::Model::into_active_model)).await;
    insert(app, (0..people).map(|number| of.invitation(number).into_active_model())).await;
    insert(app, (0..people).map(|number| of.session(number).into_active_model())).await;
    let (tokens, opened): (Vec<_>, Vec<_>) = (0..people).map(|number| of.token(number)).unzip();
    insert(app, tokens.into_iter().map(api_token::Model::into_active_model)).await;
    insert(app, opened.into_iter().map(api_token_store::Model::into_active_model)).await;
    insert(app, (0..rows).map(|number| of.entry(number).into_active_model())).await;
    insert(app, [of.webhook(access.webhook, 0).into_active_model()]).await;
    let others = (1..people).map(|number| of.webhook(app.id(), number).into_active_model());
    insert(app, others).await;
    insert(app, (0..rows).map(|number| of.delivery(number).into_active_model())).await;
    insert(app, (0..rows).map(|number| of.job(number).into_active_model())).await;
    access
}

/// Merges customers who have nothing into one.
pub(super) async fn merge(app: &App, into: CustomerId, rows: usize) {
    let row = customer::Entity::find_by_id(into).one(&app.db).await.unwrap().unwrap();
    let merged = (0..rows).map(|number| {
        customer::Model {
            id: app.id(),
            email: Some(format!("antes{number}@exemplo.com.br")),
            document: None,
            merged_into_id: Some(into),
            ..row.clone()
        }
        .into_active_model()
    });
    insert(app, merged).await;
}

impl Rows<'_> {
    /// Two each have the same instant.
    fn ago(&self, number: usize) -> entity::Instant {
        self.now - TimeDelta::minutes(i64::try_from(number / 2).unwrap())
    }

    fn unique(&self) -> String {
        self.app.id::<EntryId>().to_string()
    }

    fn member(&self, number: usize) -> (user::Model, membership::Model) {
        let user = user::Model {
            id: self.app.id(),
            email: format!("pessoa{number:05}.{}@loja.invalid", self.unique().to_lowercase()),
            name: format!("Pessoa {number}"),
            password_hash: "none".to_owned(),
            created_at: self.now,
            disabled_at: None,
        };
        let member = membership::Model {
            store_id: self.store,
            user_id: user.id,
            role: if number % 100 == 3 {
                Role::Manager
            } else {
                Role::Attendant
            },
            created_at: self.ago(number),
            version: 1,
        };
        (user, member)
    }

    fn invitation(&self, number: usize) -> invitation::Model {
        invitation::Model {
            id: self.app.id(),
            store_id: self.store,
            email: format!("convidada{number:05}@loja.invalid"),
            role: Role::Analyst,
            invited_by: self.user,
            token_hash: self.unique(),
            created_at: self.ago(number),
            expires_at: self.now + TimeDelta::days(7),
            accepted_at: number.is_multiple_of(3).then_some(self.now),
            accepted_by: number.is_multiple_of(3).then_some(self.user),
            revoked_at: (number % 3 == 1).then_some(self.now),
        }
    }

    fn session(&self, number: usize) -> session::Model {
        session::Model {
            id: self.app.id(),
            user_id: self.user,
            access_hash: self.unique(),
            access_expires_at: self.now,
            refresh_hash: self.unique(),
            refresh_expires_at: self.now + TimeDelta::days(30),
            previous_refresh_hash: None,
            created_at: self.ago(number),
            ended_at: None,
            refreshed_at: None,
            successor_salt: None,
            device: Some(format!("caixa {number}")),
        }
    }

    fn token(&self, number: usize) -> (api_token::Model, api_token_store::Model) {
        let token = api_token::Model {
            id: self.app.id(),
            store_id: self.store,
            created_by: self.user,
            name: format!("ERP {number}"),
            token_hash: self.unique(),
            hint: "abcd".to_owned(),
            scopes: json!([]),
            created_at: self.ago(number),
            expires_at: None,
            revoked_at: (number % 2 == 1).then_some(self.now),
            last_used_at: None,
            previous_hash: None,
            previous_until: None,
        };
        let opened = api_token_store::Model {
            token_id: token.id,
            store_id: self.store,
        };
        (token, opened)
    }

    /// What a row is about.
    fn about(&self, number: usize) -> OrderId {
        if number % 100 == 3 {
            self.access.order
        } else {
            self.app.id()
        }
    }

    fn entry(&self, number: usize) -> audit_entry::Model {
        audit_entry::Model {
            id: self.app.id(),
            store_id: self.store,
            at: self.ago(number),
            actor: if number % 100 == 3 {
                "token_x".to_owned()
            } else {
                self.user.to_string()
            },
            action: if number % 100 == 3 { "reward.test" } else { "order.test" }.to_owned(),
            object_id: self.about(number).to_string(),
            request_id: None,
            changes: json!([]),
        }
    }

    fn webhook(&self, id: WebhookId, number: usize) -> webhook::Model {
        webhook::Model {
            id,
            store_id: self.store,
            url: format!("https://erp.exemplo.com.br/{number}"),
            kinds: json!([]),
            scopes: json!([]),
            payload: None,
            ordering: Ordering::None,
            state: if number % 4 == 1 {
                WebhookState::Paused
            } else {
                WebhookState::Active
            },
            pause_reason: None,
            paused_because: None,
            failing_since: None,
            secret: Vec::new(),
            previous_secret: None,
            previous_until: None,
            since: 0,
            created_by: self.user.to_string(),
            granted_by: self.user.to_string(),
            created_at: self.ago(number),
            updated_at: self.now,
            version: 1,
        }
    }

    fn delivery(&self, number: usize) -> webhook_delivery::Model {
        webhook_delivery::Model {
            id: self.app.id(),
            store_id: self.store,
            webhook_id: self.access.webhook,
            event_id: i64::try_from(number).unwrap() + 1_000_000_000,
            kind: EventKind::OrderCreated,
            object_id: self.about(number).0,
            occurred_at: self.ago(number),
            state: if number % 100 == 3 {
                DeliveryState::Failed
            } else {
                DeliveryState::Delivered
            },
            attempts: 1,
            due_at: self.now,
            attempted_at: Some(self.now),
            status: Some(200),
            answer: None,
            error: None,
            duration_ms: Some(5),
            created_at: self.ago(number),
            finished_at: Some(self.now),
        }
    }

    fn job(&self, number: usize) -> store_job::Model {
        store_job::Model {
            id: self.app.id(),
            store_id: self.store,
            kind: if number % 100 == 3 {
                JobKind::CancelCoupon
            } else {
                JobKind::SendEmail
            },
            object_id: self.about(number).to_string(),
            state: if number % 100 == 3 {
                JobState::Failed
            } else {
                JobState::Done
            },
            attempt: 1,
            run_at: self.ago(number),
            error: None,
            created_at: self.ago(number),
            updated_at: self.now,
            finished_at: Some(self.now),
        }
    }
}
