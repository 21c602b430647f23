//! The adapter against small hand-written panels: what they are made of; the tests are beside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed set-up is a failed test")]

mod access;
mod coupons;
mod order_detail;
mod walks;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Query, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use serde_json::{Value, json, value::to_raw_value};
use url::Url;

use super::Magazord;
use crate::platform::{
    DetailLevel, Discount, NewCoupon, OrderListing, PageToken, Platform, PlatformError, RefusalReason, SalesChannel,
    Window, WindowKind,
    http::{AccountKey, Api, Auth, Client, HttpSettings, Limits, LocalPacer, RetryPolicy},
    registry::MagazordSettings,
};

/// What a fake panel was asked.
#[derive(Debug, Clone, Default)]
struct Asked {
    method: String,
    path: String,
    query: HashMap<String, String>,
    body: String,
}

impl Asked {
    fn param(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    fn page(&self) -> usize {
        self.param("page").parse().unwrap_or(1)
    }
}

type Handler = Arc<dyn Fn(&Asked) -> (u16, String) + Send + Sync>;
type Log = Arc<Mutex<Vec<Asked>>>;

/// A panel that answers as `handler` says, the adapter of its shop 1, and the record of what was asked.
async fn panel(handler: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> (Magazord, Log) {
    async fn answer(
        State((handler, log)): State<(Handler, Log)>,
        Query(query): Query<HashMap<String, String>>,
        request: Request,
    ) -> Response {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let path = parts.uri.path().strip_prefix("/api/v2/site/").unwrap_or("?").to_owned();
        let body = String::from_utf8_lossy(&body).into_owned();
        let asked = Asked {
            method: parts.method.to_string(),
            path,
            query,
            body,
        };
        let (status, text) = handler(&asked);
        log.lock().unwrap().push(asked);
        (StatusCode::from_u16(status).unwrap(), text).into_response()
    }

    let log = Log::default();
    let handler: Handler = Arc::new(handler);
    let router = Router::new().fallback(answer).with_state((handler, Arc::clone(&log)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let retry = RetryPolicy {
        max_tries: 2,
        base: Duration::from_millis(1),
        cap: Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let settings = HttpSettings {
        allow_private: true,
        retry,
        timeout: Duration::from_secs(5),
        ..HttpSettings::default()
    };
    let api = Api::new(
        Client::new(settings).unwrap(),
        Arc::new(LocalPacer::default()),
        AccountKey("test".into()),
        Limits {
            per_minute: 60_000,
            burst: 100,
            concurrency: 1,
        },
        Url::parse(&format!("http://{address}/api")).unwrap(),
        Auth::Basic {
            user: SecretString::from("token"),
            password: SecretString::from("senha"),
        },
    );
    (
        Magazord::new(
            api,
            &MagazordSettings {
                page_size: 2,
                ..MagazordSettings::default()
            },
            Some("1"),
        ),
        log,
    )
}

/// A page of the documented envelope.
fn page_of(rows: &[Value], has_more: bool) -> (u16, String) {
    (
        200,
        json!({ "status": "success", "data": { "items": rows, "has_more": has_more, "total": rows.len() } })
            .to_string(),
    )
}

fn row(id: u64, shop: u64, date: &str) -> Value {
    json!({ "id": id, "codigo": format!("00{id}"), "dataHora": date, "pedidoSituacao": "5", "lojaId": shop,
        "valorProduto": "180.000000", "valorFrete": "20.00", "valorDesconto": "18.00", "valorAcrescimo": null,
        "valorTotal": "182.00", "pessoaId": 4321, "pessoaNome": "Fulana Exemplo", "pessoaCpfCnpj": "123.456.789-09",
        "pessoaContato": "(47) 90000-0000", "cupomId": 77, "lojaDoMarketplaceId": null })
}

fn detail(id: u64) -> Value {
    let mut detail = row(id, 1, "2026-01-20 14:05:09-03");
    let fields = detail.as_object_mut().unwrap();
    fields.remove("lojaId");
    let more = json!({ "id_loja": "1", "origem": 1, "pessoaEmail": "fulana@loja-exemplo.invalid", "pessoaTipo": 1,
        "pessoaDataNascimento": "1990-01-31", "cupomCodigo": " FIDEL-0001 ", "creditoUtilizado": "5.00", "cashbackUtilizado": 2.5,
        "valorPresente": "1.00", "pedidoPromocoes": [], "marketplaceId": null, "arrayPedidoRastreio": [{ "id": 1, "pedidoItem": [{
            "produtoDerivacaoCodigo": "SKU-EX-01", "produtoNome": "Produto", "quantidade": 2, "valorUnitario": 90,
            "valorDesconto": 18, "valorItem": 162 }] }] });
    fields.extend(more.as_object().unwrap().clone());
    detail
}

fn window(by: WindowKind) -> Window {
    Window {
        since: "2026-01-10T12:00:00Z".parse().unwrap(),
        by,
    }
}

fn listing(row: &Value) -> OrderListing {
    OrderListing {
        external_id: row["id"].to_string(),
        fingerprint: String::new(),
        changed_at: None,
        row: to_raw_value(row).unwrap(),
    }
}
