//! Real shops' feeds, which cannot be part of the project. Put such files into a folder, name it in the environment
//! variable `FIDELIDADE_TEST_FEEDS`, and this compares what comes out with what is known of them. Without it, or for
//! files that are missing, nothing is tested.

mod known;

use std::path::{Path, PathBuf};

use super::*;
use crate::feed::{Availability, RejectReason, WarningKind as W};
use known::{EXPECTED, Expected, IN, OUT};

fn folder() -> Option<PathBuf> {
    std::env::var_os("FIDELIDADE_TEST_FEEDS").map(PathBuf::from)
}

/// The bytes of a file of the folder, unpacked.
fn bytes_of(folder: &Path, file: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(folder.join(file)).ok()?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Some(bytes);
    }
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice())
        .read_to_end(&mut unpacked)
        .unwrap();
    Some(unpacked)
}

#[test]
fn real_feeds_come_out_as_known() {
    let Some(folder) = folder() else { return };
    for expected in EXPECTED {
        let Some(bytes) = bytes_of(&folder, expected.file) else {
            continue;
        };
        let outcome = read_all(&bytes);
        compare(expected, &outcome);
        assert_eq!(read_all(gzip(&bytes)), outcome, "{}: packed", expected.file);
        for size in [1, 7, 4096] {
            let chunks = Chunks { bytes: &bytes, size };
            assert_eq!(
                outcome_of(chunks, FeedLimits::default()),
                outcome,
                "{}: {size}",
                expected.file
            );
        }
    }
}

fn compare(expected: &Expected, outcome: &Outcome) {
    let file = expected.file;
    let products = &outcome.products;
    assert_eq!(outcome.error, None, "{file}");
    assert!(outcome.report.is_complete, "{file}");
    assert_eq!(
        (outcome.report.items, products.len()),
        (expected.items, expected.usable),
        "{file}"
    );
    assert_eq!(
        products.iter().map(|product| product.price.cents).sum::<i64>(),
        expected.sum,
        "{file}"
    );
    assert!(
        products
            .iter()
            .all(|product| product.price.currency == expected.currency),
        "{file}"
    );
    let count = |wanted| products.iter().filter(|product| product.availability == wanted).count();
    assert_eq!(
        (count(IN), count(OUT)),
        (expected.in_stock, expected.out_of_stock),
        "{file}"
    );
    assert_eq!(
        products.iter().filter(|product| product.sale_price.is_some()).count(),
        expected.on_sale,
        "{file}"
    );
    for (position, id, title, price, sale, availability) in expected.products {
        let product = products.iter().find(|product| product.position == *position).unwrap();
        assert!(id.is_empty() || product.id == *id, "{file} {position}: {}", product.id);
        assert!(
            title.is_empty() || product.title == *title,
            "{file} {position}: {}",
            product.title
        );
        if *price >= 0 {
            assert_eq!(product.price.cents, *price, "{file} {position}");
        }
        if sale.is_some() {
            assert_eq!(
                product.sale_price.as_ref().map(|sale| sale.cents),
                *sale,
                "{file} {position}"
            );
        }
        assert_eq!(product.availability, *availability, "{file} {position}");
    }
    for (kind, count) in expected.warnings {
        assert_eq!(outcome.report.count(*kind), *count, "{file}: {kind}");
    }
    if expected.is_exhaustive {
        assert_eq!(
            outcome.report.warnings.len(),
            expected.warnings.len(),
            "{file}: {:?}",
            outcome.report.warnings
        );
    }
}

#[test]
fn details_of_real_feeds() {
    let Some(folder) = folder() else { return };
    let outcome = |file| bytes_of(&folder, file).map(read_all);
    if let Some(one) = outcome("01-atom-brazilian-pet-shop.xml.gz") {
        let description = one.products[0].description.as_deref().unwrap();
        assert!(description.starts_with("Alimento complementar para adicionar sabor e textura a ração"));
        let html_left = |product: &&FeedProduct| {
            product
                .description
                .as_deref()
                .is_some_and(|text| text.contains("</") || text.contains("&nbsp"))
        };
        assert_eq!(one.products.iter().find(html_left), None);
        let place = |kind: W| one.report.warnings[&kind].examples[0].position;
        assert_eq!(
            (place(W::MissingDescription), place(W::RelativeUrl)),
            (Some(419), Some(723))
        );
    }
    if let Some(four) = outcome("04-rss-broken-utf8.xml") {
        let (first, broken) = (&four.products[0], &four.products[86]);
        assert!(broken.title.ends_with("Argent (+6\u{FFFD}"), "{}", broken.title);
        assert_eq!(first.product_type.as_deref(), Some("Catalogue > Les serre-têtes"));
        assert!(
            first
                .description
                .as_deref()
                .unwrap()
                .starts_with("Pièce unique. Serre-tête en feutrine")
        );
        let place = &four.report.warnings[&W::InvalidBytes].examples[0];
        assert_eq!((place.position, place.detail.as_str()), (Some(87), "title"));
    }
    if let Some(five) = outcome("05-atom-html-entities.xml") {
        assert_eq!(
            five.products[0].description.as_deref(),
            Some("serre-tête noir et blanc avec motifs bucoliques")
        );
        assert!(five.products.iter().all(|product| !product.price.currency_given));
        let images: usize = five
            .products
            .iter()
            .map(|product| 1 + product.additional_images.len())
            .sum();
        assert!(images > 800, "{images}");
    }
}

