//! The platforms by name, and what can be asked of one without a session.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::platform::{Descriptor, Hook, StatusClass, bling, jet, loja_integrada, magazord, magento, sales_api, tiny};

/// A platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Magazord.
    Magazord,
    /// Loja Integrada.
    LojaIntegrada,
    /// JET.
    Jet,
    /// Bis2Bis: Magento shops of either generation.
    #[serde(rename = "bis2bis")]
    Bis2Bis,
    /// Tiny, the ERP of Olist.
    Tiny,
    /// Tiny by its API 3, which the merchant consents on.
    TinyV3,
    /// Bling: an ERP that is asked for sales.
    Bling,
    /// Sales that an ERP or a till pushes in.
    SalesApi,
}

/// What a platform's webhooks are known by, besides the address that only the platform was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookProof {
    /// Nothing else.
    Address,
    /// They are signed with one of the credentials.
    Credential {
        /// The header that shows the signature.
        header: &'static str,
        /// The credential.
        key: &'static str,
    },
    /// They may be signed with a secret that the platform's panel and the merchant know.
    Secret {
        /// The header that shows the signature.
        header: &'static str,
    },
    /// They show the token that they were asked for with.
    Token,
}

impl Kind {
    /// Every platform, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Magazord,
        Self::LojaIntegrada,
        Self::Jet,
        Self::Bis2Bis,
        Self::Tiny,
        Self::TinyV3,
        Self::Bling,
        Self::SalesApi,
    ];

    /// Its key: what is stored and shown in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Magazord => "magazord",
            Self::LojaIntegrada => "loja_integrada",
            Self::Jet => "jet",
            Self::Bis2Bis => "bis2bis",
            Self::Tiny => "tiny",
            Self::TinyV3 => "tiny_v3",
            Self::Bling => "bling",
            Self::SalesApi => "sales_api",
        }
    }

    /// Its description of itself.
    pub fn descriptor(self) -> &'static Descriptor {
        match self {
            Self::Magazord => &magazord::DESCRIPTOR,
            Self::LojaIntegrada => &loja_integrada::DESCRIPTOR,
            Self::Jet => &jet::DESCRIPTOR,
            Self::Bis2Bis => &magento::DESCRIPTOR,
            Self::Tiny => &tiny::DESCRIPTOR,
            Self::TinyV3 => &tiny::V3_DESCRIPTOR,
            Self::Bling => &bling::DESCRIPTOR,
            Self::SalesApi => &sales_api::DESCRIPTOR,
        }
    }

    /// What an order status of this platform means for points, by its code.
    pub fn status_class(self, code: &str) -> StatusClass {
        match self {
            Self::Magazord => magazord::status_class(code),
            Self::LojaIntegrada => loja_integrada::status_class(code),
            Self::Jet => jet::status_class(code),
            Self::Bis2Bis => magento::status_class(code),
            Self::Tiny => tiny::status_class(code),
            Self::TinyV3 => tiny::v3_status_class(code),
            Self::Bling => bling::status_class(code),
            Self::SalesApi => sales_api::status_class(code),
        }
    }

    /// How many awarding statuses a merchant has to choose at least. One where a single status means that all is done.
    pub fn fewest_awarding_statuses(self) -> usize {
        match self {
            Self::Bis2Bis | Self::Bling => 1,
            _ => 2,
        }
    }

    /// Whether the platform can tell of orders by webhooks that are sent to us.
    pub fn sends_hooks(self) -> bool {
        match self {
            Self::Jet | Self::Magazord | Self::LojaIntegrada | Self::Bling | Self::Tiny | Self::TinyV3 => true,
            Self::Bis2Bis | Self::SalesApi => false,
        }
    }

    /// What the body of a webhook of this platform says to an integration with this account, or this shop of it. Any
    /// body is answered.
    pub fn hook(self, body: &[u8], account: Option<&str>) -> Hook {
        match self {
            Self::Jet => jet::hook(body),
            Self::Magazord => magazord::hook(body),
            Self::LojaIntegrada => loja_integrada::hook(body),
            Self::Bling => bling::hook(body, account),
            Self::Tiny | Self::TinyV3 => tiny::hook(body, account),
            Self::Bis2Bis | Self::SalesApi => Hook::Nothing,
        }
    }

    /// What webhooks of this platform are known by, besides the address that they come to.
    pub fn hook_proof(self) -> HookProof {
        match self {
            Self::Bling => HookProof::Credential {
                header: bling::SIGNATURE,
                key: bling::CLIENT_SECRET,
            },
            Self::Magazord => HookProof::Secret {
                header: magazord::SIGNATURE,
            },
            Self::LojaIntegrada => HookProof::Token,
            Self::Jet | Self::Bis2Bis | Self::Tiny | Self::TinyV3 | Self::SalesApi => HookProof::Address,
        }
    }

    /// The token that the body of a webhook shows, where the platform writes it there.
    pub fn hook_token(self, body: &[u8]) -> Option<String> {
        match self {
            Self::LojaIntegrada => loja_integrada::hook_token(body),
            _ => None,
        }
    }

    /// Whether the merchant consents on the platform itself, with an app whose id and secret are the credentials.
    pub fn by_consent(self) -> bool {
        match self {
            Self::Bling | Self::TinyV3 => true,
            Self::Magazord | Self::LojaIntegrada | Self::Jet | Self::Bis2Bis | Self::Tiny | Self::SalesApi => false,
        }
    }

    /// Whether it is a shop, which makes its orders itself. What another source tells of such an order
    /// counts as the shop's.
    pub fn is_shop(self) -> bool {
        match self {
            Self::Magazord | Self::LojaIntegrada | Self::Jet | Self::Bis2Bis => true,
            Self::Bling | Self::Tiny | Self::TinyV3 | Self::SalesApi => false,
        }
    }

    /// The kinds that open accounts of the same system as this one: what they tell under one id is one sale. None where
    /// an account is a shop, which a store connects once, or where there is nobody to be asked.
    pub fn of_one_system(self) -> &'static [Self] {
        match self {
            Self::Tiny | Self::TinyV3 => &[Self::Tiny, Self::TinyV3],
            Self::Bling => &[Self::Bling],
            Self::Magazord | Self::LojaIntegrada | Self::Jet | Self::Bis2Bis | Self::SalesApi => &[],
        }
    }

    /// Whether sales are pushed in by the other side, so that there is nobody to be asked.
    pub fn is_pushed(self) -> bool {
        self.descriptor().capabilities.pushed_sales
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// No platform has this key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no platform '{0}'; the platforms are magazord, loja_integrada, jet, bis2bis, tiny, tiny_v3, bling and sales_api"
)]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == key)
            .ok_or_else(|| UnknownKind(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed conversion is a failed test")]
    use super::*;

    #[test]
    fn every_kind_comes_back_from_its_key_in_text_and_json() {
        for kind in Kind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert!("Magazord".parse::<Kind>().is_err());
    }
}
