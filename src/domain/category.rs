//! Categories of what is sold: paths in a shop's tree, and what an order keeps of them.
//!
//! A category is a fact of the order: what its platform told then, or else what the catalogue said
//! when the product was first seen in it. What the catalogue says later changes nothing.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::folded::folded;

/// Longest path, in characters.
const LONGEST: usize = 500;

/// A path in a shop's tree of categories, from the top, such as `Roupas > Camisetas`. Case, accents and
/// white space make no difference.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Category {
    names: Vec<String>,
    folded: Vec<String>,
}

/// A text that names no category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a category; write its path from the top, for instance \"Roupas > Camisetas\", with at most 500 characters"
)]
pub struct NotACategory;

impl Category {
    /// How many categories lead to it, itself included: at least 1.
    pub fn depth(&self) -> usize {
        self.names.len()
    }

    /// Its path as it is looked for: what makes no difference is left out.
    pub fn key(&self) -> String {
        self.folded.join(" > ")
    }

    /// Whether another category is this one or under it.
    pub fn holds(&self, other: &Self) -> bool {
        other.folded.starts_with(&self.folded)
    }
}

impl TryFrom<String> for Category {
    type Error = NotACategory;

    fn try_from(text: String) -> Result<Self, NotACategory> {
        text.parse()
    }
}

impl std::str::FromStr for Category {
    type Err = NotACategory;

    fn from_str(text: &str) -> Result<Self, NotACategory> {
        let names: Vec<String> = text
            .split('>')
            .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|name| !name.is_empty())
            .collect();
        let folded = names.iter().map(|name| folded(name)).collect();
        let category = Self { names, folded };
        let length = category.to_string().chars().count();
        (1..=LONGEST).contains(&length).then_some(category).ok_or(NotACategory)
    }
}

impl From<Category> for String {
    fn from(category: Category) -> Self {
        category.to_string()
    }
}

impl std::fmt::Display for Category {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.names.join(" > "))
    }
}

impl PartialEq for Category {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Category {}

/// The categories of what an order has, or once had, by product: its SKU or, without one, its name.
///
/// Told by snapshots in any sequence and with any repetition, it ends the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Categories(BTreeMap<String, Kept>);

/// What is kept of a product's category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// The category; none where the catalogue knew none.
    category: Option<Category>,
    /// As of when the platform told it; none where it is from the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<DateTime<Utc>>,
}

impl Categories {
    /// A product's category.
    pub fn of(&self, product: &str) -> Option<&Category> {
        self.0.get(product)?.category.as_ref()
    }

    /// Whether something is kept of a product, be it that it has no category.
    pub fn know(&self, product: &str) -> bool {
        self.0.contains_key(product)
    }

    /// Keeps what the catalogue says of a product, unless something is kept of it.
    pub fn find(&mut self, product: &str, category: Option<Category>) {
        if let Entry::Vacant(place) = self.0.entry(product.to_owned()) {
            place.insert(Kept { category, told: None });
        }
    }

    /// Keeps what the platform tells of a product as of an instant: the platform goes before the
    /// catalogue, and what it told first before what it tells when the shop has sorted anew.
    pub fn tell(&mut self, product: &str, category: Category, at: DateTime<Utc>) {
        let told = Kept {
            category: Some(category),
            told: Some(at),
        };
        match self.0.entry(product.to_owned()) {
            Entry::Vacant(place) => {
                place.insert(told);
            }
            Entry::Occupied(mut place) => {
                if told.goes_before(place.get()) {
                    place.insert(told);
                }
            }
        }
    }
}

