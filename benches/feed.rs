//! How fast product feeds are read, against a bare event loop of the XML parser over the same bytes in the same run.
//! The ratio of the two is what counts; absolute figures belong to the machine.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fidelidade::feed::{self, FeedItem, FeedLimits};
use quick_xml::Reader;
use quick_xml::events::Event;

/// An Atom feed like those of real shops: much escaped HTML, one line.
fn generate(items: u32) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\" \
        xmlns:g=\"http://base.google.com/ns/1.0\"><title>Loja</title>"
        .to_owned();
    let paragraph =
        "&lt;div&gt;Ração completa para cães &amp;amp; gatos, com ômegas 3 e 6&amp;nbsp;&lt;/div&gt;".repeat(12);
    for id in 1..=items {
        let _written = write!(
            xml,
            "<entry><g:id>sku-{id}</g:id><g:title>Molho natural de peixe {id} 100g</g:title>\
             <g:description>{paragraph}</g:description><g:link>https://loja.example/produto/{id}?a=1&amp;b=2</g:link>\
             <g:image_link>https://cdn.example/{id}.jpg</g:image_link><g:price>{}.90 BRL</g:price>\
             <g:availability>in_stock</g:availability><g:product_type>Animais &gt; Gatos</g:product_type>\
             <g:shipping><g:country>BR</g:country><g:price>9.90 BRL</g:price></g:shipping></entry>",
            id % 1_000
        );
    }
    xml.push_str("</feed>");
    xml
}

fn bare_loop(xml: &[u8]) -> u64 {
    let mut reader = Reader::from_reader(std::io::BufReader::with_capacity(64 << 10, xml));
    let (mut buf, mut events) = (Vec::new(), 0);
    loop {
        match reader.read_event_into(&mut buf) {
            Ok(Event::Eof) | Err(_) => return events,
            Ok(event) => {
                black_box(&event);
                events += 1;
            }
        }
        buf.clear();
    }
}

fn products(xml: &[u8]) -> usize {
    let items = feed::read(xml, "BRL", FeedLimits::default());
    items.filter(|item| matches!(item, Ok(FeedItem::Product(_)))).count()
}

fn reading(criterion: &mut Criterion) {
    let xml = generate(4_000);
    let bytes = xml.as_bytes();
    assert_eq!(products(bytes), 4_000);
    let mut group = criterion.benchmark_group("feed");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("bare event loop", |bencher| {
        bencher.iter(|| bare_loop(black_box(bytes)));
    });
    group.bench_function("products", |bencher| bencher.iter(|| products(black_box(bytes))));
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
