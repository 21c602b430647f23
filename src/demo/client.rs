//! A small GraphQL client, as a frontend would use one.

use anyhow::{Context, bail};
use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};
use url::Url;

use crate::platform::http::{Client, HttpSettings, StreamLimits};

/// Talks to the API over HTTP.
pub(super) struct ApiClient {
    http: Client,
    address: Url,
    token: Option<String>,
}

impl ApiClient {
    pub(super) fn new(base: &str) -> anyhow::Result<Self> {
        let http = Client::new(HttpSettings {
            allow_private: true,
            ..HttpSettings::default()
        })?;
        Ok(Self {
            http,
            address: format!("{base}/graphql").parse()?,
            token: None,
        })
    }

    /// Presents a session's token from here on.
    pub(super) fn sign_in(&mut self, token: String) {
        self.token = Some(token);
    }

    /// Sends an operation and answers with its data; errors of the protocol fail.
    pub(super) async fn send(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(token) = &self.token {
            headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse()?);
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        let answer = self.http.post_once(&self.address, headers, body.into_bytes()).await?;
        let answer: Value = serde_json::from_str(&answer.body).context("the API's answer is not JSON")?;
        match answer["errors"].as_array() {
            Some(errors) if !errors.is_empty() => bail!("the API answered with errors: {}", answer["errors"]),
            _ => Ok(answer["data"].clone()),
        }
    }

    /// Sends a mutation with one input and answers with its payload; user errors fail.
    pub(super) async fn mutate(&self, name: &str, kind: &str, fields: &str, input: Value) -> anyhow::Result<Value> {
        let query = format!(
            "mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} userErrors {{ code message path }} }} }}"
        );
        let data = self.send(&query, json!({ "input": input })).await?;
        let payload = data[name].clone();
        match payload["userErrors"].as_array() {
            Some(errors) if !errors.is_empty() => bail!("{name} was refused: {}", payload["userErrors"][0]["message"]),
            _ => Ok(payload),
        }
    }

    /// Reads JSON from an address beside the API.
    pub(super) async fn read(&self, address: &str) -> anyhow::Result<Value> {
        let limits = StreamLimits {
            max_bytes: 64 << 20,
            max_time: std::time::Duration::from_secs(30),
        };
        let mut body = self.http.get_stream(&address.parse()?, limits).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = body.chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(serde_json::from_slice(&bytes)?)
    }
}
