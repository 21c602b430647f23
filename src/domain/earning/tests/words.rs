use chrono::{DateTime, TimeDelta, Utc};
use entity::order::Channel;
use entity::order_status::StatusClass;
use entity::{Cents, Points};

use crate::domain::earning::{Multiplier, Outcome, Rule, Step, Words};

use Outcome::{Applied, Blocks, Met, NotApplied};

const WORDS: Words<'static> = Words {
    currency: "BRL",
    zone: chrono_tz::America::Sao_Paulo,
};

/// 2026-03-01 01:30 in UTC: still February in the store.
fn night() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_513) + TimeDelta::minutes(90)
}

fn period() -> Multiplier {
    Multiplier {
        starts_at: night(),
        ends_at: night() + TimeDelta::days(1),
        factor_milli: 1_500,
    }
}

fn base(discount: i64, refunded: i64, credit: i64, shipping: i64) -> Rule {
    Rule::Base {
        products: Cents(123_456),
        discount: Cents(discount),
        refunded: Cents(refunded),
        credit: Cents(credit),
        shipping: Cents(shipping),
        base: Cents(99_900),
    }
}

/// Portuguese with plain spaces in amounts, and English.
fn said(words: &Words<'_>, rule: Rule, outcome: Outcome) -> (String, String) {
    let step = Step { rule, outcome };
    (words.pt(&step).replace('\u{a0}', " "), words.en(&step))
}

fn check(cases: impl IntoIterator<Item = (Rule, Outcome, &'static str, &'static str)>) {
    for (rule, outcome, pt, en) in cases {
        let told = said(&WORDS, rule.clone(), outcome);
        assert_eq!((told.0.as_str(), told.1.as_str()), (pt, en), "{rule:?} {outcome:?}");
    }
}

#[test]
fn a_sale_that_a_shop_tells_too_is_told() {
    let once = |number: Option<&str>| Rule::CountedOnce {
        shop_number: number.map(str::to_owned),
    };
    check([
        (
            once(None),
            NotApplied,
            "A venda não é de outra origem que repete um pedido da loja.",
            "Not another source's account of a shop's order.",
        ),
        (
            once(Some("1001")),
            Met,
            "O pedido 1001 da loja ainda não é conhecido; por enquanto esta venda conta por ele.",
            "The shop's order 1001 is not known yet; until then this sale counts for it.",
        ),
        (
            once(Some("1001")),
            Blocks,
            "Esta venda é o pedido 1001 da loja e já conta por outra origem: aqui ela não vale pontos.",
            "This sale is the shop's order 1001 and counts by another source: worth nothing here.",
        ),
        (
            once(None),
            Blocks,
            "Esta venda já conta por outra integração da mesma conta: aqui ela não vale pontos.",
            "This sale counts by another integration of the same account already: worth nothing here.",
        ),
    ]);
    assert_eq!(once(Some("1001")).values(), [("shopOrderNumber", "1001".to_owned())]);
    assert_eq!(once(None).values(), []);
}

#[test]
fn conditions_are_told_met_and_unmet() {
    let code = || "8".to_owned();
    let status = || Rule::Status {
        code: code(),
        class: StatusClass::Revoking,
    };
    let excluded = || Rule::ExcludedStatuses { code: code() };
    let minimum = || Rule::Minimum {
        minimum: Cents(5_000),
        base: Cents(4_999),
    };
    check([
        (
            Rule::Customer,
            Met,
            "O cliente da venda é conhecido.",
            "The customer is known.",
        ),
        (
            Rule::Customer,
            Blocks,
            "O cliente da venda ainda não foi reconhecido; os pontos serão dados quando for.",
            "Nobody is recognised as the customer yet; the points are given then.",
        ),
        (
            Rule::Detail,
            Met,
            "Os detalhes da venda foram lidos, ou esperados o bastante.",
            "The order's detail was read, or waited for long enough.",
        ),
        (
            Rule::Detail,
            Blocks,
            "Os detalhes da venda ainda não puderam ser lidos; os pontos esperam por eles.",
            "The order's detail could not be read yet; the points wait for it.",
        ),
        (
            status(),
            Met,
            "O status '8' não retira pontos.",
            "Status '8' takes no points back.",
        ),
        (
            status(),
            Blocks,
            "O status '8' significa cancelada, devolvida ou estornada: a venda não vale pontos.",
            "Status '8' means cancelled, returned or charged back: worth nothing.",
        ),
        (
            excluded(),
            Met,
            "O programa não exclui o status '8'.",
            "The programme does not exclude status '8'.",
        ),
        (
            excluded(),
            Blocks,
            "O programa não dá pontos a vendas no status '8'.",
            "The programme gives nothing for orders in status '8'.",
        ),
        (
            excluded(),
            NotApplied,
            "O programa não exclui nenhum status.",
            "The programme excludes no status.",
        ),
        (
            Rule::Awarding { first: Some(night()) },
            Met,
            "A venda chegou a um status que pontua em 28/02/2026 22:30.",
            "First in a status that awards points on 2026-02-28 22:30.",
        ),
        (
            Rule::Awarding { first: None },
            Blocks,
            "A venda ainda não chegou a nenhum dos status que pontuam.",
            "Never yet in a status that awards points.",
        ),
        (
            minimum(),
            Met,
            "A base atinge o mínimo de R$ 50,00.",
            "The base reaches the minimum of BRL 50.00.",
        ),
        (
            minimum(),
            Blocks,
            "A base de R$ 49,99 é menor que o mínimo de R$ 50,00.",
            "The base of BRL 49.99 is below the minimum of BRL 50.00.",
        ),
        (
            minimum(),
            NotApplied,
            "O programa não tem valor mínimo.",
            "The programme has no minimum.",
        ),
    ]);
}

