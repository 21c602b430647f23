//! What a merchant types to connect, and which of Magento's two doors it opens.

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::platform::{
    http::{Auth, OAuth1},
    registry::{CredentialProblem, Credentials},
};

/// The key of the credential that says where the shop is.
pub const ADDRESS: &str = "address";
pub(super) const DIALECT: &str = "dialect";
pub(super) const TOKEN: &str = "token";
pub(super) const CONSUMER_KEY: &str = "consumer_key";
pub(super) const CONSUMER_SECRET: &str = "consumer_secret";
pub(super) const TOKEN_SECRET: &str = "token_secret";
pub(super) const ADMIN_USER: &str = "admin_user";
pub(super) const ADMIN_PASSWORD: &str = "admin_password";
pub(super) const API_USER: &str = "api_user";
pub(super) const API_KEY: &str = "api_key";
pub(super) const STORE_CODE: &str = "store_code";
pub(super) const DOCUMENT_ATTRIBUTE: &str = "document_attribute";

/// The store view of addresses unless the merchant names another: all of them.
const ALL_STORES: &str = "all";
/// Where documents stand unless the merchant names another field.
const DEFAULT_ATTRIBUTE: &str = "customer_taxvat";

/// Magento 1's SOAP or Magento 2's REST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Soap,
    Rest,
}

/// How the caller shows who it is.
#[derive(Debug, Clone)]
pub(super) enum Login {
    /// An API user of Magento 1, who gets a session.
    Soap { user: SecretString, key: SecretString },
    /// With each request.
    Rest(Auth),
    /// A user of the panel of Magento 2, who gets a token for some hours.
    Admin { user: SecretString, password: SecretString },
}

/// Everything that was typed, in order.
#[derive(Debug, Clone)]
pub struct Access {
    pub(super) login: Login,
    pub(super) store_code: String,
    /// The field of orders that holds the buyer's document.
    pub(super) attribute: String,
    address: String,
}

impl Access {
    /// Reads credentials, and says which is missing for the door that they are for.
    pub fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        let text = |key: &str| credentials.get(key).map(|value| value.expose_secret().to_owned());
        let login = match dialect(credentials)? {
            Dialect::Soap => Login::Soap {
                user: must(credentials, API_USER)?,
                key: must(credentials, API_KEY)?,
            },
            Dialect::Rest => rest_login(credentials)?,
        };
        Ok(Self {
            login,
            store_code: name(STORE_CODE, text(STORE_CODE), ALL_STORES)?,
            attribute: name(DOCUMENT_ATTRIBUTE, text(DOCUMENT_ATTRIBUTE), DEFAULT_ATTRIBUTE)?,
            address: text(ADDRESS).unwrap_or_default(),
        })
    }

    /// Where requests go: the operator's setting, in which `{address}` stands for what the merchant typed.
    pub fn base_address(&self, setting: &str) -> String {
        let base = setting.replace("{address}", &self.address);
        base.trim_end_matches('/').to_owned()
    }
}

fn must(credentials: &Credentials, key: &str) -> Result<SecretString, CredentialProblem> {
    let missing = || CredentialProblem::Missing { key: key.to_owned() };
    credentials.get(key).cloned().ok_or_else(missing)
}

/// What the merchant chose, else the door that the filled fields are for.
fn dialect(credentials: &Credentials) -> Result<Dialect, CredentialProblem> {
    let has = |keys: &[&str]| keys.iter().any(|key| credentials.get(key).is_some());
    match credentials
        .get(DIALECT)
        .map(|typed| typed.expose_secret().to_lowercase())
    {
        Some(typed) if typed == "m1_soap" => Ok(Dialect::Soap),
        Some(typed) if typed == "m2_rest" => Ok(Dialect::Rest),
        Some(_) => Err(invalid(DIALECT, "write m1_soap or m2_rest, or leave it empty")),
        None if has(&[API_USER, API_KEY]) => Ok(Dialect::Soap),
        None => Ok(Dialect::Rest),
    }
}

fn rest_login(credentials: &Credentials) -> Result<Login, CredentialProblem> {
    let has = |key: &&str| credentials.get(key).is_some();
    if [ADMIN_USER, ADMIN_PASSWORD].iter().any(has) && !has(&TOKEN) {
        return Ok(Login::Admin {
            user: must(credentials, ADMIN_USER)?,
            password: must(credentials, ADMIN_PASSWORD)?,
        });
    }
    let token = must(credentials, TOKEN)?;
    if ![CONSUMER_KEY, CONSUMER_SECRET, TOKEN_SECRET].iter().any(has) {
        let header = format!("Bearer {}", token.expose_secret());
        return Ok(Login::Rest(Auth::Header(header.into())));
    }
    Ok(Login::Rest(Auth::OAuth1(OAuth1 {
        consumer_key: must(credentials, CONSUMER_KEY)?,
        consumer_secret: must(credentials, CONSUMER_SECRET)?,
        token,
        token_secret: must(credentials, TOKEN_SECRET)?,
    })))
}

