//! How Loja Integrada presents itself to a merchant, and how its credentials become a header.

use secrecy::{ExposeSecret as _, SecretString};

use crate::platform::http::Auth;
use crate::platform::registry::{CredentialProblem, Credentials};
use crate::platform::{Capabilities, CredentialField, Descriptor, LocalText};

const API_KEY: &str = "api_key";
const APPLICATION_KEY: &str = "application_key";

/// The platform's description of itself.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "Loja Integrada",
    credentials: &[
        CredentialField {
            key: API_KEY,
            label: LocalText {
                pt: "Token pessoal ou chave de API",
                en: "Personal token or API key",
            },
            help: LocalText {
                pt: "Cole o token pessoal da loja. Só o proprietário da loja pode criá-lo, e ele aparece uma única vez. \
                     Se a integração usa o par de chaves, cole aqui a chave de API (20 caracteres) e preencha também a \
                     chave de aplicação.",
                en: "Paste the shop's personal token. Only the shop's owner can create it, and it is shown once. With \
                     the pair of keys, paste the API key (20 characters) here and fill in the application key too.",
            },
            secret: true,
            required: true,
        },
        CredentialField {
            key: APPLICATION_KEY,
            label: LocalText {
                pt: "Chave de aplicação",
                en: "Application key",
            },
            help: LocalText {
                pt: "Somente para o par de chaves: o código no formato 00000000-0000-0000-0000-000000000000 que a Loja \
                     Integrada fornece a parceiros. Com o token pessoal, deixe em branco.",
                en: "Only for the pair of keys: the code in the form 00000000-0000-0000-0000-000000000000 that the \
                     platform gives to partners. With a personal token, leave it empty.",
            },
            secret: true,
            required: false,
        },
    ],
    capabilities: Capabilities {
        customers: true,
        sales: true,
        pushed_sales: false,
        products: true,
        create_coupons: true,
        disable_coupons: true,
        free_shipping_coupons: true,
        several_shops: false,
    },
    setup_help: LocalText {
        pt: "Com token pessoal: o proprietário da loja cria o token no painel da Loja Integrada, copia-o na hora (ele \
             não é mostrado de novo) e cola aqui. São no máximo 5 tokens ativos, e cada um vence em 3 meses: anote a \
             data e renove antes, pois a renovação mantém o mesmo token. Com o par de chaves: em Configurações > Chave \
             para API, clique em Cadastrar nova chave, dê a ela um nome fácil de reconhecer, copie a chave gerada e \
             informe-a junto com a chave de aplicação. Depois de salvar, as situações de pedido da loja aparecem para \
             escolha. Com o par de chaves de um parceiro, o programa pode pedir que a plataforma avise de cada pedido por \
             webhook, e as vendas chegam em segundos; ao token pessoal ela o recusa, e as vendas são importadas \
             regularmente.",
        en: "With a personal token: the shop's owner creates it in the Loja Integrada panel, copies it at once (it is \
             not shown again) and pastes it here. At most 5 tokens are active, and each expires after 3 months: note \
             the date and renew it before, since a renewal keeps the same token. With the pair of keys: under \
             Configurações > Chave para API choose Cadastrar nova chave, give the key a name, copy it and enter it \
             together with the application key. Once saved, the shop's order statuses can be chosen. With a \
             partner's pair of keys the program can ask the platform to tell of each order by a webhook, and sales arrive \
             within seconds; it refuses that to a personal token, and sales are imported regularly.",
    },
};

/// The `Authorization` header: a personal token alone, or the pair of keys where an application key
/// is given.
pub(super) fn auth(credentials: &Credentials) -> Result<Auth, CredentialProblem> {
    let key = filled(credentials, API_KEY)?.ok_or_else(|| CredentialProblem::Missing {
        key: API_KEY.to_owned(),
    })?;
    let header = match filled(credentials, APPLICATION_KEY)? {
        None => format!("Basic {key}"),
        Some(application) if uuid::Uuid::try_parse(&application).is_ok() => {
            format!("chave_api {key} aplicacao {application}")
        }
        Some(_) => {
            let form = "it must look like 00000000-0000-0000-0000-000000000000; with a personal token, leave it empty";
            return Err(invalid(APPLICATION_KEY, form));
        }
    };
    Ok(Auth::Header(SecretString::from(header)))
}

/// A field's text, trimmed; blank is as good as missing. The name of the scheme, when it was pasted
/// along, is dropped.
fn filled(credentials: &Credentials, field: &str) -> Result<Option<String>, CredentialProblem> {
    let Some(secret) = credentials.get(field) else {
        return Ok(None);
    };
    let text = secret.expose_secret().trim();
    let bare = ["Basic ", "chave_api ", "aplicacao "]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let text = bare.unwrap_or(text).trim();
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid(
            field,
            "it has spaces or odd characters in it; copy it again, whole and alone",
        ));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn invalid(field: &str, reason: &str) -> CredentialProblem {
    CredentialProblem::Invalid {
        key: field.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn header(typed: &str) -> Result<String, CredentialProblem> {
        match auth(&Credentials::from_json(typed).unwrap())? {
            Auth::Header(value) => Ok(value.expose_secret().to_owned()),
            _ => Ok("another form".to_owned()),
        }
    }

    #[test]
    fn the_application_key_decides_the_form() {
        const PAIR: &str = "chave_api 0123456789abcdef0123 aplicacao 4f6ad0b2-7d3b-4f6e-9a59-0c2b7f1f2a11";
        for (typed, expected) in [
            (r#"{"api_key": " t0k+en/=\n"}"#, "Basic t0k+en/="),
            (r#"{"api_key": "Basic t0ken", "application_key": "  "}"#, "Basic t0ken"),
            (
                r#"{"api_key": "0123456789abcdef0123", "application_key": "4f6ad0b2-7d3b-4f6e-9a59-0c2b7f1f2a11"}"#,
                PAIR,
            ),
        ] {
            assert_eq!(header(typed).unwrap(), expected, "{typed}");
        }
    }

    #[test]
    fn a_problem_names_its_field() {
        for (typed, field) in [
            (
                r#"{"application_key": "4f6ad0b2-7d3b-4f6e-9a59-0c2b7f1f2a11"}"#,
                "api_key",
            ),
            (r#"{"api_key": "my token"}"#, "api_key"),
            (
                r#"{"api_key": "t", "application_key": "0123456789abcdef0123"}"#,
                "application_key",
            ),
        ] {
            assert_eq!(header(typed).unwrap_err().key(), field, "{typed}");
        }
    }
}
