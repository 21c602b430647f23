//! What a code is kept as.

use entity::{CouponPoolId, StoreId, pool_code};
use sea_orm::{ColumnTrait, DbErr, QueryFilter};

use crate::app::App;
use crate::domain::coupon_code::PoolCode;

/// What codes' fingerprints are worked out for: nothing else has the same.
const FOUND_AS: &str = "a code of a pool";

/// What a code is found by in a store. Without the installation's key nobody can tell which code it is of.
pub fn fingerprint(app: &App, store: StoreId, code: &str) -> Vec<u8> {
    app.vault.fingerprint(FOUND_AS, &format!("{store}\n{code}"))
}

/// The row of a code in a store's pools, as people type it.
pub async fn find_code(app: &App, store: StoreId, code: &str) -> Result<Option<pool_code::Model>, DbErr> {
    let Ok(code) = PoolCode::parse(code) else {
        return Ok(None);
    };
    pool_code::Entity::in_store(store)
        .filter(pool_code::Column::Fingerprint.eq(fingerprint(app, store, code.as_str())))
        .one(&app.db)
        .await
}

/// A code as it is stored.
pub(super) fn seal(app: &App, pool: CouponPoolId, code: &str) -> Result<Vec<u8>, DbErr> {
    app.vault
        .seal(&sealed_as(pool), code.as_bytes())
        .map_err(|error| DbErr::Custom(error.to_string()))
}

/// What a code says. Show it to those only who may hand it out.
pub fn reveal(app: &App, code: &pool_code::Model) -> Result<String, DbErr> {
    let opened = app.vault.unseal(&sealed_as(code.pool_id), &code.sealed);
    let plain = opened.map_err(|error| DbErr::Custom(error.to_string()))?;
    String::from_utf8(plain).map_err(|error| DbErr::Custom(error.to_string()))
}

fn sealed_as(pool: CouponPoolId) -> String {
    format!("a code of {pool}")
}

/// The end of a code, by which people tell it from others and nobody can use it.
pub fn ending(code: &str) -> String {
    let shown = (code.len() / 2).min(4);
    let end = code.get(code.len() - shown..).unwrap_or_default();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::ending;

    #[test]
    fn an_ending_hides_at_least_half() {
        assert_eq!(ending("VERAO-2026-XK7Q"), "…XK7Q");
        assert_eq!(ending("ABCDE"), "…DE");
        assert_eq!(ending("A"), "…");
    }
}
