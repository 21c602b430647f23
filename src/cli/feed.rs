use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::{Value, json};
use url::Url;

use crate::config::Config;
use crate::domain::money_text::format_brl;
use crate::feed::{self, Example, FeedError, FeedItem, FeedLimits, FeedReport};
use crate::platform::http::{Client, StreamLimits};
use crate::run::http_settings;

#[derive(Debug, Subcommand)]
pub(super) enum FeedCommand {
    /// Read a Google Shopping feed and tell what would become of it. Writes nothing; fails if it is none.
    Check {
        /// A file, or an address that begins with http:// or https://.
        source: String,
        /// Of prices that name none: an ISO 4217 code.
        #[arg(long, default_value = "BRL")]
        currency: String,
        /// Print one JSON object: `items`, `usable`, `sum` of the usable prices in minor units, `currency`, `warnings`
        /// and more; or `refused`, with what it is instead.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn feed(config: Config, command: FeedCommand) -> anyhow::Result<ExitCode> {
    let FeedCommand::Check {
        source,
        currency,
        json: as_json,
    } = command;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        bail!("--currency {currency} is not an ISO 4217 code of three capitals, for instance BRL");
    }
    let limits = FeedLimits {
        max_decompressed_bytes: config.feed.max_decompressed_bytes,
        max_items: config.feed.max_items,
        ..FeedLimits::default()
    };
    let is_address = source.starts_with("http://") || source.starts_with("https://");
    let checked = if is_address {
        let body = fetch(&config, &source).await?;
        tokio::task::spawn_blocking(move || check(body, &currency, limits)).await?
    } else {
        let file = File::open(&source).with_context(|| format!("the feed {source} cannot be opened"))?;
        tokio::task::spawn_blocking(move || check(file, &currency, limits)).await?
    };
    if as_json {
        println!("{}", checked.as_json());
    } else {
        checked.print();
    }
    Ok(match checked.ended {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

/// The body behind an address, fetched as imports fetch it: nothing within a private network, unless allowed.
async fn fetch(config: &Config, source: &str) -> anyhow::Result<impl Read + use<>> {
    let url: Url = source.parse().with_context(|| format!("{source} is not an address"))?;
    let limits = StreamLimits {
        max_bytes: config.feed.max_decompressed_bytes,
        max_time: Duration::from_secs(config.feed.timeout_seconds),
    };
    let body = Client::new(http_settings(config))?.get_stream(&url, limits).await?;
    if !body.status().is_success() {
        bail!("the feed's address answered {}; check it in a browser", body.status());
    }
    Ok(body.into_blocking())
}

/// What came of reading a feed.
struct Checked {
    report: FeedReport,
    /// The usable prices, added up by currency, in minor units.
    sums: BTreeMap<String, i128>,
    /// Why it was not read to its end.
    ended: Option<FeedError>,
}

fn check(source: impl Read, currency: &str, limits: FeedLimits) -> Checked {
    let mut reader = feed::read(source, currency, limits);
    let (mut sums, mut ended) = (BTreeMap::new(), None);
    for item in reader.by_ref() {
        match item {
            Ok(FeedItem::Product(product)) => {
                *sums.entry(product.price.currency).or_default() += i128::from(product.price.cents);
            }
            Ok(FeedItem::Rejected(_)) => {}
            Err(error) => ended = Some(error),
        }
    }
    Checked {
        report: reader.into_report(),
        sums,
        ended,
    }
}

impl Checked {
    fn as_json(&self) -> Value {
        if let Some(FeedError::NotAProductFeed { found }) = &self.ended {
            return json!({ "refused": found });
        }
        let report = &self.report;
        let warnings: Vec<Value> = report
            .warnings
            .iter()
            .map(|(kind, warning)| {
                json!({ "kind": kind, "meaning": kind.to_string(), "count": warning.count, "examples": warning.examples })
            })
            .collect();
        // One sum means one currency; a feed of several has a sum for each.
        let mut only = self.sums.iter();
        let (currency, sum) = match (only.next(), only.next()) {
            (Some((currency, sum)), None) => (Some(currency), Some(sum)),
            (None, _) => (None, Some(&0)),
            _ => (None, None),
        };
        json!({
            "items": report.items,
            "usable": report.usable,
            "sum": sum,
            "currency": currency,
            "sums": self.sums,
            "warnings": warnings,
            "rejected": report.rejected,
            "rejections": report.rejections,
            "complete": report.is_complete,
            "error": self.ended.as_ref().map(ToString::to_string),
        })
    }

    fn print(&self) {
        let report = &self.report;
        if let Some(error @ FeedError::NotAProductFeed { .. }) = &self.ended {
            println!("Refused: {error}.");
            return;
        }
        println!(
            "{} items: {} can become rewards, {} cannot.",
            report.items, report.usable, report.rejected
        );
        for (currency, sum) in &self.sums {
            println!("Their prices add up to {}.", in_words(*sum, currency));
        }
        if !report.rejections.is_empty() {
            println!("\nThese cannot, until the shop mends them:");
        }
        for rejection in &report.rejections {
            let reasons: Vec<String> = rejection.reasons.iter().map(ToString::to_string).collect();
            let id = rejection.id.as_ref().map(|id| format!(", id {id}")).unwrap_or_default();
            println!(
                "  item {} (line {}{id}): {}",
                rejection.position,
                rejection.line,
                reasons.join(", ")
            );
        }
        let untold = report.rejected - report.rejections.len() as u64;
        if untold > 0 {
            println!("  and {untold} more");
        }
        if !report.warnings.is_empty() {
            println!("\nOdd, and read all the same:");
        }
        for (kind, warning) in &report.warnings {
            println!("  {kind}: {} times{}", warning.count, places(&warning.examples));
        }
        if let Some(error) = &self.ended {
            println!("\nIt was not read to its end: {error}.");
        } else if !report.is_complete {
            println!("\nThe feed breaks off: products may be missing, and none is withdrawn because of it.");
        }
    }
}

/// Where something was found, as far as it is known.
fn places(examples: &[Example]) -> String {
    let place = |example: &Example| match (example.position, example.detail.as_str()) {
        (None, "") => format!("line {}", example.line),
        (None, detail) => format!("line {}: {detail}", example.line),
        (Some(item), "") => format!("item {item}, line {}", example.line),
        (Some(item), detail) => format!("item {item}, line {}: {detail}", example.line),
    };
    match examples.iter().take(3).map(place).collect::<Vec<_>>() {
        places if places.is_empty() => String::new(),
        places => format!(" ({})", places.join("; ")),
    }
}

/// A sum of minor units as people write it, where the currency is that of Brazil.
fn in_words(sum: i128, currency: &str) -> String {
    match i64::try_from(sum) {
        Ok(cents) if currency == "BRL" => format_brl(cents),
        _ => format!("{sum} in the smallest unit of {currency}"),
    }
}
