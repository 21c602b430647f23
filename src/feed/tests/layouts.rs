//! The layouts that product feeds come in, and what is refused for being something else.

use super::*;
use crate::feed::{Availability, RejectReason, WarningKind as W};

const FULL: &str = "<link>\n https://loja.example/p?a=1&amp;b=2 \n</link><description>&lt;p&gt;Uma &amp;amp; outra&lt;/p&gt;</description>\
    <g:image_link>https://loja.example/1.jpg</g:image_link><g:availability>in_stock</g:availability>";

#[test]
fn rss_with_googles_attributes() {
    let more = format!(
        "{FULL}<g:sale_price>8,50 BRL</g:sale_price><g:additional_image_link>https://loja.example/2.jpg</g:additional_image_link>\
         <g:brand>Marca</g:brand><g:gtin>7891000100103</g:gtin><g:mpn>X1</g:mpn><g:condition>Novo</g:condition>\
         <g:product_type>Casa &gt; Mesa</g:product_type><g:item_group_id>G1</g:item_group_id><g:adult>no</g:adult>\
         <g:installment><g:months>6</g:months><g:amount>2.00 BRL</g:amount></g:installment><g:unknown>x</g:unknown>"
    );
    let (product, report) = only(rss(&item("SKU 1'a", &more)));
    assert_eq!(
        (product.id.as_str(), product.title.as_str(), product.position),
        ("SKU 1'a", "Produto SKU 1'a", 1)
    );
    assert_eq!((product.price.cents, product.price.currency.as_str()), (1000, "BRL"));
    assert_eq!(product.sale_price.unwrap().cents, 850);
    assert_eq!(product.link.as_deref(), Some("https://loja.example/p?a=1&b=2"));
    assert_eq!(product.description.as_deref(), Some("Uma & outra"));
    assert_eq!(product.image_link.as_deref(), Some("https://loja.example/1.jpg"));
    assert_eq!(product.additional_images, ["https://loja.example/2.jpg"]);
    assert_eq!(product.availability, Availability::InStock);
    assert_eq!(
        (product.brand.as_deref(), product.condition.as_deref()),
        (Some("Marca"), Some("new"))
    );
    assert_eq!(product.product_type.as_deref(), Some("Casa > Mesa"));
    assert_eq!(
        (product.gtin.as_deref(), product.mpn.as_deref()),
        (Some("7891000100103"), Some("X1"))
    );
    let installment = product.installment.unwrap();
    assert_eq!((installment.months, installment.amount.cents), (6, 200));
    assert!(!product.is_adult);
    assert!(
        report.is_complete && report.warnings.is_empty(),
        "{:?}",
        report.warnings
    );
}

#[test]
fn the_same_product_in_every_layout() {
    let fields = |g: &str| {
        format!(
            "<{g}id>1</{g}id><{g}title><![CDATA[Calção & ]]>blus&#227;o</{g}title><{g}price>R$ 1.299,90</{g}price>\
             <{g}link>https://loja.example/1</{g}link><{g}image_link>https://loja.example/1.jpg</{g}image_link>\
             <{g}description>d</{g}description><{g}availability>out of stock</{g}availability>"
        )
    };
    let google = "http://base.google.com/ns/1.0";
    let layouts = [
        format!(
            "<rss version='2.0' xmlns:g='{google}'><channel><item>{}</item></channel></rss>",
            fields("g:")
        ),
        format!(
            "<rss xmlns:c='{google}' xmlns:g='{google}'><channel><item>{}</item></channel></rss>",
            fields("c:")
        ),
        format!(
            "<rss xmlns:g='https://base.google.com/ns/1.0/'><item>{}</item></rss>",
            fields("g:")
        ),
        format!("<rss><channel><item>{}</item></channel></rss>", fields("")),
        format!(
            "<rss xmlns='{google}'><channel><item>{}</item></channel></rss>",
            fields("")
        ),
        format!("<items><item>{}</item></items>", fields("")),
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:g='{google}'><entry>{}</entry></feed>",
            fields("g:")
        ),
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry>{}</entry></feed>",
            fields("")
        ),
        format!(
            "<a:feed xmlns:a='http://purl.org/atom/ns#' xmlns:x='{google}'><a:entry>{}</a:entry></a:feed>",
            fields("x:")
        ),
        format!(
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' \
             xmlns:g='{google}'><channel><items/></channel><item>{}</item></rdf:RDF>",
            fields("g:")
        ),
        format!("<feed><entry xmlns:z='{google}'>{}</entry></feed>", fields("z:")),
    ];
    let first = only(&layouts[0]).0;
    assert_eq!((first.title.as_str(), first.price.cents), ("Calção & blusão", 129_990));
    for layout in &layouts {
        let (product, report) = only(layout);
        assert_eq!(product, first, "{layout}");
        assert!(report.warnings.is_empty(), "{layout}: {:?}", report.warnings);
    }
}

