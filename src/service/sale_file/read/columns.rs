use crate::domain::folded::folded;

/// What a file can tell of a sale, besides what was sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    ExternalId,
    Number,
    ShopNumber,
    Status,
    PlacedAt,
    ChangedAt,
    Currency,
    Products,
    Discount,
    Shipping,
    Surcharge,
    Total,
    Refunded,
    Credit,
    CouponCode,
    Channel,
    Branch,
    BuyerId,
    Document,
    Name,
    Email,
    Phone,
    BirthDate,
}

/// A field's names.
pub(super) struct Column {
    pub(super) field: Field,
    /// Where it stands in the API's input.
    pub(super) path: &'static str,
    /// Its name as a column.
    pub(super) name: &'static str,
    /// Other names, without case, accents, spaces and signs.
    also: &'static [&'static str],
}

const fn column(field: Field, path: &'static str, name: &'static str, also: &'static [&'static str]) -> Column {
    Column {
        field,
        path,
        name,
        also,
    }
}

/// All columns, in the order of the fields. A plain `pedido` is none: in an ERP it is the ERP's own number, and as
/// the shop's it would make another sale of it.
pub(super) const COLUMNS: [Column; 23] = [
    column(
        Field::ExternalId,
        "externalId",
        "externalId",
        &["id", "venda", "codigo", "codigodavenda", "iddavenda"],
    ),
    column(Field::Number, "number", "number", &["numero", "numerodavenda"]),
    column(
        Field::ShopNumber,
        "shopOrderNumber",
        "shopOrderNumber",
        &["pedidodaloja", "numerodopedidodaloja"],
    ),
    column(Field::Status, "status", "status", &["situacao"]),
    column(
        Field::PlacedAt,
        "placedAt",
        "placedAt",
        &["data", "datadavenda", "vendidaem"],
    ),
    column(
        Field::ChangedAt,
        "changedAt",
        "changedAt",
        &["alteradaem", "datadaalteracao"],
    ),
    column(Field::Currency, "currency", "currency", &["moeda"]),
    column(
        Field::Products,
        "productsTotal",
        "productsTotal",
        &["produtos", "totaldosprodutos", "valordosprodutos"],
    ),
    column(
        Field::Discount,
        "discountTotal",
        "discountTotal",
        &["desconto", "descontos"],
    ),
    column(Field::Shipping, "shippingTotal", "shippingTotal", &["frete"]),
    column(
        Field::Surcharge,
        "surchargeTotal",
        "surchargeTotal",
        &["acrescimo", "acrescimos", "juros"],
    ),
    column(Field::Total, "total", "total", &["valortotal", "totaldavenda"]),
    column(
        Field::Refunded,
        "refundedAmount",
        "refundedAmount",
        &["devolvido", "valordevolvido"],
    ),
    column(Field::Credit, "creditUsed", "creditUsed", &["credito", "creditousado"]),
    column(Field::CouponCode, "couponCode", "couponCode", &["cupom"]),
    column(Field::Channel, "channel", "channel", &["canal"]),
    column(Field::Branch, "branch", "branch", &["filial"]),
    column(
        Field::BuyerId,
        "customer.externalId",
        "customerExternalId",
        &["codigodocliente", "iddocliente"],
    ),
    column(
        Field::Document,
        "customer.document",
        "customerDocument",
        &["documento", "cpf", "cnpj", "cpfcnpj", "cpfoucnpj"],
    ),
    column(
        Field::Name,
        "customer.name",
        "customerName",
        &["cliente", "nome", "nomedocliente"],
    ),
    column(Field::Email, "customer.email", "customerEmail", &["email"]),
    column(
        Field::Phone,
        "customer.phone",
        "customerPhone",
        &["telefone", "celular"],
    ),
    column(
        Field::BirthDate,
        "customer.birthDate",
        "customerBirthDate",
        &["nascimento", "datadenascimento"],
    ),
];

/// The fields without which there is no sale.
pub(super) const NEEDED: [Field; 4] = [Field::ExternalId, Field::Status, Field::PlacedAt, Field::Products];

impl Field {
    /// Its names.
    pub(super) fn column(self) -> &'static Column {
        &COLUMNS[self as usize]
    }

    /// The field that a column of a file is, by its name.
    pub(super) fn of_column(name: &str) -> Option<Self> {
        let plain = plain(name);
        let known = |column: &&Column| plain_is(column.name, &plain) || column.also.contains(&plain.as_str());
        COLUMNS.iter().find(known).map(|column| column.field)
    }

    /// The field at a place in the API's input.
    pub(super) fn at(path: &str) -> Option<Self> {
        let column = COLUMNS.iter().find(|column| column.path == path)?;
        Some(column.field)
    }
}

/// What a record tells of each field.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells([Option<String>; COLUMNS.len()]);

impl Cells {
    /// Says what is told of a field; blank is nothing.
    pub(super) fn put(&mut self, field: Field, text: &str) {
        let text = text.trim();
        self.0[field as usize] = (!text.is_empty()).then(|| text.to_owned());
    }

    /// What is told of a field.
    pub(super) fn get(&self, field: Field) -> Option<&str> {
        self.0[field as usize].as_deref()
    }
}

/// A name without case, accents, spaces and signs.
pub(in crate::service) fn plain(name: &str) -> String {
    folded(name).chars().filter(char::is_ascii_alphanumeric).collect()
}

fn plain_is(name: &str, plain: &str) -> bool {
    name.eq_ignore_ascii_case(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_its_place_and_no_name_is_of_two() {
        let mut names = std::collections::BTreeSet::new();
        for (place, column) in COLUMNS.iter().enumerate() {
            assert_eq!(column.field as usize, place);
            for name in column.also.iter().copied().chain([plain(column.name).as_str()]) {
                assert!(names.insert(name.to_owned()), "{name} is of two");
                assert_eq!(plain(name), name);
                assert_eq!(Field::of_column(name), Some(column.field));
            }
        }
    }

    #[test]
    fn spreadsheets_may_write_names_as_people_do() {
        let names = [
            " Situação ",
            "CPF/CNPJ",
            "Total dos Produtos",
            "placed_at",
            "customer.document",
        ];
        let fields = [
            Field::Status,
            Field::Document,
            Field::Products,
            Field::PlacedAt,
            Field::Document,
        ];
        assert_eq!(names.map(Field::of_column), fields.map(Some));
        assert_eq!(Field::of_column("Pedido"), None);
    }
}
