use std::sync::PoisonError;

use async_graphql::Context;

use crate::app::App;
use crate::graphql::context::ContextExt;
use crate::graphql::error::coded;

/// An open stream of a requester's, counted until it ends.
pub(in crate::graphql) struct Seat {
    app: App,
    actor: String,
}

impl Seat {
    /// Takes one, if the requester has not too many.
    pub(in crate::graphql) fn take(ctx: &Context<'_>) -> async_graphql::Result<Self> {
        let (app, actor) = (ctx.app().clone(), ctx.requester().actor());
        let most = app.config.events.streams_per_requester;
        {
            let mut streams = app.happenings.streams.lock().unwrap_or_else(PoisonError::into_inner);
            let open = streams.entry(actor.clone()).or_default();
            if *open >= most {
                let message = format!("at most {most} subscriptions at once; end others first");
                return Err(coded("TOO_MANY_SUBSCRIPTIONS", message));
            }
            *open += 1;
        }
        Ok(Self { app, actor })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut streams = self
            .app
            .happenings
            .streams
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = streams.get_mut(&self.actor) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                streams.remove(&self.actor);
            }
        }
    }
}
