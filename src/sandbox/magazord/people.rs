//! `pessoa`: people belong to a group of shops, not to a shop; contacts and addresses come on request.

use serde_json::{Map, Value, json};

use super::{
    filters::{self, TimeFilter},
    page,
    switches::{DocumentFilter, Documents, PersonEnvelope, Switches},
    wire,
};
use crate::sandbox::{
    exchange::{Answer, Request},
    people::Person,
    world::World,
};

/// `GET /v2/site/pessoa`.
pub(super) fn list(world: &World, switches: Switches, request: &Request) -> Answer {
    let (registered, updated) = match (
        TimeFilter::read(request, "dataCadastro", switches),
        TimeFilter::read(request, "dataHoraAtualizacao", switches),
    ) {
        (Ok(registered), Ok(updated)) => (registered, updated),
        (Err(refusal), _) | (_, Err(refusal)) => return refusal,
    };
    let matches = |person: &Person| {
        registered.admits_day(wire::local_date(person.registered_at))
            && updated.admits_day(wire::local_date(person.updated_at))
            && filters::in_list(request, "id", &person.external_id.to_string())
            && request
                .param("nome")
                .is_none_or(|part| person.name.to_lowercase().contains(&part.to_lowercase()))
            && has_document(person, switches, request)
    };
    let rows = (0..world.people.len())
        .filter(|index| matches(&world.people[*index]))
        .collect();
    let rows = page::in_asked_direction(request, rows);
    page::answer(request, switches, &rows, page::Kind::Others, |index| {
        Value::Object(person(&world.people[index], index, switches, Extras::of(request)))
    })
}

/// `GET /v2/site/pessoa/{id}`.
pub(super) fn detail(world: &World, switches: Switches, request: &Request, id: &str) -> Answer {
    let found = id.parse().ok().and_then(|id| world.person_by_id(id));
    let Some(index) = found else {
        return wire::error(switches, 404, "Pessoa não encontrada.");
    };
    let body = Value::Object(person(&world.people[index], index, switches, Extras::of(request)));
    match switches.person_envelope {
        PersonEnvelope::Wrapped => wire::single(200, body),
        PersonEnvelope::Bare => Answer::json(200, body),
    }
}

/// `POST /v2/site/pessoa`.
pub(super) fn create(world: &mut World, switches: Switches, body: &Value) -> Answer {
    const REQUIRED: [&str; 6] = ["grupoLoja", "nome", "cpfCnpj", "email", "telefone", "endereco"];
    let refuse = |message: String| wire::error(switches, switches.invalid_body.status(), &message);
    let missing = |name: &&&str| body.get(**name).is_none_or(Value::is_null);
    if let Some(name) = REQUIRED.iter().find(missing) {
        return refuse(format!("O campo {name} é obrigatório."));
    }
    let address = ["nomeDestinatario", "logradouro", "numero", "bairro", "cep"];
    if let Some(name) = address
        .iter()
        .find(|name| body["endereco"].get(**name).is_none_or(Value::is_null))
    {
        return refuse(format!("O campo endereco.{name} é obrigatório."));
    }
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let document: String = text("cpfCnpj").chars().filter(char::is_ascii_alphanumeric).collect();
    if world
        .people
        .iter()
        .any(|person| person.document.as_ref() == Some(&document))
    {
        return wire::error(switches, 409, "Já existe uma pessoa com este CPF/CNPJ.");
    }
    let external_id = world.people.last().map_or(1, |last| last.external_id + 1);
    let phone: String = text("telefone").chars().filter(char::is_ascii_digit).collect();
    world.people.push(Person {
        external_id,
        name: text("nome"),
        company: document.len() == 14,
        document: Some(document),
        email: Some(text("email")),
        phone: if phone.len() >= 10 {
            phone
        } else {
            "1100000000".to_owned()
        },
        birth_date: body["dataNascimento"].as_str().and_then(|date| date.parse().ok()),
        female: body["sexo"].as_i64().map(|sex| sex == 2),
        registered_at: world.now,
        updated_at: world.now,
    });
    let index = world.people.len() - 1;
    wire::single(
        201,
        Value::Object(person(&world.people[index], index, switches, Extras::default())),
    )
}

