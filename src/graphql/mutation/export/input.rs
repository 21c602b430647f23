//! The inputs of exports: whose list it is, and what is the same for all lists.

/// Declares the input of a list's mutation: the fields that say whose list it is, and how they say it.
macro_rules! input {
    (
        $(#[$doc:meta])*
        $name:ident of $list:ty { $($(#[$about:meta])* $field:ident: $type:ty,)+ } = $whose:expr
    ) => {
        $(#[$doc])*
        #[derive(async_graphql::InputObject)]
        pub(super) struct $name {
            $($(#[$about])* $field: $type,)+
            /// Which rows; all when left out.
            #[graphql(name = "where")]
            filter: Option<<$list as $crate::graphql::exports::Exported>::Filter>,
            /// How they are sorted.
            #[graphql(default)]
            order_by: <$list as $crate::graphql::exports::Exported>::Sort,
            /// What the file looks like.
            format: $crate::graphql::types::ExportFormat,
            /// Which columns, in their order; all when left out.
            columns: Option<Vec<<$list as $crate::graphql::exports::Exported>::Column>>,
            /// A new key for each intent: the same request again starts nothing, and answers with the first export.
            /// It is remembered for 30 days.
            idempotency_key: String,
        }

        impl From<$name> for super::Asked<$list> {
            fn from(input: $name) -> Self {
                let whose: fn($($type),+) -> super::Whose = $whose;
                Self {
                    whose: whose($(input.$field),+),
                    filter: input.filter,
                    sort: input.order_by,
                    format: input.format,
                    columns: input.columns,
                    key: input.idempotency_key,
                }
            }
        }
    };
}
pub(super) use input;

/// Declares the inputs of lists of a store.
macro_rules! inputs_of_store {
    ($($name:ident of $list:ty;)*) => {$(
        $crate::graphql::mutation::export::input::input! {
            /// What of a store's list to export, and how.
            $name of $list {
                /// The store.
                store_id: async_graphql::ID,
            } = super::Whose::Store
        }
    )*};
}
pub(super) use inputs_of_store;

/// Declares the inputs of lists of the ledger.
macro_rules! inputs_of_ledger {
    ($($name:ident of $list:ty;)*) => {$(
        $crate::graphql::mutation::export::input::input! {
            /// What of the ledger to export, and how.
            $name of $list {
                /// The store.
                store_id: async_graphql::ID,
                /// One customer's only, with those of customers who were merged into this one; the whole store's when
                /// left out.
                customer_id: Option<async_graphql::ID>,
            } = super::Whose::Customer
        }
    )*};
}
pub(super) use inputs_of_ledger;
