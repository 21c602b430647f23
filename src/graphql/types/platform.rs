use async_graphql::{Context, Enum, Object, SimpleObject};

use crate::graphql::context::ContextExt as _;
use crate::graphql::scalar::Url;
use crate::platform::{self, Kind, LocalText};
use crate::service::consent::callback_url;

/// An e-commerce platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "Kind")]
pub(in crate::graphql) enum PlatformKind {
    /// Magazord.
    Magazord,
    /// Loja Integrada.
    LojaIntegrada,
    /// JET.
    Jet,
    /// Bis2Bis: shops made with Magento 1 or 2. Coupons cannot be made there automatically.
    #[graphql(name = "BIS2BIS")]
    Bis2Bis,
    /// Tiny, the ERP of Olist. Its sales count once with those of the shop that they were made in.
    Tiny,
    /// Tiny, the ERP of Olist, by its API v3: connected by consent with the merchant's own app. An account is connected
    /// once, as this or as `TINY`.
    #[graphql(name = "TINY_V3")]
    TinyV3,
    /// Bling, an ERP whose sales are imported. A sale that it and the shop tell of counts once.
    Bling,
    /// Sales that an ERP or a till pushes in with `registerSales`. A store may have several, each with a name.
    SalesApi,
}

pub(in crate::graphql) struct Platform(pub(in crate::graphql) Kind);

/// A text in Portuguese and English.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Text {
    /// Portuguese, for merchants.
    pt: String,
    /// English, for developers.
    en: String,
}

impl From<LocalText> for Text {
    fn from(text: LocalText) -> Self {
        Self {
            pt: text.pt.to_owned(),
            en: text.en.to_owned(),
        }
    }
}

impl Text {
    pub(super) fn new(pt: &str, en: &str) -> Self {
        Self {
            pt: pt.to_owned(),
            en: en.to_owned(),
        }
    }
}

/// A credential that the merchant fills in.
#[derive(SimpleObject)]
pub(in crate::graphql) struct CredentialField {
    /// Its key in `connectIntegration`.
    key: String,
    /// Its label.
    label: Text,
    /// Where to find it.
    help: Text,
    /// Kept encrypted and never returned; draw it as a password.
    secret: bool,
    /// It must be filled in.
    required: bool,
}

/// What a platform's API can do.
#[derive(SimpleObject)]
#[expect(clippy::struct_excessive_bools, reason = "a list of independent yes-or-no facts")]
pub(in crate::graphql) struct PlatformCapabilities {
    /// Customers can be imported.
    customers: bool,
    /// Sales can be imported.
    sales: bool,
    /// Sales are pushed in with `registerSales`; nothing is imported.
    pushed_sales: bool,
    /// Products can be read.
    products: bool,
    /// Coupons are created automatically.
    create_coupons: bool,
    /// Coupons can be made unusable.
    disable_coupons: bool,
    /// Coupons with free shipping can be created.
    free_shipping_coupons: bool,
    /// An account has several shops, of which one is chosen.
    several_shops: bool,
}

/// What an order status means for points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::order_status::StatusClass")]
pub(in crate::graphql) enum StatusClass {
    /// Nothing is given yet, nothing is taken.
    Pending,
    /// Paid or further: suggested for awarding points.
    Earning,
    /// Delivered: the safest to award on.
    Delivered,
    /// Unclear, as in a dispute: points stay, none are added.
    Hold,
    /// Points given are taken back. Cannot be chosen for awarding.
    Revoking,
    /// Known to no table: changes nothing.
    Unknown,
}

/// A shop of a platform's account.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Shop {
    /// Its id on the platform, for `shopId`.
    id: String,
    /// Its name.
    name: String,
    /// Its address.
    url: Option<Url>,
    /// Whether it is open.
    active: bool,
}

impl From<platform::Shop> for Shop {
    fn from(shop: platform::Shop) -> Self {
        Self {
            id: shop.external_id,
            name: shop.name,
            url: shop.url.map(Url),
            active: shop.active,
        }
    }
}

/// A platform's description of itself, from which a form can be drawn.
#[Object]
impl Platform {
    /// Which platform.
    async fn kind(&self) -> PlatformKind {
        self.0.into()
    }

    /// Whether it is a shop, which makes its orders itself. What is none, an ERP or a till, may be connected several
    /// times, each with a name; its sales that carry a shop's number count once, as the shop's.
    async fn is_shop(&self) -> bool {
        self.0.is_shop()
    }

    /// Its name.
    async fn name(&self) -> &str {
        self.0.descriptor().name
    }

    /// The credentials that a merchant fills in, in the order of the form.
    async fn credential_fields(&self) -> Vec<CredentialField> {
        let fields = self.0.descriptor().credentials.iter();
        fields
            .map(|field| CredentialField {
                key: field.key.to_owned(),
                label: field.label.into(),
                help: field.help.into(),
                secret: field.secret,
                required: field.required,
            })
            .collect()
    }

    /// What its API can do.
    async fn capabilities(&self) -> PlatformCapabilities {
        let can = self.0.descriptor().capabilities;
        PlatformCapabilities {
            customers: can.customers,
            sales: can.sales,
            pushed_sales: can.pushed_sales,
            products: can.products,
            create_coupons: can.create_coupons,
            disable_coupons: can.disable_coupons,
            free_shipping_coupons: can.free_shipping_coupons,
            several_shops: can.several_shops,
        }
    }

