use crate::platform::{Capabilities, Descriptor, LocalText};

/// The source's description of itself.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "Sales API",
    credentials: &[],
    capabilities: Capabilities {
        customers: false,
        sales: false,
        pushed_sales: true,
        products: false,
        create_coupons: false,
        disable_coupons: false,
        free_shipping_coupons: false,
        several_shops: false,
    },
    setup_help: LocalText {
        pt: "Para um ERP ou um caixa (PDV) que envia as vendas. Dê um nome a cada sistema, por exemplo \"Caixa Centro\", \
             e escolha os status que dão pontos. Depois crie um token de API com o escopo orders:write e entregue-o a \
             quem mantém o sistema, com o identificador desta integração. Uma venda que traz o número do pedido da loja \
             conta uma vez só: vale o pedido da loja.",
        en: "For an ERP or a till that sends its sales. Give each system a name, for instance \"Till Downtown\", and \
             choose the statuses that give points. Then make an API token with the scope orders:write and hand it to \
             whoever runs the system, together with the id of this integration. A sale that carries the number of the \
             shop's order counts once: as the shop's order.",
    },
};
