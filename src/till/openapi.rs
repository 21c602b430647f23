//! What these routes take and answer, as an OpenAPI document: made from them, checked in, and served.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{Modify, OpenApi};

use super::{balance, customers, redemptions, rewards, sales};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Fidelidade for tills",
        version = "1.0.0",
        description = "Sales, customers, balances, rewards and redemptions for tills and ERPs over plain HTTP and JSON: the same \
         as `registerSales`, `registerCustomers`, `requestRedemptionCode` and `redeemWithCode` of the GraphQL API. Amounts \
         are decimals in texts, times carry their zone, and fields that are not described are refused. See docs/pushing-sales.md.",
        license(name = "MIT"),
    ),
    paths(
        sales::register,
        sales::change,
        sales::refund,
        customers::register,
        balance::look_up,
        rewards::list,
        redemptions::ask_code,
        redemptions::redeem
    ),
    modifiers(&Token, &Composed),
)]
struct Description;

/// The token that every route wants.
struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let mut scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
        scheme = scheme.description(Some("An API token, or a session's access token."));
        components.add_security_scheme("token", SecurityScheme::Http(scheme.build()));
    }
}

/// Bodies are composed of a source and of what else is sent: a part that allows no other fields would refuse the whole.
struct Composed;

impl Modify for Composed {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let schemas = document.components.iter_mut().flat_map(|all| all.schemas.values_mut());
        for schema in schemas {
            if let RefOr::T(Schema::Object(object)) = schema {
                object.additional_properties = None;
            }
        }
    }
}

/// The document, as docs/api/openapi.json holds it.
pub fn document() -> String {
    let mut text = Description::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// `GET /api/v1/openapi.json`.
pub(super) async fn answer() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document()).into_response()
}
