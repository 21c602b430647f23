#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Cursor, Write as _};

use proptest::prelude::*;

use super::*;
use crate::platform::{SaleStatus, SalesChannel};

const LIMITS: FileLimits = FileLimits {
    bytes: 64 << 20,
    lines: 1000,
};

fn judge() -> Judge {
    Judge {
        zone: chrono_tz::America::Sao_Paulo,
        currency: "BRL".to_owned(),
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
    }
}

fn read(file: impl Into<Vec<u8>>) -> Result<Vec<Told>, FileError> {
    let mut reader = Reader::open(Cursor::new(file.into()), LIMITS, judge())?;
    let mut all = Vec::new();
    while let Some(told) = reader.next_record()? {
        all.push(told);
    }
    Ok(all)
}

/// What each record says: its lines, and its sale's key, or its column and message.
fn short(file: impl Into<Vec<u8>>) -> Vec<(u64, u64, String)> {
    let told = read(file).unwrap().into_iter().map(|told| {
        let said = match told.sale {
            Ok(sale) => sale.external_id,
            Err(refused) => format!("{}: {}", refused.column.unwrap_or_default(), refused.message),
        };
        (told.line, told.until, said)
    });
    told.collect()
}

const HEADER: &str = "venda;situação;data;produtos;nome\n";

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(plain).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_row_tells_all_that_a_sale_has() {
    let names: Vec<&str> = columns::COLUMNS.iter().map(|column| column.name).collect();
    let values = "V1,1001,S-9,Entregue,31/01/2026 14:05,2026-02-01T09:00:00-03:00,BRL,\"R$ 1.234,56\",10.00,5,0.5,\"1.230,06\",\
                  \"100,00\",1,CUPOM,PDV,Centro,C7,529.982.247-25,Ana Souza,ana@example.com,(48) 99999-0000,31/12/1990";
    let told = read(format!("\u{feff}{}\r\n{values}\r\n", names.join(","))).unwrap();
    let sale = told[0].sale.as_ref().unwrap();
    assert_eq!(
        (sale.external_id.as_str(), sale.number.as_deref()),
        ("V1", Some("1001"))
    );
    assert_eq!(
        (sale.status, sale.channel),
        (SaleStatus::Delivered, SalesChannel::PointOfSale)
    );
    assert_eq!(sale.placed_at, "2026-01-31T17:05:00Z".parse::<Instant>().unwrap());
    assert_eq!(sale.changed_at, "2026-02-01T12:00:00Z".parse::<Instant>().unwrap());
    let amounts = [
        sale.products,
        sale.discount,
        sale.shipping,
        sale.surcharge,
        sale.refunded,
        sale.credit,
    ];
    assert_eq!(amounts, [123_456, 1_000, 500, 50, 10_000, 100]);
    assert_eq!(sale.total, Some(123_006));
    assert_eq!(sale.buyer.document.as_deref(), Some("529.982.247-25"));
    assert_eq!(sale.buyer.birth_date, chrono::NaiveDate::from_ymd_opt(1990, 12, 31));
    assert_eq!(
        (sale.branch.as_deref(), sale.shop_number.as_deref()),
        (Some("Centro"), Some("S-9"))
    );
    assert_eq!(told[0].line, 2);
}

#[test]
fn an_object_is_the_same_sale() {
    let table =
        "externalId,status,placedAt,productsTotal,customerDocument\n1,APPROVED,2026-01-31T14:05:00-03:00,150.00,123\n";
    let object = r#"{"externalId":"1","status":"APPROVED","placedAt":"2026-01-31T14:05:00-03:00","productsTotal":150.00,
        "customer":{"document":"123"},"discountTotal":null,"lines":[]}"#;
    let sale = |file: String| read(file).unwrap().remove(0).sale.unwrap();
    assert_eq!(sale(table.to_owned()), sale(object.replace('\n', " ")));
    let lines = object.replace(
        "[]",
        r#"[{"sku":"A","name":"Camiseta","quantity":"0.5","unitPrice":"300.00","total":150}]"#,
    );
    let sale = sale(lines.replace('\n', " "));
    assert_eq!((sale.lines[0].quantity_milli, sale.lines[0].unit_price), (500, 30_000));
    assert_eq!(sale.lines[0].total, Some(15_000));
}

