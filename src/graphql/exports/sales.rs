//! Sales and customers.

use entity::export_run::ExportList;
use entity::{Instant, StoreId, customer, order};
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::json;

use super::Exported;
use super::column::{as_they_are, at, choice, columns, id, money};
use crate::graphql::lists::{CustomerFilter, CustomerSort, Customers, OrderFilter, OrderSort, Orders};
use crate::graphql::types::{SalesChannel, StatusClass};
use crate::service::points::{Balance, balances};

columns! {
    /// A column of exported orders. In the file it is called like the field of an order. Amounts are of the store's
    /// currency.
    OrderColumn of order::Model {
        /// Opaque and global.
        Id = |row| id(row.id),
        /// The number that people know it by.
        Number = |row| json!(row.number),
        /// Its key where it came from.
        ExternalId = |row| json!(row.external_id),
        /// The number of the shop's order that it is, where another source than the shop tells of it.
        ShopOrderNumber = |row| json!(row.shop_number),
        /// The shop's order that counts instead of it.
        CountedAsId = |row| json!(row.counted_as_id.map(|id| id.to_string())),
        /// Where it came from.
        IntegrationId = |row| id(row.integration_id),
        /// Who bought; none while nobody is recognised.
        CustomerId = |row| json!(row.customer_id.map(|id| id.to_string())),
        /// Its status on the platform, by code.
        StatusCode = |row| json!(row.status_code),
        /// What its status means for points.
        StatusClass = |row| choice::<StatusClass>(row.status_class),
        /// When the sale was made.
        PlacedAt = |row| at(row.placed_at),
        /// When anything of it last changed here.
        UpdatedAt = |row| at(row.updated_at),
        /// Where it was sold.
        Channel = |row| choice::<SalesChannel>(row.channel),
        /// Products before discounts.
        ProductsTotal = |row| money(row.products_cents),
        /// Discounts, as a positive amount.
        DiscountTotal = |row| money(row.discount_cents),
        /// Shipping.
        ShippingTotal = |row| money(row.shipping_cents),
        /// Product money given back, where the source tells it apart.
        RefundedTotal = |row| money(row.refunded_cents),
        /// What the customer pays in all.
        Total = |row| money(row.total_cents),
        /// The coupon code that it used, upper case, ours or not.
        CouponCode = |row| json!(row.coupon_code),
        /// Points posted for it so far.
        Points = |row| json!(row.points.0),
        /// When it first reached a status that awards points.
        AwardedAt = |row| at(row.awarded_at),
        /// False while its details could not be read.
        Complete = |row| json!(row.complete),
    }
}

impl Exported for Orders {
    const LIST: ExportList = ExportList::Orders;
    type Filter = OrderFilter;
    type Sort = OrderSort;
    type Row = order::Model;
    type Column = OrderColumn;
    as_they_are!();

    fn exported(store: StoreId, _: Option<&str>, filter: OrderFilter, sort: OrderSort) -> Option<Self> {
        Some(Self {
            store,
            customer: None,
            filter,
            sort,
        })
    }
}

/// A customer, with the points at the moment of the export.
pub(in crate::graphql) struct CustomerRow {
    customer: customer::Model,
    points: Balance,
}

columns! {
    /// A column of exported customers. In the file it is called like the field of a customer. Points are those at the
    /// moment of the export.
    CustomerColumn of CustomerRow {
        /// Opaque and global.
        Id = |row| id(row.customer.id),
        /// Full name.
        Name = |row| json!(row.customer.name),
        /// E-mail address, lower-case.
        Email = |row| json!(row.customer.email),
        /// CPF (11 digits) or CNPJ (14 characters), without punctuation.
        Document = |row| json!(row.customer.document),
        /// Phone, digits only.
        Phone = |row| json!(row.customer.phone),
        /// Birth date.
        BirthDate = |row| json!(row.customer.birth_date),
        /// When the customer signed up in the shop.
        SignedUpAt = |row| at(row.customer.signed_up_at),
        /// When the customer was first seen here.
        CreatedAt = |row| at(row.customer.created_at),
        /// Points that can be spent.
        Available = |row| json!(row.points.available.0),
        /// Points that are given, but not spendable yet.
        Pending = |row| json!(row.points.pending.0),
        /// Points held for redemptions under way.
        Reserved = |row| json!(row.points.reserved.0),
        /// Points owed: taken back after they were spent.
        Debt = |row| json!(row.points.debt.0),
    }
}

impl Exported for Customers {
    const LIST: ExportList = ExportList::Customers;
    type Filter = CustomerFilter;
    type Sort = CustomerSort;
    type Row = CustomerRow;
    type Column = CustomerColumn;

    fn exported(store: StoreId, _: Option<&str>, filter: CustomerFilter, sort: CustomerSort) -> Option<Self> {
        Some(Self(store, filter, sort))
    }

    async fn complete(
        db: &DatabaseTransaction,
        rows: Vec<customer::Model>,
        columns: &[CustomerColumn],
        now: Instant,
    ) -> Result<Vec<CustomerRow>, DbErr> {
        use CustomerColumn::{Available, Debt, Pending, Reserved};
        let is_of_points = |column: &CustomerColumn| [Available, Pending, Reserved, Debt].contains(column);
        let mut points = if columns.iter().any(is_of_points) {
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            balances(db, &ids, now).await?
        } else {
            std::collections::HashMap::new()
        };
        let row = |customer: customer::Model| CustomerRow {
            points: points.remove(&customer.id).unwrap_or_default(),
            customer,
        };
        Ok(rows.into_iter().map(row).collect())
    }
}
