//! Hides personal data in records that are shown to people: rejected rows, error details.
//!
//! Personal data is known by the names of its fields on the platforms, and, anywhere else, by the
//! shape of its text. Amounts, statuses, ids and the dates of orders stay, since they are what
//! explains a rejection. Used by adapters when they make a reject, and by the HTTP client.

use serde_json::{Map, Value};

/// Longer texts are cut: what matters stands at their beginning.
const LONGEST_TEXT: usize = 500;
/// Stands in for what is hidden whole.
const HIDDEN: &str = "***";

/// What a field's name says of its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Name,
    Email,
    Document,
    Phone,
    /// Hidden whole, with everything below.
    Private,
    Other,
}

/// A copy of a record in which personal data is masked, recursively. Nulls, empty texts and the
/// record's shape stay, since they often are the reason for a rejection.
pub fn mask(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(mask_fields(fields)),
        Value::Array(items) => Value::Array(items.iter().map(mask).collect()),
        Value::String(text) => Value::String(mask_text(&shorten(text))),
        other => other.clone(),
    }
}

fn mask_fields(fields: &Map<String, Value>) -> Map<String, Value> {
    let is_address = fields
        .keys()
        .any(|key| matches!(plain(key).as_str(), "logradouro" | "rua" | "bairro"));
    let masked = fields.iter().map(|(key, value)| {
        let key_plain = plain(key);
        let meaning = match meaning_of(&key_plain) {
            // An order has a number too; only an address's is private.
            Meaning::Other if is_address && key_plain == "numero" && fields.contains_key("cep") => Meaning::Private,
            meaning => meaning,
        };
        (key.clone(), mask_as(meaning, value))
    });
    masked.collect()
}

