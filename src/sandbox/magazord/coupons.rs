//! `cupomDesconto` and `cupomCredito` as they are kept and shown: the list, one by its id, and the
//! traps of changing one. Creation is in `coupon_creation`, use in `checkout`.

use serde_json::{Map, Value, json};

use super::{
    coupon_creation::{self, TIME_FIELDS},
    filters, page,
    people::object,
    switches::{CouponCodeFilter, CouponPatch, CouponPerson, Switches},
    wire,
};
use crate::sandbox::{
    exchange::{Answer, Request},
    world::{Coupon, World},
};

/// The kind of a credit, which only `cupomCredito` creates.
pub(super) const CREDIT: u64 = 4;

/// `tipoDesconto` of a coupon, 1 to 7.
pub(super) fn kind(coupon: &Coupon) -> u64 {
    coupon.own.get("tipoDesconto").and_then(Value::as_u64).unwrap_or(1)
}

/// The coupons that the account begins with, one of every kind; the first can be on orders.
pub(super) fn initial(now: chrono::DateTime<chrono::Utc>) -> Vec<Coupon> {
    let month = chrono::TimeDelta::days(30);
    let coupon = |code: &str, kind: u64, description: &str| Coupon {
        code: code.to_owned(),
        shop_id: Some(1),
        active: true,
        valid_from: Some(now - month * 6),
        valid_until: Some(now + month * 6),
        own: object(
            json!({ "descricao": description, "tipoDesconto": kind, "tipoLimite": 1, "aplicaDescontosFp": true }),
        ),
        ..Coupon::default()
    };
    vec![
        Coupon {
            basis_points: Some(1000),
            ..coupon("BEMVINDO10", 2, "Dez por cento de boas-vindas")
        },
        Coupon {
            amount_cents: Some(1500),
            ..coupon("MENOS15", 1, "Quinze reais")
        },
        coupon("PRECOFIXO", 3, "Preço fixo"),
        Coupon {
            amount_cents: Some(3000),
            person: Some(0),
            ..coupon("CREDITO-0001", CREDIT, "Crédito por troca")
        },
        coupon("LEVEMAIS", 5, "Progressivo"),
        coupon("FRETE", 6, "Regra de frete"),
        coupon("LEVEMAISDOMESMO", 7, "Progressivo, mesmo item"),
        Coupon {
            amount_cents: Some(500),
            valid_until: Some(now - month),
            ..coupon("VENCIDO", 1, "Já venceu")
        },
    ]
}

/// `GET /v2/site/cupomDesconto`: coupons of every kind.
pub(super) fn list(world: &World, switches: Switches, request: &Request) -> Answer {
    let wanted = |coupon: &Coupon| {
        let by_code = switches.coupon_code_filter == CouponCodeFilter::Works;
        let active = match request.param("ativo") {
            Some("1" | "true") => coupon.active,
            Some("0" | "false") => !coupon.active,
            _ => true,
        };
        active
            && (!by_code
                || request
                    .param("codigo")
                    .is_none_or(|code| coupon.code.eq_ignore_ascii_case(code)))
            && filters::in_list(request, "id", &coupon.id.to_string())
            && filters::in_list(request, "loja", &coupon.shop_id.unwrap_or(1).to_string())
            && filters::in_list(request, "tipoDesconto", &kind(coupon).to_string())
    };
    let rows = (0..world.coupons.len())
        .filter(|index| wanted(&world.coupons[*index]) && world.lists(&world.coupons[*index]))
        .collect();
    let rows = page::in_asked_direction(request, rows);
    page::answer(request, switches, &rows, page::Kind::Others, |index| {
        Value::Object(row(&world.coupons[index]))
    })
}

/// `GET /v2/site/cupomDesconto/{id}`: by numeric id only.
pub(super) fn detail(world: &World, switches: Switches, id: &str) -> Answer {
    match world.coupons.iter().find(|coupon| coupon.id.to_string() == id) {
        Some(coupon) => wire::single(200, whole(world, switches, coupon)),
        None => wire::error(switches, 404, "Cupom não encontrado."),
    }
}

