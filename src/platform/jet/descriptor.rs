//! How JET presents itself to a merchant, and what the typed credentials open.

use secrecy::{ExposeSecret as _, SecretString};

use crate::platform::registry::{CredentialProblem, Credentials};
use crate::platform::{Capabilities, CredentialField, Descriptor, LocalText};

const MODE: &str = "mode";
const API_KEY: &str = "api_key";
const INTEGRATION_KEY: &str = "integration_key";
const USER: &str = "user";
const PASSWORD: &str = "password";
const STORE_ID: &str = "store_id";
const CLUSTER: &str = "cluster";

/// The cluster that the platform's own examples name.
const USUAL_CLUSTER: &str = "neo1";

/// The platform's description of itself.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "JET",
    credentials: &[
        CredentialField {
            key: MODE,
            label: LocalText {
                pt: "Modo de acesso",
                en: "Way of access",
            },
            help: LocalText {
                pt: "openapi (padrão): a OpenAPI atual, avisada pelos webhooks da plataforma. adm: a API legada \"adm\", que \
                     entrega os pedidos por uma fila. Na dúvida, deixe em branco.",
                en: "openapi (the default): the current OpenAPI, told by the platform's webhooks. adm: the legacy \"adm\" \
                     API, which hands orders out by a queue. When in doubt, leave it empty.",
            },
            secret: false,
            required: false,
        },
        CredentialField {
            key: API_KEY,
            label: LocalText {
                pt: "Credencial OpenAPI",
                en: "OpenAPI credential",
            },
            help: LocalText {
                pt: "Para o modo openapi. No admin: Configurações > Credenciais OpenAPI (V 1.0) > Novo parceiro, com as \
                     permissões Pedido e Cliente (leitura). Cole aqui o código gerado.",
                en: "For the mode openapi. In the admin: Configurações > Credenciais OpenAPI (V 1.0) > Novo parceiro, with \
                     the permissions Pedido and Cliente (read). Paste the code that it makes.",
            },
            secret: true,
            required: false,
        },
        CredentialField {
            key: INTEGRATION_KEY,
            label: LocalText {
                pt: "Chave de integração (só desta integração)",
                en: "Integration key (of this integration alone)",
            },
            help: LocalText {
                pt: "Para o modo adm. Peça à JET uma chave de integração própria para o programa de fidelidade. Nunca use a \
                     chave do ERP: a fila pertence à chave, e cada um tiraria pedidos do outro.",
                en: "For the mode adm. Ask JET for an integration key of the loyalty programme's own. Never use the ERP's \
                     key: the queue belongs to the key, and each would take orders away from the other.",
            },
            secret: true,
            required: false,
        },
        CredentialField {
            key: USER,
            label: LocalText {
                pt: "Usuário de pedidos",
                en: "Order user",
            },
            help: LocalText {
                pt: "Para o modo adm: o usuário da API de pedidos (o de produtos é outro).",
                en: "For the mode adm: the user of the order API (the product API has another).",
            },
            secret: false,
            required: false,
        },
        CredentialField {
            key: PASSWORD,
            label: LocalText {
                pt: "Senha",
                en: "Password",
            },
            help: LocalText {
                pt: "Para o modo adm: a senha desse usuário.",
                en: "For the mode adm: that user's password.",
            },
            secret: true,
            required: false,
        },
        CredentialField {
            key: STORE_ID,
            label: LocalText {
                pt: "ID da loja",
                en: "Store id",
            },
            help: LocalText {
                pt: "Para o modo adm: o número da loja na JET.",
                en: "For the mode adm: the shop's number at JET.",
            },
            secret: false,
            required: false,
        },
        CredentialField {
            key: CLUSTER,
            label: LocalText {
                pt: "Cluster",
                en: "Cluster",
            },
            help: LocalText {
                pt: "Para o modo adm: o nome no endereço da API de pedidos, como neo1 em \
                     https://adm-pedido-neo1.plataformaneo.com.br. Pode colar o endereço inteiro; em branco, vale neo1.",
                en: "For the mode adm: the name in the order API's address, such as neo1 in \
                     https://adm-pedido-neo1.plataformaneo.com.br. The whole address may be pasted; empty means neo1.",
            },
            secret: false,
            required: false,
        },
    ],
    capabilities: Capabilities {
        customers: false,
        sales: true,
        pushed_sales: false,
        products: false,
        create_coupons: false,
        disable_coupons: false,
        free_shipping_coupons: false,
        several_shops: false,
    },
    setup_help: LocalText {
        pt: "Integração em beta: ainda não foi conferida em uma loja real. Modo openapi: no admin da JET, em Configurações > \
             Credenciais OpenAPI (V 1.0) > Novo parceiro, crie uma credencial só com leitura de Pedido e Cliente e cole-a \
             aqui. Depois, em Configurações > Webhooks > Novo webhook (Versão 1), cadastre o endereço mostrado na \
             integração para os eventos de pedido: é por ele que as vendas chegam, e as anteriores não podem ser lidas. \
             Modo adm: peça à JET uma chave de integração só para o programa de fidelidade, com usuário, senha e ID da loja. \
             Os clientes vêm com os pedidos; os produtos, do XML do Google Shopping. A JET não permite criar cupons \
             automaticamente.",
        en: "In beta: not verified against a real shop yet. Mode openapi: in JET's admin, under Configurações > Credenciais \
             OpenAPI (V 1.0) > Novo parceiro, make a credential that reads Pedido and Cliente only, and paste it here. Then, \
             under Configurações > Webhooks > Novo webhook (Versão 1), enter the address that the integration shows for the \
             order events: sales come that way, and earlier ones cannot be read. Mode adm: ask JET for an integration key of \
             the loyalty programme's own, with user, password and store id. Customers come with the orders, products from \
             the Google Shopping XML. JET cannot create coupons automatically.",
    },
};

