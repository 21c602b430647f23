use entity::membership::{self, Role};
use entity::{StoreId, UserId, store};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, PaginatorTrait,
    QueryFilter, QuerySelect,
};

use crate::app::App;
use crate::db::begin;
use crate::service::audit::{self, Changes};

/// Why a member's role is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The user is no member of the store.
    #[error("there is no such member")]
    NotFound,
    /// The store would be without an owner.
    #[error("a store keeps at least one owner; make somebody else an owner first")]
    LastOwner,
    /// Somebody changed the member's role meanwhile.
    #[error("the member's role was changed meanwhile (version {current}); read it again")]
    Conflict {
        /// The version now.
        current: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Changes what a member may do, based on the version that the caller read, if it is given.
pub async fn change_role(
    app: &App,
    store: StoreId,
    user: UserId,
    role: Role,
    version: Option<i64>,
) -> Result<(), ChangeError> {
    let txn = begin(&app.db).await?;
    lock(&txn, store).await?;
    let before = membership::Entity::find_by_id((store, user)).one(&txn).await?;
    let before = before.ok_or(ChangeError::NotFound)?;
    let current = before.version;
    if version.is_some_and(|version| version != current) {
        return Err(ChangeError::Conflict { current });
    }
    membership::Entity::update_many()
        .col_expr(membership::Column::Role, Expr::value(role))
        .col_expr(membership::Column::Version, Expr::value(current + 1))
        .filter(one(store, user))
        .exec(&txn)
        .await?;
    let changes = Changes::none().field("role", before.role.to_value(), role.to_value());
    audit::record(&txn, app, store, ("member.changeRole", user), changes).await?;
    finish(txn, store).await
}

/// Ends somebody's membership.
pub async fn remove(app: &App, store: StoreId, user: UserId) -> Result<(), ChangeError> {
    end(app, store, user, "member.remove").await
}

/// Ends one's own membership.
pub async fn leave(app: &App, store: StoreId, user: UserId) -> Result<(), ChangeError> {
    end(app, store, user, "member.leave").await
}

async fn end(app: &App, store: StoreId, user: UserId, action: &str) -> Result<(), ChangeError> {
    let txn = begin(&app.db).await?;
    lock(&txn, store).await?;
    let removed = membership::Entity::delete_many()
        .filter(one(store, user))
        .exec(&txn)
        .await?;
    if removed.rows_affected == 0 {
        return Err(ChangeError::NotFound);
    }
    audit::record(&txn, app, store, (action, user), Changes::none()).await?;
    finish(txn, store).await
}

fn one(store: StoreId, user: UserId) -> Expr {
    membership::Column::StoreId
        .eq(store)
        .and(membership::Column::UserId.eq(user))
}

/// One at a time: two owners who leave at once must not both find the other there.
pub(super) async fn lock(db: &impl ConnectionTrait, store: StoreId) -> Result<(), DbErr> {
    store::Entity::find_by_id(store).lock_exclusive().one(db).await?;
    Ok(())
}

/// Commits, if there is still an owner.
async fn finish(txn: DatabaseTransaction, store: StoreId) -> Result<(), ChangeError> {
    let owners = membership::Entity::find()
        .filter(membership::Column::StoreId.eq(store))
        .filter(membership::Column::Role.eq(Role::Owner))
        .count(&txn)
        .await?;
    if owners == 0 {
        return Err(ChangeError::LastOwner);
    }
    txn.commit().await?;
    Ok(())
}
