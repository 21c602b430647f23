//! What whole-program tests have to know of each platform: how a merchant connects it, what its order
//! statuses mean, and which requests are which. Written from the platforms' own documentation, not from
//! the adapters, so that both can disagree.

use fidelidade::platform::Kind;
use fidelidade::sandbox::credentials;
use reqwest::Method;
use serde_json::{Value, json};

use super::truth::{TrueOrder, TruePerson};

/// A kind of request that something can be made to happen at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// A page of customers.
    Customers,
    /// A page of orders.
    Orders,
    /// A single order.
    Order,
    /// The acknowledgement of what a queue gave.
    Acknowledgement,
    /// The creation of a coupon.
    CouponCreation,
    /// The change that ends a coupon.
    CouponChange,
    /// The exchange that gives tokens.
    Tokens,
}

/// A platform as a merchant and his customers see it.
pub(crate) struct Shop {
    /// Which platform.
    pub(crate) kind: Kind,
    /// Its name in the API.
    pub(crate) platform: &'static str,
    /// The shop of the account that is imported, where it has several.
    pub(crate) branch: Option<&'static str>,
    /// Statuses that the merchant lets award points.
    pub(crate) awarding: &'static [&'static str],
    /// Statuses that take points back.
    pub(crate) revoking: &'static [&'static str],
    /// A status of an order that is not paid yet.
    pub(crate) unpaid: &'static str,
    /// Paid.
    pub(crate) paid: &'static str,
    /// Delivered.
    pub(crate) delivered: &'static str,
    /// In dispute: neither awarding nor revoking.
    pub(crate) disputed: &'static str,
    /// Cancelled.
    pub(crate) cancelled: &'static str,
    paths: Paths,
}

/// The ends of paths: lists exactly, a single order by what follows its list.
struct Paths {
    customers: &'static str,
    orders: &'static str,
    order: &'static str,
    coupons: &'static str,
}

/// Magazord.
pub(crate) static MAGAZORD: Shop = Shop {
    kind: Kind::Magazord,
    platform: "MAGAZORD",
    branch: Some("1"),
    awarding: &["4", "5", "6", "7", "8", "12", "19", "23", "30"],
    revoking: &["2", "9", "10", "14", "17", "20", "21", "24", "26", "27", "28"],
    unpaid: "1",
    paid: "4",
    delivered: "8",
    disputed: "11",
    cancelled: "2",
    paths: Paths {
        customers: "/v2/site/pessoa",
        orders: "/v2/site/pedido",
        order: "/v2/site/pedido/",
        coupons: "/v2/site/cupomDesconto",
    },
};

/// Loja Integrada.
pub(crate) static LOJA_INTEGRADA: Shop = Shop {
    kind: Kind::LojaIntegrada,
    platform: "LOJA_INTEGRADA",
    branch: None,
    awarding: &[
        "pedido_pago",
        "faturado",
        "em_producao",
        "pedido_em_separacao",
        "pedido_enviado",
        "pronto_para_retirada",
        "pedido_entregue",
    ],
    revoking: &[
        "pedido_chargeback",
        "pagamento_devolvido",
        "pedido_cancelado",
        "pagamento_devolvido_sem_retorno",
    ],
    unpaid: "pedido_efetuado",
    paid: "pedido_pago",
    delivered: "pedido_entregue",
    disputed: "pagamento_em_disputa",
    cancelled: "pedido_cancelado",
    paths: Paths {
        customers: "/v1/cliente/search",
        orders: "/v1/pedido/search",
        order: "/v1/pedido/",
        coupons: "/v1/cupom",
    },
};

/// Bis2Bis by Magento 2's door, which lists whole orders.
const MAGENTO_2: Shop = Shop {
    kind: Kind::Bis2Bis,
    platform: "BIS2BIS",
    branch: None,
    awarding: &["complete", "complete/entregue"],
    revoking: &["closed", "closed/devolvido", "canceled"],
    unpaid: "new/pending",
    paid: "complete",
    delivered: "complete/entregue",
    disputed: "holded",
    cancelled: "canceled",
    paths: Paths {
        customers: "/V1/customers/search",
        orders: "/V1/orders",
        order: "/V1/orders/",
        coupons: "/V1/coupons",
    },
};

/// Bis2Bis by Magento 2's door.
pub(crate) static BIS2BIS: Shop = MAGENTO_2;

/// Bis2Bis by Magento 1's door, where every request goes to one address.
pub(crate) static BIS2BIS_SOAP: Shop = Shop {
    paths: Paths {
        customers: "/api/v2_soap",
        orders: "/api/v2_soap",
        order: "/api/v2_soap/",
        coupons: "/V1/coupons",
    },
    ..MAGENTO_2
};

/// JET, by its legacy queue.
pub(crate) static JET: Shop = Shop {
    kind: Kind::Jet,
    platform: "JET",
    branch: None,
    awarding: &[
        "PAGO",
        "APROVADO",
        "FATURADO",
        "EM SEPARACAO",
        "EM PRODUCAO",
        "DESPACHADO",
        "EM TRANSPORTE",
        "ENTREGUE",
    ],
    revoking: &["CANCELADO", "DEVOLVIDO"],
    unpaid: "NOVO",
    paid: "APROVADO",
    delivered: "ENTREGUE",
    disputed: "BRINDE EMBALADO",
    cancelled: "CANCELADO",
    paths: Paths {
        customers: "/adm_customer/GetQueue",
        orders: "/adm_order/GetQueue",
        order: "/adm_order/GetOrder/",
        coupons: "/no coupons",
    },
};

