//! One order in full: buyer, address, items, payments, shipments and coupon.

use serde_json::{Value, json};

use super::{
    super::world::{Channel, Line, Order, Product},
    coupons, customers, orders, products,
    shop::{Shop, coupon_of},
    status::Status,
    switches::{OrderCoupon, OrderCustomer, Switches},
    wire,
};

/// The body of `GET /v1/pedido/{numero}`.
pub(super) fn detail(order: &Order, shop: &Shop, switches: &Switches) -> Value {
    let mood = orders::number(order);
    let mut object = orders::row(order, shop, switches);
    object.extend(wire::fields(json!({
        "id": order.id,
        "cliente_obs": null,
        "cupom_desconto": coupon(order, shop, switches),
        "endereco_entrega": address(order, shop),
        "itens": items(order, shop),
        "pagamentos": [payment(order)],
        "envios": [shipment(order)],
    })));
    let person = &shop.world.people[order.person];
    match switches.order_customer {
        OrderCustomer::Object => {
            object.insert("cliente".to_owned(), customers::in_order(person, alias(order)));
        }
        OrderCustomer::Uri => {}
        OrderCustomer::Missing => {
            object.remove("cliente");
        }
    }
    if order.channel == Channel::Marketplace {
        let hub = json!({ "integrador": "hub-exemplo", "marketplace": "Feira Exemplo", "id_externo_unico": orders::hub_id(order) });
        object.insert("integration_data".to_owned(), hub);
    }
    wire::sent(Value::Object(object), mood)
}

/// A marketplace tells an address of its own instead of the buyer's.
fn alias(order: &Order) -> Option<String> {
    (order.channel == Channel::Marketplace).then(|| format!("comprador-{}@feira-exemplo.invalid", order.id))
}

fn coupon(order: &Order, shop: &Shop, switches: &Switches) -> Value {
    let Some(used) = &order.coupon else {
        return Value::Null;
    };
    match (switches.order_coupon, coupon_of(&shop.world, used)) {
        (OrderCoupon::Object, Some(coupon)) => coupons::rendered(coupon, shop, switches),
        _ => json!(used.code),
    }
}

fn address(order: &Order, shop: &Shop) -> Value {
    let person = &shop.world.people[order.person];
    let document = |company: bool| person.document.as_ref().filter(|_| person.company == company);
    json!({
        "id": 920_000 + orders::number(order),
        "tipo": if person.company { "PJ" } else { "PF" },
        "cpf": document(false),
        "cnpj": document(true),
        "rg": null,
        "ie": "isento",
        "razao_social": person.company.then_some(&person.name),
        "nome": person.name,
        "endereco": "Rua Inventada",
        "numero": "10",
        "complemento": null,
        "referencia": null,
        "bairro": "Centro",
        "cidade": "São Paulo",
        "estado": "SP",
        "cep": "01000000",
        "pais": "Brasil",
    })
}

fn items(order: &Order, shop: &Shop) -> Vec<Value> {
    let lines = (1_u64..).zip(&order.lines);
    lines
        .filter_map(|(place, line)| {
            let product = shop.world.products.get(line.product)?;
            Some(item(order, place, line, product))
        })
        .collect()
}

fn item(order: &Order, place: u64, line: &Line, product: &Product) -> Value {
    let id = orders::number(order) * 10 + place;
    let quantity = i64::from(line.quantity);
    let family = products::Family::of(product);
    let variant = if id.is_multiple_of(2) {
        json!({ "Modelo": product.variant })
    } else {
        json!({ "Modelo": { "nome": product.variant, "posicao": 1 } })
    };
    let no_promotion = [Value::Null, json!("0.00")][usize::from(id.is_multiple_of(3))].clone();
    wire::sent(
        json!({
            "id": id,
            "linha": place,
            "sku": product.sku,
            "nome": product.name,
            "tipo": family.kind(),
            "quantidade": wire::money(quantity * 100, id),
            "preco_cheio": wire::money(line.unit_cents, id),
            "preco_promocional": no_promotion,
            "preco_venda": wire::money(line.unit_cents, id + 1),
            "preco_subtotal": wire::money(line.unit_cents * quantity, id + 2),
            "preco_custo": null,
            "peso": "0.225",
            "altura": 5,
            "largura": 20,
            "profundidade": 30,
            "disponibilidade": 0,
            "produto": wire::any_reference("produto", family.sellable, id),
            "produto_pai": family.parent.map(|parent| wire::reference("produto", parent, id)),
            "pedido": wire::uri("pedido", &order.number),
            "variacao": if family.parent.is_some() { variant } else { json!({}) },
        }),
        id,
    )
}

fn payment(order: &Order) -> Value {
    let (id, code, name, kind) = orders::payment_method(order);
    let paid = order
        .timeline
        .iter()
        .any(|change| Status::by_code(&change.status).is_some_and(Status::approved));
    let mood = orders::number(order);
    wire::sent(
        json!({
            "id": 830_000 + mood,
            "valor": wire::money(order.total_cents(), mood),
            "valor_pago": (paid && mood % 4 != 1).then(|| wire::money(order.total_cents(), mood + 1)),
            "pagamento_tipo": kind,
            "transacao_id": format!("tx-exemplo-{}", order.id),
            "bandeira": null,
            "banco": null,
            "mensagem_gateway": null,
            "parcelamento": { "numero_parcelas": 1, "valor_parcela": wire::number(order.total_cents()) },
            "forma_pagamento": {
                "id": id,
                "codigo": code,
                "nome": name,
                "imagem": "",
                "configuracoes": { "ativo": true, "disponivel": true },
                "resource_uri": wire::uri("pagamento", id),
            },
        }),
        mood,
    )
}

fn shipment(order: &Order) -> Value {
    let mood = orders::number(order);
    let sent = order.timeline.iter().any(|change| change.status == "pedido_enviado");
    let padding = if mood.is_multiple_of(3) { "  " } else { "" };
    wire::sent(
        json!({
            "id": 840_000 + mood,
            "valor": (order.shipping_cents > 0).then(|| wire::money(order.shipping_cents, mood)),
            "prazo": 5,
            "objeto": sent.then(|| format!("EX{}BR", order.id)),
            "data_criacao": wire::loose_date(order.placed_at, mood),
            "data_modificacao": wire::loose_date(order.changed_at(), mood + 1),
            "forma_envio": { "id": 3, "nome": "Envio Exemplo", "code": format!("PAC{padding}"), "tipo": "PAC " },
        }),
        mood,
    )
}
