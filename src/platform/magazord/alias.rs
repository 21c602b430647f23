//! The alias of a panel: the one part of the API's address that a merchant types.
//!
//! It becomes a label of a host name, so nothing but a label's characters may pass.

use url::{Host, Url};

use crate::platform::registry::CredentialProblem;

/// The key of the credential.
pub const ALIAS: &str = "alias";
const DOMAIN: &str = ".painel.magazord.com.br";
const SHAPE: &str = "it must be just the beginning of the panel's address, like my-shop in \
                     https://my-shop.painel.magazord.com.br (letters, digits and hyphens)";

/// Takes an alias, or the panel's whole address from which it is read, in any case.
pub fn parse_alias(typed: &str) -> Result<String, CredentialProblem> {
    let typed = typed.trim().to_lowercase();
    let alias = if is_label(&typed) {
        Some(typed)
    } else {
        from_address(&typed)
    };
    alias.ok_or_else(|| CredentialProblem::Invalid {
        key: ALIAS.to_owned(),
        reason: SHAPE.to_owned(),
    })
}

fn from_address(typed: &str) -> Option<String> {
    let url = match typed.split_once("://") {
        Some(_) => Url::parse(typed),
        None => Url::parse(&format!("https://{typed}")),
    };
    let url = url.ok()?;
    let is_plain = url.scheme() == "https"
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && matches!(url.path().trim_end_matches('/'), "" | "/api");
    let Some(Host::Domain(host)) = url.host().filter(|_| is_plain) else {
        return None;
    };
    host.strip_suffix(DOMAIN)
        .filter(|alias| is_label(alias))
        .map(str::to_owned)
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The API's address for a panel: the setting with its placeholder filled in, with `/api` and
/// without a final slash.
pub fn base_address(setting: &str, alias: &str) -> String {
    let address = setting.trim().replace("{alias}", alias);
    let address = address.trim_end_matches('/');
    if address.ends_with("/api") {
        address.to_owned()
    } else {
        format!("{address}/api")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_or_the_panels_address_is_taken() {
        for typed in [
            "minha-loja",
            " Minha-Loja ",
            "https://minha-loja.painel.magazord.com.br",
            "https://minha-loja.painel.magazord.com.br/",
            "https://minha-loja.painel.magazord.com.br/api",
            "https://minha-loja.painel.magazord.com.br/api/",
            "minha-loja.painel.magazord.com.br",
        ] {
            assert_eq!(parse_alias(typed).as_deref(), Ok("minha-loja"), "{typed}");
        }
    }

    #[test]
    fn nothing_that_could_lead_elsewhere_passes() {
        let long = "a".repeat(64);
        for typed in [
            "",
            "-",
            "a.b",
            "a/b",
            "a@b",
            "a:80",
            "a#b",
            "a?b",
            "a b",
            "á",
            "evil.com/x",
            long.as_str(),
            "http://x.painel.magazord.com.br",
            "https://x.painel.magazord.com.br.evil.com",
            "https://x.painel.magazord.com.br:8443",
            "https://user@x.painel.magazord.com.br",
            "https://evil.com/.painel.magazord.com.br",
            "https://a.b.painel.magazord.com.br",
            "https://x.painel.magazord.com.br@evil.com",
            "https://.painel.magazord.com.br",
            "169.254.169.254",
            "https://127.0.0.1/api",
        ] {
            assert!(parse_alias(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn the_address_is_complete_however_it_is_set() {
        for setting in [
            "https://{alias}.painel.magazord.com.br/api",
            "https://{alias}.painel.magazord.com.br/",
            "https://{alias}.painel.magazord.com.br/api/",
        ] {
            assert_eq!(base_address(setting, "x"), "https://x.painel.magazord.com.br/api");
        }
        assert_eq!(base_address("http://127.0.0.1:9000", "x"), "http://127.0.0.1:9000/api");
    }
}
