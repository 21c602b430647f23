//! Shops and products: `loja`, `produto`, the storefront's routes, and a minimum of the old price
//! and stock lists.

use serde_json::{Value, json};

use super::{page, switches::Switches, wire};
use crate::sandbox::{
    exchange::{Answer, Request},
    world::{Product, World},
};

/// A shop of the account.
struct Shop {
    id: u64,
    name: &'static str,
    active: bool,
    group: (u64, &'static str),
}

/// Two shops of one group that sell, and one that has been closed.
const SHOPS: [Shop; 3] = [
    Shop {
        id: 1,
        name: "Loja Exemplo",
        active: true,
        group: (1, "Grupo Exemplo"),
    },
    Shop {
        id: 2,
        name: "Loja Exemplo Atacado",
        active: true,
        group: (1, "Grupo Exemplo"),
    },
    Shop {
        id: 3,
        name: "Loja Exemplo Antiga",
        active: false,
        group: (2, "Grupo Antigo"),
    },
];

/// The ids of the shops, the one with most orders first.
pub(super) const SHOP_IDS: &[u64] = &[1, 2, 3];

/// `GET /v2/site/loja`.
pub(super) fn shops(switches: Switches, request: &Request) -> Answer {
    let wanted = |shop: &Shop| match request.param("ativo") {
        Some("1" | "true") => shop.active,
        Some("0" | "false") => !shop.active,
        _ => true,
    };
    let rows: Vec<usize> = (0..SHOPS.len()).filter(|index| wanted(&SHOPS[*index])).collect();
    page::answer(request, switches, &rows, page::Kind::Others, |index| {
        let shop = &SHOPS[index];
        json!({
            "id": shop.id, "codigo": shop.id, "nome": shop.name, "ativo": shop.active,
            "url": format!("https://www{}.loja-exemplo.invalid", shop.id),
            "urlImagem": "https://cdn.loja-exemplo.invalid", "aplicativo": false,
            "grupo": { "codigo": shop.group.0, "nome": shop.group.1 }, "tema": "exemplo",
        })
    })
}

/// `GET /v2/site/produto`: no price, no stock, no picture.
pub(super) fn products(world: &World, switches: Switches, request: &Request) -> Answer {
    let wanted = |product: &Product| {
        request.param("codigo").is_none_or(|code| product.parent_code == code)
            && request
                .param("nome")
                .is_none_or(|part| product.name.to_lowercase().contains(&part.to_lowercase()))
    };
    let rows = (0..world.products.len())
        .filter(|index| wanted(&world.products[*index]))
        .collect();
    let rows = page::in_asked_direction(request, rows);
    page::answer(request, switches, &rows, page::Kind::Others, |index| {
        product(&world.products[index])
    })
}

/// `GET /v2/site/produto/{codigo}`: by the parent's code only, an id is a 404.
pub(super) fn one_product(world: &World, switches: Switches, code: &str) -> Answer {
    match world.products.iter().find(|product| product.parent_code == code) {
        Some(found) => wire::single(200, product(found)),
        None => wire::error(switches, 404, "Produto não encontrado."),
    }
}

/// `GET /v2/site/produto/{codigo}/derivacao`.
pub(super) fn variants(world: &World, switches: Switches, request: &Request, code: &str) -> Answer {
    let rows: Vec<usize> = (0..world.products.len())
        .filter(|index| world.products[*index].parent_code == code)
        .collect();
    if rows.is_empty() {
        return wire::error(switches, 404, "Produto não encontrado.");
    }
    page::answer(request, switches, &rows, page::Kind::Others, |index| {
        variant(&world.products[index])
    })
}

/// `GET /v2/site/frontend/produto/{loja}`.
pub(super) fn storefront(world: &World, switches: Switches, request: &Request, shop: &str) -> Answer {
    if !sells(shop) {
        return wire::error(switches, 404, "Loja não encontrada.");
    }
    let rows: Vec<usize> = (0..world.products.len()).collect();
    page::answer(request, switches, &rows, page::Kind::Others, |index| {
        shown(&world.products[index], shop)
    })
}

/// `GET /v2/site/frontend/produto/{loja}/{sku}`: by SKU only, a parent's code is a 404.
pub(super) fn storefront_product(world: &World, switches: Switches, shop: &str, sku: &str) -> Answer {
    match world.products.iter().find(|product| product.sku == sku) {
        Some(product) if sells(shop) => wire::single(200, shown(product, shop)),
        _ => wire::error(switches, 404, "Produto não encontrado."),
    }
}

/// `GET /v1/listPreco`, which demands its table.
pub(super) fn prices(world: &World, switches: Switches, request: &Request) -> Answer {
    if request.param("tabelaPreco").is_none() {
        return wire::error(switches, 400, "O parâmetro tabelaPreco é obrigatório.");
    }
    page::answer_v1(request, &by_sku(world, request), |index| {
        let product = &world.products[index];
        json!({
            "produto": product.sku, "produtoNome": product.name, "tabelaPreco": 1, "tabelaNome": "Tabela Exemplo",
            "anuncio": null, "precoAntigo": wire::money(product.cents * 11 / 10), "precoVenda": wire::money(product.cents),
            "percentualDesconto": 10, "dataHoraAtualizacao": wire::iso_time(world.now),
        })
    })
}

/// `GET /v1/listEstoque`: one row per SKU and warehouse; there is one warehouse.
pub(super) fn stock(world: &World, request: &Request) -> Answer {
    page::answer_v1(request, &by_sku(world, request), |index| {
        let product = &world.products[index];
        json!({
            "produto": product.sku, "descricaoProduto": product.name, "deposito": 1,
            "quantidadeDisponivelVenda": product.stock, "quantidadeFisica": product.stock + 1,
            "quantidadeReservadoSaida": 1, "quantidadePrevistaEntrada": 0, "quantidadeVirtual": 0, "custoMedio": 40.0,
            "custoVirtual": 40.0, "quantidadeMinimaEstoque": 0, "ativo": true,
        })
    })
}

fn by_sku(world: &World, request: &Request) -> Vec<usize> {
    let wanted = |product: &Product| request.param("produto").is_none_or(|sku| product.sku == sku);
    (0..world.products.len())
        .filter(|index| wanted(&world.products[*index]))
        .collect()
}

fn sells(shop: &str) -> bool {
    SHOPS.iter().any(|known| known.active && known.id.to_string() == shop)
}

fn variant(product: &Product) -> Value {
    json!({
        "id": product.id + 500, "codigo": product.sku, "nome": format!("{} {}", product.name, product.variant),
        "ativo": true,
    })
}

fn product(product: &Product) -> Value {
    json!({
        "id": product.id, "nome": product.name, "modelo": "Modelo Exemplo", "acompanha": "1 unidade",
        "palavraChave": "exemplo", "peso": "1.000", "altura": "4.00", "largura": "10.00", "comprimento": "20.00",
        "codigo": product.parent_code, "tipo": 1, "marca": if product.id.is_multiple_of(2) { json!(3) } else { Value::Null },
        "unidadeMedida": "UN", "ativo": !product.id.is_multiple_of(10), "ncm": "00000000", "cest": "", "origemFiscal": 0,
        "dataLancamento": null, "dataAtualizacao": "2026-01-05T10:00:00-03:00", "categorias": [10, 11],
        "derivacoes": [variant(product)],
    })
}

fn shown(product: &Product, shop: &str) -> Value {
    json!({
        "produto_id": product.id, "derivacao_id": product.id + 500, "codigo": product.sku, "nome": product.name,
        "titulo": product.name, "derivacao_nome": product.variant, "marca": "Marca Exemplo",
        "valor": wire::money_number(product.cents), "valor_de": wire::money_number(product.cents * 11 / 10),
        "percentual_desconto": 10, "qtde_estoque": product.stock, "loja": shop.parse::<u64>().unwrap_or_default(),
        "ativo": true, "link": format!("produto-{}", product.id),
        "midias": [{
            "id": 1, "path": "img/exemplo/", "arquivo_nome": "produto.jpg", "ordem": 1, "tipo_file": 1,
            "nivel_relacionamento": 1,
        }],
    })
}
