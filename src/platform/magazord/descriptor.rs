//! How Magazord presents itself to a merchant, and how its credentials become a header.

use secrecy::SecretString;

use super::alias::ALIAS;
use crate::platform::{
    Capabilities, CredentialField, Descriptor, LocalText,
    http::Auth,
    registry::{CredentialProblem, Credentials},
};

const TOKEN: &str = "token";
const PASSWORD: &str = "password";

/// The platform's description of itself.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "Magazord",
    credentials: &[
        CredentialField {
            key: TOKEN,
            label: LocalText {
                pt: "Usuário (token da API)",
                en: "User (API token)",
            },
            help: LocalText {
                pt: "O token que a Magazord envia por e-mail quando cria o acesso. Cole-o inteiro.",
                en: "The token that Magazord sends by e-mail when it creates the access. Paste it whole.",
            },
            secret: true,
            required: true,
        },
        CredentialField {
            key: PASSWORD,
            label: LocalText {
                pt: "Senha da API",
                en: "API password",
            },
            help: LocalText {
                pt: "A senha que vem junto com o token; não é a senha do painel. Deixe em branco se o seu acesso não \
                     tiver senha.",
                en: "The password that comes with the token; not the panel's password. Leave it empty if your access \
                     has none.",
            },
            secret: true,
            required: false,
        },
        CredentialField {
            key: ALIAS,
            label: LocalText {
                pt: "Alias do painel",
                en: "Panel alias",
            },
            help: LocalText {
                pt: "O começo do endereço do painel (a URL base que a Magazord informa): em \
                     https://minha-loja.painel.magazord.com.br é minha-loja. O endereço inteiro também serve.",
                en: "The beginning of the panel's address (the base URL that Magazord tells you): in \
                     https://my-shop.painel.magazord.com.br it is my-shop. The whole address will do too.",
            },
            secret: false,
            required: true,
        },
    ],
    capabilities: Capabilities {
        customers: true,
        sales: true,
        pushed_sales: false,
        products: true,
        create_coupons: true,
        disable_coupons: true,
        free_shipping_coupons: false,
        several_shops: true,
    },
    setup_help: LocalText {
        pt: "1. Abra um chamado na Magazord e peça um acesso de API (URL base, usuário e senha) com permissão para \
             consultar clientes, vendas, produtos e lojas, e para criar e listar cupons. Informe a empresa responsável pela \
             integração e o e-mail que deve receber os dados.\n\
             2. Quando os dados chegarem por e-mail, preencha aqui o usuário (token), a senha e o alias do painel.\n\
             3. Salve e teste a conexão: se faltar alguma permissão, ela é indicada pelo nome, e o mesmo chamado \
             serve para pedi-la.\n\
             4. Escolha a loja da conta de onde importar e as situações de pedido que dão pontos.\n\
             5. Se o seu painel oferecer notificações por webhook de pedidos, cadastre nele o endereço mostrado na \
             integração, para a criação e a mudança de situação: as vendas chegam em segundos. Sem isso, são importadas \
             regularmente. Se o painel assinar os avisos com um segredo, informe o mesmo segredo na integração: a partir daí \
             só vale o que vier assinado com ele.",
        en: "1. Open a ticket with Magazord and ask for API access (base URL, user and password) that may read \
             customers, orders, products and shops, and may create and list coupons. Say which company makes the \
             integration and which e-mail address is to receive the data.\n\
             2. When the data arrive by e-mail, fill in the user (token), the password and the panel alias here.\n\
             3. Save and test the connection: a permission that is missing is named, and the same ticket serves to \
             ask for it.\n\
             4. Choose the account's shop to import from and the order situations that give points.\n\
             5. If your panel offers webhook notifications about orders, enter the address that the integration shows \
             there, for new orders and changed situations: sales arrive within seconds. Without it they are imported \
             regularly. If the panel signs what it sends with a secret, enter the same secret at the integration: from \
             then on only what is signed with it counts.",
    },
};

/// HTTP Basic of two different secrets: the token and the password, which may be empty.
pub fn auth(credentials: &Credentials) -> Result<Auth, CredentialProblem> {
    let user = credentials
        .get(TOKEN)
        .ok_or_else(|| CredentialProblem::Missing { key: TOKEN.to_owned() })?;
    let password = credentials
        .get(PASSWORD)
        .cloned()
        .unwrap_or_else(|| SecretString::from(""));
    Ok(Auth::Basic {
        user: user.clone(),
        password,
    })
}
