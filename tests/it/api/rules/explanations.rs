//! Why a sale gave its points, or none.

use fidelidade::platform::{DetailLevel, SalesChannel};
use serde_json::{Value, json};

use super::{Shop, program};
use crate::api::seed;

const EXPLANATION: &str = "points explanation { points posted programme { version }
    steps { code outcome values { name value } text { pt en } } }";

/// The steps of an explanation as pairs of code and outcome.
fn outcomes(explanation: &Value) -> Vec<(String, String)> {
    let steps = explanation["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            (
                step["code"].as_str().unwrap().to_owned(),
                step["outcome"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn step<'a>(explanation: &'a Value, code: &str) -> &'a Value {
    let mut steps = explanation["steps"].as_array().unwrap().iter();
    steps.find(|step| step["code"] == code).unwrap()
}

#[tokio::test]
async fn every_rule_is_told_with_its_values_and_in_two_languages() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let mut sale = seed::sale(app.app(), 1, 0);
    sale.order.discount = 1_050;
    sale.order.credit_used = 301;
    shop.import(vec![sale]).await;

    let order = shop.order(1, EXPLANATION).await;
    let told = &order["explanation"];
    assert_eq!(
        (&told["points"], &told["posted"], &order["points"]),
        (&json!(86), &json!(86), &json!(86))
    );
    assert_eq!(told["programme"]["version"], 1);
    let expected = [
        ("CUSTOMER", "MET"),
        ("DETAIL", "MET"),
        ("STATUS", "MET"),
        ("EXCLUDED_STATUSES", "NOT_APPLIED"),
        ("AWARDING", "MET"),
        ("CHANNEL", "MET"),
        ("BASE", "APPLIED"),
        ("MINIMUM", "NOT_APPLIED"),
        ("RATE", "APPLIED"),
        ("PRODUCT_RATE", "NOT_APPLIED"),
        ("MULTIPLIER", "NOT_APPLIED"),
        ("POINTS", "APPLIED"),
    ];
    assert_eq!(
        outcomes(told),
        expected.map(|(code, outcome)| (code.to_owned(), outcome.to_owned()))
    );
    assert_eq!(
        step(told, "BASE"),
        &json!({
            "code": "BASE", "outcome": "APPLIED",
            "values": [
                { "name": "products", "value": "100.00" }, { "name": "discount", "value": "10.50" },
                { "name": "refunded", "value": "0.00" }, { "name": "credit", "value": "3.01" },
                { "name": "shipping", "value": "0.00" }, { "name": "base", "value": "86.49" },
            ],
            "text": {
                "pt": "Produtos R$\u{a0}100,00, menos descontos R$\u{a0}10,50, menos crédito da loja R$\u{a0}3,01: base de R$\u{a0}86,49.",
                "en": "Products BRL 100.00, less discounts BRL 10.50, less store credit BRL 3.01: a base of BRL 86.49.",
            },
        })
    );
    assert_eq!(
        step(told, "POINTS"),
        &json!({
            "code": "POINTS", "outcome": "APPLIED",
            "values": [{ "name": "exact", "value": "86.49" }, { "name": "points", "value": "86" }],
            "text": { "pt": "86,49 pontos, arredondados para baixo: 86.", "en": "86.49 points, rounded down: 86." },
        })
    );
    assert_eq!(
        step(told, "STATUS")["values"],
        json!([{ "name": "statusCode", "value": "4" }, { "name": "statusClass", "value": "EARNING" }])
    );
}

#[tokio::test]
async fn each_reason_for_nothing_is_named() {
    let app = program().await;
    let shop = Shop::open(&app).await;
    let sale = |number| seed::sale(app.app(), number, number);
    let (mut marketplace, mut cancelled, mut unpaid, mut late, mut nobody, mut hopeless) =
        (sale(1), sale(2), sale(3), sale(4), sale(5), sale(6));
    marketplace.order.channel = SalesChannel::Marketplace;
    "2".clone_into(&mut cancelled.order.status);
    "1".clone_into(&mut unpaid.order.status);
    late.order.detail = DetailLevel::ListOnly;
    nobody.order.buyer.anonymised = true;
    hopeless.order.channel = SalesChannel::Marketplace;
    "2".clone_into(&mut hopeless.order.status);
    shop.import(vec![marketplace, cancelled, unpaid, late, nobody, hopeless])
        .await;

    let expected: [(usize, &[&str]); 6] = [
        (1, &["CHANNEL"]),
        (2, &["STATUS", "AWARDING"]),
        (3, &["AWARDING"]),
        (4, &["DETAIL"]),
        (5, &["CUSTOMER"]),
        (6, &["STATUS", "AWARDING", "CHANNEL"]),
    ];
    for (number, reasons) in expected {
        let order = shop.order(number, EXPLANATION).await;
        let told = &order["explanation"];
        assert_eq!((&told["points"], &told["posted"]), (&json!(0), &json!(0)), "{order:#}");
        let blocking: Vec<String> = outcomes(told)
            .into_iter()
            .filter(|(_, outcome)| outcome == "BLOCKS")
            .map(|(code, _)| code)
            .collect();
        let (last, rest) = blocking.split_last().unwrap();
        assert_eq!(
            (rest, last.as_str()),
            (
                reasons.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice(),
                "POINTS"
            )
        );
    }
    let told = shop.order(1, EXPLANATION).await;
    assert_eq!(
        step(&told["explanation"], "CHANNEL")["text"],
        json!({
            "pt": "Vendas feitas em marketplaces não dão pontos neste programa.",
            "en": "Sales made on marketplaces give no points in this programme.",
        })
    );
}