#[test]
fn every_channel_has_its_words() {
    let channels = [
        (Channel::Site, "no site da loja", "on the shop's site", "SITE"),
        (
            Channel::Marketplace,
            "em marketplaces",
            "on marketplaces",
            "MARKETPLACE",
        ),
        (Channel::Manual, "pela equipe da loja", "by the shop's staff", "MANUAL"),
        (Channel::PointOfSale, "no caixa", "at a till", "POINT_OF_SALE"),
        (
            Channel::Unknown,
            "em canal não informado",
            "somewhere untold",
            "UNKNOWN",
        ),
    ];
    for (channel, pt, en, code) in channels {
        let rule = Rule::Channel { channel };
        assert_eq!(rule.values(), [("channel", code.to_owned())]);
        assert_eq!(
            said(&WORDS, rule.clone(), Met),
            (
                format!("Vendas feitas {pt} dão pontos."),
                format!("Sales made {en} give points.")
            )
        );
        assert_eq!(
            said(&WORDS, rule, Blocks),
            (
                format!("Vendas feitas {pt} não dão pontos neste programa."),
                format!("Sales made {en} give no points in this programme.")
            )
        );
    }
}

#[test]
fn a_base_tells_the_parts_that_there_are() {
    check([
        (
            base(0, 0, 0, 0),
            Applied,
            "Produtos R$ 1.234,56: base de R$ 999,00.",
            "Products BRL 1234.56: a base of BRL 999.00.",
        ),
        (
            base(100, 0, 0, 200),
            Applied,
            "Produtos R$ 1.234,56, menos descontos R$ 1,00, mais frete R$ 2,00: base de R$ 999,00.",
            "Products BRL 1234.56, less discounts BRL 1.00, plus shipping BRL 2.00: a base of BRL 999.00.",
        ),
        (
            base(0, 300, 400, 0),
            Applied,
            "Produtos R$ 1.234,56, menos devoluções R$ 3,00, menos crédito da loja R$ 4,00: base de R$ 999,00.",
            "Products BRL 1234.56, less refunds BRL 3.00, less store credit BRL 4.00: a base of BRL 999.00.",
        ),
    ]);
}

