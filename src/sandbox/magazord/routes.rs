//! Which of Magazord's calls a request is, and whether its credential opens it.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::switches::Switches;
use crate::sandbox::{credentials, exchange::Request};

/// A call that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Ping,
    People,
    Person(String),
    PersonCreation,
    Orders,
    Order(String),
    OrderPayments(String),
    OrderTracking(String),
    Shops,
    Coupons,
    Coupon(String),
    CouponCreation,
    CreditCreation,
    CouponChange(String),
    Products,
    Product(String),
    ProductVariants(String),
    StorefrontProducts(String),
    StorefrontProduct(String, String),
    Prices,
    Stock,
}

impl Route {
    /// The call, if the path and the method name one. The alias, `/api` and a slash at the end
    /// have been taken off.
    pub(super) fn of(method: &str, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let owned = |text: &str| text.to_owned();
        Some(match (method, parts.as_slice()) {
            ("GET", ["v1" | "v2", "ping"]) => Self::Ping,
            ("GET", ["v1", "listPreco"]) => Self::Prices,
            ("GET", ["v1", "listEstoque"]) => Self::Stock,
            ("GET", ["v2", "site", "pessoa"]) => Self::People,
            ("GET", ["v2", "site", "pessoa", id]) => Self::Person(owned(id)),
            ("POST", ["v2", "site", "pessoa"]) => Self::PersonCreation,
            ("GET", ["v2", "site", "pedido"]) => Self::Orders,
            ("GET", ["v2", "site", "pedido", code]) => Self::Order(owned(code)),
            ("GET", ["v2", "site", "pedido", code, "payments"]) => Self::OrderPayments(owned(code)),
            ("GET", ["v2", "site", "pedido", code, "rastreio"]) => Self::OrderTracking(owned(code)),
            ("GET", ["v2", "site", "loja"]) => Self::Shops,
            ("GET", ["v2", "site", "cupomDesconto"]) => Self::Coupons,
            ("GET", ["v2", "site", "cupomDesconto", id]) => Self::Coupon(owned(id)),
            ("POST", ["v2", "site", "cupomDesconto"]) => Self::CouponCreation,
            ("POST", ["v2", "site", "cupomCredito"]) => Self::CreditCreation,
            ("PATCH", ["v2", "site", "cupomDesconto" | "cupomCredito", key]) => Self::CouponChange(owned(key)),
            ("GET", ["v2", "site", "produto"]) => Self::Products,
            ("GET", ["v2", "site", "produto", code]) => Self::Product(owned(code)),
            ("GET", ["v2", "site", "produto", code, "derivacao"]) => Self::ProductVariants(owned(code)),
            ("GET", ["v2", "site", "frontend", "produto", shop]) => Self::StorefrontProducts(owned(shop)),
            ("GET", ["v2", "site", "frontend", "produto", shop, sku]) => {
                Self::StorefrontProduct(owned(shop), owned(sku))
            }
            _ => return None,
        })
    }

    /// The resource that a permission is granted for.
    pub(super) fn resource(&self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::People | Self::Person(_) | Self::PersonCreation => "pessoa",
            Self::Orders | Self::Order(_) | Self::OrderPayments(_) | Self::OrderTracking(_) => "pedido",
            Self::Shops => "loja",
            Self::Coupons | Self::Coupon(_) | Self::CouponCreation | Self::CreditCreation | Self::CouponChange(_) => {
                "cupomDesconto"
            }
            Self::Products
            | Self::Product(_)
            | Self::ProductVariants(_)
            | Self::StorefrontProducts(_)
            | Self::StorefrontProduct(..)
            | Self::Prices
            | Self::Stock => "produto",
        }
    }

    /// Whether the call changes something, so that its body has to be JSON.
    pub(super) fn writes(&self) -> bool {
        matches!(
            self,
            Self::PersonCreation | Self::CouponCreation | Self::CreditCreation | Self::CouponChange(_)
        )
    }
}

/// Takes the shop's alias, `/api` where it is there, and a slash at the end off a path.
pub(super) fn after_alias(path: &str) -> Option<&str> {
    let rest = path.strip_prefix('/')?.strip_prefix(credentials().magazord.alias)?;
    let rest = match rest.strip_prefix("/api") {
        Some(inner) if inner.is_empty() || inner.starts_with('/') => inner,
        _ => rest,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Calls that would change the merchant's account: no integration may ever make them.
pub(super) fn is_forbidden(method: &str, path: &str) -> bool {
    method == "PUT"
        && (path == "/v2/auth/change" || (path.starts_with("/v2/site/pedido/") && path.ends_with("/situacao")))
}

/// What a request's credential opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Everything.
    Full,
    /// Everything but one resource.
    AllBut(&'static str),
    /// Nothing: no credential, or none that is good.
    None,
}

impl Access {
    /// Judges the `Authorization` header.
    pub(super) fn of(request: &Request, switches: Switches) -> Self {
        let Some((token, password)) = basic(request) else {
            return Self::None;
        };
        let known = credentials().magazord;
        let expected = if switches.empty_password { "" } else { known.password };
        if password != expected {
            return Self::None;
        }
        if token == known.token {
            return Self::Full;
        }
        let restricted = known.restricted.into_iter().find(|one| one.token == token);
        restricted.map_or(Self::None, |one| Self::AllBut(one.resource))
    }
}

/// User name and password of HTTP Basic.
fn basic(request: &Request) -> Option<(String, String)> {
    let (scheme, encoded) = request.header("authorization")?.split_once(' ')?;
    let decoded = scheme
        .eq_ignore_ascii_case("basic")
        .then(|| STANDARD.decode(encoded.trim()).ok())??;
    let text = String::from_utf8(decoded).ok()?;
    let (token, password) = text.split_once(':')?;
    Some((token.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_and_without_api_and_slash_are_the_same() {
        for path in [
            "/loja-exemplo/api/v2/ping",
            "/loja-exemplo/v2/ping",
            "/loja-exemplo/api/v2/ping/",
        ] {
            assert_eq!(after_alias(path), Some("/v2/ping"), "{path}");
        }
        assert_eq!(after_alias("/outra-loja/api/v2/ping"), None);
        assert_eq!(after_alias("/loja-exemplo-2/v2/ping"), None);
    }

    #[test]
    fn paths_that_look_right_are_wrong() {
        for path in [
            "/v2/site/cupom",
            "/v2/site/cliente",
            "/v2/erp/pedido",
            "/v2/site/carrinho/1",
        ] {
            assert_eq!(Route::of("GET", path), None, "{path}");
        }
        assert_eq!(Route::of("DELETE", "/v2/site/cupomDesconto/1"), None);
    }
}
