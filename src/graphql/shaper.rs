//! Payloads of webhooks, shaped by queries of the API itself: the same schema, the same permissions, the same limits.

use std::sync::OnceLock;
use std::time::Duration;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::OperationType;
use async_graphql::{Executor as _, Request, Value, Variables};
use async_trait::async_trait;
use entity::{ApiTokenId, StoreId};

use super::selection::Declared;
use super::{Api, entrance, schema};
use crate::access::{Requester, Scope};
use crate::app::{App, Need, Shape, Shaped};
use crate::http::{HttpSettings, within_limits};

/// The longest that a payload may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Errors of a query that are told.
const TOLD: usize = 5;

/// The API, asked by the program itself.
pub struct Shaper {
    api: Api,
    settings: HttpSettings,
    /// Read when it is first needed.
    declared: OnceLock<Declared>,
}

impl Shaper {
    /// One with the limits that callers have.
    pub fn new(settings: &HttpSettings) -> Self {
        Self {
            api: schema(settings),
            settings: settings.clone(),
            declared: OnceLock::new(),
        }
    }
}

#[async_trait]
impl Shape for Shaper {
    async fn shape(
        &self,
        app: &App,
        store: StoreId,
        scopes: &[String],
        query: &str,
        id: &str,
    ) -> Result<Shaped, String> {
        let variables = Variables::from_json(serde_json::json!({ "id": id }));
        if within_limits(query, &variables, &self.settings)? != Some(OperationType::Query) {
            return Err(
                "the document must hold one query, such as 'query ($id: ID!) { node(id: $id) { id } }'".to_owned(),
            );
        }
        let scopes: Vec<Scope> = scopes.iter().filter_map(|name| name.parse().ok()).collect();
        let requester = Requester::Token {
            id: ApiTokenId(store.0),
            stores: vec![store],
            scopes,
        };
        let mut request = Request::new(query).variables(variables);
        request.data = entrance::data(app, requester, "webhook");
        let answer = tokio::time::timeout(PATIENCE, self.api.execute(request))
            .await
            .map_err(|_| "the query takes too long; ask for less".to_owned())?;
        let told = answer.errors.into_iter().take(TOLD).map(|error| error.message);
        let errors: Vec<String> = told.collect();
        if answer.data == Value::Null {
            return Err(errors.join("; "));
        }
        let data = answer.data.into_json().map_err(|error| error.to_string())?;
        Ok(Shaped { data, errors })
    }

    fn needs(&self, query: &str) -> Vec<Need> {
        if within_limits(query, &Variables::default(), &self.settings).is_err() {
            return Vec::new();
        }
        let Ok(document) = parse_query(query) else {
            return Vec::new();
        };
        let needs = self.declared.get_or_init(Declared::read).needs(&document);
        let needs = needs.into_iter().map(|(place, permission)| Need {
            place,
            permission: permission.name(),
        });
        needs.collect()
    }
}
