//! The fields of one item to a product, or to the reasons why there is none. Here are the rules: what a product must
//! have, what is mended, and what is merely odd and goes to the report. Called by `reader` at the end of each item.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::availability::{self, Availability};
use super::draft::{Draft, Field};
use super::price::{self, FeedPrice, Marks};
use super::product::{FeedItem, FeedProduct, Installment, RejectReason, Rejection};
use super::report::{FeedReport, WarningKind, shorten};
use super::sale_period::{self, SalePeriod};
use super::text;
use super::url::{self, CleanUrl};

const MAX_ID: usize = 255;

/// The ids of a feed's products: eight bytes for each, however long the ids are.
#[derive(Debug, Default)]
pub struct SeenIds {
    hashes: HashSet<u64>,
    hasher: RandomState,
}

impl SeenIds {
    /// Whether a product had this id.
    pub fn contains(&self, id: &str) -> bool {
        self.hashes.contains(&self.hasher.hash_one(id))
    }

    /// Whether it is new.
    fn insert(&mut self, id: &str) -> bool {
        self.hashes.insert(self.hasher.hash_one(id))
    }
}

/// What the items of one feed have in common.
pub(super) struct Judge {
    default_currency: String,
    pub(super) marks: Marks,
    pub(super) report: FeedReport,
    pub(super) seen: SeenIds,
    /// At least one item had a field that only products have.
    pub(super) saw_products: bool,
}

impl Judge {
    pub(super) fn new(default_currency: &str) -> Self {
        Self {
            default_currency: default_currency.to_owned(),
            marks: Marks::default(),
            report: FeedReport::default(),
            seen: SeenIds::default(),
            saw_products: false,
        }
    }

    pub(super) fn judge(&mut self, draft: Box<Draft>) -> FeedItem {
        self.report.items += 1;
        self.saw_products |= draft.is_of_products;
        let line = draft.line;
        let judged = self.product(draft);
        self.report.set_line(line);
        match judged {
            Ok(product) => {
                self.report.usable += 1;
                FeedItem::Product(Box::new(product))
            }
            Err(rejection) => {
                self.report.reject(&rejection);
                FeedItem::Rejected(rejection)
            }
        }
    }

    fn product(&mut self, mut draft: Box<Draft>) -> Result<FeedProduct, Rejection> {
        let (position, line) = (draft.position, draft.line);
        let mut plain = |field| {
            draft
                .take(field)
                .map(|raw| text::plain(&raw))
                .filter(|text| !text.is_empty())
        };
        let (id, title) = (plain(Field::Id), plain(Field::Title));
        let reject = |reasons| Rejection {
            position,
            line,
            id: id.clone(),
            reasons,
        };
        if let Some(reason) = draft.ruined.take() {
            return Err(reject(vec![reason]));
        }
        if !draft.has_content {
            return Err(reject(vec![RejectReason::Empty]));
        }
        let mut reasons = Vec::new();
        match &id {
            None => reasons.push(RejectReason::NoId),
            Some(id) if id.chars().count() > MAX_ID => reasons.push(RejectReason::IdTooLong),
            Some(_) => {}
        }
        if title.is_none() {
            reasons.push(RejectReason::NoTitle);
        }
        let mut judging = Judging {
            judge: self,
            draft,
            position,
        };
        let price = judging.price().map_err(|reason| reasons.push(reason)).ok();
        let product = judging.details(id.clone().unwrap_or_default(), title.unwrap_or_default(), price);
        match product {
            Some(product) if reasons.is_empty() => {
                if !self.seen.insert(&product.id) {
                    return Err(reject(vec![RejectReason::RepeatedId]));
                }
                Ok(product)
            }
            _ => Err(reject(reasons)),
        }
    }
}

/// One item under judgement.
struct Judging<'a> {
    judge: &'a mut Judge,
    draft: Box<Draft>,
    position: u64,
}

