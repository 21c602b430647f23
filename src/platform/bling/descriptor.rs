//! How Bling presents itself to a merchant.

use crate::platform::{Capabilities, CredentialField, Descriptor, LocalText};

/// The app's id.
pub(super) const CLIENT_ID: &str = "client_id";
/// The app's secret.
pub const CLIENT_SECRET: &str = "client_secret";

/// The platform's description of itself.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "Bling",
    credentials: &[
        CredentialField {
            key: CLIENT_ID,
            label: LocalText {
                pt: "Client ID",
                en: "Client id",
            },
            help: LocalText {
                pt: "Do seu aplicativo no Bling: Área do Integrador > o aplicativo > Informações do app.",
                en: "Of your own app at Bling: Área do Integrador > the app > Informações do app.",
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
        pt: "1. No Bling, abra a Área do Integrador e crie um aplicativo privado com os escopos Pedidos de venda (leitura), \
             Contatos (leitura) e Situações (leitura). 2. Em \"Link de redirecionamento\" cole o endereço de retorno mostrado \
             aqui. 3. Copie o Client ID e o Client Secret para este formulário e salve. 4. Clique em autorizar e confirme no \
             Bling. 5. Para receber as vendas em segundos, na aba Webhooks do aplicativo cole o endereço de webhooks desta \
             integração e escolha Pedidos de venda.",
        en: "1. At Bling, open the Área do Integrador and create a private app with the scopes Pedidos de venda (read), \
             Contatos (read) and Situações (read). 2. Paste the callback address shown here into \"Link de \
             redirecionamento\". 3. Copy the client id and the client secret into this form and save. 4. Choose authorize and \
             confirm at Bling. 5. To get sales within seconds, paste this integration's webhook address into the app's tab \
             Webhooks and choose Pedidos de venda.",
    },
};