/// Bling, an ERP.
pub(crate) static BLING: Shop = Shop {
    kind: Kind::Bling,
    platform: "BLING",
    branch: None,
    awarding: &["9", "24", "70001"],
    revoking: &["12", "70002"],
    unpaid: "6",
    paid: "9",
    delivered: "70001",
    disputed: "70003",
    cancelled: "12",
    paths: Paths {
        customers: "/no customers",
        orders: "/pedidos/vendas",
        order: "/pedidos/vendas/",
        coupons: "/no coupons",
    },
};

/// Tiny, which is no shop but an ERP.
pub(crate) static TINY: Shop = Shop {
    kind: Kind::Tiny,
    platform: "TINY",
    branch: None,
    awarding: &[
        "aprovado",
        "preparando_envio",
        "faturado",
        "pronto_envio",
        "enviado",
        "entregue",
    ],
    revoking: &["nao_entregue", "cancelado"],
    unpaid: "aberto",
    paid: "aprovado",
    delivered: "entregue",
    disputed: "dados_incompletos",
    cancelled: "cancelado",
    paths: Paths {
        customers: "/contatos.pesquisa.php",
        orders: "/pedidos.pesquisa.php",
        order: "/pedido.obter.php",
        coupons: "/no coupons",
    },
};

/// Tiny by its API 3, whose statuses are numbers.
pub(crate) static TINY_V3: Shop = Shop {
    kind: Kind::TinyV3,
    platform: "TINY_V3",
    branch: None,
    awarding: &["3", "4", "1", "7", "5", "6"],
    revoking: &["9", "2"],
    unpaid: "0",
    paid: "3",
    delivered: "6",
    disputed: "8",
    cancelled: "2",
    paths: Paths {
        customers: "/contatos",
        orders: "/pedidos",
        order: "/pedidos/",
        coupons: "/no coupons",
    },
};

impl Shop {
    /// What the merchant types to connect it.
    pub(crate) fn credentials(&self) -> Value {
        let known = credentials();
        match self.kind {
            Kind::Magazord => json!([
                { "key": "alias", "value": known.magazord.alias },
                { "key": "token", "value": known.magazord.token },
                { "key": "password", "value": known.magazord.password },
            ]),
            Kind::Bis2Bis if std::ptr::eq(self, &raw const BIS2BIS_SOAP) => json!([
                { "key": "address", "value": known.bis2bis.platform_address },
                { "key": "api_user", "value": known.bis2bis.api_user },
                { "key": "api_key", "value": known.bis2bis.api_key },
            ]),
            Kind::Bis2Bis => json!([
                { "key": "address", "value": known.bis2bis.address },
                { "key": "token", "value": known.bis2bis.token },
            ]),
            Kind::Jet => json!([
                { "key": "mode", "value": "adm" },
                { "key": "integration_key", "value": known.jet.integration_key },
                { "key": "user", "value": known.jet.user },
                { "key": "password", "value": known.jet.password },
                { "key": "store_id", "value": known.jet.store_id },
            ]),
            Kind::Tiny => json!([{ "key": "token", "value": known.tiny.token }]),
            Kind::TinyV3 => json!([
                { "key": "client_id", "value": known.tiny_v3.client_id },
                { "key": "client_secret", "value": known.tiny_v3.client_secret },
            ]),
            Kind::Bling => json!([
                { "key": "client_id", "value": known.bling.client_id },
                { "key": "client_secret", "value": known.bling.client_secret },
            ]),
            Kind::SalesApi => json!([]),
            Kind::LojaIntegrada => json!([{ "key": "api_key", "value": known.loja_integrada.personal_token }]),
        }
    }

    /// Whether its orders tell where they were sold.
    pub(crate) fn tells_channel(&self) -> bool {
        self.kind != Kind::Bis2Bis
    }

    /// Whether the shop that is imported made this sale.
    pub(crate) fn sold(&self, order: &TrueOrder) -> bool {
        self.branch.is_none_or(|shop| order.shop_id.to_string() == shop)
    }

    /// Which kind of request this is.
    pub(crate) fn step(&self, method: &Method, path: &str) -> Option<Step> {
        let path = path.trim_end_matches('/');
        let paths = &self.paths;
        if path.ends_with("/adm_order/DeleteQueue") {
            return Some(Step::Acknowledgement);
        }
        if path.ends_with("/oauth/token") {
            return Some(Step::Tokens);
        }
        if *method == Method::POST {
            return path.ends_with(paths.coupons).then_some(Step::CouponCreation);
        }
        if *method == Method::PUT || *method == Method::PATCH {
            return path.contains(paths.coupons).then_some(Step::CouponChange);
        }
        if path.ends_with(paths.customers) {
            Some(Step::Customers)
        } else if path.ends_with(paths.orders) {
            Some(Step::Orders)
        } else {
            let (_, rest) = path.split_once(paths.order)?;
            (!rest.contains('/')).then_some(Step::Order)
        }
    }

    /// What an order is worth, worked out from the truth alone. `seen_awarding` tells that an import saw
    /// it in a status that awards points, should it have left that.
    pub(crate) fn worth(&self, order: &TrueOrder, seen_awarding: bool) -> i64 {
        let status = order.status.as_str();
        let awards = self.awarding.contains(&status) || seen_awarding && !self.revoking.contains(&status);
        if !awards || order.channel == "marketplace" || is_anonymous(&order.person) {
            return 0;
        }
        let cents = order.products_cents - order.discount_cents - order.refunded_cents - order.store_credit_cents;
        cents.max(0) / 100
    }
}

/// Whether the platform has forgotten who this was.
pub(crate) fn is_anonymous(person: &TruePerson) -> bool {
    person.document.as_deref() == Some("99999999999")
}

/// Whether the person can be written to.
pub(crate) fn has_address(person: &TruePerson) -> bool {
    person.email.is_some() && !is_anonymous(person)
}
