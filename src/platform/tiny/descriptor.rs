//! How Tiny presents itself to a merchant, and what the typed credential opens.

use secrecy::{ExposeSecret as _, SecretString};

use crate::platform::registry::{CredentialProblem, Credentials};
use crate::platform::{Capabilities, CredentialField, Descriptor, LocalText};

const TOKEN: &str = "token";

/// The platform's description of itself.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "Tiny (Olist ERP)",
    credentials: &[CredentialField {
        key: TOKEN,
        label: LocalText {
            pt: "Token da API",
            en: "API token",
        },
        help: LocalText {
            pt: "No Tiny: Configurações > Geral > Token API. É uma sequência longa de letras e números. O plano da conta \
                 precisa permitir o uso da API (o plano Começar não permite).",
            en: "In Tiny: Configurações > Geral > Token API. It is a long row of letters and digits. The account's plan \
                 has to allow the API (the plan Começar does not).",
        },
        secret: true,
        required: true,
    }],
    capabilities: Capabilities {
        customers: true,
        sales: true,
        pushed_sales: false,
        products: true,
        create_coupons: false,
        disable_coupons: false,
        free_shipping_coupons: false,
        several_shops: false,
    },
    setup_help: LocalText {
        pt: "1. No Tiny (Olist ERP), abra Configurações > Geral > Token API, gere o token e cole-o aqui.\n\
             2. Escolha as situações de pedido que dão pontos. Pedidos cancelados ou não entregues devolvem os pontos.\n\
             3. Para que uma venda vire pontos em segundos, copie o endereço de webhook desta integração e cole-o em \
             Configurações > Geral > Outras configurações > Webhooks, em \"receber notificações de vendas\".\n\
             4. Um pedido que traz o número do pedido no e-commerce conta uma vez só: vale o pedido da loja. Vendas sem \
             CPF ou CNPJ ficam registradas, sem pontos.",
        en: "1. In Tiny (Olist ERP), open Configurações > Geral > Token API, make the token and paste it here.\n\
             2. Choose the order statuses that give points. Orders that are cancelled or not delivered take them back.\n\
             3. To have a sale become points within seconds, copy this integration's webhook address and paste it under \
             Configurações > Geral > Outras configurações > Webhooks, as the address for notices of sales.\n\
             4. An order that carries the number of the shop's order counts once: as the shop's order. Sales without a \
             document are kept, without points.",
    },
};

/// The token, which is one word.
pub(super) fn token(credentials: &Credentials) -> Result<SecretString, CredentialProblem> {
    let token = credentials
        .get(TOKEN)
        .ok_or_else(|| CredentialProblem::Missing { key: TOKEN.to_owned() })?;
    if !token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CredentialProblem::Invalid {
            key: TOKEN.to_owned(),
            reason: "it has spaces or odd characters in it; copy it again, whole and alone".to_owned(),
        });
    }
    Ok(token.clone())
}
