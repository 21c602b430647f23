//! A merchant in front of a browser: goes to the platform's page of consent and comes back.

use reqwest::redirect::Policy;
use serde_json::json;
use url::Url;

use super::merchant::{Merchant, text};

/// What a browser was answered: the status, where it is sent on to, and what it shows.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) text: String,
}

/// Opens an address and follows nothing.
pub(crate) async fn open(url: &str) -> Shown {
    let browser = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let answer = browser.get(url).send().await.unwrap();
    let location = answer.headers().get("location");
    Shown {
        status: answer.status().as_u16(),
        location: location.map(|value| value.to_str().unwrap().to_owned()),
        text: answer.text().await.unwrap(),
    }
}

/// The platform's page for an integration.
pub(crate) async fn page(merchant: &Merchant, integration: &str) -> String {
    let input = json!({ "id": integration });
    let asked = merchant
        .must("authorizeIntegration", "authorizeUrl expiresAt", input)
        .await;
    text(&asked["authorizeUrl"])
}

/// The address that the platform's page sends the merchant back to, on the program that listens at `merchant`'s address.
pub(crate) async fn way_back(merchant: &Merchant, page: &str) -> String {
    let sent = open(page).await;
    assert_eq!(sent.status, 302, "{sent:?}");
    let location: Url = sent.location.unwrap().parse().unwrap();
    assert_eq!(location.path(), "/oauth/callback");
    format!(
        "http://{}/oauth/callback?{}",
        merchant.address,
        location.query().unwrap()
    )
}

/// The whole way.
pub(crate) async fn consent(merchant: &Merchant, integration: &str) -> Shown {
    let page = page(merchant, integration).await;
    open(&way_back(merchant, &page).await).await
}
