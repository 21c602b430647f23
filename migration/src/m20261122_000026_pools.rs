//! Pools of coupon codes that come from elsewhere, and rewards whose coupons are made of them or by hand.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const MADE: [&str; 8] = [
    "CREATE INDEX coupon_pools_by_store_id_created_at ON coupon_pools (store_id, created_at, id)",
    "CREATE INDEX coupon_pools_by_integration_id ON coupon_pools (integration_id)",
    // What makes a code one of its store, whatever pool it is in.
    "CREATE UNIQUE INDEX pool_codes_store_id_fingerprint ON pool_codes (store_id, fingerprint)",
    // A redemption takes one code, and a code is taken once.
    "CREATE UNIQUE INDEX pool_codes_redemption_id ON pool_codes (redemption_id) WHERE redemption_id IS NOT NULL",
    "CREATE INDEX pool_codes_free ON pool_codes (pool_id, ends_at, id) WHERE state = 'free'",
    "CREATE INDEX pool_codes_by_pool_id_id ON pool_codes (pool_id, id)",
    "CREATE INDEX pool_codes_by_pool_id_state ON pool_codes (pool_id, state, id)",
    "CREATE INDEX rewards_by_pool_id ON rewards (pool_id) WHERE pool_id IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(pools()).await?;
        manager.create_table(codes()).await?;
        for (table, column) in added() {
            let change = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        for made in MADE {
            manager.get_connection().execute_unprepared(made).await?;
        }
        redemptions_that_wait(manager, "state = 'requested' AND fulfilment = 'automatic'").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        redemptions_that_wait(manager, "state = 'requested'").await?;
        manager
            .get_connection()
            .execute_unprepared("DROP INDEX rewards_by_pool_id")
            .await?;
        for (table, column) in [
            ("uploads", "pool_id"),
            ("redemptions", "fulfilment"),
            ("rewards", "pool_id"),
            ("rewards", "fulfilment"),
        ] {
            let change = Table::alter().table(table).drop_column(column).to_owned();
            manager.alter_table(change).await?;
        }
        for table in ["pool_codes", "coupon_pools"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }

    /// All or nothing, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Those whose coupon the program makes are looked after; what waits for people does not stand in the way.
async fn redemptions_that_wait(manager: &SchemaManager<'_>, which: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    db.execute_unprepared("DROP INDEX redemptions_open").await?;
    let made = format!("CREATE INDEX redemptions_open ON redemptions (requested_at) WHERE {which}");
    db.execute_unprepared(&made).await?;
    Ok(())
}

fn added() -> [(&'static str, ColumnDef); 4] {
    let how = || string_len("fulfilment", 16).default("automatic").to_owned();
    [
        ("rewards", how()),
        ("rewards", uuid_null("pool_id")),
        ("redemptions", how()),
        ("uploads", uuid_null("pool_id")),
    ]
}

fn pools() -> TableCreateStatement {
    Table::create()
        .table("coupon_pools")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("integration_id"))
        .col(text("name"))
        .col(integer("low_stock"))
        .col(timestamp_with_time_zone_null("warned_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().from("coupon_pools", "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from("coupon_pools", "integration_id")
                .to("integrations", "id"),
        )
        .to_owned()
}

fn codes() -> TableCreateStatement {
    Table::create()
        .table("pool_codes")
        .col(uuid("id").primary_key())
        .col(uuid("store_id"))
        .col(uuid("pool_id"))
        .col(blob("fingerprint"))
        .col(blob("sealed"))
        .col(string_len("state", 16))
        .col(timestamp_with_time_zone("ends_at"))
        .col(uuid_null("redemption_id"))
        .col(timestamp_with_time_zone("added_at"))
        .col(timestamp_with_time_zone_null("changed_at"))
        .foreign_key(ForeignKey::create().from("pool_codes", "store_id").to("stores", "id"))
        .foreign_key(
            ForeignKey::create()
                .from("pool_codes", "pool_id")
                .to("coupon_pools", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("pool_codes", "redemption_id")
                .to("redemptions", "id"),
        )
        .to_owned()
}
