//! What an interface calls what it tells.
//!
//! The API 2.0 and the API 3 tell the same of orders and contacts, under other names. Both are read in one place, with
//! the words of either. Knows no addresses.

use super::status;

/// The names of an interface's fields.
pub(super) struct Words {
    /// The order's number.
    pub(super) number: &'static str,
    /// The day of the sale, the best first.
    pub(super) days: &'static [&'static str],
    /// Whether rows tell the same day as details.
    pub(super) rows_tell_the_day: bool,
    /// What a status as it is written is in the catalogue.
    pub(super) status: fn(&str) -> String,
    /// The sum of the products.
    pub(super) products: &'static str,
    /// What was taken off.
    pub(super) discount: &'static str,
    /// Freight.
    pub(super) freight: &'static str,
    /// Other expenses.
    pub(super) others: &'static str,
    /// What the buyer pays.
    pub(super) total: &'static str,
    /// A product's code.
    pub(super) sku: &'static str,
    /// The price of one.
    pub(super) price: &'static str,
    /// Person or company.
    pub(super) person_kind: &'static str,
    /// CPF or CNPJ.
    pub(super) document: &'static str,
    /// Phones, the best first.
    pub(super) phones: [&'static str; 2],
    /// The birth date.
    pub(super) born: &'static str,
    /// When a contact was made.
    pub(super) created: &'static str,
    /// When a contact was changed.
    pub(super) changed: &'static str,
    /// What a contact is to the merchant: a list.
    pub(super) types: &'static str,
}

/// Those of the API 2.0.
pub(super) const V2: Words = Words {
    number: "numero",
    days: &["data_pedido"],
    rows_tell_the_day: true,
    status: status::code_of,
    products: "total_produtos",
    discount: "valor_desconto",
    freight: "valor_frete",
    others: "outras_despesas",
    total: "total_pedido",
    sku: "codigo",
    price: "valor_unitario",
    person_kind: "tipo_pessoa",
    document: "cpf_cnpj",
    phones: ["celular", "fone"],
    born: "data_nascimento",
    created: "data_criacao",
    changed: "data_atualizacao",
    types: "tipos_contato",
};

/// Those of the API 3.
pub(super) const V3: Words = Words {
    number: "numeroPedido",
    days: &["data", "dataCriacao"],
    rows_tell_the_day: false,
    status: status::number_of,
    products: "valorTotalProdutos",
    discount: "valorDesconto",
    freight: "valorFrete",
    others: "valorOutrasDespesas",
    total: "valorTotalPedido",
    sku: "sku",
    price: "valorUnitario",
    person_kind: "tipoPessoa",
    document: "cpfCnpj",
    phones: ["celular", "telefone"],
    born: "dataNascimento",
    created: "dataCriacao",
    changed: "dataAtualizacao",
    types: "tipos",
};
