use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::access::password::PasswordError;
use crate::access::{self, Requester, SessionError, Tokens};
use crate::graphql::context::ContextExt;
use crate::graphql::error::{UserError, UserErrorCode, denied, fault};
use crate::service::account::{self, ChangePasswordError};

#[derive(Default)]
pub(super) struct SessionMutation;

/// For `signIn`.
#[derive(InputObject)]
struct SignInInput {
    /// E-mail address, in any case.
    email: String,
    /// Password.
    #[graphql(secret)]
    password: String,
    /// What to call the session in the list of sessions, for instance the device; at most 100 characters are kept.
    device: Option<String>,
}

/// For `refreshSession`.
#[derive(InputObject)]
struct RefreshSessionInput {
    /// The refresh token that was given last.
    #[graphql(secret)]
    refresh_token: String,
}

/// A session's tokens. Shown once; keep them safe.
#[derive(SimpleObject)]
struct Session {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// The access token is refused from here on.
    access_expires_at: DateTime<Utc>,
    /// Exchange it for new tokens with `refreshSession`, once: using it again later ends the session.
    refresh_token: String,
    /// The refresh token is refused from here on.
    refresh_expires_at: DateTime<Utc>,
}

impl From<Tokens> for Session {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access,
            access_expires_at: tokens.access_expires_at,
            refresh_token: tokens.refresh,
            refresh_expires_at: tokens.refresh_expires_at,
        }
    }
}

/// What came of `signIn` or `refreshSession`.
#[derive(SimpleObject)]
struct SessionPayload {
    /// The session; none when refused.
    session: Option<Session>,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// What came of `signOut`.
#[derive(SimpleObject)]
struct SignOutPayload {
    /// A session was ended.
    signed_out: bool,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `endSession`.
#[derive(InputObject)]
struct EndSessionInput {
    /// The session.
    id: ID,
}

/// What came of `endSession`.
#[derive(SimpleObject)]
struct EndSessionPayload {
    /// It was ended by this call.
    ended: bool,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `changePassword`.
#[derive(InputObject)]
struct ChangePasswordInput {
    /// The present password.
    #[graphql(secret)]
    present_password: String,
    /// The new one, at least 10 characters.
    #[graphql(secret)]
    new_password: String,
}

/// What came of `changePassword`.
#[derive(SimpleObject)]
struct ChangePasswordPayload {
    /// It was changed.
    changed: bool,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[Object]
impl SessionMutation {
    /// Signs a user in. Takes the same time whether or not the account exists; attempts per address
    /// are limited.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: SignInInput,
    ) -> async_graphql::Result<SessionPayload> {
        let password = SecretString::from(input.password);
        session_payload(account::sign_in(ctx.app(), &input.email, password, input.device).await)
    }

    /// Exchanges a refresh token for new tokens. For 30 seconds the same exchange may be repeated, when the answer
    /// was lost, and gives the same tokens; a used token that is presented later ends the session, since somebody
    /// else may have it.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RefreshSessionInput,
    ) -> async_graphql::Result<SessionPayload> {
        session_payload(access::refresh(ctx.app(), &input.refresh_token).await)
    }

    /// Ends the session whose access token is presented.
    async fn sign_out(&self, ctx: &Context<'_>) -> async_graphql::Result<SignOutPayload> {
        let signed_out = match ctx.requester() {
            Requester::User { session, .. } => {
                access::sign_out(ctx.app(), *session).await.map_err(fault)?;
                true
            }
            Requester::Token { .. } | Requester::Anonymous => false,
        };
        Ok(SignOutPayload {
            signed_out,
            user_errors: Vec::new(),
        })
    }

    /// Ends one of the caller's own sessions. Needs a signed-in user.
    async fn end_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: EndSessionInput,
    ) -> async_graphql::Result<EndSessionPayload> {
        let user = ctx.requester().demand_user().map_err(denied)?;
        let ended = match input.id.parse() {
            Ok(id) => access::end_session(ctx.app(), user, id).await.map_err(fault)?,
            Err(_) => false,
        };
        let user_errors = if ended {
            Vec::new()
        } else {
            vec![UserError::not_found("session", &["id"])]
        };
        Ok(EndSessionPayload { ended, user_errors })
    }

    /// Changes the caller's password and ends the caller's other sessions. Needs a signed-in user; attempts are
    /// limited.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ChangePasswordInput,
    ) -> async_graphql::Result<ChangePasswordPayload> {
        let (user, session) = ctx.requester().demand_session().map_err(denied)?;
        let (present, new) = (input.present_password.into(), input.new_password.into());
        let error = match account::change_password(ctx.app(), user, session, present, new).await {
            Ok(()) => {
                return Ok(ChangePasswordPayload {
                    changed: true,
                    user_errors: Vec::new(),
                });
            }
            Err(error) => error,
        };
        let (code, path) = match &error {
            ChangePasswordError::Wrong => (UserErrorCode::WrongCredentials, "presentPassword"),
            ChangePasswordError::TooManyAttempts => (UserErrorCode::TooManyAttempts, "presentPassword"),
            ChangePasswordError::Password(PasswordError::Hash) | ChangePasswordError::Database(_) => {
                return Err(fault(error));
            }
            ChangePasswordError::Password(_) => (UserErrorCode::Invalid, "newPassword"),
        };
        Ok(ChangePasswordPayload {
            changed: false,
            user_errors: vec![UserError::new(code, error, &[path])],
        })
    }
}

fn session_payload(result: Result<Tokens, SessionError>) -> async_graphql::Result<SessionPayload> {
    let refuse = |code, error: SessionError, path: &[&str]| {
        Ok(SessionPayload {
            session: None,
            user_errors: vec![UserError::new(code, error, path)],
        })
    };
    match result {
        Ok(tokens) => Ok(SessionPayload {
            session: Some(tokens.into()),
            user_errors: Vec::new(),
        }),
        Err(error @ SessionError::WrongCredentials) => refuse(UserErrorCode::WrongCredentials, error, &[]),
        Err(error @ SessionError::TooManyAttempts) => refuse(UserErrorCode::TooManyAttempts, error, &["email"]),
        Err(error @ SessionError::InvalidRefreshToken) => {
            refuse(UserErrorCode::InvalidRefreshToken, error, &["refreshToken"])
        }
        Err(error @ (SessionError::Random(_) | SessionError::Database(_))) => Err(fault(error)),
    }
}
