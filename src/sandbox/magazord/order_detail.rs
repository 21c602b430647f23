//! `pedido/{codigo}` and what hangs below it: the whole order, its shipments with their items, its
//! payments and its tracking.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{
    coupons,
    people::{contacts, object, sex},
    sale::{self, MARKETPLACE, Sale},
    situations::situation,
    switches::{CategoryTree, ItemDiscount, OrderById, PercentageValue, ShopKey, Switches},
    wire,
};
use crate::sandbox::{
    exchange::{Answer, Request},
    world::{Line, Order, Product, StatusChange, World},
};

const OLD_AFTER_DAYS: i64 = 45;

/// `GET /v2/site/pedido/{codigo}`.
pub(super) fn detail(world: &World, switches: Switches, request: &Request, key: &str) -> Answer {
    let Some(sale) = find(world, switches, key) else {
        return missing(switches);
    };
    let mut fields = fields(sale);
    if request.param("listaContatos").is_some_and(|value| value == "1") {
        fields.insert("pessoaContato".to_owned(), sale.buyer().map_or(Value::Null, contacts));
    }
    wire::single(200, Value::Object(fields))
}

/// The whole order: what webhooks tell, too.
pub(super) fn fields(sale: Sale<'_>) -> Map<String, Value> {
    let mut fields = header(sale);
    fields.extend(money(sale));
    fields.extend(customer(sale));
    fields.extend(marketplace(sale));
    fields.extend(coupon(sale));
    fields.insert("arrayPedidoRastreio".to_owned(), shipments(sale));
    fields.insert("pedidoHistorico".to_owned(), history(sale.order));
    fields
}

/// `GET /v2/site/pedido/{codigo}/payments`, which a share of old orders does not have.
pub(super) fn payments(world: &World, switches: Switches, key: &str) -> Answer {
    let age = |sale: &Sale<'_>| (world.now - sale.order.placed_at).num_days();
    let kept = |sale: &Sale<'_>| age(sale) < OLD_AFTER_DAYS || !sale.order.id.is_multiple_of(3);
    let Some(sale) = find(world, switches, key).filter(kept) else {
        return missing(switches);
    };
    let paid = |(id, name): (u8, &str), cents: i64| {
        json!({
            "formaPagamento": { "id": id, "nome": name }, "condicaoPagamento": { "id": 1, "nome": "À Vista" },
            "entrega": null, "formaRecebimento": { "id": 3, "nome": "Gateway Exemplo" }, "gateway": null,
            "valor": wire::money_number(cents), "valorTransacao": wire::money_number(cents),
        })
    };
    let credit = sale.credit_cents();
    let rest = sale.total_cents() - credit;
    let mut items = Vec::new();
    if rest > 0 || credit == 0 {
        items.push(paid(sale.payment(), rest));
    }
    if credit > 0 {
        items.push(paid(sale.credit_payment(), credit));
    }
    wire::single(200, json!({ "items": items }))
}

/// `GET /v2/site/pedido/{codigo}/rastreio`: an array of arrays.
pub(super) fn tracking(world: &World, switches: Switches, key: &str) -> Answer {
    let Some(sale) = find(world, switches, key) else {
        return missing(switches);
    };
    let steps: Vec<_> = sale
        .order
        .timeline
        .iter()
        .map(|change| json!({ "data": wire::iso_time(change.at), "descricao": situation(&change.status).name }))
        .collect();
    wire::single(200, json!({ "items": [steps] }))
}

/// By code, or by internal id where the switch says that this works.
fn find<'a>(world: &'a World, switches: Switches, key: &str) -> Option<Sale<'a>> {
    let by_id = switches.order_by_id == OrderById::Works;
    let named = |order: &&Order| order.number == key || (by_id && order.id.to_string() == key);
    world
        .orders
        .iter()
        .find(named)
        .map(|order| Sale { world, order, switches })
}

fn missing(switches: Switches) -> Answer {
    wire::error(switches, 404, "Pedido não encontrado.")
}

fn header(sale: Sale<'_>) -> Map<String, Value> {
    let order = sale.order;
    let status = situation(order.status());
    let shop_key = match sale.switches.shop_key {
        ShopKey::IdLoja => "id_loja",
        ShopKey::LojaId => "loja_id",
    };
    let tracked = order.id % 2 == 1;
    let mut fields = object(json!({
        "id": order.id,
        "lojaNome": format!("Loja Exemplo {}", order.shop_id),
        "codigo": order.number, "codigoSecundario": null, "codigoVendedor": null,
        "origem": sale.origin(),
        "dataHora": wire::order_time(order.placed_at),
        "pedidoSituacao": sale::code(order.status()),
        "pedidoSituacaoEtapa": status.stage,
        "pedidoSituacaoTipo": sale.situation_kind(order.status()),
        "pedidoSituacaoDescricao": status.label,
        "pedidoSituacaoDescricaoDetalhada": status.name,
        "nomeDestinatario": "Destinatário Exemplo", "logradouro": "Rua Fictícia", "numero": "1", "bairro": "Centro",
        "complemento": "", "cidadeNome": "Cidade Teste", "estadoSigla": "SP", "paisNome": null, "cep": "01001000",
        "pedidoTrackingParams": tracked.then(|| json!({ "utm_source": "exemplo" })),
        "lojaUrl": "https://www.loja-exemplo.invalid", "lojaUrlImagem": "https://cdn.loja-exemplo.invalid",
        "pedidoPromocoes": null, "tags": [], "bloqueios": [],
        "campoQueNinguemConhece": { "versao": 2 },
    }));
    fields.insert(shop_key.to_owned(), json!(order.shop_id));
    // Fields that are absent as often as they are null.
    if order.id.is_multiple_of(2) {
        fields.insert("valorPersonalizacao".to_owned(), Value::Null);
        let note = json!([{ "mensagem": "Exemplo", "dataHora": wire::php_time(order.placed_at) }]);
        fields.insert("observacoes".to_owned(), note);
        fields.insert("dataPreVenda".to_owned(), wire::zoneless_time(order.placed_at));
    }
    fields
}

