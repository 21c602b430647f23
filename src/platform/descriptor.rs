//! How a platform describes itself, so that a frontend can draw its form without knowing it.

/// A text in both languages of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalText {
    /// Portuguese, for merchants.
    pub pt: &'static str,
    /// English, for developers and partners.
    pub en: &'static str,
}

/// A credential that the merchant fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialField {
    /// Its key in the API's input, for instance `token`.
    pub key: &'static str,
    /// Its label.
    pub label: LocalText,
    /// Where to find it and what it looks like.
    pub help: LocalText,
    /// Whether it is kept encrypted and never returned.
    pub secret: bool,
    /// Whether it must be filled in.
    pub required: bool,
}

/// What the platform's API can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a list of independent yes-or-no facts")]
pub struct Capabilities {
    /// Customers can be read.
    pub customers: bool,
    /// Sales can be read.
    pub sales: bool,
    /// Sales are pushed in by the other side, and nothing is asked for: an ERP or a till, never a shop. A store
    /// may have several, told apart by name.
    pub pushed_sales: bool,
    /// Products can be read through the API.
    pub products: bool,
    /// Coupons are created automatically.
    pub create_coupons: bool,
    /// A coupon can be made unusable.
    pub disable_coupons: bool,
    /// A coupon with free shipping can be created.
    pub free_shipping_coupons: bool,
    /// One account has several shops, of which one is chosen.
    pub several_shops: bool,
}

/// What an order status means for points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusClass {
    /// The sale stands but is not settled: nothing is given yet, nothing is taken.
    Pending,
    /// The sale is paid or further: suggested for awarding points.
    Earning,
    /// Delivered: the safest status to award on.
    Delivered,
    /// Something is unclear (dispute, analysis): points given stay, none are added.
    Hold,
    /// Cancelled, returned, charged back: points given are taken back.
    Revoking,
    /// Not in any table: kept, changes nothing.
    Unknown,
}

/// A status of the platform's catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderStatus {
    /// Its code on the platform: the key that orders carry.
    pub code: String,
    /// Its name as the merchant knows it.
    pub name: String,
    /// What it means for points.
    pub class: StatusClass,
}

/// A platform's description of itself.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// Its name.
    pub name: &'static str,
    /// What its credentials are.
    pub credentials: &'static [CredentialField],
    /// What its API can do.
    pub capabilities: Capabilities,
    /// How to get the credentials, step by step.
    pub setup_help: LocalText,
}
