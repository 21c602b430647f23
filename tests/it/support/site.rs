//! A shop's server that gives out a feed: a real HTTP server, whose answers can be conditional, cut short, in pieces,
//! and wrong. It writes its answers byte by byte, since no library would lie like that.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// When every content was changed last, unless it has an entity tag: long ago, so that the date is a strong validator.
const LONG_AGO: &str = "Thu, 01 Jan 2026 10:00:00 GMT";

/// What a server does about a request for a piece.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Pieces {
    /// Gives it if it is of the content that is meant, or else everything.
    #[default]
    Given,
    /// Gives everything.
    Ignored,
    /// Says that there is no such piece.
    Refused,
    /// Gives one that begins elsewhere, and says so.
    Elsewhere,
    /// Gives it without saying where it begins.
    Nowhere,
    /// Gives one of whatever content there is, and says of which.
    OfAnother,
    /// Gives one of whatever content there is, and calls it the one that is meant.
    OfAnotherUnsaid,
    /// Calls the whole content a piece.
    Everything,
}

/// What tells a client which version it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing.
    Nothing,
    /// An entity tag.
    Tag(String),
    /// A date.
    Date,
}

/// What was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) range: Option<String>,
    pub(crate) if_range: Option<String>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) if_modified_since: Option<String>,
}

impl Asked {
    /// Whether nothing but the address was asked for.
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

struct State {
    content: Vec<u8>,
    told: Told,
    conditional: bool,
    pieces: Pieces,
    /// After how many bytes of their bodies the next answers break off.
    cuts: VecDeque<usize>,
    /// What the content becomes when an answer has broken off.
    next: Option<(Vec<u8>, Told)>,
    asked: Vec<Asked>,
}

/// The server; it ends with the test.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Site {
    /// Starts one that does everything right.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/feed.xml", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            content: Vec::new(),
            told: Told::Nothing,
            conditional: true,
            pieces: Pieces::Given,
            cuts: VecDeque::new(),
            next: None,
            asked: Vec::new(),
        }));
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&served);
                tokio::spawn(async move { serve(stream, &state).await });
            }
        });
        Self { url, state }
    }

    /// Has this content from now on.
    pub(crate) fn has(&self, content: impl Into<Vec<u8>>, told: Told) {
        let mut state = self.state.lock().unwrap();
        (state.content, state.told) = (content.into(), told);
    }

    /// Has this content as soon as an answer has broken off.
    pub(crate) fn has_then(&self, content: impl Into<Vec<u8>>, told: Told) {
        self.state.lock().unwrap().next = Some((content.into(), told));
    }

    /// Breaks the next answers off after so many bytes of their bodies.
    pub(crate) fn breaks(&self, cuts: impl IntoIterator<Item = usize>) {
        self.state.lock().unwrap().cuts = cuts.into_iter().collect();
    }

    /// Does so about pieces.
    pub(crate) fn does(&self, pieces: Pieces) {
        self.state.lock().unwrap().pieces = pieces;
    }

    /// Knows nothing of conditions.
    pub(crate) fn ignores_conditions(&self) {
        self.state.lock().unwrap().conditional = false;
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let Some(asked) = request(&mut stream).await else {
        return;
    };
    let (head, body, is_cut) = state.lock().unwrap().answer(asked);
    // The client may have gone away.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
    let _ = stream.flush().await;
    if is_cut {
        // What was written is read before the connection ends.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let mut state = state.lock().unwrap();
        if let Some((content, told)) = state.next.take() {
            (state.content, state.told) = (content, told);
        }
    }
    let _ = stream.shutdown().await;
}

async fn request(stream: &mut TcpStream) -> Option<Asked> {
    let (mut head, mut piece) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => head.extend_from_slice(&piece[..length]),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .next()
    };
    Some(Asked {
        range: header("range"),
        if_range: header("if-range"),
        if_none_match: header("if-none-match"),
        if_modified_since: header("if-modified-since"),
    })
}

impl State {
    /// An answer's head, as much of its body as is sent, and whether that is not all.
    fn answer(&mut self, asked: Asked) -> (String, Vec<u8>, bool) {
        let (status, more, body) = self.judge(&asked);
        self.asked.push(asked);
        let mut head =
            format!("HTTP/1.1 {status}\r\nDate: Sun, 01 Feb 2026 10:00:00 GMT\r\nConnection: close\r\n{more}");
        if !status.starts_with("304") {
            write!(
                head,
                "Content-Type: application/xml\r\nContent-Length: {}\r\n",
                body.len()
            )
            .unwrap();
        }
        head.push_str("\r\n");
        let cut = if status.starts_with('2') {
            self.cuts.pop_front()
        } else {
            None
        };
        match cut.filter(|cut| *cut < body.len()) {
            Some(cut) => (head, body[..cut].to_vec(), true),
            None => (head, body, false),
        }
    }

    fn judge(&self, asked: &Asked) -> (&'static str, String, Vec<u8>) {
        let told = self.headers(None);
        let known = match &self.told {
            Told::Nothing => false,
            Told::Tag(tag) => asked.if_none_match.as_ref() == Some(tag),
            Told::Date => asked.if_modified_since.as_deref() == Some(LONG_AGO),
        };
        if known && self.conditional {
            return ("304 Not Modified", told, Vec::new());
        }
        let all = ("200 OK", told.clone(), self.content.clone());
        let from = asked.range.as_deref().and_then(|range| range.strip_prefix("bytes="));
        let from: Option<usize> = from
            .and_then(|from| from.strip_suffix('-'))
            .map(|from| from.parse().unwrap());
        let Some(from) = from else { return all };
        let length = self.content.len();
        let is_meant = match &self.told {
            Told::Nothing => false,
            Told::Tag(tag) => asked.if_range.as_ref() == Some(tag),
            Told::Date => asked.if_range.as_deref() == Some(LONG_AGO),
        };
        let piece = |from: usize, said: &str| {
            let range = format!("Content-Range: bytes {from}-{}/{length}\r\n", length - 1);
            (
                "206 Partial Content",
                format!("{said}{range}"),
                self.content[from..].to_vec(),
            )
        };
        match self.pieces {
            Pieces::Given if is_meant => piece(from, &told),
            Pieces::Given | Pieces::Ignored => all,
            Pieces::Refused => ("416 Range Not Satisfiable", told, b"no".to_vec()),
            Pieces::Elsewhere => piece(from + 1, &told),
            Pieces::Nowhere => ("206 Partial Content", told, self.content[from..].to_vec()),
            Pieces::OfAnother => piece(from, &told),
            Pieces::OfAnotherUnsaid => piece(from, &self.headers(asked.if_range.as_deref())),
            Pieces::Everything => {
                let (status, head, _) = piece(from, &told);
                (status, head, self.content.clone())
            }
        }
    }

    fn headers(&self, tag: Option<&str>) -> String {
        match (&self.told, tag) {
            (_, Some(tag)) => format!("ETag: {tag}\r\n"),
            (Told::Tag(tag), None) => format!("ETag: {tag}\r\n"),
            (Told::Nothing, None) => String::new(),
            (Told::Date, None) => format!("Last-Modified: {LONG_AGO}\r\n"),
        }
    }
}
