//! The steps in words: Portuguese for merchants, English for developers.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use entity::order::Channel;
use entity::{Cents, Points};

use super::step::thousandths;
use super::{Outcome, Rule, Step};
use crate::domain::money_text::{format_brl, group_thousands};

/// How a store writes money and time.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// ISO 4217 code.
    pub currency: &'a str,
    /// The zone of its days.
    pub zone: Tz,
}

impl Words<'_> {
    /// A step in Portuguese.
    pub fn pt(&self, step: &Step) -> String {
        let passes = step.outcome != Outcome::Blocks;
        match &step.rule {
            Rule::CountedOnce { shop_number } => counted_once_pt(shop_number.as_deref(), passes),
            Rule::Customer if passes => "O cliente da venda é conhecido.".to_owned(),
            Rule::Customer => {
                "O cliente da venda ainda não foi reconhecido; os pontos serão dados quando for.".to_owned()
            }
            Rule::Detail if passes => "Os detalhes da venda foram lidos, ou esperados o bastante.".to_owned(),
            Rule::Detail => "Os detalhes da venda ainda não puderam ser lidos; os pontos esperam por eles.".to_owned(),
            Rule::Status { code, .. } if passes => format!("O status '{code}' não retira pontos."),
            Rule::Status { code, .. } => {
                format!("O status '{code}' significa cancelada, devolvida ou estornada: a venda não vale pontos.")
            }
            Rule::ExcludedStatuses { code } => match step.outcome {
                Outcome::Blocks => format!("O programa não dá pontos a vendas no status '{code}'."),
                Outcome::NotApplied => "O programa não exclui nenhum status.".to_owned(),
                _ => format!("O programa não exclui o status '{code}'."),
            },
            Rule::Awarding { first: Some(at) } => {
                format!("A venda chegou a um status que pontua em {}.", self.day_pt(*at))
            }
            Rule::Awarding { first: None } => "A venda ainda não chegou a nenhum dos status que pontuam.".to_owned(),
            Rule::Channel { channel } if passes => format!("Vendas feitas {} dão pontos.", channel_pt(*channel)),
            Rule::Channel { channel } => {
                format!("Vendas feitas {} não dão pontos neste programa.", channel_pt(*channel))
            }
            Rule::Base {
                products,
                discount,
                refunded,
                credit,
                shipping,
                base,
            } => {
                let parts = parts(
                    [
                        ("menos descontos", *discount),
                        ("menos devoluções", *refunded),
                        ("menos crédito da loja", *credit),
                        ("mais frete", *shipping),
                    ],
                    |cents| self.money_pt(cents),
                );
                format!(
                    "Produtos {}{parts}: base de {}.",
                    self.money_pt(*products),
                    self.money_pt(*base)
                )
            }
            Rule::Minimum { minimum, base } => match step.outcome {
                Outcome::NotApplied => "O programa não tem valor mínimo.".to_owned(),
                Outcome::Blocks => format!(
                    "A base de {} é menor que o mínimo de {}.",
                    self.money_pt(*base),
                    self.money_pt(*minimum)
                ),
                _ => format!("A base atinge o mínimo de {}.", self.money_pt(*minimum)),
            },
            Rule::Rate { milli, money } => format!(
                "{} ponto(s) por real sobre {}.",
                decimal_pt(*milli),
                self.money_pt(*money)
            ),
            Rule::ProductRate { skus, .. } if skus.is_empty() => "Nenhum produto da venda tem taxa própria.".to_owned(),
            Rule::ProductRate { milli, money, skus } => {
                self.own_rate_pt(*milli, *money, &format!("com taxa própria{}", listed(skus)))
            }
            Rule::CategoryRate { category: None, .. } => {
                "Nenhum produto da venda é de categoria com taxa própria.".to_owned()
            }
            Rule::CategoryRate {
                milli,
                money,
                category: Some(category),
                skus,
            } => self.own_rate_pt(*milli, *money, &format!("da categoria {category}{}", listed(skus))),
            Rule::Multiplier { period: None, .. } => {
                "A venda não foi feita em período de pontos multiplicados.".to_owned()
            }
            Rule::Multiplier {
                period: Some(period), ..
            } => format!(
                "Pontos multiplicados por {} de {} até {}.",
                decimal_pt(period.factor_milli),
                self.day_pt(period.starts_at),
                self.day_pt(period.ends_at)
            ),
            Rule::Points { exact_milli, points } if passes => format!(
                "{} pontos, arredondados para baixo: {}.",
                decimal_pt(*exact_milli),
                points_pt(*points)
            ),
            Rule::Points { exact_milli, .. } => format!(
                "Seriam {} pontos, mas alguma regra acima não permite: 0.",
                decimal_pt(*exact_milli)
            ),
        }
    }

    /// A step in English.
    pub fn en(&self, step: &Step) -> String {
        let passes = step.outcome != Outcome::Blocks;
        match &step.rule {
            Rule::CountedOnce { shop_number } => counted_once_en(shop_number.as_deref(), passes),
            Rule::Customer if passes => "The customer is known.".to_owned(),
            Rule::Customer => "Nobody is recognised as the customer yet; the points are given then.".to_owned(),
            Rule::Detail if passes => "The order's detail was read, or waited for long enough.".to_owned(),
            Rule::Detail => "The order's detail could not be read yet; the points wait for it.".to_owned(),
            Rule::Status { code, .. } if passes => format!("Status '{code}' takes no points back."),
            Rule::Status { code, .. } => {
                format!("Status '{code}' means cancelled, returned or charged back: worth nothing.")
            }
            Rule::ExcludedStatuses { code } => match step.outcome {
                Outcome::Blocks => format!("The programme gives nothing for orders in status '{code}'."),
                Outcome::NotApplied => "The programme excludes no status.".to_owned(),
                _ => format!("The programme does not exclude status '{code}'."),
            },
            Rule::Awarding { first: Some(at) } => {
                format!("First in a status that awards points on {}.", self.day_en(*at))
            }
            Rule::Awarding { first: None } => "Never yet in a status that awards points.".to_owned(),
            Rule::Channel { channel } if passes => format!("Sales made {} give points.", channel_en(*channel)),
            Rule::Channel { channel } => {
                format!("Sales made {} give no points in this programme.", channel_en(*channel))
            }
            Rule::Base {
                products,
                discount,
                refunded,
                credit,
                shipping,
                base,
            } => {
                let parts = parts(
                    [
                        ("less discounts", *discount),
                        ("less refunds", *refunded),
                        ("less store credit", *credit),
                        ("plus shipping", *shipping),
                    ],
                    |cents| self.money_en(cents),
                );
                format!(
                    "Products {}{parts}: a base of {}.",
                    self.money_en(*products),
                    self.money_en(*base)
                )
            }
            Rule::Minimum { minimum, base } => match step.outcome {
                Outcome::NotApplied => "The programme has no minimum.".to_owned(),
                Outcome::Blocks => format!(
                    "The base of {} is below the minimum of {}.",
                    self.money_en(*base),
                    self.money_en(*minimum)
                ),
                _ => format!("The base reaches the minimum of {}.", self.money_en(*minimum)),
            },
            Rule::Rate { milli, money } => {
                format!(
                    "{} point(s) for 1.00 on {}.",
                    thousandths(*milli),
                    self.money_en(*money)
                )
            }
            Rule::ProductRate { skus, .. } if skus.is_empty() => {
                "No product of the order has a rate of its own.".to_owned()
            }
            Rule::ProductRate { milli, money, skus } => {
                self.own_rate_en(*milli, *money, &format!("with their own rate{}", listed(skus)))
            }
            Rule::CategoryRate { category: None, .. } => {
                "No product of the order is in a category with a rate of its own.".to_owned()
            }
            Rule::CategoryRate {
                milli,
                money,
                category: Some(category),
                skus,
            } => self.own_rate_en(*milli, *money, &format!("in category {category}{}", listed(skus))),
            Rule::Multiplier { period: None, .. } => "Not sold in a period of multiplied points.".to_owned(),
            Rule::Multiplier {
                period: Some(period), ..
            } => format!(
                "Points multiplied by {} from {} to {}.",
                thousandths(period.factor_milli),
                self.day_en(period.starts_at),
                self.day_en(period.ends_at)
            ),
            Rule::Points { exact_milli, points } if passes => {
                format!("{} points, rounded down: {points}.", thousandths(*exact_milli))
            }
            Rule::Points { exact_milli, .. } => {
                format!(
                    "It would be {} points, but a rule above forbids it: 0.",
                    thousandths(*exact_milli)
                )
            }
        }
    }

    fn own_rate_pt(&self, milli: i64, money: Cents, products: &str) -> String {
        let money = self.money_pt(money);
        format!(
            "{} ponto(s) por real sobre {money} dos produtos {products}.",
            decimal_pt(milli)
        )
    }

    fn own_rate_en(&self, milli: i64, money: Cents, products: &str) -> String {
        let money = self.money_en(money);
        format!(
            "{} point(s) for 1.00 on {money} of products {products}.",
            thousandths(milli)
        )
    }

    fn money_pt(&self, cents: Cents) -> String {
        if self.currency == "BRL" {
            format_brl(cents.0)
        } else {
            format!("{} {}", self.currency, cents.to_decimal().replace('.', ","))
        }
    }

    fn money_en(&self, cents: Cents) -> String {
        format!("{} {}", self.currency, cents.to_decimal())
    }

    fn day_pt(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%d/%m/%Y %H:%M").to_string()
    }

    fn day_en(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string()
    }
}

