use entity::Instant;

use crate::domain::document::{Document, Hint};
use crate::domain::email::Email;
use crate::platform::{Buyer, PersonKind, PlatformCustomer};
use crate::secrets::sha256_hex;

/// A person as a platform tells of one, judged: documents and addresses are valid or absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The id on the platform.
    pub external_id: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// Valid e-mail that reaches the person: no marketplace relay.
    pub email: Option<Email>,
    /// Valid CPF or CNPJ.
    pub document: Option<Document>,
    /// A document was given that is neither.
    pub document_invalid: bool,
    /// Phone, digits only.
    pub phone: Option<String>,
    /// Birth date.
    pub birth_date: Option<chrono::NaiveDate>,
    /// When the person signed up in the shop.
    pub signed_up_at: Option<Instant>,
    /// The platform's newsletter flag.
    pub newsletter: Option<bool>,
    /// Whether this is the platform's own customer record: it corrects what is known. An order's
    /// buyer only fills gaps.
    pub authoritative: bool,
}

impl Person {
    /// A customer record. `None` when the record was anonymised: there is nobody behind it.
    pub fn from_customer(record: &PlatformCustomer) -> Option<Self> {
        if record.anonymised {
            return None;
        }
        let (document, document_invalid) = judge_document(record.document.as_deref(), record.kind);
        Some(Self {
            external_id: Some(record.external_id.clone()),
            name: record.name.clone(),
            email: judge_email(record.email.as_deref()),
            document,
            document_invalid,
            phone: record.phone.clone(),
            birth_date: record.birth_date,
            signed_up_at: record.signed_up_at,
            newsletter: record.newsletter,
            authoritative: true,
        })
    }

    /// An order's buyer. `None` when nothing recognises a person.
    pub fn from_buyer(buyer: &Buyer) -> Option<Self> {
        if buyer.anonymised {
            return None;
        }
        let (document, document_invalid) = judge_document(buyer.document.as_deref(), buyer.kind);
        let email = judge_email(buyer.email.as_deref());
        if document.is_none() && email.is_none() && buyer.external_id.is_none() {
            return None;
        }
        Some(Self {
            external_id: buyer.external_id.clone(),
            name: buyer.name.clone(),
            email,
            document,
            document_invalid,
            phone: buyer.phone.clone(),
            birth_date: buyer.birth_date,
            signed_up_at: None,
            newsletter: None,
            authoritative: false,
        })
    }

    /// Changes whenever anything that would be written changes.
    pub fn fingerprint(&self) -> String {
        // By their texts: the debug forms of documents and addresses are masked.
        let (email, document) = (
            self.email.as_ref().map(Email::as_str),
            self.document.as_ref().map(Document::as_str),
        );
        let rest = (
            &self.name,
            &self.phone,
            self.birth_date,
            self.signed_up_at,
            self.newsletter,
            self.document_invalid,
        );
        let mut hash = sha256_hex(format!("{email:?} {document:?} {rest:?}"));
        hash.truncate(32);
        hash
    }
}

fn judge_document(text: Option<&str>, kind: Option<PersonKind>) -> (Option<Document>, bool) {
    let hint = kind.map(|kind| match kind {
        PersonKind::Person => Hint::Person,
        PersonKind::Company => Hint::Company,
    });
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => (None, false),
        Some(text) => {
            let document = Document::parse(text, hint);
            let invalid = document.is_none();
            (document, invalid)
        }
    }
}

fn judge_email(text: Option<&str>) -> Option<Email> {
    Email::parse(text?).ok().filter(|email| !email.is_relay())
}
