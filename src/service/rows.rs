//! Writing many rows with few statements.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, Insert, IntoActiveModel};

/// Rows of one statement. SQLite takes at most 32,766 bound values, the widest table has 33 columns.
const ROWS: usize = 900;

/// Inserts rows, or does what the conflict clause says; one statement per [`ROWS`] rows.
pub(crate) async fn insert<A>(
    db: &impl ConnectionTrait,
    rows: Vec<A>,
    on_conflict: Option<OnConflict>,
) -> Result<(), DbErr>
where
    A: ActiveModelTrait + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<A> = rows.by_ref().take(ROWS).collect();
        let mut insert = Insert::many(chunk);
        if let Some(clause) = &on_conflict {
            insert = insert.on_conflict(clause.clone());
        }
        insert.exec_without_returning(db).await?;
    }
    Ok(())
}
