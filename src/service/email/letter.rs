use entity::email::EmailState;
use entity::letter::{self, LetterKind};
use entity::{EmailId, InvitationId, PasswordResetId, UserId, invitation, password_reset, store, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};
use url::Url;
use uuid::Uuid;

use super::{SendOutcome, consent, paused, pool_low, waiting};
use crate::app::App;
use crate::mail::{MailContext, Message, Outgoing, parse_address};
use crate::queue::{Enqueue, SendEmail, Whose, enqueue_all};
use crate::service::{account, member, rows};

/// Who writes where no store does.
const SENDER: &str = "Fidelidade";

/// Writes a letter about somebody's access, and its job, which is the whose's.
pub async fn letter(
    db: &impl ConnectionTrait,
    app: &App,
    whose: Whose,
    (kind, cause): (LetterKind, Uuid),
) -> Result<(), DbErr> {
    write(db, app, &whose, vec![queued(app, (kind, cause), None)]).await
}

/// Writes the same letter to several people, and its jobs, with a statement for each table.
pub async fn letters(
    db: &impl ConnectionTrait,
    app: &App,
    whose: Whose,
    (kind, cause): (LetterKind, Uuid),
    recipients: Vec<UserId>,
) -> Result<(), DbErr> {
    let letters = recipients.into_iter().map(|to| queued(app, (kind, cause), Some(to)));
    write(db, app, &whose, letters.collect()).await
}

fn queued(app: &App, (kind, cause): (LetterKind, Uuid), to: Option<UserId>) -> letter::Model {
    letter::Model {
        id: app.id(),
        kind,
        cause_id: cause,
        recipient_id: to,
        state: EmailState::Queued,
        error: None,
        created_at: app.clock.now(),
        sent_at: None,
    }
}

async fn write(db: &impl ConnectionTrait, app: &App, whose: &Whose, letters: Vec<letter::Model>) -> Result<(), DbErr> {
    let job = |row: &letter::Model| Enqueue::now(app, whose.clone(), SendEmail { email: row.id }, row.id.to_string());
    let jobs: Vec<_> = letters.iter().map(job).collect();
    let rows = letters.into_iter().map(IntoActiveModel::into_active_model);
    rows::insert(db, rows.collect(), None).await?;
    enqueue_all(db, app, jobs).await
}

/// Composes a letter from the present state.
pub(super) async fn prepare(app: &App, id: EmailId) -> Result<SendOutcome, DbErr> {
    let row = letter::Entity::find_by_id(id).one(&app.db).await?;
    let Some(row) = row.filter(|row| row.state == EmailState::Queued) else {
        return Ok(SendOutcome::Done);
    };
    let told = match row.kind {
        LetterKind::PasswordReset => reset(app, PasswordResetId(row.cause_id)).await?,
        LetterKind::Invitation => invited(app, InvitationId(row.cause_id)).await?,
        LetterKind::WebhookPaused => paused::paused(app, &row).await?,
        LetterKind::PoolLow => pool_low::pool_low(app, &row).await?,
        LetterKind::FulfilmentsWaiting => waiting::waiting(app, &row).await?,
        LetterKind::ConsentEnding | LetterKind::ConsentEnded => consent::told(app, &row).await?,
    };
    let Some(told) = told else {
        return Ok(SendOutcome::Skip("there is nobody to write to any more"));
    };
    let (Ok(to), Ok(from)) = (parse_address(&told.to), app.config.mail.sender()) else {
        return Ok(SendOutcome::Skip("mail.from or the recipient is not an address"));
    };
    let Ok(mut site_url) = app
        .config
        .access
        .site_url
        .parse::<Url>()
        .and_then(|url| url.join(told.page))
    else {
        return Ok(SendOutcome::Skip("access.site_url is not an address"));
    };
    site_url.set_fragment(Some(&told.code));
    let context = MailContext {
        mail_id: row.id.to_string(),
        date: row.created_at,
        from,
        to,
        reply_to: None,
        store_name: told.sender,
        site_url,
        customer_first_name: None,
        zone: told.zone,
        unsubscribe: None,
    };
    Ok(SendOutcome::Send(Box::new(Outgoing::compose(&told.message, &context))))
}

/// What a letter tells, and to whom.
pub(super) struct Told {
    pub(super) to: String,
    pub(super) sender: String,
    pub(super) zone: chrono_tz::Tz,
    /// The frontend's page, and the code or the id that it is opened with.
    pub(super) page: &'static str,
    pub(super) code: String,
    pub(super) message: Message,
}

async fn reset(app: &App, id: PasswordResetId) -> Result<Option<Told>, DbErr> {
    let row = password_reset::Entity::find_by_id(id).one(&app.db).await?;
    let Some(row) = row.filter(|row| row.used_at.is_none() && row.expires_at > app.clock.now()) else {
        return Ok(None);
    };
    let known = user::Entity::find()
        .filter(
            user::Column::Email
                .eq(&row.email)
                .and(user::Column::DisabledAt.is_null()),
        )
        .one(&app.db)
        .await?;
    let code = account::reset_code(app, row.id);
    Ok(known.map(|user| Told {
        to: user.email,
        sender: SENDER.to_owned(),
        zone: chrono_tz::America::Sao_Paulo,
        page: "redefinir-senha",
        message: Message::PasswordReset {
            code: code.clone(),
            valid_until: row.expires_at,
        },
        code,
    }))
}

async fn invited(app: &App, id: InvitationId) -> Result<Option<Told>, DbErr> {
    let row = invitation::Entity::find_by_id(id).one(&app.db).await?;
    let open = |row: &invitation::Model| {
        row.accepted_at.is_none() && row.revoked_at.is_none() && row.expires_at > app.clock.now()
    };
    let Some(row) = row.filter(open) else {
        return Ok(None);
    };
    let store = store::Entity::find_by_id(row.store_id).one(&app.db).await?;
    let code = member::invitation_code(app, row.id);
    Ok(store.map(|store| Told {
        to: row.email,
        zone: store.time_zone.parse().unwrap_or(chrono_tz::America::Sao_Paulo),
        sender: store.name,
        page: "convite",
        message: Message::Invitation {
            code: code.clone(),
            valid_until: row.expires_at,
        },
        code,
    }))
}

/// Notes what became of a letter.
pub(super) async fn settle(app: &App, id: EmailId, state: EmailState, error: Option<&str>) -> Result<(), DbErr> {
    let sent_at = (state == EmailState::Sent).then(|| app.clock.now());
    letter::Entity::update_many()
        .col_expr(letter::Column::State, Expr::value(state))
        .col_expr(letter::Column::Error, Expr::value(error.map(str::to_owned)))
        .col_expr(letter::Column::SentAt, Expr::value(sent_at))
        .filter(
            letter::Column::Id
                .eq(id)
                .and(letter::Column::State.eq(EmailState::Queued)),
        )
        .exec(&app.db)
        .await?;
    Ok(())
}
