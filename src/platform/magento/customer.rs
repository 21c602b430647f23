//! A customer of either dialect.

use super::{
    order::{full_name, phone},
    record::{FieldError, Record},
};
use crate::platform::PlatformCustomer;

/// What the fields of an order's buyer begin with; a customer's own lack it.
const OF_ORDERS: &str = "customer_";

/// Reads a customer whose id stands in `key` and whose document in this attribute, as orders call it.
pub(super) fn read(record: &Record<'_>, key: &str, attribute: &str) -> Result<PlatformCustomer, FieldError> {
    let attribute = attribute.strip_prefix(OF_ORDERS).unwrap_or(attribute);
    let addresses = record.list("addresses");
    let phone = addresses
        .into_iter()
        .filter_map(|address| Record::read(address).ok())
        .find_map(|address| phone(&address.text_or_none("telephone")?));
    Ok(PlatformCustomer {
        external_id: record.id(key)?.ok_or_else(|| FieldError::missing(key))?,
        name: full_name([record.text("firstname")?, record.text("lastname")?]),
        email: record.text("email")?,
        document: record.attribute(attribute),
        kind: None,
        phone,
        birth_date: record.date_or_none("dob"),
        signed_up_at: record.instant("created_at").ok().flatten(),
        changed_at: record.instant("updated_at").ok().flatten(),
        newsletter: None,
        anonymised: false,
    })
}