#[test]
fn the_count_is_told() {
    let skus = || vec!["A".to_owned(), "B".to_owned()];
    let (milli, money) = (1_250, Cents(200_000));
    let product = |skus| Rule::ProductRate { milli, money, skus };
    let category = |text: Option<&str>, skus| Rule::CategoryRate {
        milli,
        money,
        category: text.and_then(|text| text.parse().ok()),
        skus,
    };
    let multiplier = |period| Rule::Multiplier {
        placed_at: night(),
        period,
    };
    let points = |points| Rule::Points {
        exact_milli: 1_234_567,
        points: Points(points),
    };
    check([
        (
            Rule::Rate { milli, money },
            Applied,
            "1,25 ponto(s) por real sobre R$ 2.000,00.",
            "1.25 point(s) for 1.00 on BRL 2000.00.",
        ),
        (
            product(skus()),
            Applied,
            "1,25 ponto(s) por real sobre R$ 2.000,00 dos produtos com taxa própria: A, B.",
            "1.25 point(s) for 1.00 on BRL 2000.00 of products with their own rate: A, B.",
        ),
        (
            product(Vec::new()),
            NotApplied,
            "Nenhum produto da venda tem taxa própria.",
            "No product of the order has a rate of its own.",
        ),
        (
            category(Some("Casa>Mesa"), skus()),
            Applied,
            "1,25 ponto(s) por real sobre R$ 2.000,00 dos produtos da categoria Casa > Mesa: A, B.",
            "1.25 point(s) for 1.00 on BRL 2000.00 of products in category Casa > Mesa: A, B.",
        ),
        (
            category(None, Vec::new()),
            NotApplied,
            "Nenhum produto da venda é de categoria com taxa própria.",
            "No product of the order is in a category with a rate of its own.",
        ),
        (
            multiplier(Some(period())),
            Applied,
            "Pontos multiplicados por 1,5 de 28/02/2026 22:30 até 01/03/2026 22:30.",
            "Points multiplied by 1.5 from 2026-02-28 22:30 to 2026-03-01 22:30.",
        ),
        (
            multiplier(None),
            NotApplied,
            "A venda não foi feita em período de pontos multiplicados.",
            "Not sold in a period of multiplied points.",
        ),
        (
            points(1_234),
            Applied,
            "1234,567 pontos, arredondados para baixo: 1.234.",
            "1234.567 points, rounded down: 1234.",
        ),
        (
            points(-1_234),
            Applied,
            "1234,567 pontos, arredondados para baixo: -1.234.",
            "1234.567 points, rounded down: -1234.",
        ),
        (
            points(0),
            Applied,
            "1234,567 pontos, arredondados para baixo: 0.",
            "1234.567 points, rounded down: 0.",
        ),
        (
            points(0),
            Blocks,
            "Seriam 1234,567 pontos, mas alguma regra acima não permite: 0.",
            "It would be 1234.567 points, but a rule above forbids it: 0.",
        ),
    ]);
}

#[test]
fn another_currency_is_written_by_its_code() {
    let dollars = Words {
        currency: "USD",
        zone: chrono_tz::UTC,
    };
    let rule = Rule::Rate {
        milli: 1_000,
        money: Cents(1_050),
    };
    assert_eq!(
        said(&dollars, rule, Applied),
        (
            "1 ponto(s) por real sobre USD 10,50.".to_owned(),
            "1 point(s) for 1.00 on USD 10.50.".to_owned()
        )
    );
}

#[test]
fn values_are_told_by_name() {
    let text = |values: Vec<(&'static str, String)>| {
        let values = values.into_iter().map(|(name, value)| format!("{name}={value}"));
        values.collect::<Vec<_>>().join(" ")
    };
    let rules = [
        (Rule::Customer, ""),
        (Rule::Detail, ""),
        (
            Rule::Status {
                code: "8".to_owned(),
                class: StatusClass::Revoking,
            },
            "statusCode=8 statusClass=REVOKING",
        ),
        (Rule::ExcludedStatuses { code: "8".to_owned() }, "statusCode=8"),
        (Rule::Awarding { first: None }, ""),
        (
            Rule::Awarding { first: Some(night()) },
            "awardedAt=2026-03-01T01:30:00Z",
        ),
        (
            base(1, 2, 3, 4),
            "products=1234.56 discount=0.01 refunded=0.02 credit=0.03 shipping=0.04 base=999.00",
        ),
        (
            Rule::Minimum {
                minimum: Cents(100),
                base: Cents(99),
            },
            "minimum=1.00 base=0.99",
        ),
        (
            Rule::Rate {
                milli: 333,
                money: Cents(1),
            },
            "pointsPerReal=0.333 money=0.01",
        ),
        (
            Rule::ProductRate {
                milli: 20_000,
                money: Cents(1),
                skus: vec!["A".to_owned(), "B".to_owned()],
            },
            "pointsPerReal=20 money=0.01 skus=A, B",
        ),
        (
            Rule::CategoryRate {
                milli: 10,
                money: Cents(1),
                category: "Casa".parse().ok(),
                skus: vec!["A".to_owned()],
            },
            "pointsPerReal=0.01 money=0.01 category=Casa skus=A",
        ),
        (
            Rule::CategoryRate {
                milli: 0,
                money: Cents(0),
                category: None,
                skus: Vec::new(),
            },
            "pointsPerReal=0 money=0.00 skus=",
        ),
        (
            Rule::Multiplier {
                placed_at: night(),
                period: Some(period()),
            },
            "placedAt=2026-03-01T01:30:00Z factor=1.5 startsAt=2026-03-01T01:30:00Z endsAt=2026-03-02T01:30:00Z",
        ),
        (
            Rule::Multiplier {
                placed_at: night(),
                period: None,
            },
            "placedAt=2026-03-01T01:30:00Z",
        ),
        (
            Rule::Points {
                exact_milli: -1_500,
                points: Points(-1),
            },
            "exact=-1.5 points=-1",
        ),
    ];
    for (rule, expected) in rules {
        assert_eq!(text(rule.values()), expected, "{rule:?}");
    }
}