#[test]
fn encodings_of_spreadsheets_are_read() {
    let (windows, ..) =
        encoding_rs::WINDOWS_1252.encode("venda;situação;data;produtos;nome\r\n1;Aprovada;1/2/2026;10,00;João\r\n");
    for file in [windows.to_vec(), packed(&windows)] {
        let told = read(file).unwrap();
        assert_eq!(told[0].sale.as_ref().unwrap().buyer.name.as_deref(), Some("João"));
    }
    assert_eq!(
        short("sep=,\nvenda,status,data,produtos\n;;;\n,,,\n\n1,paga,1/2/2026,1\n"),
        [(6, 6, "1".to_owned())]
    );
    let twice = [packed(HEADER.as_bytes()), packed(b"1;paga;1/2/2026;1;x\n")].concat();
    assert_eq!(short(twice)[0].2, "1");
}

#[test]
fn a_line_with_something_wrong_is_lost_alone() {
    let file = format!(
        "{HEADER}1;paga;1/2/2026;1,00;\"Ana\nSouza\"\n2;paga;1/2/2026;1,00;\"aberto\n3;paga;1/2/2026;1,00;x\n\
         4;paga;1/2/2026;1,00\n5;paga;1/2/2026;1,00;x;y\n{}\n1;paga;1/2/2026;1,00;x\n7;ok;ontem;1.234;x\n8;paga;1/2/2026;;x\n\
         8;paga;1/2/2026;3,00;x\n9;paga;1/2/2027;3,00;x",
        "x".repeat(1 << 20),
    );
    let told = short(file);
    let lines: Vec<(u64, u64)> = told.iter().map(|(line, until, _)| (*line, *until)).collect();
    let each = (4..=13).map(|line| (line, line));
    assert_eq!(lines, [(2, 3)].into_iter().chain(each).collect::<Vec<_>>());
    let said = [
        "1",
        ": a quotation mark is opened and not closed",
        "3",
        ": it has 4 values and the header 5 columns",
        ": it has 6 values and the header 5 columns",
        ": it is longer than a megabyte",
        "venda: the sale stands on line 2 already",
        "data: data: it is not a time",
        "produtos: it is missing",
        "8",
        "data: it is in the future",
    ];
    for ((_, _, told), said) in told.iter().zip(said) {
        assert!(told.starts_with(said), "{told}\ninstead of\n{said}");
    }
    assert!(told[7].2.contains("situação: it is not a status"), "{}", told[7].2);
    assert!(
        told[7].2.contains("produtos: it can be read as thousands"),
        "{}",
        told[7].2
    );
}

#[test]
fn objects_with_something_wrong_are_lost_alone() {
    let good = r#"{"externalId":"1","status":"APPROVED","placedAt":"2026-01-31","productsTotal":"1.00"}"#;
    let file = [
        good,
        "{\"externalId\":",
        "[1]",
        &good.replace('}', ",\"desconto\":1}"),
        &good.replace("\"1.00\"", "true"),
        &good.replace("\"1.00\"", "\"1,00\""),
        &good.replace(
            '}',
            ",\"customer\":[],\"lines\":[{\"name\":1,\"quantity\":\"x\",\"preço\":1}]}",
        ),
        &good.replace("\"1\"", "\"\\u0000\""),
        good,
    ]
    .join("\n");
    let told = short(file);
    let said = [
        "1",
        ": it is not a JSON object, at its character 14",
        ": it is not a JSON object",
        "desconto: there is no such field; there are externalId, number",
        "productsTotal: it is neither a text nor a number",
        "productsTotal: it is not an amount; write 1234.56",
        "customer: customer: it is not an object; lines.0.preço: there is no such field",
        "externalId: it is neither",
        "externalId: the sale stands on line 1 already",
    ];
    for ((_, _, told), said) in told.iter().zip(said) {
        assert!(told.starts_with(said), "{told}\ninstead of\n{said}");
    }
    assert_eq!(told.len(), said.len());
}