/// What the credentials open.
#[derive(Debug, Clone)]
pub enum Access {
    /// The current generation.
    OpenApi {
        /// The partner's credential.
        key: SecretString,
    },
    /// The legacy generation.
    Adm(Login),
}

/// What the legacy generation is logged in with.
#[derive(Debug, Clone)]
pub struct Login {
    /// Whose queue it is.
    pub integration_key: SecretString,
    /// The order user.
    pub user: SecretString,
    /// Its password.
    pub password: SecretString,
    /// The shop's number.
    pub store_id: SecretString,
    /// The name in the host.
    pub cluster: String,
}

/// What the typed credentials open; a missing half is named.
pub(super) fn access(credentials: &Credentials) -> Result<Access, CredentialProblem> {
    let text = |key: &str| credentials.get(key).map(|value| value.expose_secret().trim());
    let must = |key: &str| {
        let value = credentials
            .get(key)
            .filter(|value| !value.expose_secret().trim().is_empty());
        value
            .cloned()
            .ok_or_else(|| CredentialProblem::Missing { key: key.to_owned() })
    };
    match text(MODE).unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "openapi" => {
            let key = must(API_KEY)?;
            if !key.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
                let form = "it has spaces or odd characters in it; copy it again, whole and alone";
                return Err(invalid(API_KEY, form));
            }
            Ok(Access::OpenApi { key })
        }
        "adm" => Ok(Access::Adm(Login {
            integration_key: must(INTEGRATION_KEY)?,
            user: must(USER)?,
            password: must(PASSWORD)?,
            store_id: must(STORE_ID)?,
            cluster: cluster(text(CLUSTER).unwrap_or_default())?,
        })),
        _ => Err(invalid(MODE, "it must be openapi or adm")),
    }
}

/// The cluster's name, out of an address or alone.
fn cluster(typed: &str) -> Result<String, CredentialProblem> {
    let lower = typed.to_ascii_lowercase();
    let bare = lower.strip_prefix("https://").unwrap_or(&lower);
    let host = bare.split('/').next().unwrap_or_default();
    let label = host.strip_suffix(".plataformaneo.com.br").unwrap_or(host);
    let label = label.strip_prefix("adm-pedido-").unwrap_or(label);
    let is_label = !label.starts_with('-')
        && !label.ends_with('-')
        && label.len() <= 40
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match label {
        "" if typed.is_empty() => Ok(USUAL_CLUSTER.to_owned()),
        "" => Err(invalid(CLUSTER, CLUSTER_FORM)),
        label if is_label => Ok(label.to_owned()),
        _ => Err(invalid(CLUSTER, CLUSTER_FORM)),
    }
}

const CLUSTER_FORM: &str = "it must be a name such as neo1, or https://adm-pedido-neo1.plataformaneo.com.br";

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

    fn typed(json: &str) -> Result<Access, CredentialProblem> {
        access(&Credentials::from_json(json).unwrap())
    }

    #[test]
    fn the_mode_decides_what_must_be_there() {
        assert!(matches!(typed(r#"{"api_key": "k"}"#), Ok(Access::OpenApi { .. })));
        let adm = r#"{"mode": "ADM", "integration_key": "i", "user": "u", "password": "p", "store_id": "7"}"#;
        assert!(matches!(typed(adm), Ok(Access::Adm(login)) if login.cluster == "neo1"));
        for (json, field) in [
            ("{}", "api_key"),
            (r#"{"mode": "openapi", "integration_key": "i"}"#, "api_key"),
            (r#"{"api_key": "two words"}"#, "api_key"),
            (r#"{"mode": "soap", "api_key": "k"}"#, "mode"),
            (r#"{"mode": "adm", "api_key": "k"}"#, "integration_key"),
            (r#"{"mode": "adm", "integration_key": "i", "user": "u"}"#, "password"),
        ] {
            assert_eq!(typed(json).unwrap_err().key(), field, "{json}");
        }
    }

    #[test]
    fn the_cluster_is_one_label_and_leads_nowhere_else() {
        for (typed, label) in [
            ("", "neo1"),
            ("NEO2", "neo2"),
            ("https://adm-pedido-sbx-neo1.plataformaneo.com.br/api/v1", "sbx-neo1"),
        ] {
            assert_eq!(cluster(typed).as_deref(), Ok(label), "{typed}");
        }
        for typed in [
            "neo1.example.com",
            "neo1@evil",
            "-neo1",
            "https://",
            "neo1:8080",
            "http://neo1",
        ] {
            assert_eq!(cluster(typed).unwrap_err().key(), CLUSTER, "{typed}");
        }
    }
}
