//! Imports that are asked for by many at once.

use entity::import_run::{ImportKind, ImportTrigger};
use fidelidade::run::Halves;
use fidelidade::service::import::{self, StartError};
use futures_util::future::join_all;

use super::actor::Actor;
use super::seed;
use crate::support::app::TestApp;

/// A run may end between the moment in which it is in the way and the one in which it is looked for.
#[tokio::test]
async fn an_import_begins_or_tells_of_the_one_under_way() {
    let app = TestApp::builder().halves(Halves::Serve).start().await;
    let merchant = Actor::user(&app, "dona@loja-exemplo.invalid").await;
    let shop = seed::integration(app.app(), &merchant.create_store("Loja").await).await;
    let turns = (0..4).map(async |_| {
        let mut begun = 0;
        for _ in 0..50 {
            match import::start(
                app.app(),
                shop.store_id,
                shop.id,
                ImportKind::Shop,
                ImportTrigger::Manual,
            )
            .await
            {
                Ok(run) => {
                    begun += 1;
                    import::fail(app.app(), run.id, "TEST", "at once", None).await.unwrap();
                }
                Err(StartError::UnderWay(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        begun
    });
    let begun: usize = join_all(turns).await.into_iter().sum();
    assert!(begun > 0);
}
