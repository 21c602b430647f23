use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::access::password::PasswordError;
use crate::graphql::context::ContextExt;
use crate::graphql::error::{UserError, UserErrorCode, fault};
use crate::service::account::{self, RequestResetError, ResetError};

#[derive(Default)]
pub(super) struct PasswordMutation;

/// For `requestPasswordReset`.
#[derive(InputObject)]
struct RequestPasswordResetInput {
    /// E-mail address, in any case.
    email: String,
}

/// What came of `requestPasswordReset`.
#[derive(SimpleObject)]
struct RequestPasswordResetPayload {
    /// If there is an account with the address, an e-mail is on its way.
    requested: bool,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

/// For `resetPassword`.
#[derive(InputObject)]
struct ResetPasswordInput {
    /// The code from the e-mail.
    #[graphql(secret)]
    code: String,
    /// The new password, at least 10 characters.
    #[graphql(secret)]
    new_password: String,
}

/// What came of `resetPassword`.
#[derive(SimpleObject)]
struct ResetPasswordPayload {
    /// The password is the new one.
    reset: bool,
    /// What was wrong.
    user_errors: Vec<UserError>,
}

#[Object]
impl PasswordMutation {
    /// Sends a code for another password to an e-mail address, if there is an account with it. Answers and takes the
    /// same whether or not there is; requests per address are limited.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RequestPasswordResetInput,
    ) -> async_graphql::Result<RequestPasswordResetPayload> {
        match account::request_reset(ctx.app(), &input.email).await {
            Ok(()) => Ok(RequestPasswordResetPayload {
                requested: true,
                user_errors: Vec::new(),
            }),
            Err(error @ RequestResetError::TooManyAttempts) => Ok(RequestPasswordResetPayload {
                requested: false,
                user_errors: vec![UserError::new(UserErrorCode::TooManyAttempts, error, &["email"])],
            }),
            Err(RequestResetError::Database(error)) => Err(fault(error)),
        }
    }

    /// Sets another password by the code from the e-mail, once, and ends all sessions of the user.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ResetPasswordInput,
    ) -> async_graphql::Result<ResetPasswordPayload> {
        let error = match account::reset_password(ctx.app(), &input.code, input.new_password.into()).await {
            Ok(()) => {
                return Ok(ResetPasswordPayload {
                    reset: true,
                    user_errors: Vec::new(),
                });
            }
            Err(error) => error,
        };
        let (code, path) = match &error {
            ResetError::Code => (UserErrorCode::InvalidCode, "code"),
            ResetError::Password(PasswordError::Hash) | ResetError::Database(_) => return Err(fault(error)),
            ResetError::Password(_) => (UserErrorCode::Invalid, "newPassword"),
        };
        Ok(ResetPasswordPayload {
            reset: false,
            user_errors: vec![UserError::new(code, error, &[path])],
        })
    }
}