fn mask_as(meaning: Meaning, value: &Value) -> Value {
    let text = match value {
        Value::Null | Value::Bool(_) => return value.clone(),
        Value::Array(items) if meaning != Meaning::Other => {
            return Value::Array(items.iter().map(|item| mask_as(meaning, item)).collect());
        }
        Value::Object(fields) if meaning == Meaning::Private => {
            return Value::Object(
                fields
                    .iter()
                    .map(|(key, below)| (key.clone(), mask_as(meaning, below)))
                    .collect(),
            );
        }
        Value::Array(_) | Value::Object(_) => return mask(value),
        Value::String(text) if text.trim().is_empty() => return value.clone(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
    };
    Value::String(match meaning {
        Meaning::Other => return mask(value),
        Meaning::Name => mask_name(&text),
        Meaning::Email => mask_email(&text),
        Meaning::Document => mask_document(&text),
        Meaning::Phone => mask_phone(&text),
        Meaning::Private => HIDDEN.to_owned(),
    })
}

/// A field's name in lower case, without separators: `data_nascimento` and `dataNascimento` are one.
fn plain(key: &str) -> String {
    key.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn meaning_of(key: &str) -> Meaning {
    let has = |parts: &[&str]| parts.iter().any(|part| key.contains(part));
    if has(&["senha", "password", "token", "secret", "chaveapi"]) {
        Meaning::Private
    } else if has(&["email"]) {
        Meaning::Email
    } else if has(&["cpf", "cnpj", "taxvat", "vatid"])
        || matches!(
            key,
            "rg" | "ie" | "rgie" | "documento" | "numerodocumento" | "inscricaoestadual" | "inscricaomunicipal"
        )
    {
        Meaning::Document
    } else if has(&["telefone", "celular", "whatsapp", "telephone", "phone"])
        || matches!(key, "fone" | "fax" | "contato" | "pessoacontato" | "contatoprincipal")
    {
        Meaning::Phone
    } else if matches!(
        key,
        "nome"
            | "sobrenome"
            | "nomecompleto"
            | "nomefantasia"
            | "nomeresponsavel"
            | "nomedestinatario"
            | "nomecliente"
            | "nomeusuario"
            | "pessoanome"
            | "clientenome"
            | "razaosocial"
            | "apelido"
            | "name"
            | "namecustomer"
            | "fullname"
            | "firstname"
            | "lastname"
            | "middlename"
            | "customerfirstname"
            | "customermiddlename"
            | "customerlastname"
            | "customername"
    ) {
        Meaning::Name
    } else if has(&[
        "endereco",
        "logradouro",
        "nascimento",
        "birth",
        "useragent",
        "address",
        "cartao",
    ]) || matches!(
        key,
        "rua"
            | "bairro"
            | "cep"
            | "complemento"
            | "referencia"
            | "cidade"
            | "cidadenome"
            | "sexo"
            | "gender"
            | "pessoasexo"
            | "ip"
            | "pedidoip"
            | "observacao"
            | "observacoes"
            | "clienteobs"
            | "mensagem"
            | "presentemensagem"
            | "boletos"
            | "pedidopagamentopix"
            | "linkpagamento"
            | "draft"
            | "dob"
            | "customerdob"
            | "customergender"
            | "remoteip"
            | "xforwardedfor"
            | "customattributes"
            | "extensionattributes"
    ) {
        Meaning::Private
    } else {
        Meaning::Other
    }
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_TEXT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// First letters only.
fn mask_name(name: &str) -> String {
    let initials: Vec<String> = name
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .map(|c| format!("{c}***"))
        .collect();
    initials.join(" ")
}

/// `f***@e***.com`: enough for its owner to know it again.
fn mask_email(email: &str) -> String {
    let Some((user, host)) = email.trim().rsplit_once('@') else {
        return HIDDEN.to_owned();
    };
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    let ending = host
        .rsplit_once('.')
        .map(|(_, ending)| format!(".{ending}"))
        .unwrap_or_default();
    format!("{}***@{}***{ending}", first(user), first(host))
}

/// `***.456.789-**` for a CPF, the branch and check digits hidden for a CNPJ, nothing for the rest.
fn mask_document(document: &str) -> String {
    let digits: String = document.chars().filter(char::is_ascii_alphanumeric).collect();
    match digits.len() {
        11 => format!("***.{}.{}-**", &digits[3..6], &digits[6..9]),
        14 => format!("**.{}.{}/****-**", &digits[2..5], &digits[5..8]),
        _ => HIDDEN.to_owned(),
    }
}

fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.as_slice() {
        [.., a, b] if digits.len() >= 8 => format!("***{a}{b}"),
        _ => HIDDEN.to_owned(),
    }
}

/// A text in which whatever looks like an e-mail, a CPF or a CNPJ is masked.
pub fn mask_text(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '/' | '_' | '+' | '@' | '%');
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        masked.push_str(&rest[..start]);
        let word = &rest[start..];
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        mask_word(&word[..end], &mut masked);
        rest = &word[end..];
    }
    masked.push_str(rest);
    masked
}

fn mask_word(word: &str, masked: &mut String) {
    let core = word.trim_end_matches(['.', '-', '/']);
    if core.contains('@') {
        masked.push_str(&mask_email(core));
    } else if looks_like_document(core) {
        masked.push_str(&mask_document(core));
    } else {
        masked.push_str(core);
    }
    masked.push_str(&word[core.len()..]);
}

