//! The coupon endpoints: list, one, create, replace, switch on and off. There is no deleting and
//! no looking up by code.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    super::{
        exchange::{Answer, Request},
        world::Coupon,
    },
    checkout,
    coupon_body::{self, Purpose, Wanted},
    paging::{Bounds, page},
    refuse::{Outcome, invalid, not_allowed, not_found},
    route::Call,
    shop::Shop,
    switches::{CouponCreated, Patch, Switches},
    terms::Terms,
    wire,
};

/// The code that a body asks for, before anybody judged the body.
pub(super) fn code_asked_for(request: &Request) -> Option<String> {
    let code = request.json()?.get("codigo")?.as_str()?.trim().to_uppercase();
    (!code.is_empty()).then_some(code)
}

/// Notes that a coupon was asked for; `Err` when that were more than `most` within a minute.
pub(super) fn note_request(shop: &mut Shop, most: u32) -> Result<(), ()> {
    let now = shop.world.now;
    let minute_ago = now - TimeDelta::minutes(1);
    shop.coupon_requests.retain(|at| *at > minute_ago);
    if shop.coupon_requests.len() >= most as usize {
        return Err(());
    }
    shop.coupon_requests.push_back(now);
    Ok(())
}

/// `GET /v1/cupom`: by code, whatever filter was sent.
pub(super) fn list(call: &Call<'_>, shop: &Shop, switches: &Switches) -> Outcome {
    let world = &shop.world;
    let mut coupons: Vec<&Coupon> = world.coupons.iter().filter(|coupon| world.lists(coupon)).collect();
    coupons.sort_by(|one, other| one.code.cmp(&other.code));
    page(call, switches, Bounds::of(100), &coupons, |coupon| {
        rendered(coupon, shop, switches)
    })
}

/// `GET /v1/cupom/{id}`; with `id_externo=1` by the caller's own id.
pub(super) fn one(call: &Call<'_>, id: &str, shop: &Shop, switches: &Switches) -> Outcome {
    let index = find(call, id, shop, switches)?;
    Ok(Answer::json(200, rendered(&shop.world.coupons[index], shop, switches)))
}

/// `POST /v1/cupom`.
pub(super) fn create(call: &Call<'_>, shop: &mut Shop, switches: &Switches) -> Outcome {
    let wanted = coupon_body::read(&call.body()?, Purpose::Create, shop.world.now, switches)?;
    unique(&wanted, None, shop, switches)?;
    let id = shop.world.add_coupon(wanted.terms.coupon(wanted.code, wanted.active));
    let answer = match (switches.coupon_created, shop.world.coupons.last()) {
        (CouponCreated::Full, Some(coupon)) => Answer::json(201, rendered(coupon, shop, switches)),
        _ => Answer::empty(201),
    };
    Ok(answer.with_header("location", format!("{}/", wire::uri("cupom", id))))
}

/// `PUT /v1/cupom/{id}`.
pub(super) fn replace(call: &Call<'_>, id: &str, shop: &mut Shop, switches: &Switches) -> Outcome {
    let index = find(call, id, shop, switches)?;
    let mut wanted = coupon_body::read(&call.body()?, Purpose::Replace, shop.world.now, switches)?;
    unique(&wanted, Some(index), shop, switches)?;
    let old = &mut shop.world.coupons[index];
    if let Some(terms) = Terms::of(old) {
        wanted.terms.created = terms.created;
    }
    *old = Coupon {
        id: old.id,
        uses: std::mem::take(&mut old.uses),
        ..wanted.terms.coupon(wanted.code, wanted.active)
    };
    Ok(Answer::json(200, rendered(&shop.world.coupons[index], shop, switches)))
}

/// `PATCH /v1/cupom/{id}`, which knows one field.
pub(super) fn patch(call: &Call<'_>, id: &str, shop: &mut Shop, switches: &Switches) -> Outcome {
    if switches.patch == Patch::Refused {
        return Err(not_allowed());
    }
    let index = find(call, id, shop, switches)?;
    let body = call.body()?;
    if let Some(field) = body.keys().find(|field| *field != "ativo") {
        return Err(invalid(switches, field, "PATCH altera apenas ativo."));
    }
    let active = body.get("ativo").and_then(coupon_body::read_flag);
    let active = active.ok_or_else(|| invalid(switches, "ativo", "informe true ou false."))?;
    let coupon = &mut shop.world.coupons[index];
    if let Some(mut terms) = Terms::of(coupon) {
        terms.changed = shop.world.now;
        coupon.own = terms.coupon(String::new(), active).own;
    }
    coupon.active = active;
    Ok(Answer::json(200, rendered(&shop.world.coupons[index], shop, switches)))
}

/// The coupon as the platform shows it, in orders too.
pub(super) fn rendered(coupon: &Coupon, shop: &Shop, switches: &Switches) -> Value {
    let Some(terms) = Terms::of(coupon) else {
        return Value::Null;
    };
    let mood = coupon.id;
    let minimum = terms
        .minimum
        .map_or_else(|| json!(""), |minimum| wire::decimal(minimum, mood + 1));
    json!({
        "id": coupon.id,
        "id_externo": terms.external_id,
        "codigo": coupon.code,
        "descricao": terms.description,
        "tipo": terms.kind,
        "valor": wire::decimal(terms.value, mood),
        "valor_minimo": minimum,
        "limite_desconto": terms.cap.map(|cap| wire::decimal(cap, mood)),
        "quantidade": checkout::quantity(coupon, &terms, shop, switches),
        "quantidade_usada": checkout::times_used(coupon, shop, switches),
        "quantidade_por_cliente": terms.per_customer,
        "validade": terms.valid_until.map(|end| end.format("%Y-%m-%dT%H:%M:%S").to_string()),
        "ativo": wire::flag(coupon.active, mood),
        "cumulativo": wire::flag(terms.cumulative, mood + 1),
        "aplicar_no_total": terms.on_total,
        "condicao_cliente": terms.customers,
        "condicao_produto": terms.products,
        "clientes": terms.clients,
        "grupos": terms.groups,
        "produtos": terms.goods,
        "categorias": terms.categories,
        "data_criacao": wire::date(terms.created, mood),
        "data_modificacao": wire::date(terms.changed, mood + 1),
        "resource_uri": wire::uri("cupom", coupon.id),
        "campo_futuro": { "versao": 2 },
    })
}

fn find(call: &Call<'_>, id: &str, shop: &Shop, switches: &Switches) -> Result<usize, Answer> {
    let own = |coupon: &Coupon| match coupon.own.get("external_id") {
        Some(Value::String(text)) => text == id,
        Some(Value::Number(number)) => number.to_string() == id,
        _ => false,
    };
    let by_own_id = call.by_external_id();
    let matches = |coupon: &Coupon| {
        if by_own_id {
            own(coupon)
        } else {
            coupon.id.to_string() == id
        }
    };
    shop.world
        .coupons
        .iter()
        .position(matches)
        .ok_or_else(|| not_found(switches))
}

fn unique(wanted: &Wanted, itself: Option<usize>, shop: &Shop, switches: &Switches) -> Result<(), Answer> {
    match shop.world.coupon_by_code(&wanted.code) {
        Some(taken) if Some(taken) != itself => Err(invalid(switches, "codigo", "Já existe um cupom com este codigo.")),
        _ => Ok(()),
    }
}
