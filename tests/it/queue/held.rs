//! A run that is in another worker's hands.

use chrono::TimeDelta;
use entity::import_run::{self, ImportKind, ImportPhase, ImportState, ImportTrigger};
use entity::store_job::{self, JobState};
use fidelidade::queue::{Enqueue, RunImport, Whose, enqueue};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::post::{Post, reaches};

/// The last attempt that an import has.
const LAST: u32 = 24;

fn in_good_hands(post: &Post) -> import_run::Model {
    let now = post.app().clock.now();
    import_run::Model {
        id: post.app().id(),
        store_id: post.store,
        integration_id: post.integration,
        kind: ImportKind::Shop,
        trigger: ImportTrigger::Manual,
        state: ImportState::Running,
        phase: ImportPhase::Orders,
        upload_id: None,
        since: None,
        by_creation: false,
        page_token: None,
        total: None,
        phase_offset: 0,
        done: 0,
        created: 0,
        updated: 0,
        unchanged: 0,
        gone: 0,
        rejected: 0,
        newest_change: None,
        lag_seconds: None,
        lease_until: Some(now + TimeDelta::hours(1)),
        lease_holder: Some("another".to_owned()),
        cancel_requested_at: None,
        error_code: None,
        error_message: None,
        created_at: now,
        started_at: Some(now),
        finished_at: None,
    }
}

/// Waiting for the other is no attempt: a run whose worker is alive is not given up, however often another looks.
#[tokio::test]
async fn a_run_that_another_worker_has_is_not_given_up() {
    let post = Post::open().await;
    let app = post.app();
    let run = in_good_hands(&post).into_active_model().insert(&app.db).await.unwrap();
    let job = Enqueue {
        attempt: LAST,
        ..Enqueue::now(
            app,
            Whose::of(post.store, run.id),
            RunImport { run: run.id },
            "a look".to_owned(),
        )
    };
    enqueue(&app.db, app, job).await.unwrap();
    let looked = reaches(app, "a look", "Done").await;
    reaches(app, &format!("after:{}", looked.id), "Pending").await;

    let run = import_run::Entity::find_by_id(run.id)
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (run.state, run.lease_holder.as_deref()),
        (ImportState::Running, Some("another"))
    );
    let seen = store_job::Entity::in_store(post.store)
        .one(&app.db)
        .await
        .unwrap()
        .unwrap();
    let attempt = i32::try_from(LAST).unwrap();
    assert_eq!(
        (seen.state, seen.attempt, seen.error),
        (JobState::Waiting, attempt, None)
    );
}