/// What a request wants beside the person itself.
#[derive(Debug, Clone, Copy, Default)]
struct Extras {
    contacts: bool,
    addresses: bool,
}

impl Extras {
    fn of(request: &Request) -> Self {
        let wanted = |name| request.param(name).is_some_and(|value| value == "1");
        Self {
            contacts: wanted("listaContatos"),
            addresses: wanted("listaEnderecos"),
        }
    }
}

/// The `cpfCnpj` that the account's documents are written with.
pub(super) fn document(person: &Person, switches: Switches) -> Value {
    match switches.documents {
        Documents::Digits => json!(person.document),
        Documents::NullForSome if person.external_id.is_multiple_of(5) => Value::Null,
        Documents::Punctuated | Documents::NullForSome => json!(person.punctuated_document()),
    }
}

/// The contacts of a person, as list, detail and orders have them on request.
pub(super) fn contacts(person: &Person) -> Value {
    let mut contacts = vec![json!({ "tipo": 2, "contato": person.punctuated_phone() })];
    if person.external_id.is_multiple_of(3) {
        contacts.insert(0, json!({ "tipo": 1, "contato": "(11) 3000-0000" }));
    }
    Value::Array(contacts)
}

/// 1 male, 2 female.
pub(super) fn sex(person: &Person) -> Value {
    person
        .female
        .map_or(Value::Null, |female| json!(if female { 2 } else { 1 }))
}

fn has_document(person: &Person, switches: Switches, request: &Request) -> bool {
    let Some(wanted) = request.param("cpfCnpj") else {
        return true;
    };
    let either = switches.document_filter == DocumentFilter::Either;
    person.punctuated_document().is_some_and(|document| document == wanted)
        || (either && person.document.as_deref() == Some(wanted))
}

fn person(person: &Person, index: usize, switches: Switches, extras: Extras) -> Map<String, Value> {
    // Some people have an empty address where others have none.
    let email = person
        .email
        .clone()
        .or_else(|| index.is_multiple_of(2).then(String::new));
    let mut fields = object(json!({
        "id": person.external_id,
        "tipo": if person.company { 2 } else { 1 },
        "nome": person.name,
        "cpfCnpj": document(person, switches),
        "email": email,
        "rg": null,
        "sexo": sex(person),
        "dataNascimento": person.birth_date,
        "dataCadastro": wire::date(person.registered_at),
        "dataHoraAtualizacao": wire::date(person.updated_at),
        "contribuinteIcms": u8::from(person.company),
        "optanteSimplesNacional": 0,
        "grupoLojaId": 1,
        "grupoLojaNome": "Grupo Exemplo",
        "codigoIntegracao": null,
    }));
    if person.company {
        fields.extend(object(json!({
            "dataFundacao": "2010-05-04", "nomeFantasia": person.name, "inscricaoEstadual": "ISENTO",
            "nomeResponsavel": null, "cpfResponsavel": null,
        })));
    }
    if extras.contacts {
        fields.insert("pessoaContato".to_owned(), contacts(person));
    }
    if extras.addresses {
        fields.insert("pessoaEndereco".to_owned(), json!([address(person, index)]));
    }
    fields
}

fn address(person: &Person, index: usize) -> Value {
    let cep = if index.is_multiple_of(2) {
        json!("01001000")
    } else {
        json!(1_001_000)
    };
    json!({
        "codigo": 1, "nomeDestinatario": person.name, "tipo": 2, "logradouro": "Rua Fictícia", "numero": "1",
        "bairro": "Centro", "cep": cep, "complemento": "", "cidadeId": "1", "cidadeNome": "Cidade Teste",
        "estadoId": "1", "estadoNome": "São Paulo", "estadoSigla": "SP",
    })
}

/// The fields of a literal object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
