//! A product in each of its shapes. All take the call, because some show more when asked to.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    products::{BRANDS, CATEGORIES, Entry},
    route::Call,
    wire,
};

/// A row of the list.
pub(super) fn row(entry: &Entry<'_>, _call: &Call<'_>) -> Value {
    let children: Vec<_> = entry.children.iter().map(|id| wire::uri("produto", id)).collect();
    json!({
        "id": entry.id,
        "id_externo": null,
        "sku": entry.sku,
        "nome": entry.name,
        "apelido": format!("produto-{}", entry.id),
        "tipo": entry.kind,
        "ativo": wire::flag(!entry.removed, entry.id),
        "removido": wire::flag(entry.removed, entry.id),
        "bloqueado": false,
        "gtin": null,
        "mpn": null,
        "ncm": "0000.00.00",
        "categorias": [wire::uri("categoria", CATEGORIES[0].0)],
        "grades": [],
        "variacoes": [],
        "filhos": children,
        "descricao_completa": null,
        "seo": wire::uri("seo", entry.id),
        "url": format!("https://loja-exemplo.invalid/produto-{}", entry.id),
        "url_video_youtube": null,
        "resource_uri": wire::uri("produto", entry.id),
    })
}

/// One product in full.
pub(super) fn detail(entry: &Entry<'_>, call: &Call<'_>) -> Value {
    let mut object = wire::fields(row(entry, call));
    object.extend(wire::fields(json!({
        "pai": entry.parent.map(|parent| wire::uri("produto", parent)),
        "marca": wire::uri("marca", BRANDS[0].0),
        "peso": "0.225",
        "altura": 5,
        "largura": 20,
        "profundidade": 30,
        "destaque": false,
        "usado": false,
        "tags": [],
        "preco_cheio": entry.cents.map(wire::number),
        "preco_promocional": null,
        "preco_custo": null,
        "preco_sob_consulta": false,
        "estoque_gerenciado": true,
        "estoque_quantidade": entry.stock,
        "estoque_situacao_em_estoque": 0,
        "estoque_situacao_sem_estoque": -1,
        "imagem_principal": image(entry, call),
        "imagens": [],
        "descricao_completa": (call.param("descricao_completa") == Some("1")).then_some("<p>Texto</p>"),
        "data_criacao": wire::date(entry.created, entry.id),
        "data_modificacao": wire::date(entry.created + TimeDelta::days(1), entry.id + 1),
    })));
    Value::Object(object)
}

/// Its prices, as strings; none for a parent.
pub(super) fn price(entry: &Entry<'_>, _call: &Call<'_>) -> Value {
    let promotion = [Value::Null, json!("0.00")][usize::from(entry.id.is_multiple_of(4))].clone();
    json!({
        "id": entry.id,
        "produto": wire::uri("produto", entry.id),
        "cheio": entry.cents.map(|cents| wire::money(cents, entry.id)),
        "promocional": promotion,
        "custo": null,
        "sob_consulta": false,
        "resource_uri": wire::uri("produto_preco", entry.id),
    })
}

/// Its stock, in a row with an id of its own.
pub(super) fn stock(entry: &Entry<'_>, _call: &Call<'_>) -> Value {
    json!({
        "id": entry.id + 200_000,
        "produto": wire::uri("produto", entry.id),
        "gerenciado": true,
        "quantidade": entry.stock,
        "quantidade_disponivel": entry.stock.saturating_sub(1),
        "quantidade_reservada": entry.stock.min(1),
        "situacao_em_estoque": 0,
        "situacao_sem_estoque": -1,
        "resource_uri": wire::uri("produto_estoque", entry.id),
    })
}

/// Its picture.
pub(super) fn image(entry: &Entry<'_>, _call: &Call<'_>) -> Value {
    let size = |edge: u32| format!("https://loja-exemplo.invalid/{edge}x{edge}/produto-{}.jpg", entry.id);
    json!({
        "id": entry.id + 100_000,
        "imagem_id": entry.id + 300_000,
        "produto": wire::uri("produto", entry.id),
        "caminho": format!("1/2/produto/{}/exemplo.jpg", entry.id),
        "grande": size(800),
        "media": size(380),
        "pequena": size(210),
        "icone": size(64),
        "principal": true,
        "posicao": null,
        "mime": null,
        "id_anymarket": null,
        "resource_uri": wire::uri("produto_imagem", entry.id + 100_000),
    })
}
