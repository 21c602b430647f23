//! What frontends draw: credentials, abilities and help.

use super::access::{
    ADDRESS, ADMIN_PASSWORD, ADMIN_USER, API_KEY, API_USER, CONSUMER_KEY, CONSUMER_SECRET, DIALECT, DOCUMENT_ATTRIBUTE,
    STORE_CODE, TOKEN, TOKEN_SECRET,
};
use crate::platform::{Capabilities, CredentialField, Descriptor, LocalText};

const fn text(pt: &'static str, en: &'static str) -> LocalText {
    LocalText { pt, en }
}

/// A field that is needed for one way in only, and kept secret.
const fn secret(key: &'static str, label: LocalText, help: LocalText) -> CredentialField {
    CredentialField {
        key,
        label,
        help,
        secret: true,
        required: false,
    }
}

/// A field that anybody may see and most leave empty.
const fn open(key: &'static str, label: LocalText, help: LocalText) -> CredentialField {
    CredentialField {
        key,
        label,
        help,
        secret: false,
        required: false,
    }
}

/// Bis2Bis as it describes itself.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "Bis2Bis",
    credentials: &[
        CredentialField {
            required: true,
            ..open(
                ADDRESS,
                text("Endereço da loja", "Shop's address"),
                text(
                    "O endereço da loja, no domínio próprio ou em bisws.com.br: https://www.minha-loja.com.br ou \
                     https://minha-loja.bisws.com.br.",
                    "The shop's address, on its own domain or on bisws.com.br: https://www.my-shop.com.br or \
                     https://my-shop.bisws.com.br.",
                ),
            )
        },
        secret(
            TOKEN,
            text("Magento 2: token de acesso", "Magento 2: access token"),
            text(
                "O access token da integração, em Sistema > Integrações. Para lojas Magento 2.",
                "The integration's access token, in System > Integrations. For Magento 2 shops.",
            ),
        ),
        secret(
            CONSUMER_KEY,
            text("Magento 2: consumer key", "Magento 2: consumer key"),
            text(
                "Só quando a loja não aceita o token sozinho (erro 401): preencha as quatro chaves da integração.",
                "Only where the shop does not accept the token alone (error 401): fill in all four keys of the \
                 integration.",
            ),
        ),
        secret(
            CONSUMER_SECRET,
            text("Magento 2: consumer secret", "Magento 2: consumer secret"),
            text("Vem junto com a consumer key.", "Comes with the consumer key."),
        ),
        secret(
            TOKEN_SECRET,
            text("Magento 2: access token secret", "Magento 2: access token secret"),
            text("Vem junto com o access token.", "Comes with the access token."),
        ),
        open(
            ADMIN_USER,
            text("Magento 2: usuário do painel", "Magento 2: panel user"),
            text(
                "Evite: só se não houver integração. Use um usuário que apenas lê vendas, clientes e catálogo.",
                "Avoid it: only where there is no integration. Use a user that only reads sales, customers and catalog.",
            ),
        ),
        secret(
            ADMIN_PASSWORD,
            text("Magento 2: senha do usuário", "Magento 2: the user's password"),
            text("A senha desse usuário.", "That user's password."),
        ),
        open(
            API_USER,
            text("Magento 1: usuário da API", "Magento 1: API user"),
            text(
                "O usuário SOAP, em Sistema > Web Services. Para lojas Magento 1.",
                "The SOAP user, in System > Web Services. For Magento 1 shops.",
            ),
        ),
        secret(
            API_KEY,
            text("Magento 1: chave da API", "Magento 1: API key"),
            text("A chave (API key) desse usuário.", "That user's API key."),
        ),
        open(
            DIALECT,
            text("Geração da loja", "The shop's generation"),
            text(
                "m1_soap ou m2_rest. Deixe em branco: os campos preenchidos já dizem qual é.",
                "m1_soap or m2_rest. Leave it empty: the fields that are filled in tell which.",
            ),
        ),
        open(
            STORE_CODE,
            text("Magento 2: código da visão de loja", "Magento 2: store view code"),
            text(
                "Deixe em branco para todas (all).",
                "Leave it empty for all of them (all).",
            ),
        ),
        open(
            DOCUMENT_ATTRIBUTE,
            text("Campo do CPF/CNPJ", "Field of the CPF/CNPJ"),
            text(
                "O atributo do pedido que guarda o CPF ou CNPJ. Deixe em branco para customer_taxvat.",
                "The attribute of orders that holds the CPF or CNPJ. Leave it empty for customer_taxvat.",
            ),
        ),
    ],
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
    setup_help: text(
        "1. Descubra a geração da loja: Magento 1 (usuário e chave SOAP) ou Magento 2 (token de acesso). Na dúvida, \
         pergunte ao suporte da Bis2Bis.\n\
         2. Peça um acesso que só leia vendas, clientes e catálogo.\n\
         3. Preencha o endereço da loja e os campos da geração dela; deixe os outros em branco. O teste da conexão diz \
         o que falta e se a loja é da outra geração.\n\
         4. Escolha os status que dão pontos: em geral, os que a loja usa para pedido completo.\n\
         5. A Bis2Bis não cria cupons pela API: entregue-os por uma lista de códigos ou manualmente.",
        "1. Find out the shop's generation: Magento 1 (SOAP user and key) or Magento 2 (access token). If in doubt, ask \
         Bis2Bis's support.\n\
         2. Ask for an access that only reads sales, customers and catalog.\n\
         3. Fill in the shop's address and the fields of its generation; leave the others empty. The test of the \
         connection says what is missing, and whether the shop is of the other generation.\n\
         4. Choose the statuses that give points: usually those that the shop uses for complete orders.\n\
         5. Bis2Bis makes no coupons through its API: hand them out from a list of codes or by hand.",
    ),
};
