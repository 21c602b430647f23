//! The imitation over real HTTP: what the documentation says, one call at a time.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use serde_json::{Value, json};

use crate::sandbox::{credentials, probe::Probe};

struct Shop(Probe);

impl Shop {
    async fn open() -> Self {
        Self(Probe::start().await)
    }

    fn url(&self, path: &str) -> String {
        let address = self
            .0
            .sandbox
            .bis2bis_url
            .replace("{address}", credentials().bis2bis.address);
        format!("{address}{path}")
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.0.http.get(self.url(path)).bearer_auth(credentials().bis2bis.token);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (
            status,
            serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default(),
        )
    }

    async fn soap(&self, call: &str) -> (u16, String) {
        let body = format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:urn=\"urn:Magento\"><e:Body>{call}</e:Body></e:Envelope>"
        );
        let request = self.0.http.post(self.url("/api/v2_soap/")).body(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn log_in(&self) -> String {
        let known = credentials().bis2bis;
        let call = format!(
            "<urn:login><username>{}</username><apiKey>{}</apiKey></urn:login>",
            known.api_user, known.api_key
        );
        let (status, text) = self.soap(&call).await;
        assert_eq!(status, 200, "{text}");
        let rest = text.split_once("<loginReturn>").unwrap().1;
        rest.split_once('<').unwrap().0.to_owned()
    }

    async fn play(&self, switches: Value) {
        let (status, told) = self
            .0
            .control(reqwest::Method::PUT, "/switches/bis2bis", switches)
            .await;
        assert_eq!(status, 200, "{told}");
    }
}

#[tokio::test]
async fn a_search_is_filtered_sorted_and_paged() {
    let shop = Shop::open().await;
    let page = |page: u32| {
        format!(
            "/rest/all/V1/orders?searchCriteria[filter_groups][0][filters][0][field]=state\
             &searchCriteria[filter_groups][0][filters][0][value]=complete\
             &searchCriteria[filter_groups][0][filters][1][field]=state\
             &searchCriteria[filter_groups][0][filters][1][value]=closed\
             &searchCriteria[sortOrders][0][field]=updated_at&searchCriteria[sortOrders][0][direction]=DESC\
             &searchCriteria[pageSize]=5&searchCriteria[currentPage]={page}"
        )
    };
    let (status, first) = shop.get(&page(1)).await;
    assert_eq!(status, 200, "{first}");
    let rows = first["items"].as_array().unwrap();
    assert_eq!(rows.len(), 5);
    let times: Vec<&str> = rows.iter().map(|row| row["updated_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
    let seen: Vec<&str> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert!(
        seen.iter().all(|state| ["complete", "closed"].contains(state)),
        "{seen:?}"
    );

    let last = first["total_count"].as_u64().unwrap().div_ceil(5);
    let (_, end) = shop.get(&page(u32::try_from(last).unwrap())).await;
    let (_, past) = shop.get(&page(99)).await;
    assert_eq!(past["items"], end["items"], "a page past the end repeats the last one");
    shop.play(json!({ "past_the_end": "empty" })).await;
    assert_eq!(shop.get(&page(99)).await.1["items"], json!([]));
}

#[tokio::test]
async fn orders_add_up_and_children_of_configurables_are_there() {
    let shop = Shop::open().await;
    let (_, told) = shop.get("/rest/default/V1/orders?searchCriteria[pageSize]=60").await;
    let rows = told["items"].as_array().unwrap();
    let number = |value: &Value| (value.as_f64().unwrap() * 100.0).round();
    let (mut children, mut guests, mut discounts) = (0, 0, 0);
    for row in rows {
        let parts = number(&row["subtotal"]) + number(&row["discount_amount"]) + number(&row["shipping_amount"]);
        assert!((parts - number(&row["grand_total"])).abs() < 0.5, "{row}");
        let items = row["items"].as_array().unwrap();
        let sum: f64 = items.iter().map(|item| number(&item["row_total"])).sum();
        assert!((sum - number(&row["subtotal"])).abs() < 0.5, "{row}");
        children += items.iter().filter(|item| !item["parent_item_id"].is_null()).count();
        guests += usize::from(row["customer_id"].is_null());
        discounts += usize::from(number(&row["discount_amount"]) < 0.0);
    }
    assert!(
        children > 5 && guests > 5 && discounts > 5,
        "{children} {guests} {discounts}"
    );
}

#[tokio::test]
async fn coupons_are_refused_unless_they_are_allowed() {
    let shop = Shop::open().await;
    let post = async || {
        let request = shop.0.http.post(shop.url("/rest/all/V1/coupons"));
        let request = request.bearer_auth(credentials().bis2bis.token);
        let body = json!({ "coupon": { "rule_id": 1, "code": "FIEL-1" } });
        request.json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(post().await, 401);
    shop.play(json!({ "coupon_calls": "allowed" })).await;
    assert_eq!((post().await, post().await), (200, 400), "made once");
    let told = shop.0.told("/coupons/bis2bis").await;
    assert_eq!(told["coupons"][0]["posts"], 3);
    assert_eq!(told["coupons"][0]["created"], 1);
    let (_, text) = shop
        .soap("<urn:salesRuleCreate><sessionId>x</sessionId></urn:salesRuleCreate>")
        .await;
    assert!(text.contains("<faultcode>"), "{text}");
}

#[tokio::test]
async fn sessions_end_and_faults_have_their_numbers() {
    let shop = Shop::open().await;
    let (status, text) = shop
        .soap("<urn:login><username>x</username><apiKey>y</apiKey></urn:login>")
        .await;
    assert!(status == 500 && text.contains("<faultcode>2</faultcode>"), "{text}");
    shop.play(json!({ "soap_session": "short", "fault_status": "success" }))
        .await;
    let session = shop.log_in().await;
    let info = format!(
        "<urn:salesOrderInfo><sessionId>{session}</sessionId><orderIncrementId>100000101</orderIncrementId></urn:salesOrderInfo>"
    );
    for _ in 0..5 {
        let (_, text) = shop.soap(&info).await;
        assert!(text.contains("<increment_id>100000101</increment_id>"), "{text}");
    }
    let (status, text) = shop.soap(&info).await;
    assert!(status == 200 && text.contains("<faultcode>5</faultcode>"), "{text}");
}

#[tokio::test]
async fn lists_of_soap_have_no_pages_and_two_conditions_on_a_field_may_overwrite_each_other() {
    let shop = Shop::open().await;
    let session = shop.log_in().await;
    let list = |filters: &str| {
        format!("<urn:salesOrderList><sessionId>{session}</sessionId><filters>{filters}</filters></urn:salesOrderList>")
    };
    let entry = |kind, value| {
        format!("<item><key>updated_at</key><value><key>{kind}</key><value>{value}</value></value></item>")
    };
    let window = format!(
        "<complex_filter>{}{}</complex_filter>",
        entry("from", "2026-02-20 00:00:00"),
        entry("to", "2026-02-22 00:00:00")
    );
    let count = |text: &str| text.matches("<increment_id>").count();
    assert_eq!(shop.soap(&list("")).await.0, 500, "too long a list");
    let (_, narrow) = shop.soap(&list(&window)).await;
    shop.play(json!({ "same_field": "overwrites" })).await;
    let (_, wide) = shop.soap(&list(&window)).await;
    assert!(
        count(&narrow) < count(&wide) && count(&wide) < 60,
        "{} {}",
        count(&narrow),
        count(&wide)
    );
    let one = "<filter><item><key>increment_id</key><value>100000103</value></item></filter>";
    assert_eq!(count(&shop.soap(&list(one)).await.1), 1);
}
