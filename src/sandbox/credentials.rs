//! The documented demonstration credentials. None of them opens anything but a sandbox, which is
//! why they are plain text here. The imitations check against them; the command prints them.

use serde::Serialize;

/// Everything that can be typed into a connection form, good and bad.
#[derive(Debug, Clone, Serialize)]
pub struct Credentials {
    /// For the Magazord imitation.
    pub magazord: MagazordCredentials,
    /// For the Loja Integrada imitation.
    pub loja_integrada: LojaIntegradaCredentials,
    /// For the JET imitation.
    pub jet: JetCredentials,
    /// For the Bis2Bis imitation.
    pub bis2bis: Bis2BisCredentials,
    /// For the Bling imitation.
    pub bling: BlingCredentials,
    /// For the Tiny imitation.
    pub tiny: TinyCredentials,
    /// For the imitation of Tiny's API 3.
    pub tiny_v3: TinyV3Credentials,
}

/// Magazord: the shop's alias and two secrets.
#[derive(Debug, Clone, Serialize)]
pub struct MagazordCredentials {
    /// The part of the address that names the shop.
    pub alias: &'static str,
    /// User name of HTTP Basic.
    pub token: &'static str,
    /// Password of HTTP Basic.
    pub password: &'static str,
    /// A token that was withdrawn: always 401, with any password.
    pub expired_token: &'static str,
    /// Good tokens, with the same password, that lack one permission each.
    pub restricted: Vec<Restricted>,
}

/// Loja Integrada: a personal token, or a pair.
#[derive(Debug, Clone, Serialize)]
pub struct LojaIntegradaCredentials {
    /// Sent as `Authorization: Basic <token>`, without base64.
    pub personal_token: &'static str,
    /// A personal token past its three months: always 401.
    pub expired_personal_token: &'static str,
    /// The shop's half of the pair.
    pub chave_api: &'static str,
    /// The partner's half of the pair.
    pub aplicacao: &'static str,
    /// Good personal tokens that lack one permission each.
    pub restricted: Vec<Restricted>,
}

/// JET: a credential of the OpenAPI, and a log-in of the legacy API.
#[derive(Debug, Clone, Serialize)]
pub struct JetCredentials {
    /// Sent as the header `apiKey`.
    pub api_key: &'static str,
    /// A credential that was deleted: always 401.
    pub deleted_api_key: &'static str,
    /// A credential without the permission Pedido.
    pub restricted: Restricted,
    /// Whose queue it is.
    pub integration_key: &'static str,
    /// The order user.
    pub user: &'static str,
    /// The product user, who may not see orders.
    pub product_user: &'static str,
    /// The password of both.
    pub password: &'static str,
    /// The shop's number.
    pub store_id: &'static str,
    /// The name in the legacy hosts.
    pub cluster: &'static str,
}

/// Bis2Bis: the shop's address, and the ways into each of its doors.
#[derive(Debug, Clone, Serialize)]
pub struct Bis2BisCredentials {
    /// The shop on its own domain.
    pub address: &'static str,
    /// The same shop on the platform's.
    pub platform_address: &'static str,
    /// Magento 2: an integration's access token.
    pub token: &'static str,
    /// Magento 2: names the integration where requests are signed.
    pub consumer_key: &'static str,
    /// Magento 2: the integration's secret.
    pub consumer_secret: &'static str,
    /// Magento 2: the access token's secret.
    pub token_secret: &'static str,
    /// Magento 2: a token that was withdrawn: always 401.
    pub expired_token: &'static str,
    /// Magento 2: a user of the panel.
    pub admin_user: &'static str,
    /// Magento 2: that user's password.
    pub admin_password: &'static str,
    /// Magento 1: a user of the API.
    pub api_user: &'static str,
    /// Magento 1: the key of every user of the API.
    pub api_key: &'static str,
    /// Magento 2: good tokens that lack one right each.
    pub restricted: Vec<Restricted>,
    /// Magento 1: good users that lack one right each.
    pub restricted_api_users: Vec<Restricted>,
}

/// Bling: an app, and tokens that need no consent.
#[derive(Debug, Clone, Serialize)]
pub struct BlingCredentials {
    /// The app's id.
    pub client_id: &'static str,
    /// The app's secret, which webhooks are signed with too.
    pub client_secret: &'static str,
    /// An access token that opens everything and never ends.
    pub access_token: &'static str,
    /// The same, each without one scope.
    pub restricted: Vec<Restricted>,
}

