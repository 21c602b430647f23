//! `GET /exports/{ticket}`: the file of an export. It is sent part by part, packed as it is stored to those who take
//! gzip; a download that broke off goes on with `Range`.

use std::ops::Range;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use futures_util::stream::{self, Stream, StreamExt as _};

use super::refuse;
use crate::app::App;
use crate::service::export::{self, File, Part};

pub(super) fn routes(app: App) -> Router {
    Router::new().route("/exports/{ticket}", get(file)).with_state(app)
}

async fn file(State(app): State<App>, Path(ticket): Path<String>, headers: HeaderMap) -> Response {
    match export::of_ticket(&app, &ticket).await {
        Ok(Some(file)) => send(app, file, &headers),
        Ok(None) => refuse(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "there is no file at this address, or not any more; ask the export for its 'url' again",
        ),
        Err(error) => {
            tracing::error!(%error, "an export could not be looked up");
            refuse(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "try again")
        }
    }
}

/// Bytes of a file that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    All,
    Some(Range<u64>),
    /// Bytes that there are not.
    Beyond,
}

fn send(app: App, file: File, headers: &HeaderMap) -> Response {
    let wanted = wanted(headers, &file);
    let is_packed = wanted == Wanted::All && takes_gzip(headers);
    let mut told = vec![
        (header::CONTENT_TYPE, file.media_type().to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::VARY, "accept-encoding".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, tag(&file, is_packed)),
    ];
    let (name, all) = (file.name(), file.bytes());
    let attachment = format!("attachment; filename=\"{name}\"");
    told.push((header::CONTENT_DISPOSITION, attachment));
    let (status, body) = match wanted {
        Wanted::Beyond => {
            told.push((header::CONTENT_RANGE, format!("bytes */{all}")));
            (StatusCode::RANGE_NOT_SATISFIABLE, Body::empty())
        }
        Wanted::Some(range) => {
            let (first, last) = (range.start, range.end.saturating_sub(1));
            told.push((header::CONTENT_RANGE, format!("bytes {first}-{last}/{all}")));
            told.push((header::CONTENT_LENGTH, (range.end - range.start).to_string()));
            (
                StatusCode::PARTIAL_CONTENT,
                Body::from_stream(unpacked(app, file, range)),
            )
        }
        Wanted::All if is_packed => {
            told.push((header::CONTENT_ENCODING, "gzip".to_owned()));
            told.push((header::CONTENT_LENGTH, file.gzip_bytes().to_string()));
            (StatusCode::OK, Body::from_stream(packed(app, file)))
        }
        Wanted::All => {
            told.push((header::CONTENT_LENGTH, all.to_string()));
            (StatusCode::OK, Body::from_stream(unpacked(app, file, 0..all)))
        }
    };
    with_headers(Response::new(body), status, told)
}

fn with_headers(mut response: Response, status: StatusCode, told: Vec<(HeaderName, String)>) -> Response {
    *response.status_mut() = status;
    for (name, value) in told {
        // None of them holds anything that a header cannot.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A file never changes; packed it is another sequence of bytes.
fn tag(file: &File, is_packed: bool) -> String {
    let form = if is_packed { "-gzip" } else { "" };
    format!("\"{}{form}\"", file.id())
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, rest) = coding.split_once(';').unwrap_or((coding, ""));
            let rest: String = rest.split_whitespace().collect();
            let is_refused = rest.strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
            name.trim().eq_ignore_ascii_case("gzip") && !is_refused
        })
}

/// Which bytes a request is for. One range is understood; whatever is not, asks for all.
fn wanted(headers: &HeaderMap, file: &File) -> Wanted {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let is_of_another = text(header::IF_RANGE).is_some_and(|known| known != tag(file, false));
    let range = text(header::RANGE).filter(|_| !is_of_another);
    range.map_or(Wanted::All, |range| range_of(range, file.bytes()))
}

fn range_of(text: &str, all: u64) -> Wanted {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::All;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    let range = match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Ok(count) => all.saturating_sub(count)..all,
            Err(_) => return Wanted::All,
        },
        (first, "") => match number(first) {
            Ok(first) => first..all,
            Err(_) => return Wanted::All,
        },
        (first, last) => match (number(first), number(last)) {
            (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(all),
            _ => return Wanted::All,
        },
    };
    if range.is_empty() {
        Wanted::Beyond
    } else {
        Wanted::Some(range)
    }
}

/// The parts as they are stored, one after the other, with what makes a gzip file of them: one stream of deflate, as
/// many clients understand no more.
fn packed(app: App, file: File) -> impl Stream<Item = std::io::Result<Bytes>> {
    let ends = [file.gzip_head(), file.gzip_tail()].map(|end| stream::iter([Ok(Bytes::from(end))]));
    let [head, tail] = ends;
    let parts = stream::try_unfold(0, move |position| {
        let (app, file) = (app.clone(), file.clone());
        async move {
            let part = file.part(&app, position).await.map_err(std::io::Error::other)?;
            Ok(part.map(|part| (Bytes::from(part.packed), position + 1)))
        }
    });
    head.chain(parts).chain(tail)
}

/// The bytes of a range, a part at a time.
fn unpacked(app: App, file: File, range: Range<u64>) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold((range.start, None::<i32>), move |(at, next)| {
        let (app, file, end) = (app.clone(), file.clone(), range.end);
        async move {
            if at >= end {
                return Ok(None);
            }
            let part = match next {
                Some(position) => file.part(&app, position).await,
                None => export::part_with(&app, &file, at).await,
            };
            let part = part.map_err(std::io::Error::other)?;
            let part = part.ok_or_else(|| std::io::Error::other("a part of the file is gone"))?;
            let next = part.position + 1;
            let bytes = cut(&part, at..end)?;
            // A part that is empty would be asked for again without end.
            if bytes.is_empty() {
                return Err(std::io::Error::other("a part of the file is empty"));
            }
            let at = at + bytes.len() as u64;
            Ok(Some((bytes, (at, Some(next)))))
        }
    })
}

/// What a part has of a range.
fn cut(part: &Part, range: Range<u64>) -> std::io::Result<Bytes> {
    let plain = part.unpacked()?;
    let place = |byte: u64| {
        let place = byte.saturating_sub(part.begins_at);
        usize::try_from(place).unwrap_or(usize::MAX).min(plain.len())
    };
    let (first, end) = (place(range.start), place(range.end));
    Ok(Bytes::from(plain).slice(first..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood() {
        for (text, wanted) in [
            ("bytes=0-", Wanted::Some(0..100)),
            ("bytes=10-19", Wanted::Some(10..20)),
            ("bytes=90-500", Wanted::Some(90..100)),
            ("bytes=-30", Wanted::Some(70..100)),
            ("bytes=-300", Wanted::Some(0..100)),
            ("bytes=100-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=5-4", Wanted::All),
            ("bytes=0-1,5-6", Wanted::All),
            ("lines=0-1", Wanted::All),
            ("bytes=a-b", Wanted::All),
        ] {
            assert_eq!(range_of(text, 100), wanted, "{text}");
        }
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (text, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0, br", false),
            ("gzip; q=0.000", false),
            ("br", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))]);
            assert_eq!(takes_gzip(&headers), takes, "{text}");
        }
    }
}