/// A name that becomes a part of addresses and filters.
fn name(key: &str, typed: Option<String>, default: &str) -> Result<String, CredentialProblem> {
    let name = typed.unwrap_or_else(|| default.to_owned());
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_plain && name.len() <= 64 {
        Ok(name)
    } else {
        Err(invalid(key, "it is letters, digits and underscores only"))
    }
}

fn invalid(key: &str, reason: &str) -> CredentialProblem {
    CredentialProblem::Invalid {
        key: key.to_owned(),
        reason: reason.to_owned(),
    }
}

/// The shop's address as it is kept: host, port and path, without what the API adds to them. Whatever scheme was
/// typed, the shop is asked over https.
pub fn parse_address(typed: &str) -> Result<String, CredentialProblem> {
    let bad = || {
        invalid(
            ADDRESS,
            "it must be the shop's address, like https://www.my-shop.com.br",
        )
    };
    let typed = typed.trim();
    let whole = match typed.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") => {
            format!("https://{rest}")
        }
        Some(_) => return Err(bad()),
        None => format!("https://{typed}"),
    };
    let url = Url::parse(&whole).map_err(|_| bad())?;
    let host = url.host_str().filter(|host| host.contains('.')).ok_or_else(bad)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad());
    }
    let mut address = host.to_owned();
    if let Some(port) = url.port() {
        address = format!("{address}:{port}");
    }
    for part in url.path().split('/').filter(|part| !part.is_empty()) {
        if matches!(part, "index.php" | "api" | "rest" | "admin" | "painel") {
            break;
        }
        address = format!("{address}/{part}");
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;
    use crate::platform::Kind;

    fn access(pairs: &[(&str, &str)]) -> Result<Access, CredentialProblem> {
        let typed = pairs.iter().chain(&[(ADDRESS, "loja.example.com")]);
        let typed = typed
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Access::read(&Credentials::parse(Kind::Bis2Bis, typed)?)
    }

    #[test]
    fn an_address_is_read_however_it_is_typed() {
        for (typed, kept) in [
            ("https://loja.example.com", "loja.example.com"),
            (" HTTP://Loja.example.com/ ", "loja.example.com"),
            ("loja-exemplo.bisws.com.br/", "loja-exemplo.bisws.com.br"),
            (
                "https://loja.example.com/index.php/api/v2_soap/?wsdl=1",
                "loja.example.com",
            ),
            ("https://loja.example.com/rest/all/V1/", "loja.example.com"),
            ("https://example.com:8443/loja/index.php", "example.com:8443/loja"),
        ] {
            assert_eq!(parse_address(typed).unwrap(), kept, "{typed}");
        }
        for typed in [
            "",
            "minha loja",
            "ftp://x.com",
            "https://a:b@loja.example.com",
            "localhost",
            "https://",
        ] {
            assert_eq!(parse_address(typed).unwrap_err().key(), ADDRESS, "{typed}");
        }
    }

    #[test]
    fn what_is_filled_in_chooses_the_door() {
        let login = |pairs: &[(&str, &str)]| access(pairs).unwrap().login;
        assert!(matches!(login(&[(API_USER, "u"), (API_KEY, "k")]), Login::Soap { .. }));
        assert!(matches!(login(&[(TOKEN, "t")]), Login::Rest(Auth::Header(_))));
        assert!(matches!(
            login(&[(ADMIN_USER, "u"), (ADMIN_PASSWORD, "p")]),
            Login::Admin { .. }
        ));
        let signed = [
            (TOKEN, "t"),
            (CONSUMER_KEY, "ck"),
            (CONSUMER_SECRET, "cs"),
            (TOKEN_SECRET, "ts"),
        ];
        assert!(matches!(login(&signed), Login::Rest(Auth::OAuth1(_))));
        for (typed, key) in [
            (&[][..], TOKEN),
            (&[(API_USER, "u")], API_KEY),
            (&[(DIALECT, "m1_soap"), (TOKEN, "t")], API_USER),
            (&[(DIALECT, "soap")], DIALECT),
            (&[(ADMIN_USER, "u")], ADMIN_PASSWORD),
            (&signed[..3], TOKEN_SECRET),
            (&[(TOKEN, "t"), (STORE_CODE, "a/b")], STORE_CODE),
            (&[(TOKEN, "t"), (DOCUMENT_ATTRIBUTE, "a[b]")], DOCUMENT_ATTRIBUTE),
        ] {
            assert_eq!(access(typed).unwrap_err().key(), key, "{typed:?}");
        }
    }
}
