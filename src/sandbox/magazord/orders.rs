//! `pedido`: the list with its filters and its thin rows.

use serde_json::{Map, Value, json};

use super::{
    filters::{self, TimeFilter},
    page,
    people::object,
    sale::{self, MARKETPLACE, Sale},
    situations::situation,
    switches::{ChangeFilter, ChangeInRows, StatusChangeFilter, Switches},
    wire,
};
use crate::sandbox::{
    exchange::{Answer, Request},
    people::Person,
    world::World,
};

/// `GET /v2/site/pedido`.
pub(super) fn list(world: &World, switches: Switches, request: &Request) -> Answer {
    let filter = match Filter::read(request, switches) {
        Ok(filter) => filter,
        Err(refusal) => return refusal,
    };
    let rows = (0..world.orders.len())
        .filter(|index| {
            filter.admits(Sale {
                world,
                order: &world.orders[*index],
                switches,
            })
        })
        .collect();
    let rows = page::in_asked_direction(request, rows);
    page::answer(request, switches, &rows, page::Kind::Orders, |index| {
        Value::Object(row(Sale {
            world,
            order: &world.orders[index],
            switches,
        }))
    })
}

/// Everything that the list can be narrowed by.
struct Filter<'a> {
    request: &'a Request,
    placed: TimeFilter,
    status_changed: TimeFilter,
    changed: TimeFilter,
}

impl<'a> Filter<'a> {
    fn read(request: &'a Request, switches: Switches) -> Result<Self, Answer> {
        const STATUS_CHANGE: &str = "dataHoraUltimaAlteracaoSituacao";
        let status_changed = match switches.status_change_filter {
            StatusChangeFilter::Works => TimeFilter::read(request, STATUS_CHANGE, switches)?,
            StatusChangeFilter::Refused if filters::is_asked(request, STATUS_CHANGE) => {
                return Err(wire::error(
                    switches,
                    400,
                    "Parâmetro dataHoraUltimaAlteracaoSituacao inválido.",
                ));
            }
            StatusChangeFilter::Refused | StatusChangeFilter::Ignored => TimeFilter::default(),
        };
        let changed = match switches.change_filter {
            ChangeFilter::Works => TimeFilter::read(request, "dataHoraUltimaAlteracao", switches)?,
            ChangeFilter::Ignored => TimeFilter::default(),
        };
        Ok(Self {
            request,
            placed: TimeFilter::read(request, "dataHora", switches)?,
            status_changed,
            changed,
        })
    }

    fn admits(&self, sale: Sale<'_>) -> bool {
        let order = sale.order;
        let in_list = |name, value: &str| filters::in_list(self.request, name, value);
        let equals = |name, value: Option<String>| {
            self.request
                .param(name)
                .is_none_or(|wanted| value.as_deref() == Some(wanted))
        };
        self.placed.admits(order.placed_at)
            && self.status_changed.admits(order.changed_at())
            && self.changed.admits(order.changed_at())
            && in_list("situacao", order.status())
            && in_list("loja", &order.shop_id.to_string())
            && in_list("origem", &sale.origin().to_string())
            && in_list("formaPagamento", &sale.payment().0.to_string())
            && in_list("uf", "SP")
            && equals("codigoMarketplace", sale.marketplace_code())
            && equals("cpfCnpj", sale.buyer().and_then(Person::punctuated_document))
    }
}

/// A row: exactly 26 keys, unless the change time is switched on. No items, no mail address and no
/// coupon code.
fn row(sale: Sale<'_>) -> Map<String, Value> {
    let (order, buyer) = (sale.order, sale.buyer());
    let (payment_id, payment_name) = sale.payment();
    let marketplace = sale.by_marketplace();
    let mut fields = object(json!({
        "id": order.id,
        "codigo": order.number,
        "codigoMarketplace": sale.marketplace_code(),
        "dataHora": wire::order_time(order.placed_at),
        "valorProduto": wire::money_long(order.products_cents),
        "valorFrete": wire::money(order.shipping_cents),
        "valorDesconto": wire::money(sale.discount_cents()),
        "valorAcrescimo": wire::money(0),
        "valorTotal": wire::money(sale.total_cents()),
        "cupomId": sale.coupon().map(|used| used.id),
        "pessoaId": sale.person_id(),
        "pessoaNome": buyer.map(|buyer| buyer.name.as_str()),
        "pessoaCpfCnpj": sale.document(),
        "pessoaContato": buyer.map(Person::punctuated_phone),
        "formaPagamentoId": payment_id,
        "formaPagamentoNome": payment_name,
        "formaRecebimentoId": 3,
        "formaRecebimentoNome": "Gateway Exemplo",
        "condicaoPagamentoId": 1,
        "condicaoPagamentoNome": "À Vista",
        "pedidoSituacao": sale::code(order.status()),
        "pedidoSituacaoDescricao": situation(order.status()).label,
        "pedidoSituacaoTipo": sale.situation_kind(order.status()),
        "lojaId": order.shop_id,
        "lojaDoMarketplaceId": marketplace.then_some(MARKETPLACE.0),
        "lojaDoMarketplaceNome": marketplace.then_some(MARKETPLACE.1),
    }));
    let changed = match sale.switches.status_change_in_rows {
        ChangeInRows::Absent => return fields,
        ChangeInRows::Present => wire::order_time(order.changed_at()),
        ChangeInRows::Null => Value::Null,
    };
    fields.insert("dataHoraUltimaAlteracaoSituacao".to_owned(), changed);
    fields
}