/// Amounts as text, but for the final total, and how they were paid.
fn money(sale: Sale<'_>) -> Map<String, Value> {
    let order = sale.order;
    let used = |cents: i64| if cents > 0 { wire::money(cents) } else { Value::Null };
    let (credit, cashback) = if sale.is_cashback() {
        (0, sale.credit_cents())
    } else {
        (sale.credit_cents(), 0)
    };
    let (payment_id, payment_name) = sale.payment();
    object(json!({
        "valorProduto": wire::money_long(order.products_cents),
        "valorFrete": wire::money(order.shipping_cents),
        "valorDesconto": wire::money(sale.discount_cents()),
        "valorAcrescimo": "0.00", "valorPresente": "0.00",
        "valorTotal": wire::money(sale.total_cents()),
        "valorTotalFinal": wire::money_number(sale.total_cents()),
        "creditoUtilizado": used(credit),
        "cashbackUtilizado": used(cashback),
        "formaPagamentoId": payment_id, "formaPagamentoNome": payment_name,
        "condicaoPagamentoId": 1, "condicaoPagamentoNome": "À Vista", "condicaoPagamentoParcelas": 1,
        "formaRecebimentoId": 3, "formaRecebimentoNome": "Gateway Exemplo", "boletos": [],
    }))
}

fn customer(sale: Sale<'_>) -> Map<String, Value> {
    let Some(buyer) = sale.buyer() else {
        return Map::new();
    };
    let email = if sale.by_marketplace() {
        json!("")
    } else {
        json!(buyer.email)
    };
    object(json!({
        "pessoaId": sale.person_id(),
        "pessoaNome": buyer.name,
        "pessoaCpfCnpj": sale.document(),
        "pessoaEmail": email,
        "pessoaTipo": if buyer.company { 2 } else { 1 },
        "pessoaDataNascimento": buyer.birth_date,
        "pessoaSexo": sex(buyer),
    }))
}

fn marketplace(sale: Sale<'_>) -> Map<String, Value> {
    if sale.by_marketplace() {
        object(json!({
            "marketplaceId": 3, "marketplaceNome": "Marketplace Exemplo",
            "codigoMarketplace": sale.marketplace_code(),
            "dataMarketplace": wire::order_time(sale.order.placed_at),
            "lojaDoMarketplaceId": MARKETPLACE.0, "lojaDoMarketplaceNome": MARKETPLACE.1,
            "lojaMarketplaceOpcoes": "{\"exemplo\":true}",
        }))
    } else {
        object(json!({
            "marketplaceId": null, "marketplaceNome": null, "codigoMarketplace": null, "dataMarketplace": null,
            "lojaDoMarketplaceId": null, "lojaDoMarketplaceNome": null,
        }))
    }
}

/// The coupon that the order carries; without one the fields are null, or missing on every third.
fn coupon(sale: Sale<'_>) -> Map<String, Value> {
    let order = sale.order;
    let Some(used) = sale.coupon() else {
        return if order.id.is_multiple_of(3) {
            Map::new()
        } else {
            object(
                json!({ "cupomId": null, "cupomCodigo": null, "cupomValorDesconto": null, "cupomTipoDesconto": null }),
            )
        };
    };
    let coupon = sale.world.coupons.iter().find(|coupon| coupon.id == used.id);
    let percentage = coupon.and_then(|coupon| coupon.basis_points);
    let value = match (percentage, sale.switches.percentage_value) {
        (Some(basis_points), PercentageValue::FaceValue) => basis_points,
        _ => used.cents,
    };
    object(json!({
        "cupomId": used.id,
        "cupomCodigo": used.code,
        "cupomValorDesconto": if order.id.is_multiple_of(2) { wire::money(value) } else { wire::money_number(value) },
        "cupomTipoDesconto": coupon.map(coupons::kind),
    }))
}