/// The parts of a base that there are, with what becomes of them.
fn parts(parts: [(&str, Cents); 4], money: impl Fn(Cents) -> String) -> String {
    let parts = parts.into_iter().filter(|(_, cents)| *cents != Cents::ZERO);
    let parts: Vec<String> = parts
        .map(|(what, cents)| format!(", {what} {}", money(cents)))
        .collect();
    parts.concat()
}

/// SKUs behind a colon, where there are any.
fn listed(skus: &[String]) -> String {
    if skus.is_empty() {
        String::new()
    } else {
        format!(": {}", skus.join(", "))
    }
}

fn counted_once_pt(number: Option<&str>, passes: bool) -> String {
    match (number, passes) {
        (None, true) => "A venda não é de outra origem que repete um pedido da loja.".to_owned(),
        (None, false) => {
            "Esta venda já conta por outra integração da mesma conta: aqui ela não vale pontos.".to_owned()
        }
        (Some(number), true) => {
            format!("O pedido {number} da loja ainda não é conhecido; por enquanto esta venda conta por ele.")
        }
        (Some(number), false) => {
            format!("Esta venda é o pedido {number} da loja e já conta por outra origem: aqui ela não vale pontos.")
        }
    }
}

fn counted_once_en(number: Option<&str>, passes: bool) -> String {
    match (number, passes) {
        (None, true) => "Not another source's account of a shop's order.".to_owned(),
        (None, false) => {
            "This sale counts by another integration of the same account already: worth nothing here.".to_owned()
        }
        (Some(number), true) => {
            format!("The shop's order {number} is not known yet; until then this sale counts for it.")
        }
        (Some(number), false) => {
            format!("This sale is the shop's order {number} and counts by another source: worth nothing here.")
        }
    }
}

fn decimal_pt(milli: i64) -> String {
    thousandths(milli).replace('.', ",")
}

fn points_pt(points: Points) -> String {
    let sign = if points.0 < 0 { "-" } else { "" };
    format!("{sign}{}", group_thousands(points.0.unsigned_abs()))
}

fn channel_pt(channel: Channel) -> &'static str {
    match channel {
        Channel::Site => "no site da loja",
        Channel::Marketplace => "em marketplaces",
        Channel::Manual => "pela equipe da loja",
        Channel::PointOfSale => "no caixa",
        Channel::Unknown => "em canal não informado",
    }
}

fn channel_en(channel: Channel) -> &'static str {
    match channel {
        Channel::Site => "on the shop's site",
        Channel::Marketplace => "on marketplaces",
        Channel::Manual => "by the shop's staff",
        Channel::PointOfSale => "at a till",
        Channel::Unknown => "somewhere untold",
    }
}