#[test]
fn atom_elements_stand_in_for_missing_attributes() {
    let feed = "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:g='http://base.google.com/ns/1.0'><title>Loja</title>\
        <link rel='self' href='https://loja.example/feed'/><entry><id>tag:1</id><title>Atom</title>\
        <link rel='enclosure' href='https://loja.example/no'/><link href='https://loja.example/a?b=1&amp;c=2'/>\
        <summary>curta</summary><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>longa</div></content>\
        <g:id>7</g:id><g:price>5 BRL</g:price></entry></feed>";
    let (product, _) = only(feed);
    assert_eq!((product.id.as_str(), product.title.as_str()), ("7", "Atom"));
    assert_eq!(product.link.as_deref(), Some("https://loja.example/a?b=1&c=2"));
    assert_eq!(product.description.as_deref(), Some("curta"));
    let (product, _) = only(feed.replace("<summary>curta</summary>", ""));
    assert_eq!(product.description.as_deref(), Some("longa"));
}

#[test]
fn only_what_is_directly_inside_an_item_counts() {
    let nested = "<g:shipping><g:country>BR</g:country><g:price>99.00 BRL</g:price><g:id>no</g:id></g:shipping>\
        <tax><price>98.00 BRL</price></tax><x:title xmlns:x='urn:x'>no</x:title>";
    let items = format!(
        "<image><title>no</title></image>{}<item>{nested}<g:title>Dois</g:title><g:id>2</g:id></item>",
        item("1", nested)
    );
    let outcome = read_all(rss(&items));
    assert_eq!(
        (outcome.products[0].price.cents, outcome.products[0].title.as_str()),
        (1000, "Produto 1")
    );
    assert_eq!(outcome.rejected[0].reasons, [RejectReason::NoPrice]);
}

#[test]
fn what_an_item_must_have() {
    let cases = [
        ("<item/>", vec![RejectReason::Empty], None),
        ("<item>\n</item>", vec![RejectReason::Empty], None),
        (
            "<item><g:title>T</g:title><g:price>1 BRL</g:price></item>",
            vec![RejectReason::NoId],
            None,
        ),
        (
            "<item><g:id> 9 </g:id><g:title>&#160;</g:title><g:price/></item>",
            vec![RejectReason::NoTitle, RejectReason::NoPrice],
            Some("9"),
        ),
    ];
    let items: String = cases.iter().map(|(item, ..)| *item).collect();
    let outcome = read_all(rss(&(items + &item("1", ""))));
    assert_eq!(
        (outcome.report.items, outcome.report.usable, outcome.report.rejected),
        (5, 1, 4)
    );
    for ((_, reasons, id), rejected) in cases.iter().zip(&outcome.rejected) {
        assert_eq!((&rejected.reasons, rejected.id.as_deref()), (reasons, *id));
    }
    let bad_price = rss("<item><g:id>1</g:id><g:title>T</g:title><g:price>25.00 GB</g:price></item>");
    let reason = read_all(bad_price).rejected[0].reasons[0].to_string();
    assert_eq!(reason, "the price \"25.00 GB\" cannot be read: unknown currency");
    let long_id = read_all(rss(&item(&"x".repeat(300), "")));
    assert_eq!(long_id.rejected[0].reasons, [RejectReason::IdTooLong]);
}

