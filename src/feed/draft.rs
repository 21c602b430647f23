//! The raw fields of one item while it is being read: which elements are fields, and which of several values counts.
//! An attribute with Google's namespace goes before an element of the feed's own vocabulary; among equals the first
//! wins. Filled by `reader`, judged by `item`.

use super::names::Space;
use super::product::RejectReason;

/// More pictures of one product are not kept.
const MAX_IMAGES: usize = 50;

/// A field of an item that is kept. The order is that of `Draft::values`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Title,
    Description,
    Link,
    Availability,
    Price,
    SalePrice,
    SaleDates,
    Brand,
    Gtin,
    Mpn,
    Condition,
    ProductType,
    Category,
    ItemGroup,
    Color,
    Size,
    Gender,
    AgeGroup,
    Material,
    Pattern,
    ShippingWeight,
    Adult,
    Installment,
    InstallmentMonths,
    InstallmentAmount,
    Image,
    MoreImages,
}

const VALUES: usize = Field::InstallmentAmount as usize + 1;

impl Field {
    /// The field that an element directly inside an item stands for, and its rank: lower goes first.
    pub(super) fn of(local: &str, space: Space) -> Option<(Self, u8)> {
        let rank = match space {
            Space::Product => 0,
            Space::Base => 1,
            Space::Foreign => return None,
        };
        let field = match local {
            "id" => Self::Id,
            "title" => Self::Title,
            "description" => Self::Description,
            "summary" if rank == 1 => return Some((Self::Description, 2)),
            "content" if rank == 1 => return Some((Self::Description, 3)),
            "link" => Self::Link,
            "image_link" => Self::Image,
            "additional_image_link" => Self::MoreImages,
            "availability" => Self::Availability,
            "price" => Self::Price,
            "sale_price" => Self::SalePrice,
            "sale_price_effective_date" => Self::SaleDates,
            "brand" => Self::Brand,
            "gtin" => Self::Gtin,
            "mpn" => Self::Mpn,
            "condition" => Self::Condition,
            "product_type" => Self::ProductType,
            "google_product_category" => Self::Category,
            "item_group_id" => Self::ItemGroup,
            "color" => Self::Color,
            "size" => Self::Size,
            "gender" => Self::Gender,
            "age_group" => Self::AgeGroup,
            "material" => Self::Material,
            "pattern" => Self::Pattern,
            "shipping_weight" => Self::ShippingWeight,
            "adult" => Self::Adult,
            "installment" => Self::Installment,
            _ => return None,
        };
        Some((field, rank))
    }

    /// The part of a group that an element inside it stands for.
    pub(super) fn part(self, local: &str) -> Option<Self> {
        match (self, local) {
            (Self::Installment, "months") => Some(Self::InstallmentMonths),
            (Self::Installment, "amount") => Some(Self::InstallmentAmount),
            _ => None,
        }
    }

    /// Whether the text of elements inside this one belongs to it: shops forget to escape HTML.
    pub(super) fn is_prose(self) -> bool {
        matches!(self, Self::Title | Self::Description)
    }

    /// Only feeds of products have these fields; the others occur in news and blogs too.
    fn is_of_products(self) -> bool {
        !matches!(self, Self::Id | Self::Title | Self::Description | Self::Link)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Title => "title",
            Self::Description => "description",
            Self::Link => "link",
            Self::Image => "image_link",
            Self::MoreImages => "additional_image_link",
            Self::Availability => "availability",
            Self::Price => "price",
            Self::SalePrice => "sale_price",
            Self::Brand => "brand",
            Self::ProductType => "product_type",
            _ => "another field",
        }
    }
}

/// One item as far as it has been read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Number of the item, from 1.
    pub(super) position: u64,
    /// Line that it begins on, from 1.
    pub(super) line: u64,
    values: [Option<(u8, String)>; VALUES],
    /// Main pictures with their rank; some feeds repeat the element for further pictures.
    images: Vec<(u8, String)>,
    more_images: Vec<String>,
    /// Something is inside the item.
    pub(super) has_content: bool,
    /// Why the item cannot be used whatever it holds; nothing more is kept of it.
    pub(super) ruined: Option<RejectReason>,
    /// A field was found that only products have.
    pub(super) is_of_products: bool,
}

impl Draft {
    pub(super) fn new(position: u64) -> Self {
        Self {
            position,
            ..Self::default()
        }
    }

    /// Offers a value for a field. Blank values are as good as none.
    pub(super) fn offer(&mut self, field: Field, rank: u8, raw: &str) {
        self.is_of_products |= rank == 0 || field.is_of_products();
        let raw = raw.trim();
        if raw.is_empty() || self.ruined.is_some() {
            return;
        }
        match field {
            Field::Image if self.images.len() < MAX_IMAGES => self.images.push((rank, raw.to_owned())),
            Field::MoreImages if self.more_images.len() < MAX_IMAGES => self.more_images.push(raw.to_owned()),
            Field::Image | Field::MoreImages => {}
            _ => {
                let value = &mut self.values[field as usize];
                if value.as_ref().is_none_or(|(held, _)| rank < *held) {
                    *value = Some((rank, raw.to_owned()));
                }
            }
        }
    }

    pub(super) fn take(&mut self, field: Field) -> Option<String> {
        self.values.get_mut(field as usize)?.take().map(|(_, value)| value)
    }

    /// All pictures, the main one first.
    pub(super) fn take_images(&mut self) -> Vec<String> {
        let mut images = std::mem::take(&mut self.images);
        images.sort_by_key(|(rank, _)| *rank);
        let more = std::mem::take(&mut self.more_images);
        images.into_iter().map(|(_, image)| image).chain(more).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn googles_attribute_goes_before_the_feeds_own_element() {
        let mut draft = Draft::new(1);
        for (local, space, value) in [
            ("summary", Space::Base, "resumo"),
            ("title", Space::Base, "base"),
            ("title", Space::Product, " "),
            ("title", Space::Product, "google"),
            ("title", Space::Product, "second"),
            ("image_link", Space::Base, "b"),
            ("image_link", Space::Product, "a"),
            ("additional_image_link", Space::Product, "c"),
        ] {
            if let Some((field, rank)) = Field::of(local, space) {
                draft.offer(field, rank, value);
            }
        }
        assert_eq!(draft.take(Field::Title).as_deref(), Some("google"));
        assert_eq!(draft.take(Field::Description).as_deref(), Some("resumo"));
        assert_eq!(draft.take_images(), ["a", "b", "c"]);
        assert!(Field::of("title", Space::Foreign).is_none());
    }
}
