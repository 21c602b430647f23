//! Where a request comes from: what it says of itself, and the address that it was sent from.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use async_graphql::Executor;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, Method, request::Parts},
};

use super::{super::door::Door, gate::Gate};

/// An extractor for the handlers of this folder.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) headers: HeaderMap,
    /// Names a bucket and nothing else: an IPv4 address, or the network of an IPv6 one, of which everybody
    /// has very many.
    pub(super) address: String,
    pub(super) is_get: bool,
}

impl<E: Executor, D: Door> FromRequestParts<Gate<E, D>> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, gate: &Gate<E, D>) -> Result<Self, Infallible> {
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            address: address(
                &parts.headers,
                &gate.settings.address_header,
                connected.map(|info| info.0.ip()),
            ),
            headers: parts.headers.clone(),
            is_get: parts.method == Method::GET,
        })
    }
}

/// The last entry of the header is the proxy's own; those before it are the caller's to invent.
fn address(headers: &HeaderMap, told_in: &str, connected: Option<IpAddr>) -> String {
    let told = headers.get_all(told_in).iter().next_back();
    let told = told.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    match told.or(connected) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
        },
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn the_proxys_word_counts_where_it_is_asked_for_and_networks_are_one_caller() {
        let headers = HeaderMap::from_iter([(
            "x-forwarded-for".parse().unwrap(),
            "10.0.0.1, 192.0.2.7".parse().unwrap(),
        )]);
        let connected = Some("127.0.0.1".parse().unwrap());
        assert_eq!(address(&headers, "x-forwarded-for", connected), "192.0.2.7");
        assert_eq!(address(&headers, "x-real-ip", connected), "127.0.0.1");
        assert_eq!(address(&HeaderMap::new(), "x-forwarded-for", None), "unknown");
        let of = |text: &str| address(&HeaderMap::new(), "x-none", Some(text.parse().unwrap()));
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