#[test]
fn what_is_kept_of_a_refused_line_is_masked() {
    let file = "id,status,placedAt,productsTotal,cpf,nome,email,telefone,nascimento\n\
                1,x,2026-01-31,1.00,529.982.247-25,Ana Souza,ana@example.com,48999990000,1990-12-31\n";
    let refused = read(file).unwrap().remove(0).sale.unwrap_err();
    assert_eq!(refused.external_id.as_deref(), Some("1"));
    let kept = refused.record.to_string();
    assert!(kept.contains("\"productsTotal\":\"1.00\""), "{kept}");
    for secret in ["529", "Ana", "Souza", "ana@", "9999", "1990"] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
}

#[test]
fn what_is_no_file_of_sales_is_refused_as_a_whole() {
    let refused = |file: &[u8]| read(file).unwrap_err().to_string();
    assert!(refused(b"").contains("empty"));
    assert!(refused(b"\n \n;;;\n").contains("empty"));
    assert!(refused(b"PK\x03\x04....").contains("Excel"));
    assert!(refused(&packed(b"PK\x03\x04....")).contains("Excel"));
    assert!(refused(b"\xff\xfev\0e\0").contains("UTF-16"));
    assert!(refused(b"<html>").contains("a page or XML"));
    assert!(refused(b"[{}]").contains("one object on each line"));
    assert!(refused(b"a\0b;c").contains("not text"));
    assert!(refused(b"1;2;3\n").contains("names of the columns"));
    let whole = packed(format!("{HEADER}1;paga;1/2/2026;1;x\n").repeat(20_000).as_bytes());
    let mut cut = whole.clone();
    cut.truncate(whole.len() - 40);
    let mut spoilt = whole.clone();
    spoilt[whole.len() / 2] ^= 0x55;
    for file in [cut, spoilt] {
        assert!(matches!(
            survey(
                Cursor::new(file),
                FileLimits {
                    lines: u64::MAX,
                    ..LIMITS
                }
            ),
            Err(FileError::Damaged)
        ));
    }
    let bomb = packed(&vec![b'x'; 65 << 20]);
    assert!(bomb.len() < 1 << 20);
    assert!(matches!(read(bomb), Err(FileError::TooLarge(_))));
    let long = format!("{HEADER}{}", "1;paga;1/2/2026;1;x\n".repeat(1001));
    assert!(matches!(
        survey(Cursor::new(long), LIMITS),
        Err(FileError::TooMany(1000))
    ));
    let counted = survey(Cursor::new(format!("\n{HEADER}\n1;a\n;;\n2;b")), LIMITS).unwrap();
    assert_eq!(counted, 2);
}

/// The file is read again from its beginning when another worker goes on.
#[test]
fn a_file_is_read_twice_in_the_same_way() {
    let file = format!("{HEADER}1;paga;1/2/2026;1;\"a\nb\"\n2;x\n1;paga;1/2/2026;1;x\n3;paga;1/2/2026;1;\"c\n");
    assert_eq!(short(file.clone()), short(file));
}

proptest! {
    #[test]
    fn nothing_breaks_the_reader(rest in "(?s).{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let table = [HEADER.as_bytes(), rest.as_bytes(), &bytes].concat();
        let objects = [b"{", rest.as_bytes(), b"\n{", &bytes[..]].concat();
        for file in [table, objects, bytes] {
            if let Ok(told) = read(file) {
                let mut last = 0;
                for one in told {
                    prop_assert!(one.line > last && one.until >= one.line);
                    last = one.until;
                }
            }
        }
    }

    #[test]
    fn a_row_is_split_as_it_was_written(values in prop::collection::vec("[a-z\"; é]{0,12}", 4)) {
        let quoted: Vec<String> = values.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\""))).collect();
        let file = format!("id;status;data;produtos;cupom;filial;canal\n{};caixa\n", [vec!["\"k\"".to_owned(), "paga".to_owned(), "1/2/2026".to_owned()], quoted[..3].to_vec()].concat().join(";"));
        let told = read(file).unwrap();
        prop_assert_eq!(told.len(), 1);
        if let Ok(sale) = &told[0].sale {
            prop_assert_eq!(sale.branch.clone().unwrap_or_default(), values[2].trim());
        }
    }
}
