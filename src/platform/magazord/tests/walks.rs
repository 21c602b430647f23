//! Walks over orders, and what each page asks for.

use serde_json::json;

use super::*;

/// Walks to the end and gives the ids and the filters that were asked with, page by page.
async fn walk(shop: &Magazord, by: WindowKind) -> Vec<String> {
    let mut ids = Vec::new();
    let mut token: Option<PageToken> = None;
    for _ in 0..20 {
        let page = shop.orders(window(by), token.as_ref()).await.unwrap();
        assert!(page.rejects.is_empty(), "{:?}", page.rejects);
        ids.extend(page.items.into_iter().map(|listing| listing.external_id));
        token = page.next;
        if token.is_none() {
            return ids;
        }
    }
    panic!("the walk does not end");
}

#[tokio::test]
async fn a_walk_ends_though_the_panel_always_promises_more() {
    let rows: Vec<Value> = (1..=5).map(|id| row(id, 1, "2026-01-20 14:05:09-03")).collect();
    for repeats in [false, true] {
        let rows = rows.clone();
        let (shop, log) = panel(move |asked| {
            let page = if repeats { asked.page().min(3) } else { asked.page() };
            page_of(rows.chunks(2).nth(page - 1).unwrap_or_default(), true)
        })
        .await;
        assert_eq!(
            walk(&shop, WindowKind::Created).await,
            ["1", "2", "3", "4", "5"],
            "repeats: {repeats}"
        );
        let log = log.lock().unwrap();
        assert_eq!(log.len(), 4);
        assert_eq!(
            (
                log[0].param("limit"),
                log[0].param("loja"),
                log[0].param("orderDirection")
            ),
            ("2", "1", "asc")
        );
        assert_eq!(log[0].param("dataHora[gte]"), "2026-01-10T09:00:00-03:00");
    }
}

#[tokio::test]
async fn rows_of_other_shops_and_older_rows_are_left_out() {
    let rows = [
        row(1, 1, "1998-05-01 10:00:00-03"),
        row(2, 9, "2026-01-20 14:05:09-03"),
        row(3, 1, "2026-01-20 14:05:09-03"),
    ];
    let (shop, _) = panel(move |_| page_of(&rows, false)).await;
    assert_eq!(walk(&shop, WindowKind::Created).await, ["3"]);
}

#[tokio::test]
async fn a_bad_row_is_set_aside_and_costs_no_other() {
    let (shop, _) = panel(|_| {
        page_of(
            &[json!({"pessoaNome": "Fulana"}), json!("x"), row(3, 1, "ontem")],
            false,
        )
    })
    .await;
    let page = shop.orders(window(WindowKind::Created), None).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.rejects.len(), 2);
    assert_eq!(page.rejects[0].field.as_deref(), Some("id"));
    assert_eq!(page.rejects[0].record, json!({"pessoaNome": "F***"}));
}

const CHANGED: &str = "dataHoraUltimaAlteracaoSituacao[gte]";

#[tokio::test]
async fn a_heeded_change_filter_is_kept() {
    let rows: Vec<Value> = (1..=3).map(|id| row(id, 1, "2020-01-20 14:05:09-03")).collect();
    let (shop, log) = panel(move |asked| match asked.param(CHANGED) {
        future if future.starts_with("2999") => page_of(&[], false),
        "2026-01-10T09:00:00-03:00" => page_of(
            rows.chunks(2).nth(asked.page() - 1).unwrap_or_default(),
            asked.page() < 2,
        ),
        other => (500, format!("unexpected {other}")),
    })
    .await;
    assert_eq!(
        walk(&shop, WindowKind::Changed).await,
        ["1", "2", "3"],
        "old orders that changed are wanted"
    );
    assert_eq!(log.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_refused_change_filter_gives_way_to_recent_orders_for_the_whole_walk() {
    let rows: Vec<Value> = (1..=3).map(|id| row(id, 1, "2025-12-20 14:05:09-03")).collect();
    let (shop, log) = panel(move |asked| {
        if asked.query.contains_key(CHANGED) {
            return (400, r#"{"status":"error","message":"parametro invalido"}"#.into());
        }
        page_of(
            rows.chunks(2).nth(asked.page() - 1).unwrap_or_default(),
            asked.page() < 2,
        )
    })
    .await;
    assert_eq!(walk(&shop, WindowKind::Changed).await, ["1", "2", "3"]);
    let log = log.lock().unwrap();
    let asked: Vec<_> = log
        .iter()
        .map(|asked| (asked.param(CHANGED), asked.param("dataHora[gte]"), asked.page()))
        .collect();
    assert_eq!(
        asked,
        [
            ("2026-01-10T09:00:00-03:00", "", 1),
            ("2026-01-10T09:00:00Z", "", 1),
            ("", "2025-11-11T09:00:00-03:00", 1),
            ("", "2025-11-11T09:00:00-03:00", 2),
        ]
    );
}

#[tokio::test]
async fn an_ignored_change_filter_is_found_out() {
    let rows = [
        row(1, 1, "1998-01-01 10:00:00-03"),
        row(2, 1, "2025-12-20 10:00:00-03"),
        row(3, 1, "2026-01-09 10:00:00-03"),
    ];
    let (shop, log) = panel(move |asked| {
        page_of(
            rows.chunks(2).nth(asked.page() - 1).unwrap_or_default(),
            asked.page() < 2,
        )
    })
    .await;
    assert_eq!(
        walk(&shop, WindowKind::Changed).await,
        ["2", "3"],
        "and the oldest orders are not walked again and again"
    );
    let asked_by_creation = log
        .lock()
        .unwrap()
        .iter()
        .filter(|asked| asked.query.contains_key("dataHora[gte]"))
        .count();
    assert_eq!(asked_by_creation, 2);
}