impl Judging<'_> {
    fn warn(&mut self, kind: WarningKind, detail: &str) {
        self.judge.report.warn(kind, Some(self.position), detail);
    }

    fn plain(&mut self, field: Field) -> Option<String> {
        self.draft
            .take(field)
            .map(|raw| text::plain(&raw))
            .filter(|text| !text.is_empty())
    }

    /// The rest of the product. Runs for items without a price too, because their oddities are reported as well.
    fn details(&mut self, id: String, title: String, price: Option<FeedPrice>) -> Option<FeedProduct> {
        let (sale_price, sale_period) = price.as_ref().map(|price| self.sale(price)).unwrap_or_default();
        let description = self.description();
        let link = self.link();
        let mut images = self.images().into_iter();
        let product = FeedProduct {
            position: self.position,
            id,
            title,
            description,
            link,
            image_link: images.next(),
            additional_images: images.collect(),
            availability: self.availability(),
            price: price?,
            sale_price,
            sale_period,
            installment: self.installment(),
            brand: self.plain(Field::Brand),
            gtin: self.plain(Field::Gtin),
            mpn: self.plain(Field::Mpn),
            condition: self.plain(Field::Condition).map(|raw| condition(&raw)),
            product_type: self.plain(Field::ProductType),
            google_product_category: self.plain(Field::Category),
            item_group_id: self.plain(Field::ItemGroup),
            color: self.plain(Field::Color),
            size: self.plain(Field::Size),
            gender: self.plain(Field::Gender),
            age_group: self.plain(Field::AgeGroup),
            material: self.plain(Field::Material),
            pattern: self.plain(Field::Pattern),
            shipping_weight: self.plain(Field::ShippingWeight),
            is_adult: self.plain(Field::Adult).is_some_and(|raw| is_yes(&raw)),
        };
        Some(product)
    }

    fn price(&mut self) -> Result<FeedPrice, RejectReason> {
        let written = self.plain(Field::Price).ok_or(RejectReason::NoPrice)?;
        let price = self
            .read_price(&written)
            .map_err(|problem| RejectReason::BadPrice {
                written: shorten(&written),
                problem,
            })?
            .ok_or(RejectReason::NoPrice)?;
        if price.cents == 0 {
            self.warn(WarningKind::ZeroPrice, &written);
        }
        if !price.currency_given {
            self.warn(WarningKind::MissingCurrency, &written);
        }
        Ok(price)
    }

    fn read_price(&mut self, written: &str) -> Result<Option<FeedPrice>, price::PriceProblem> {
        let Some(reading) = price::parse(written, &self.judge.default_currency, &mut self.judge.marks)? else {
            return Ok(None);
        };
        if reading.is_ambiguous {
            self.warn(WarningKind::AmbiguousPrice, written);
        }
        if reading.is_rounded {
            self.warn(WarningKind::RoundedPrice, written);
        }
        Ok(Some(reading.price))
    }

    /// The reduced price and when it holds. When that cannot be read, it is not known to hold at any time.
    fn sale(&mut self, price: &FeedPrice) -> (Option<FeedPrice>, Option<SalePeriod>) {
        let period = self.plain(Field::SaleDates);
        let Some(sale) = self.sale_price(price) else {
            return (None, None);
        };
        let Some(written) = period else {
            return (Some(sale), None);
        };
        let Some(period) = sale_period::parse(&written) else {
            self.warn(WarningKind::UnusableSalePrice, &written);
            return (None, None);
        };
        (Some(sale), Some(period))
    }

    fn sale_price(&mut self, price: &FeedPrice) -> Option<FeedPrice> {
        let written = self.plain(Field::SalePrice)?;
        let sale = self.read_price(&written).ok().flatten();
        // Zero is how some generators say "none". A product for nothing is not on sale.
        let Some(sale) = sale.filter(|sale| sale.cents > 0 && sale.currency == price.currency) else {
            self.warn(WarningKind::UnusableSalePrice, &written);
            return None;
        };
        if sale.cents >= price.cents {
            self.warn(WarningKind::SalePriceNotLower, &written);
        }
        Some(sale)
    }

    fn description(&mut self) -> Option<String> {
        let Some(raw) = self.draft.take(Field::Description) else {
            self.warn(WarningKind::MissingDescription, "");
            return None;
        };
        let description = text::from_html(&raw);
        if description.is_empty() {
            self.warn(WarningKind::BlankDescription, &raw);
            return None;
        }
        Some(description)
    }

    fn availability(&mut self) -> Availability {
        let Some(written) = self.plain(Field::Availability) else {
            self.warn(WarningKind::MissingAvailability, "");
            return Availability::Unknown;
        };
        let reading = availability::parse(&written);
        if reading.is_count {
            self.warn(WarningKind::NumericAvailability, &written);
        } else if reading.availability == Availability::Unknown {
            self.warn(WarningKind::UnknownAvailability, &written);
        }
        reading.availability
    }

    fn link(&mut self) -> Option<String> {
        let Some(raw) = self.draft.take(Field::Link) else {
            self.warn(WarningKind::MissingLink, "");
            return None;
        };
        self.address(&raw)
    }

    fn images(&mut self) -> Vec<String> {
        let raw = self.draft.take_images();
        if raw.is_empty() {
            self.warn(WarningKind::MissingImage, "");
        }
        let mut images: Vec<String> = Vec::with_capacity(raw.len());
        for raw in raw {
            if let Some(image) = self.address(&raw)
                && !images.contains(&image)
            {
                images.push(image);
            }
        }
        images
    }

    fn address(&mut self, raw: &str) -> Option<String> {
        let CleanUrl { value, oddities } = url::clean(raw);
        for kind in oddities {
            self.warn(kind, raw);
        }
        value
    }

    /// The group of months and amount, or the flat form of text feeds: `6:50 BRL`.
    fn installment(&mut self) -> Option<Installment> {
        let months = self.plain(Field::InstallmentMonths);
        let amount = self.plain(Field::InstallmentAmount);
        let flat = self.plain(Field::Installment);
        let (months, amount) = match (months, amount, &flat) {
            (Some(months), Some(amount), _) => (months, amount),
            (None, None, Some(flat)) => match flat.split_once(':') {
                Some((months, amount)) => (months.to_owned(), amount.to_owned()),
                None => (flat.clone(), String::new()),
            },
            (None, None, None) => return None,
            (months, amount, _) => (months.unwrap_or_default(), amount.unwrap_or_default()),
        };
        let read = months.trim().parse().ok().zip(self.read_price(&amount).ok().flatten());
        let Some((months, amount)) = read else {
            self.warn(WarningKind::UnusableInstallment, &format!("{months}: {amount}"));
            return None;
        };
        Some(Installment { months, amount })
    }
}

fn condition(raw: &str) -> String {
    match raw.to_lowercase().as_str() {
        "novo" | "nova" => "new".to_owned(),
        "usado" | "usada" => "used".to_owned(),
        "recondicionado" | "recondicionada" => "refurbished".to_owned(),
        other => other.to_owned(),
    }
}

fn is_yes(raw: &str) -> bool {
    ["yes", "true", "1", "y", "sim"]
        .iter()
        .any(|yes| raw.eq_ignore_ascii_case(yes))
}