/// `PATCH /v2/site/cupomDesconto/{codigo}`: by id always 500; by code it wants the shop, and
/// takes everything but `ativo`.
pub(super) fn change(world: &mut World, switches: Switches, key: &str, body: &Value) -> Answer {
    let by_id = world.coupons.iter().any(|coupon| coupon.id.to_string() == key);
    if by_id || switches.coupon_patch == CouponPatch::Fails {
        return wire::error(switches, 500, "Internal Server Error");
    }
    let Some(index) = world.coupon_by_code(key) else {
        return wire::error(switches, 404, "Cupom não encontrado.");
    };
    if body.get("loja").is_none_or(Value::is_null) {
        return wire::error(switches, 400, "O campo loja é obrigatório.");
    }
    let times = match coupon_creation::times(body) {
        Ok(times) => times,
        Err(refusal) => return refusal.answer(switches),
    };
    let coupon = &mut world.coupons[index];
    for (name, time) in TIME_FIELDS.into_iter().zip(times) {
        match (name, time) {
            ("validoDe", Some(at)) => coupon.valid_from = Some(at),
            ("validoAte", Some(at)) => coupon.valid_until = Some(at),
            _ => {}
        }
    }
    if let Some(minimum) = body.get("valorMinimoPedido").and_then(wire::read_cents) {
        coupon.minimum_cents = minimum;
    }
    for name in ["descricao", "observacaoCliente", "aplicaDescontosFp"] {
        if let Some(value) = body.get(name) {
            coupon.own.insert(name.to_owned(), value.clone());
        }
    }
    let coupon = world.coupons[index].clone();
    wire::single(200, whole(world, switches, &coupon))
}

/// What creating, reading and changing one coupon answer: numbers as numbers, times in Brasília.
pub(super) fn whole(world: &World, switches: Switches, coupon: &Coupon) -> Value {
    let mut fields = common(coupon);
    fields.insert(
        "valorDesconto".to_owned(),
        face_value(coupon).map_or(Value::Null, wire::money_number),
    );
    fields.insert("valorMinimoPedido".to_owned(), wire::money_number(coupon.minimum_cents));
    fields.insert("cupomRegrasFrete".to_owned(), json!([]));
    let person = coupon.person.and_then(|index| world.people.get(index));
    let id = person.map_or(Value::Null, |person| json!(person.external_id));
    match (switches.coupon_person, person) {
        (CouponPerson::Absent, _) => {}
        (CouponPerson::Object, Some(person)) => {
            let tipo = if person.company { 2 } else { 1 };
            let object = json!({ "id": id, "tipo": tipo, "nome": person.name, "email": person.email });
            fields.insert("pessoa".to_owned(), object);
        }
        (CouponPerson::Object | CouponPerson::Id, _) => {
            fields.insert("pessoa".to_owned(), id);
        }
    }
    Value::Object(fields)
}

/// A row of the list: the value as text, no minimum, no person, no count of uses.
fn row(coupon: &Coupon) -> Map<String, Value> {
    let mut fields = common(coupon);
    fields.insert(
        "valorDesconto".to_owned(),
        face_value(coupon).map_or(Value::Null, wire::money),
    );
    for name in ["tipoLimite", "aplicaDescontosFp"] {
        fields.insert(name.to_owned(), coupon.own.get(name).cloned().unwrap_or_default());
    }
    fields
}

fn common(coupon: &Coupon) -> Map<String, Value> {
    let own = |name| coupon.own.get(name).cloned().unwrap_or_default();
    object(json!({
        "id": coupon.id, "ativo": coupon.active, "codigo": coupon.code, "descricao": own("descricao"),
        "observacaoCliente": own("observacaoCliente"), "loja": coupon.shop_id, "tipoDesconto": kind(coupon),
        "validoDe": coupon.valid_from.map(wire::iso_time), "validoAte": coupon.valid_until.map(wire::iso_time),
        "usuarioCriacao": null,
    }))
}

/// Reais or percent, both with two decimals, in hundredths.
fn face_value(coupon: &Coupon) -> Option<i64> {
    coupon.basis_points.or(coupon.amount_cents)
}