    /// The merchant consents on the platform itself, with an app of their own whose id and secret are the credentials:
    /// `connectIntegration`, then `authorizeIntegration`.
    async fn by_consent(&self) -> bool {
        self.0.by_consent()
    }

    /// Where the platform sends the merchant back to who consented: to be typed into the app as its redirect address.
    /// None for a platform without `byConsent`.
    async fn callback_url(&self, ctx: &Context<'_>) -> Option<Url> {
        let callback = callback_url(ctx.app()).filter(|_| self.0.by_consent());
        callback.map(|url| Url(url.into()))
    }

    /// The settings beside the credentials, in the order of the form.
    async fn setting_fields(&self) -> Vec<SettingField> {
        let can = self.0.descriptor().capabilities;
        SETTINGS
            .iter()
            .filter(|field| can.several_shops || field.key != "shopId")
            .filter(|field| !can.pushed_sales || OF_SOURCES.contains(&field.key))
            .filter(|field| self.0.is_shop() || !OF_SHOPS.contains(&field.key))
            .map(SettingField::from)
            .collect()
    }

    /// How to get the credentials.
    async fn setup_help(&self) -> Text {
        self.0.descriptor().setup_help.into()
    }
}

/// A setting that the merchant fills in; its key is a field of `updateIntegration`'s input.
#[derive(SimpleObject)]
pub(in crate::graphql) struct SettingField {
    /// Its key.
    key: String,
    /// Its label.
    label: Text,
    /// What it does.
    help: Text,
    /// It must be filled in before activation.
    required: bool,
}

struct SettingText {
    key: &'static str,
    label: (&'static str, &'static str),
    help: (&'static str, &'static str),
    required: bool,
}

impl From<&SettingText> for SettingField {
    fn from(field: &SettingText) -> Self {
        Self {
            key: field.key.to_owned(),
            label: Text::new(field.label.0, field.label.1),
            help: Text::new(field.help.0, field.help.1),
            required: field.required,
        }
    }
}

/// The settings of a source of pushed sales.
const OF_SOURCES: [&str; 2] = ["siteUrl", "awardingStatuses"];

/// The settings that only a shop has.
const OF_SHOPS: [&str; 5] = [
    "feedUrl",
    "couponValidityDays",
    "rewardSkus",
    "rewardPointsPerHundred",
    "shopId",
];

/// The same for every shop; only the choice of a shop of the account depends on the platform.
const SETTINGS: [SettingText; 10] = [
    SettingText {
        key: "siteUrl",
        label: ("Site da loja", "Shop's site"),
        help: (
            "O endereço que os e-mails aos clientes abrem; confira com cuidado.",
            "The link in every e-mail to customers; check it well.",
        ),
        required: true,
    },
    SettingText {
        key: "signUpUrl",
        label: ("Página de cadastro", "Sign-up page"),
        help: (
            "Para onde vai o visitante que ainda não participa do programa.",
            "Where a visitor who is not in the programme is sent.",
        ),
        required: false,
    },
    SettingText {
        key: "feedUrl",
        label: ("XML do Google Shopping", "Google Shopping XML"),
        help: (
            "Os produtos deste XML viram prêmios. Só o formato do Google Shopping é reconhecido.",
            "Products of this feed become rewards. Only Google Shopping XML is recognised.",
        ),
        required: false,
    },
    SettingText {
        key: "couponValidityDays",
        label: ("Validade dos cupons (dias)", "Coupon validity (days)"),
        help: (
            "Por quanto tempo vale o cupom de um resgate. O padrão é 365.",
            "How long a redemption's coupon is valid. 365 by default.",
        ),
        required: false,
    },
    SettingText {
        key: "rewardSkus",
        label: ("SKUs oferecidos como prêmio", "SKUs offered as rewards"),
        help: (
            "Deixe vazio para oferecer todo o XML.",
            "Leave it empty to offer the whole feed.",
        ),
        required: false,
    },
    SettingText {
        key: "rewardPointsPerHundred",
        label: ("Pontos por R$ 100 de produto", "Points per 100.00 of a product"),
        help: (
            "Quanto custa um produto como prêmio. 2000 equivale a 20 pontos por real.",
            "What a product costs as a reward. 2000 means 20 points per real.",
        ),
        required: false,
    },
    SettingText {
        key: "awardingStatuses",
        label: ("Status que pontuam", "Statuses that award points"),
        help: (
            "Escolha mais de um; recomendamos ao menos três.",
            "Choose more than one; three are advised.",
        ),
        required: true,
    },
    SettingText {
        key: "shopId",
        label: ("Loja para importação", "Shop to import from"),
        help: (
            "A conta pode ter várias lojas; só a escolhida é importada.",
            "An account may have several shops; only the chosen one is imported.",
        ),
        required: true,
    },
    SettingText {
        key: "registerCustomers",
        label: ("Cadastrar clientes", "Register customers"),
        help: ("Importa os clientes da loja.", "Imports the shop's customers."),
        required: false,
    },
    SettingText {
        key: "registerSales",
        label: ("Cadastrar vendas", "Register sales"),
        help: (
            "Importa as vendas. As que um ERP também envia contam uma vez só, se ele informa o número do pedido da loja.",
            "Imports sales. Those that an ERP sends too count once, if it tells the shop's order number.",
        ),
        required: false,
    },
];