#[test]
fn rejections_and_further_details_of_real_feeds() {
    let Some(folder) = folder() else { return };
    let outcome = |file| bytes_of(&folder, file).map(read_all);
    if let Some(seven) = outcome("07-rss-two-prefixes.xml") {
        assert_eq!(seven.rejected[0].reasons, [RejectReason::NoTitle]);
        assert_eq!(seven.rejected[0].id.as_deref(), Some("150"));
    }
    if let Some(thirteen) = outcome("13-atom-electronics.xml.gz") {
        let rejected: Vec<_> = thirteen
            .rejected
            .iter()
            .map(|one| (one.position, one.reasons.clone()))
            .collect();
        assert_eq!(
            rejected,
            [(1, vec![RejectReason::NoPrice]), (415, vec![RejectReason::NoPrice])]
        );
        let preorders = thirteen
            .products
            .iter()
            .filter(|one| one.availability == Availability::Preorder)
            .count();
        assert_eq!(preorders, 95);
    }
    if let Some(eighteen) = outcome("18-atom-prose-before-declaration.xml") {
        assert_eq!(
            eighteen.rejected[0].reasons,
            [RejectReason::NoTitle, RejectReason::NoPrice]
        );
        assert_eq!(eighteen.rejected[0].id.as_deref(), Some("PRODUCTCODE"));
    }
    if let Some(twenty_two) = outcome("22-bare-items.xml") {
        let rejected: Vec<_> = twenty_two
            .rejected
            .iter()
            .map(|one| (one.position, one.reasons.clone()))
            .collect();
        assert_eq!(
            rejected,
            [(12, vec![RejectReason::Empty]), (17, vec![RejectReason::Empty])]
        );
        let image = twenty_two.products[0].image_link.as_deref();
        assert_eq!(
            image,
            Some("https://bolsadachica.com.br/wp-content/uploads/2018/04/foto-31.jpg")
        );
    }
    if let Some(late_id) = outcome("e1-rss-late-id.xml") {
        let product = &late_id.products[0];
        assert_eq!(
            (product.gtin.as_deref(), product.additional_images.len()),
            (Some("4895213702256"), 3)
        );
        assert_eq!(product.product_type.as_deref(), Some("Cooler FAN > FAN 140mm"));
    }
    if let Some(real_sign) = outcome("e2-rss-real-sign-and-comma.xml") {
        let product = &real_sign.products[0];
        let installment = product.installment.as_ref().unwrap();
        assert_eq!((installment.months, installment.amount.cents), (7, 1102));
        assert_eq!(
            (product.sale_period, product.shipping_weight.as_deref()),
            (None, Some("100 g"))
        );
        assert!(!product.image_link.as_deref().unwrap().contains(char::is_whitespace));
    }
    if let Some(bytes) = bytes_of(&folder, "15-meta-vehicle-listings.xml") {
        assert!(refusal(bytes).contains("listings"));
    }
}

#[test]
fn real_feeds_cut_anywhere_or_broken_anywhere_never_panic() {
    let Some(folder) = folder() else { return };
    for expected in EXPECTED {
        let Some(bytes) = bytes_of(&folder, expected.file) else {
            continue;
        };
        let step = bytes.len() / 23 + 1;
        for cut in (0..bytes.len()).step_by(step) {
            let _cut = read_all(&bytes[..cut]);
            let mut broken = bytes.clone();
            broken[cut] = b"<&>\"]\x00\xff"[cut % 7];
            let _broken = read_all(&broken);
        }
    }
}
