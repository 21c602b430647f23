//! From a request to the module that answers it: prefixes, slashes, permissions and methods.

use super::{
    super::{
        exchange::{Answer, Request},
        imitation::{Imitation, RequestKind},
    },
    auth::Caller,
    coupons, customers, history, orders, products,
    refuse::{Outcome, not_allowed, not_found, refusal},
    shop::Shop,
    status,
    switches::{Slash, Switches},
};

/// A request taken apart.
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    /// What follows `/v1/`, without slashes.
    pub(super) path: Vec<&'a str>,
}

impl<'a> Call<'a> {
    /// `None` outside `/v1/` and `/api/v1/`.
    pub(super) fn of(request: &'a Request) -> Option<Self> {
        let path = request.path.strip_prefix("/api").unwrap_or(&request.path);
        let rest = path.strip_prefix("/v1/")?;
        Some(Self {
            request,
            path: rest.split('/').filter(|part| !part.is_empty()).collect(),
        })
    }

    /// A query parameter.
    pub(super) fn param(&self, name: &str) -> Option<&'a str> {
        self.request.param(name)
    }

    /// Whether ids in the path are the caller's own.
    pub(super) fn by_external_id(&self) -> bool {
        self.param("id_externo") == Some("1")
    }

    /// The body, which has to be a JSON object that says so.
    pub(super) fn body(&self) -> Result<serde_json::Map<String, serde_json::Value>, Answer> {
        match self.request.json() {
            Some(serde_json::Value::Object(fields)) if self.request.says_json() => Ok(fields),
            _ => Err(Answer::text(
                400,
                "O corpo deve ser um objeto JSON, com Content-Type: application/json.",
            )),
        }
    }
}

/// What the request is about.
pub(super) fn classify(request: &Request) -> RequestKind {
    let Some(call) = Call::of(request) else {
        return RequestKind::Other;
    };
    match (request.method.as_str(), call.path.as_slice()) {
        ("GET", ["pedido"] | ["pedido", "search"]) => RequestKind::OrderList,
        ("GET", ["pedido", _]) => RequestKind::OrderDetail,
        ("POST", ["cupom"]) => RequestKind::CouponCreation(coupons::code_asked_for(request)),
        ("PUT" | "PATCH", ["cupom", _]) => RequestKind::CouponChange,
        ("PUT", ["situacao", "pedido", _]) => RequestKind::Forbidden,
        _ => RequestKind::Other,
    }
}

/// The redirect that the slash switch asks for, if any.
pub(super) fn redirect(request: &Request, switches: &Switches) -> Option<Answer> {
    let path = request.path.as_str();
    let target = match switches.slash {
        Slash::RedirectToSlash if !path.ends_with('/') => format!("{path}/"),
        Slash::RedirectToNone if path.ends_with('/') => path.trim_end_matches('/').to_owned(),
        _ => return None,
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(&request.query);
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    let location = format!("/{}{target}{mark}{query}", Imitation::LojaIntegrada.slug());
    Some(Answer::empty(301).with_header("location", location))
}

/// Answers a call of somebody who was let in.
pub(super) fn dispatch(call: &Call<'_>, caller: Caller, shop: &mut Shop, switches: &Switches) -> Outcome {
    let resource = call.path.first().copied().unwrap_or_default();
    if !caller.may(resource) {
        return Err(refusal(switches, 401, "Acesso negado"));
    }
    match (call.request.method.as_str(), call.path.as_slice()) {
        ("GET", ["cliente"]) => customers::list(call, shop, switches),
        ("GET", ["cliente", "search"]) => customers::search(call, shop, switches),
        ("GET", ["cliente", id]) => customers::one(id, shop, switches),
        ("GET", ["grupo"]) => customers::groups(call, switches),
        ("GET", ["grupo", id]) => customers::group(id, switches),
        ("GET", ["pedido"]) => orders::list(call, shop, switches),
        ("GET", ["pedido", "search"]) => orders::search(call, shop, switches),
        ("GET", ["pedido", number]) => orders::one(call, number, shop, switches),
        ("PUT", ["pedido", number]) => orders::set_external_id(call, number, shop, switches),
        ("GET", ["situacao"]) => status::list(call, switches),
        ("GET", ["situacao", id]) => status::one(id, switches),
        ("GET", ["situacao", "pedido", number]) => history::current(number, shop, switches),
        ("PUT", ["situacao", "pedido", number]) => history::change(call, number, shop, switches),
        ("GET", ["situacao_historico", "search"]) => history::search(call, shop, switches),
        ("GET", ["cupom"]) => coupons::list(call, shop, switches),
        ("POST", ["cupom"]) => coupons::create(call, shop, switches),
        ("GET", ["cupom", id]) => coupons::one(call, id, shop, switches),
        ("PUT", ["cupom", id]) => coupons::replace(call, id, shop, switches),
        ("PATCH", ["cupom", id]) => coupons::patch(call, id, shop, switches),
        ("GET", [resource, rest @ ..]) if products::has(resource) => {
            products::answer(call, resource, rest, shop, switches)
        }
        _ if is_known(&call.path) => Err(not_allowed()),
        _ => Err(not_found(switches)),
    }
}

/// Whether the address exists, though perhaps not with this method.
fn is_known(path: &[&str]) -> bool {
    match path {
        ["cliente" | "grupo" | "pedido" | "situacao" | "cupom"]
        | ["cliente" | "grupo" | "pedido" | "situacao" | "cupom", _]
        | ["situacao", "pedido", _]
        | ["situacao_historico", "search"] => true,
        [resource] | [resource, _] => products::has(resource),
        _ => false,
    }
}