impl Kept {
    /// Whether this is kept rather than another. Of two that are told as of one instant either would do, but
    /// always the same.
    fn goes_before(&self, other: &Self) -> bool {
        let rank = |kept: &Self| {
            let names = kept.category.clone().map(|category| (category.folded, category.names));
            (kept.told.is_none(), kept.told, names)
        };
        rank(self) < rank(other)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed parse is a failed test")]
    use super::*;

    fn category(text: &str) -> Category {
        text.parse().unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn case_accents_and_spaces_make_no_difference() {
        for same in [
            "Calçados > Tênis",
            "CALCADOS>TENIS",
            " calçados  >\u{a0}te\u{302}nis ",
            "> Calcados >> tênis >",
        ] {
            assert_eq!(category(same), category("Calçados > Tênis"), "{same}");
        }
        for other in [
            "Calçados",
            "Calçados > Tênis > Corrida",
            "Tênis > Calçados",
            "Calçados > Têni s",
        ] {
            assert_ne!(category(other), category("Calçados > Tênis"), "{other}");
        }
        assert_eq!(category("  Cama,  Mesa >Banho ").to_string(), "Cama, Mesa > Banho");
    }

    #[test]
    fn a_category_holds_itself_and_what_is_under_it() {
        let clothes = category("Roupas");
        let shirts = category("ROUPAS > Camisetas");
        assert!(clothes.holds(&clothes) && clothes.holds(&shirts));
        assert!(!shirts.holds(&clothes));
        // A name that only begins alike, and a name somewhere below.
        assert!(!clothes.holds(&category("Roupas de cama > Camisetas")));
        assert!(!category("Camisetas").holds(&shirts));
        assert_eq!((clothes.depth(), shirts.depth()), (1, 2));
    }

    #[test]
    fn texts_without_a_name_and_endless_ones_are_none() {
        for nothing in ["", " ", ">", " > > "] {
            assert_eq!(nothing.parse::<Category>(), Err(NotACategory), "{nothing:?}");
        }
        assert!("ã".repeat(500).parse::<Category>().is_ok());
        assert_eq!("ã".repeat(501).parse::<Category>(), Err(NotACategory));
        // Two names of 248 and the three characters between them.
        assert!(format!("{0}>{0}", "a".repeat(248)).parse::<Category>().is_ok());
        assert!(format!("{0}>{0}", "a".repeat(249)).parse::<Category>().is_err());
    }

    #[test]
    fn the_catalogue_is_asked_once() {
        let mut categories = Categories::default();
        categories.find("A", None);
        categories.find("B", Some(category("Roupas")));
        for product in ["A", "B"] {
            categories.find(product, Some(category("Casa")));
        }
        assert!(categories.know("A") && categories.know("B") && !categories.know("C"));
        assert_eq!((categories.of("A"), categories.of("C")), (None, None));
        assert_eq!(categories.of("B"), Some(&category("Roupas")));
    }

    #[test]
    fn what_the_platform_told_first_is_kept_whatever_the_sequence() {
        enum News {
            Found(&'static str),
            Told(&'static str, i64),
        }
        use News::{Found, Told};
        let news = [
            Found("Casa"),
            Told("Mesa", 20),
            Told("Banho", 10),
            Told("Roupas", 10),
            Told("roupas", 10),
        ];
        let mut ends = std::collections::BTreeSet::new();
        for number in 0..5_usize.pow(5) {
            let places: Vec<usize> = (0..5).map(|place| number / 5_usize.pow(place) % 5).collect();
            let mut categories = Categories::default();
            for place in &places {
                match news[*place] {
                    Found(text) => categories.find("A", Some(category(text))),
                    Told(text, seconds) => categories.tell("A", category(text), at(seconds)),
                }
            }
            let found = categories.of("A").unwrap().to_string();
            let expected = ["Banho", "Roupas", "roupas", "Mesa", "Casa"];
            let first = expected.into_iter().find(|text| {
                places.iter().any(|place| match news[*place] {
                    Found(known) | Told(known, _) => known == *text,
                })
            });
            assert_eq!(Some(found.as_str()), first, "{places:?}");
            ends.insert(found);
        }
        assert_eq!(ends.len(), 5);
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let mut categories = Categories::default();
        categories.find("A", None);
        categories.find("B", Some(category("Roupas > Bonés")));
        categories.tell("C", category("Casa"), at(0));
        let written = serde_json::to_value(&categories).unwrap();
        assert_eq!(
            written,
            serde_json::json!({
                "A": { "category": null }, "B": { "category": "Roupas > Bonés" },
                "C": { "category": "Casa", "told": "1970-01-01T00:00:00Z" },
            })
        );
        assert_eq!(serde_json::from_value::<Categories>(written).unwrap(), categories);
        assert!(serde_json::from_value::<Category>(serde_json::json!(" > ")).is_err());
    }
}
