//! How Tiny presents itself to a merchant who connects it by the API 3: an app of the merchant's own, and consent.

use secrecy::ExposeSecret as _;

use crate::platform::registry::{CredentialProblem, Credentials};
use crate::platform::{Capabilities, CredentialField, Descriptor, LocalText};

/// The app's id.
pub(super) const CLIENT_ID: &str = "client_id";
/// The app's secret.
pub(super) const CLIENT_SECRET: &str = "client_secret";

/// The platform's description of itself.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "Tiny (Olist ERP), API v3",
    credentials: &[
        CredentialField {
            key: CLIENT_ID,
            label: LocalText {
                pt: "Client ID",
                en: "Client id",
            },
            help: LocalText {
                pt: "Do seu aplicativo no Tiny: Configurações > Geral > Aplicativos API V3 > o aplicativo. Não é o Token API \
                     da API 2.0: com ele, escolha Tiny (Olist ERP).",
                en: "Of your own app in Tiny: Configurações > Geral > Aplicativos API V3 > the app. It is not the Token API of \
                     the API 2.0: with that, choose Tiny (Olist ERP).",
            },
            secret: false,
            required: true,
        },
        CredentialField {
            key: CLIENT_SECRET,
            label: LocalText {
                pt: "Client Secret",
                en: "Client secret",
            },
            help: LocalText {
                pt: "No mesmo lugar que o Client ID.",
                en: "In the same place as the client id.",
            },
            secret: true,
            required: true,
        },
    ],
    capabilities: Capabilities {
        customers: true,
        sales: true,
        pushed_sales: false,
        products: false,
        create_coupons: false,
        disable_coupons: false,
        free_shipping_coupons: false,
        several_shops: false,
    },
    setup_help: LocalText {
        pt: "1. No Tiny (Olist ERP), abra Configurações > Geral > Aplicativos API V3 e crie um aplicativo com permissão de \
             leitura de Pedidos, Contatos e Dados da empresa.\n\
             2. Em \"URL de redirecionamento\" cole o endereço de retorno mostrado aqui.\n\
             3. Copie o Client ID e o Client Secret para este formulário e salve.\n\
             4. Clique em autorizar, entre no Tiny com um usuário da empresa e confirme. A autorização vale um dia e é \
             renovada sozinha; se este sistema ficar parado por mais de um dia, autorize de novo.\n\
             5. Escolha as situações de pedido que dão pontos. Pedidos cancelados ou não entregues devolvem os pontos.\n\
             6. Para que uma venda vire pontos em segundos, copie o endereço de webhook desta integração e cole-o em \
             Configurações > Geral > Outras configurações > Webhooks, em \"receber notificações de vendas\".\n\
             7. Um pedido que traz o número do pedido no e-commerce conta uma vez só: vale o pedido da loja. Conecte cada \
             conta uma vez só: pela API v3 ou pela API 2.0, nunca pelas duas.",
        en: "1. In Tiny (Olist ERP), open Configurações > Geral > Aplicativos API V3 and create an app that may read Pedidos, \
             Contatos and Dados da empresa.\n\
             2. Paste the callback address shown here into \"URL de redirecionamento\".\n\
             3. Copy the client id and the client secret into this form and save.\n\
             4. Choose authorize, sign in to Tiny as a user of the company and confirm. The authorization lives one day and \
             is renewed by itself; if this system stands still for more than a day, authorize again.\n\
             5. Choose the order statuses that give points. Orders that are cancelled or not delivered take them back.\n\
             6. To have a sale become points within seconds, copy this integration's webhook address and paste it under \
             Configurações > Geral > Outras configurações > Webhooks, as the address for notices of sales.\n\
             7. An order that carries the number of the shop's order counts once: as the shop's order. Connect each account \
             once: by the API v3 or by the API 2.0, never by both.",
    },
};

/// Whether typed credentials have a shape that can be sent.
pub(super) fn check_shape(credentials: &Credentials) -> Result<(), CredentialProblem> {
    for key in [CLIENT_ID, CLIENT_SECRET] {
        let is_odd = |text: &str| !text.bytes().all(|byte| byte.is_ascii_graphic());
        if credentials.get(key).is_some_and(|value| is_odd(value.expose_secret())) {
            return Err(CredentialProblem::Invalid {
                key: key.to_owned(),
                reason: "it has spaces or odd characters in it; copy it again, whole and alone".to_owned(),
            });
        }
    }
    Ok(())
}
