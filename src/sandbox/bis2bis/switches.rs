//! The readings of Magento's interfaces that are all plausible: one setting each, the first value being the default.
//! An adapter is good when it works under every value. Read by the modules beside this one; set through the control API.

use serde::{Deserialize, Serialize};

use super::super::readings::readings;

/// Which reading of each doubtful point is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// The binding of SOAP.
    pub soap_style: SoapStyle,
    /// Where SOAP answers.
    pub soap_endpoint: SoapEndpoint,
    /// How long a session of SOAP lasts.
    pub soap_session: Lifetime,
    /// The status that a fault of SOAP comes with.
    pub fault_status: FaultStatus,
    /// Two conditions of SOAP on one field.
    pub same_field: SameField,
    /// How SOAP writes what a record does not have.
    pub empty_values: EmptyValues,
    /// A bare access token of REST.
    pub bearer: Bearer,
    /// How long a panel user's token lasts.
    pub admin_token: Lifetime,
    /// A page of REST past the end.
    pub past_the_end: PastTheEnd,
    /// The parameters of REST's messages.
    pub error_parameters: ErrorParameters,
    /// Where orders and customers keep the document.
    pub document_field: DocumentField,
    /// How documents are written.
    pub document_text: DocumentText,
    /// Whether addresses have the fields of Brazil.
    pub address_fields: AddressFields,
    /// The calls of REST that make coupons.
    pub coupon_calls: CouponCalls,
    /// Whether a 429 says how long to wait.
    pub retry_after: bool,
}

readings! {
    /// The binding of SOAP.
    SoapStyle {
        "Calls by their names, arrays of `item`." Rpc,
        "WS-I: calls with `RequestParam`, arrays of `complexObjectArray`." Document,
    }
    /// Where SOAP answers.
    SoapEndpoint {
        "With and without `index.php`." Both,
        "Only with it." WithIndex,
        "Only without it." WithoutIndex,
    }
    /// How long a session or a token lasts.
    Lifetime {
        "For ever." Lasts,
        "For five requests." Short,
    }
    /// The status that a fault comes with.
    FaultStatus {
        "500." ServerError,
        "200." Success,
    }
    /// Two conditions on one field.
    SameField {
        "Both hold, and a list of more than 45 rows runs out of memory." Together,
        "The last one holds alone; lists are given however long they are." Overwrites,
    }
    /// How what is not there is written.
    EmptyValues {
        "As an empty element." Empty,
        "Not at all." Missing,
        "As an element that is nil." Nil,
    }
    /// A bare access token.
    Bearer {
        "It is accepted." Accepted,
        "401: only signed requests are." Refused,
    }
    /// A page past the end.
    PastTheEnd {
        "The last page again." Repeats,
        "No rows." Empty,
    }
    /// The parameters of messages.
    ErrorParameters {
        "An object with names." Object,
        "An array." Array,
    }
    /// Where the document is kept.
    DocumentField {
        "In `customer_taxvat`, `taxvat` for customers." Taxvat,
        "In `cpf_cnpj`." OwnField,
        "In `cpf_cnpj` among the extension attributes of orders and the custom attributes of customers." Extension,
    }
    /// How documents are written.
    DocumentText {
        "With punctuation." Punctuated,
        "Without." Bare,
        "Without, and without the zeros in front." WithoutZeros,
    }
    /// The fields of addresses.
    AddressFields {
        "`rua`, `numero`, `complemento` and `bairro` too." Brazilian,
        "Only Magento's own." Plain,
    }
    /// The calls that make coupons.
    CouponCalls {
        "401." Refused,
        "They make coupons, as a plain Magento 2 does." Allowed,
    }
}
