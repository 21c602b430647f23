//! Which addresses may be fetched: the defence against requests into our own network.
//!
//! A literal address is judged before the request and at each redirect; a name is judged when the
//! connection is opened, by the resolver that the client uses, so a name that changes its mind
//! between a check and the connection gains nothing.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The ports that are fetched when private networks are not allowed.
const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// Why an address is not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// Neither http nor https.
    #[error("only http and https addresses are fetched, not '{0}'")]
    Scheme(String),
    /// The address names no host.
    #[error("the address has no host")]
    NoHost,
    /// A user name or password stands before the host.
    #[error("an address with a user name or password is not fetched")]
    UserInfo,
    /// An unusual port.
    #[error("port {0} is not fetched; use 80, 443, 8080 or 8443")]
    Port(u16),
    /// Loopback, private, link-local or otherwise reserved.
    #[error("the host leads to a private or reserved network address")]
    Private,
}

/// Judges addresses before requests are made.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Guard {
    /// Lets everything through that is http or https and has a host.
    pub(super) allow_private: bool,
    /// One address that is let through although private. Only tests of redirects set it.
    pub(super) trusted: Option<SocketAddr>,
}

impl Guard {
    /// Judges all that an address shows by itself; names are judged by [`GuardedResolver`].
    pub(super) fn check(&self, url: &Url) -> Result<(), Blocked> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Blocked::Scheme(url.scheme().to_owned()));
        }
        let host = url.host().ok_or(Blocked::NoHost)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Blocked::UserInfo);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let ip = match host {
            Host::Domain(_) => None,
            Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
            Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
        };
        if self.allow_private || ip.is_some_and(|ip| self.trusted == Some(SocketAddr::new(ip, port))) {
            return Ok(());
        }
        if !PORTS.contains(&port) {
            return Err(Blocked::Port(port));
        }
        let is_local_name = matches!(host, Host::Domain(name) if is_localhost(name));
        if is_local_name || ip.is_some_and(|ip| !is_public(ip)) {
            return Err(Blocked::Private);
        }
        Ok(())
    }
}

/// The names that mean this machine whatever a resolver says.
fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Why a name gave no address to connect to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LookupError {
    #[error("the name does not exist")]
    NotFound,
    #[error("the name cannot be looked up now")]
    Unavailable,
    #[error(transparent)]
    Blocked(#[from] Blocked),
}

/// Resolves names and refuses those of which any address is not public.
pub(super) struct GuardedResolver(pub(super) Guard);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|error| lookup_error(&error))?;
            let addresses: Vec<SocketAddr> = found.collect();
            if addresses.is_empty() {
                return Err(LookupError::NotFound.into());
            }
            // One private address among public ones is refused too: nobody has it by honest chance.
            if !guard.allow_private && addresses.iter().any(|address| !is_public(address.ip())) {
                return Err(LookupError::Blocked(Blocked::Private).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The system tells a name that does not exist from a resolver that is down by its text alone.
fn lookup_error(error: &io::Error) -> LookupError {
    let text = error.to_string().to_lowercase();
    if text.contains("temporary") || text.contains("try again") {
        LookupError::Unavailable
    } else {
        LookupError::NotFound
    }
}

/// Whether an address belongs to the public internet.
///
/// ```
/// use fidelidade::platform::http::is_public;
/// assert!(is_public([93, 184, 215, 14].into()));
/// assert!(!is_public([10, 0, 0, 1].into()));
/// ```
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Only global unicast (2000::/3) is public, less its reserved parts; addresses that carry an IPv4
/// address are judged by it.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = ip.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let segments = ip.segments();
    if segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [.., high, low] = segments;
        return is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    }
    let [first, second, ..] = segments;
    let global_unicast = first & 0xe000 == 0x2000;
    let special = first == 0x2001 && second < 0x0200;
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    let six_to_four = first == 0x2002;
    global_unicast && !special && !documentation && !six_to_four
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn judge(address: &str) -> Result<(), Blocked> {
        Guard::default().check(&Url::parse(address).unwrap())
    }

    #[test]
    fn private_literals_are_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.9.9",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "2130706433",
            "0x7f.1",
            "017700000001",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fd00::1]",
            "[ff02::1]",
            "[::ffff:10.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:7f00:1::]",
            "[::127.0.0.1]",
            "[fec0::1]",
        ] {
            assert_eq!(judge(&format!("http://{host}/x")), Err(Blocked::Private), "{host}");
        }
    }

    #[test]
    fn public_literals_pass() {
        for host in [
            "93.184.215.14",
            "8.8.8.8",
            "[2606:4700::1111]",
            "[64:ff9b::808:808]",
            "[::ffff:8.8.8.8]",
        ] {
            assert_eq!(judge(&format!("https://{host}/x")), Ok(()), "{host}");
        }
    }

    #[test]
    fn schemes_ports_and_user_info_are_refused() {
        assert_eq!(judge("ftp://example.com/"), Err(Blocked::Scheme("ftp".into())));
        assert_eq!(judge("file:///etc/passwd"), Err(Blocked::Scheme("file".into())));
        assert_eq!(judge("http://example.com:22/"), Err(Blocked::Port(22)));
        assert_eq!(judge("http://user@example.com/"), Err(Blocked::UserInfo));
        assert_eq!(judge("http://example.com:8080/"), Ok(()));
    }

    #[test]
    fn a_sandbox_may_be_anywhere_when_private_networks_are_allowed() {
        let guard = Guard {
            allow_private: true,
            trusted: None,
        };
        assert_eq!(guard.check(&Url::parse("http://127.0.0.1:3999/api").unwrap()), Ok(()));
        assert!(guard.check(&Url::parse("ftp://127.0.0.1/").unwrap()).is_err());
    }

    #[test]
    fn a_resolver_that_is_down_is_not_a_missing_name() {
        let down = io::Error::other("failed to lookup address information: Temporary failure in name resolution");
        assert_eq!(lookup_error(&down), LookupError::Unavailable);
        let missing = io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(lookup_error(&missing), LookupError::NotFound);
    }
}