#[test]
fn the_first_usable_item_of_a_repeated_id_wins() {
    let no_price = "<item><g:id>A</g:id><g:title>sem preço</g:title></item>";
    let outcome = read_all(rss(&[no_price, &item("A", ""), &item("a", ""), &item("A", "")].concat()));
    let ids: Vec<_> = outcome
        .products
        .iter()
        .map(|product| (product.position, product.id.as_str()))
        .collect();
    assert_eq!(ids, [(2, "A"), (3, "a")]);
    assert_eq!(outcome.rejected[1].reasons, [RejectReason::RepeatedId]);
}

#[test]
fn odd_prices_are_kept_and_reported() {
    let offer = |id: &str, price: &str, sale: &str| {
        format!(
            "<item><g:id>{id}</g:id><g:title>T</g:title><g:price>{price}</g:price><g:sale_price>{sale}</g:sale_price></item>"
        )
    };
    let outcome = read_all(rss(&[
        offer("1", "41.25", ""),
        offer("2", "0 BRL", "0"),
        offer("3", "10.00 BRL", "12.00 BRL"),
        offer("4", "10.00 BRL", "9.00 USD"),
        offer("5", "189.049999 BRL", "oferta"),
        offer("6", "43.056 BRL", "0.00 BRL"),
    ]
    .concat()));
    let sales: Vec<_> = outcome
        .products
        .iter()
        .map(|one| one.sale_price.as_ref().map(|sale| sale.cents))
        .collect();
    assert_eq!(sales, [None, None, Some(1200), None, None, None]);
    let prices: Vec<_> = outcome.products.iter().map(|product| product.price.cents).collect();
    assert_eq!(prices, [4125, 0, 1000, 1000, 18_905, 4306]);
    let expected = [
        (W::MissingCurrency, 1),
        (W::AmbiguousPrice, 1),
        (W::RoundedPrice, 2),
        (W::ZeroPrice, 1),
        (W::SalePriceNotLower, 1),
        (W::UnusableSalePrice, 4),
    ];
    for (kind, count) in expected {
        assert_eq!(outcome.report.count(kind), count, "{kind}");
    }
}

#[test]
fn what_is_no_product_feed_is_refused_by_name() {
    let cases = [
        ("", "an empty file"),
        (" \n ", "an empty file"),
        ("{\"products\": []}", "JSON"),
        ("[1]", "JSON"),
        ("id;title;price\n1;a;2", "text without any XML element"),
        ("<!DOCTYPE html><html><body>Entrar</body></html>", "an HTML page"),
        ("<html><head></head></html>", "an HTML page"),
        (
            "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url/></urlset>",
            "a sitemap (root element <urlset>)",
        ),
        (
            "<?xml version='1.0'?><listings><listing><title>Carro</title></listing></listings>",
            "a list of vehicles, hotels or homes (root element <listings>)",
        ),
        (
            "<Error><Code>AccessDenied</Code></Error>",
            "an XML document whose root element is <Error>",
        ),
        ("<!-- só um comentário -->", "text without any complete XML element"),
        ("PK\u{3}\u{4}rest", "a zip archive (gzip is unpacked, zip is not)"),
    ];
    for (bytes, found) in cases {
        assert_eq!(refusal(bytes), found, "{bytes}");
        assert_eq!(
            refusal(gzip(bytes.as_bytes())),
            if bytes.starts_with("PK") {
                "text without any XML element"
            } else {
                found
            }
        );
    }
    let blog = "<rss><channel><item><title>Notícia</title><link>https://blog.example</link><guid>1</guid></item></channel></rss>";
    assert!(refusal(blog).starts_with("a feed of 1 items, none of which has a price"));
    let message = read("x".as_bytes(), "BRL", FeedLimits::default())
        .next()
        .unwrap()
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("found text") && message.contains("expected Google Shopping XML"),
        "{message}"
    );
}

#[test]
fn a_feed_without_items_is_an_empty_catalogue() {
    let outcome = read_all(rss(""));
    assert_eq!(
        (outcome.report.items, outcome.report.is_complete, outcome.error),
        (0, true, None)
    );
}