/// Tiny's API 3: an app, and tokens that need no consent.
#[derive(Debug, Clone, Serialize)]
pub struct TinyV3Credentials {
    /// The app's id.
    pub client_id: &'static str,
    /// The app's secret.
    pub client_secret: &'static str,
    /// An access token that opens everything and never ends.
    pub access_token: &'static str,
    /// The same, each without one module.
    pub restricted: Vec<Restricted>,
}

/// Tiny: a token.
#[derive(Debug, Clone, Serialize)]
pub struct TinyCredentials {
    /// Sent as the field `token` of each form.
    pub token: &'static str,
    /// The token of an account whose plan allows no requests.
    pub plan_without_api: &'static str,
    /// The token of an account that is blocked.
    pub blocked: &'static str,
}

/// A credential that works everywhere but on one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Restricted {
    /// The resource it is refused on, as the platform's paths call it.
    pub resource: &'static str,
    /// The token.
    pub token: &'static str,
}

const fn restricted(resource: &'static str, token: &'static str) -> Restricted {
    Restricted { resource, token }
}

/// The credentials of every sandbox.
pub fn credentials() -> Credentials {
    Credentials {
        magazord: MagazordCredentials {
            alias: "loja-exemplo",
            token: "mz-token-exemplo",
            password: "mz-senha-exemplo",
            expired_token: "mz-token-vencido",
            restricted: vec![
                restricted("pessoa", "mz-token-sem-pessoa"),
                restricted("pedido", "mz-token-sem-pedido"),
                restricted("cupomDesconto", "mz-token-sem-cupom"),
                restricted("loja", "mz-token-sem-loja"),
                restricted("produto", "mz-token-sem-produto"),
            ],
        },
        loja_integrada: LojaIntegradaCredentials {
            personal_token: "li-token-pessoal-exemplo",
            expired_personal_token: "li-token-pessoal-vencido",
            chave_api: "0a1b2c3d4e5f6a7b8c9d",
            aplicacao: "00000000-1111-4222-8333-444444444444",
            restricted: vec![
                restricted("cliente", "li-token-sem-cliente"),
                restricted("pedido", "li-token-sem-pedido"),
                restricted("cupom", "li-token-sem-cupom"),
                restricted("produto", "li-token-sem-produto"),
                restricted("situacao", "li-token-sem-situacao"),
            ],
        },
        jet: JetCredentials {
            api_key: "jet-credencial-exemplo",
            deleted_api_key: "jet-credencial-excluida",
            restricted: restricted("Pedido", "jet-credencial-sem-pedido"),
            integration_key: "jet-chave-exemplo",
            user: "jet-usuario-pedidos",
            product_user: "jet-usuario-produtos",
            password: "jet-senha-exemplo",
            store_id: "1001",
            cluster: "neo1",
        },
        bis2bis: Bis2BisCredentials {
            address: "loja-exemplo.example.com",
            platform_address: "loja-exemplo.bisws.com.br",
            token: "bb-token-exemplo",
            consumer_key: "bb-consumer-key-exemplo",
            consumer_secret: "bb-consumer-secret-exemplo",
            token_secret: "bb-token-secret-exemplo",
            expired_token: "bb-token-vencido",
            admin_user: "bb-admin-exemplo",
            admin_password: "bb-senha-exemplo",
            api_user: "bb-usuario-exemplo",
            api_key: "bb-chave-exemplo",
            restricted: vec![
                restricted("sales", "bb-token-sem-sales"),
                restricted("customers", "bb-token-sem-customers"),
                restricted("catalog", "bb-token-sem-catalog"),
            ],
            restricted_api_users: vec![
                restricted("sales", "bb-usuario-sem-sales"),
                restricted("customers", "bb-usuario-sem-customers"),
                restricted("catalog", "bb-usuario-sem-catalog"),
            ],
        },
        bling: BlingCredentials {
            client_id: "bling-client-id-exemplo",
            client_secret: "bling-client-secret-exemplo",
            access_token: "bling-token-exemplo",
            restricted: vec![
                restricted("pedidos/vendas", "bling-token-sem-pedidos"),
                restricted("contatos", "bling-token-sem-contatos"),
                restricted("situacoes", "bling-token-sem-situacoes"),
            ],
        },
        tiny: TinyCredentials {
            token: "tiny-token-exemplo",
            plan_without_api: "tiny-token-plano-comecar",
            blocked: "tiny-token-bloqueado",
        },
        tiny_v3: TinyV3Credentials {
            client_id: "tiny-api-exemplo-1",
            client_secret: "tiny-v3-client-secret-exemplo",
            access_token: "tiny-v3-token-exemplo",
            restricted: vec![
                restricted("pedidos", "tiny-v3-token-sem-pedidos"),
                restricted("contatos", "tiny-v3-token-sem-contatos"),
            ],
        },
    }
}
