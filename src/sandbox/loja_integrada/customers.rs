//! Customers and their groups: a thin list, a fat detail.

use serde_json::{Value, json};

use super::{
    super::{exchange::Answer, people::Person},
    filters::{Dates, sort_by_default},
    paging::{Bounds, page},
    refuse::{Outcome, not_found},
    route::Call,
    shop::{GROUPS, Shop, group_of, is_anonymised},
    switches::{CustomerRows, EmailFilter, Switches},
    wire,
};

const BOUNDS: Bounds = Bounds::of(100);

/// `GET /v1/cliente`.
pub(super) fn list(call: &Call<'_>, shop: &Shop, switches: &Switches) -> Outcome {
    let mut people: Vec<&Person> = shop.world.people.iter().collect();
    match call.param("order_by") {
        Some("data_modificacao") => people.sort_by_key(|person| (person.updated_at, person.external_id)),
        Some("-data_modificacao") => newest_first(&mut people),
        _ => sort_by_default(&mut people, switches, |person| person.external_id),
    }
    page(call, switches, BOUNDS, &people, |person| row(person, switches))
}

/// `GET /v1/cliente/search`.
pub(super) fn search(call: &Call<'_>, shop: &Shop, switches: &Switches) -> Outcome {
    let created = Dates::read(call, switches, "since_criado", "until_criado")?;
    let changed = Dates::read(call, switches, "since_atualizado", "until_atualizado")?;
    let email = call.param("cliente_email");
    let mut people: Vec<&Person> = shop
        .world
        .people
        .iter()
        .filter(|person| created.contain(person.registered_at) && changed.contain(person.updated_at))
        .filter(|person| email.is_none_or(|wanted| has_email(person, wanted, switches.email_filter)))
        .collect();
    newest_first(&mut people);
    page(call, switches, BOUNDS, &people, |person| row(person, switches))
}

/// `GET /v1/cliente/{id}`.
pub(super) fn one(id: &str, shop: &Shop, switches: &Switches) -> Outcome {
    let index = id.parse().ok().and_then(|id| shop.world.person_by_id(id));
    let index = index.ok_or_else(|| not_found(switches))?;
    Ok(Answer::json(200, detail(&shop.world.people[index], index)))
}

/// `GET /v1/grupo`.
pub(super) fn groups(call: &Call<'_>, switches: &Switches) -> Outcome {
    page(call, switches, BOUNDS, &GROUPS, |group| group_object(*group))
}

/// `GET /v1/grupo/{id}`.
pub(super) fn group(id: &str, switches: &Switches) -> Outcome {
    let group = GROUPS.into_iter().find(|(known, _)| known.to_string() == id);
    group
        .map(|group| Answer::json(200, group_object(group)))
        .ok_or_else(|| not_found(switches))
}

/// The customer as it stands in an order: without kind, group and addresses.
pub(super) fn in_order(person: &Person, alias: Option<String>) -> Value {
    let mood = person.external_id;
    let mut object = wire::fields(identity(person));
    for outside in ["tipo", "rg", "ie", "data_criacao", "data_modificacao"] {
        object.remove(outside);
    }
    object.insert("telefone_celular".to_owned(), phone(person));
    object.insert("telefone_principal".to_owned(), Value::Null);
    if let Some(alias) = alias {
        object.insert("email".to_owned(), json!(alias));
    }
    wire::sent(Value::Object(object), mood)
}

fn newest_first(people: &mut [&Person]) {
    people.sort_by_key(|person| (std::cmp::Reverse(person.updated_at), person.external_id));
}

fn has_email(person: &Person, wanted: &str, filter: EmailFilter) -> bool {
    let email = person.email.as_deref().unwrap_or_default();
    match filter {
        EmailFilter::Exact => email == wanted,
        EmailFilter::CaseInsensitive => email.eq_ignore_ascii_case(wanted),
    }
}

fn row(person: &Person, switches: &Switches) -> Value {
    let mut object = wire::fields(identity(person));
    let told: &[&str] = match switches.customer_rows {
        CustomerRows::Thin => &["id", "email", "nome", "tipo", "resource_uri"],
        CustomerRows::Documents => &[
            "id",
            "email",
            "nome",
            "tipo",
            "resource_uri",
            "cpf",
            "cnpj",
            "razao_social",
            "sexo",
            "data_nascimento",
            "data_criacao",
        ],
    };
    object.retain(|name, _| told.contains(&name.as_str()));
    wire::sent(Value::Object(object), person.external_id)
}

/// What list, detail and orders have in common.
fn identity(person: &Person) -> Value {
    let mood = person.external_id;
    let (kind, old_kind) = if person.company { ("PJ", "pj") } else { ("PF", "pf") };
    let document = |company: bool| person.document.as_ref().filter(|_| person.company == company);
    json!({
        "id": person.external_id,
        "nome": person.name,
        "email": person.email,
        "tipo": if mood.is_multiple_of(5) { old_kind } else { kind },
        "cpf": document(false),
        "cnpj": document(true),
        "rg": null,
        "ie": person.company.then_some("isento"),
        "razao_social": person.company.then_some(&person.name),
        "sexo": person.female.map(|female| if female { "f" } else { "m" }),
        "data_nascimento": person.birth_date.map(|day| day.to_string()),
        "data_criacao": wire::date(person.registered_at, mood),
        "data_modificacao": wire::date(person.updated_at, mood + 1),
        "resource_uri": wire::uri("cliente", person.external_id),
    })
}

fn phone(person: &Person) -> Value {
    if is_anonymised(person.document.as_deref()) {
        Value::Null
    } else {
        json!(person.phone)
    }
}

fn detail(person: &Person, index: usize) -> Value {
    let mood = person.external_id;
    let mut object = wire::fields(identity(person));
    object.extend(wire::fields(json!({
        "telefone_celular": phone(person),
        "telefone_principal": null,
        "telefone_comercial": null,
        "aceita_newsletter": wire::flag(mood.is_multiple_of(2), mood),
        "grupo": group_object(group_of(index)),
        "enderecos": [address(person, index as u64)],
    })));
    wire::sent(Value::Object(object), mood)
}

fn address(person: &Person, index: u64) -> Value {
    json!({
        "id": 910_001 + index,
        "nome": person.name,
        "endereco": "Rua Inventada",
        "numero": (10 + index).to_string(),
        "complemento": null,
        "referencia": "",
        "bairro": "Centro",
        "cidade": "São Paulo",
        "estado": "SP",
        "cep": "01000000",
        "pais": "Brasil",
        "principal": true,
        "cliente": wire::uri("cliente", person.external_id),
        "resource_uri": wire::uri("endereco", 910_001 + index),
    })
}

fn group_object((id, name): (u64, &str)) -> Value {
    json!({ "id": id, "nome": name, "padrao": id == GROUPS[0].0, "resource_uri": wire::uri("grupo", id) })
}
