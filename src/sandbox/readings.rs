//! How the plausible readings of a platform's interface are written down: each an enum whose first value, the likeliest
//! reading, is the default.

macro_rules! readings {
    ($($(#[$doc:meta])* $name:ident { $first_doc:literal $first:ident $(, $other_doc:literal $other:ident)* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            #[doc = $first_doc]
            #[default]
            $first,
            $(#[doc = $other_doc] $other,)*
        }
    )*};
}

pub(super) use readings;