/// Digits and punctuation only, with 11 or 14 digits: dates and instants have other counts or a colon.
fn looks_like_document(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    matches!(digits, 11 | 14) && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_magazord_order_keeps_what_explains_and_hides_who_it_is() {
        let row = json!({
            "id": 9001, "codigo": "0010001000001", "dataHora": "2026-01-20 14:05:09-03", "valorTotal": "182.00",
            "pessoaId": 4321, "pessoaNome": "Fulana Exemplo", "pessoaCpfCnpj": "123.456.789-09",
            "pessoaEmail": "", "pessoaContato": "(47) 90000-1234", "pessoaDataNascimento": "1990-01-31",
            "pedidoSituacao": 5, "logradouro": "Rua Ficticia", "numero": "1", "bairro": "Centro", "cep": "00000000",
            "formaPagamentoNome": "Pix", "produtoNome": "Caneca"
        });
        assert_eq!(
            mask(&row),
            json!({
                "id": 9001, "codigo": "0010001000001", "dataHora": "2026-01-20 14:05:09-03", "valorTotal": "182.00",
                "pessoaId": 4321, "pessoaNome": "F*** E***", "pessoaCpfCnpj": "***.456.789-**",
                "pessoaEmail": "", "pessoaContato": "***34", "pessoaDataNascimento": "***",
                "pedidoSituacao": 5, "logradouro": "***", "numero": "***", "bairro": "***", "cep": "***",
                "formaPagamentoNome": "Pix", "produtoNome": "Caneca"
            })
        );
    }

    #[test]
    fn a_loja_integrada_record_is_masked_below_its_surface() {
        let row = json!({
            "numero": 77, "cliente": { "nome": "Beltrano", "email": "beltrano@exemplo.com.br", "cpf": 12_345_678_909_u64, "cnpj": null,
                "data_nascimento": "1990-01-31", "telefone_celular": "47900001234", "rg": "1234" },
            "endereco_entrega": { "cidade": "X", "numero": "9", "estado": "SC" },
            "cliente_obs": "ligar para beltrano", "itens": [ { "sku": "A-1", "preco_venda": "10.00" } ],
            "resource_uri": "/api/v1/pedido/77"
        });
        assert_eq!(
            mask(&row),
            json!({
                "numero": 77, "cliente": { "nome": "B***", "email": "b***@e***.br", "cpf": "***.456.789-**", "cnpj": null,
                    "data_nascimento": "***", "telefone_celular": "***34", "rg": "***" },
                "endereco_entrega": { "cidade": "***", "numero": "***", "estado": "***" },
                "cliente_obs": "***", "itens": [ { "sku": "A-1", "preco_venda": "10.00" } ],
                "resource_uri": "/api/v1/pedido/77"
            })
        );
    }

    #[test]
    fn a_magento_order_hides_its_buyer() {
        let row = json!({
            "increment_id": "100000101", "state": "complete", "subtotal": "150.0000", "customer_email": "a@b.com",
            "customer_firstname": "Ana", "customer_taxvat": "12ABC34501DE35", "customer_dob": "1990-05-17",
            "billing_address": { "telephone": "11900000000", "street": ["Rua A", "1"], "vat_id": "1234567890" },
            "custom_attributes": [{ "attribute_code": "cpf", "value": "1234567890" }],
        });
        assert_eq!(
            mask(&row),
            json!({
                "increment_id": "100000101", "state": "complete", "subtotal": "150.0000",
                "customer_email": "a***@b***.com", "customer_firstname": "A***", "customer_taxvat": "**.ABC.345/****-**",
                "customer_dob": "***",
                "billing_address": { "telephone": "***", "street": ["***", "***"], "vat_id": "***" },
                "custom_attributes": [{ "attribute_code": "***", "value": "***" }],
            })
        );
    }

    #[test]
    fn texts_are_masked_by_shape_anywhere() {
        assert_eq!(
            mask_text(
                "cliente fulana@exemplo.com, CPF 123.456.789-09 ou 12345678909; pedido 0010001000001 em 2026-01-20."
            ),
            "cliente f***@e***.com, CPF ***.456.789-** ou ***.456.789-**; pedido 0010001000001 em 2026-01-20."
        );
        assert_eq!(mask_text("{\"e\":\"a@b.co\"}"), "{\"e\":\"a***@b***.co\"}");
        assert_eq!(mask_text("CNPJ 11.222.333/0001-81"), "CNPJ **.222.333/****-**");
        assert_eq!(mask_text("ação às 10:00:00-03"), "ação às 10:00:00-03");
    }
}
