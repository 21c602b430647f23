//! The audit log: who changed what. The database itself refuses to change or delete an entry.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("audit_entries")
                    .col(uuid("id").primary_key())
                    .col(uuid("store_id"))
                    .col(timestamp_with_time_zone("at"))
                    .col(text("actor"))
                    .col(text("action"))
                    .col(text("object_id"))
                    .col(text_null("request_id"))
                    .col(json_binary("changes"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("audit_entries", "store_id")
                            .to("stores", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        let db = manager.get_connection();
        for column in ["actor", "action", "object_id"] {
            db.execute_unprepared(&format!(
                "CREATE INDEX audit_entries_by_{column} ON audit_entries (store_id, {column}, at, id)"
            ))
            .await?;
        }
        db.execute_unprepared("CREATE INDEX audit_entries_of_stores ON audit_entries (store_id, at, id)")
            .await?;
        let refusals: &[&str] = match manager.get_database_backend() {
            DbBackend::Postgres => &[
                "CREATE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$",
                "CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
                 FOR EACH ROW EXECUTE FUNCTION audit_entries_refuse()",
                "CREATE TRIGGER audit_entries_not_emptied BEFORE TRUNCATE ON audit_entries
                 FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_refuse()",
            ],
            _ => &[
                "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
                 BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END",
                "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
                 BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END",
            ],
        };
        for refusal in refusals {
            db.execute_unprepared(refusal).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("audit_entries").to_owned())
            .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            let db = manager.get_connection();
            db.execute_unprepared("DROP FUNCTION audit_entries_refuse()").await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