/// One shipment, or two for every fourth order of several lines: item ids start at 1 in each, and
/// each has a situation of its own.
fn shipments(sale: Sale<'_>) -> Value {
    let order = sale.order;
    let lines = discounted_lines(order, sale.discount_cents());
    let split = order.lines.len() > 1 && order.id.is_multiple_of(4);
    let parcels: Vec<_> = if split {
        vec![&lines[..1], &lines[1..]]
    } else {
        vec![&lines[..]]
    };
    let count = parcels.len();
    let parcel = |(index, lines): (usize, &&[(&Line, i64)])| {
        let last = index + 1 == count;
        let shipping = if last {
            order.shipping_cents - order.shipping_cents / 2
        } else {
            order.shipping_cents / 2
        };
        let shipping = if count == 1 { order.shipping_cents } else { shipping };
        let delivered_late = split && last && order.status() == "8";
        let status = if delivered_late { "7" } else { order.status() };
        let items: Vec<_> = lines
            .iter()
            .enumerate()
            .map(|(place, line)| item(sale, place + 1, *line, shipping))
            .collect();
        json!({
            "id": order.id * 10 + index as u64, "valorFrete": wire::money(shipping), "diasUteis": 3,
            "codigoRastreio": null, "link": null,
            "dataLimitePostagem": wire::order_time(order.placed_at),
            "dataLimiteEntregaCliente": wire::date(order.placed_at),
            "pedidoSituacao": sale::code(status), "pedidoSituacaoTipo": sale.situation_kind(status),
            "pedidoItem": items,
            "pedidoNotaFiscal": [{
                "id": 1, "numero": order.id, "serieLegal": "1", "dataEmissao": wire::iso_time(order.changed_at()),
                "valorTotal": wire::money_number(sale.total_cents()), "situacao": 3, "situacaoDescricao": "Autorizada",
            }],
        })
    };
    parcels.iter().enumerate().map(parcel).collect()
}

/// Each line with its share of the discount in cents; the last line takes what rounding leaves.
fn discounted_lines(order: &Order, discount: i64) -> Vec<(&Line, i64)> {
    let mut left = discount;
    let count = order.lines.len();
    let share = |(index, line): (usize, &'_ Line)| {
        let gross = line.unit_cents * i64::from(line.quantity);
        let part = if index + 1 == count {
            left
        } else {
            discount * gross / order.products_cents.max(1)
        };
        left -= part;
        part
    };
    let shares: Vec<i64> = order.lines.iter().enumerate().map(share).collect();
    order.lines.iter().zip(shares).collect()
}

fn item(sale: Sale<'_>, id: usize, (line, discount): (&Line, i64), shipping: i64) -> Value {
    let product = sale.world.products.get(line.product);
    let shown = match sale.switches.item_discount {
        ItemDiscount::PerLine => wire::money_number(discount),
        ItemDiscount::PerUnit => {
            wire::number((Decimal::new(discount, 2) / Decimal::from(line.quantity.max(1))).round_dp(6))
        }
    };
    let mut fields = object(json!({
        "id": id,
        "produtoDerivacaoId": product.map(|product| product.id + 500),
        "produtoDerivacaoCodigo": product.map(|product| product.sku.as_str()),
        "codigoPai": product.map(|product| product.parent_code.as_str()),
        "produtoId": product.map(|product| product.id),
        "produtoNome": product.map(|product| product.name.as_str()),
        "produtoDerivacaoNome": product.map(|product| product.variant.as_str()),
        "quantidade": line.quantity,
        "valorUnitario": wire::money_number(line.unit_cents),
        "valorDesconto": shown,
        "valorAcrescimo": 0,
        "valorItem": wire::money_number(line.unit_cents * i64::from(line.quantity) - discount),
        "valorFrete": wire::money_number(shipping),
        "ean": "0000000000000", "marcaNome": "Marca Exemplo",
        "midiaPath": "img/exemplo/", "midiaName": "produto.jpg", "linkProduto": "produto-exemplo", "isPresente": false,
    }));
    fields.extend(
        product
            .map(|product| category(sale.switches, product))
            .unwrap_or_default(),
    );
    Value::Object(fields)
}

/// The category of an item, by its name, and the way to it.
fn category(switches: Switches, product: &Product) -> Map<String, Value> {
    let [top, own] = product.category;
    let mut fields = object(json!({ "categoria": own, "categoria_id": 11 }));
    let tree = match switches.category_tree {
        CategoryTree::Text => json!(product.category_path()),
        CategoryTree::Names => json!([top, own]),
        CategoryTree::Objects => json!([{ "id": 10, "nome": top }, { "id": 11, "nome": own }]),
        CategoryTree::Absent => return fields,
    };
    fields.insert("categoriaArvore".to_owned(), tree);
    fields
}

fn history(order: &Order) -> Value {
    let step = |(index, change): (usize, &StatusChange)| {
        let status = situation(&change.status);
        json!({
            "id": index + 1, "dataHora": wire::order_time(change.at), "pedidoSituacao": sale::code(&change.status),
            "pedidoSituacaoDescricao": status.label, "pedidoSituacaoDescricaoDetalhada": status.name,
            "tipo": status.kind, "etapa": status.stage, "nomeUsuario": null, "pedidoRastreioId": null,
        })
    };
    order.timeline.iter().enumerate().map(step).collect()
}
