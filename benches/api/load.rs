//! Clients that ask over connections which stay open, and what their answers took.
//!
//! They share the machine with the server, so they do next to nothing: requests are written beforehand, and of an answer
//! only the head is read, its length and its first bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How an answer without errors begins.
const WITH_DATA: &[u8] = br#"{"data":{"#;

/// Whom to ask, and what.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    /// Requests as they are sent, asked for in turns.
    pub(crate) requests: Arc<[Vec<u8>]>,
}

/// When clients stop.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// After some time.
    Passed(Duration),
    /// After so many requests of all clients together.
    Asked(u64),
}

/// What was measured.
pub(crate) struct Answered {
    pub(crate) took: Duration,
    /// What each answer took, the shortest first.
    pub(crate) each: Vec<Duration>,
}

impl Answered {
    /// Answers for each second.
    pub(crate) fn per_second(&self) -> f64 {
        super::as_f64(self.each.len() as u64) / self.took.as_secs_f64()
    }

    /// What so many of a thousand answers took at most, in milliseconds.
    pub(crate) fn milliseconds(&self, per_mille: usize) -> f64 {
        let place = self.each.len() * per_mille / 1000;
        let last = self.each.len().saturating_sub(1);
        let found = self.each.get(place.min(last)).copied().unwrap_or_default();
        found.as_secs_f64() * 1000.0
    }
}

impl Load {
    /// Requests of one kind to a server.
    pub(crate) fn new(address: SocketAddr, path: &str, token: &str, bodies: impl Iterator<Item = String>) -> Self {
        let request = |body: String| {
            let length = body.len();
            format!(
                "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
                 content-type: application/json\r\naccept: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            )
            .into_bytes()
        };
        Self {
            address,
            requests: bodies.map(request).collect(),
        }
    }

    /// So many clients at once.
    pub(crate) async fn run(&self, clients: u64, until: Until) -> anyhow::Result<Answered> {
        let next = Arc::new(AtomicU64::new(0));
        let began = Instant::now();
        let mut running = JoinSet::new();
        for _ in 0..clients {
            let (load, next) = (self.clone(), Arc::clone(&next));
            running.spawn(async move { load.client(&next, began, until).await });
        }
        let mut each = Vec::new();
        while let Some(done) = running.join_next().await {
            each.extend(done??);
        }
        let took = began.elapsed();
        each.sort_unstable();
        Ok(Answered { took, each })
    }

    async fn client(&self, next: &AtomicU64, began: Instant, until: Until) -> anyhow::Result<Vec<Duration>> {
        let mut connection = Connection::open(self.address).await?;
        let mut each = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let over = match until {
                Until::Passed(time) => began.elapsed() >= time,
                Until::Asked(requests) => number >= requests,
            };
            if over {
                return Ok(each);
            }
            let place = usize::try_from(number)? % self.requests.len();
            let asked = Instant::now();
            let answer = connection.ask(&self.requests[place]).await?;
            each.push(asked.elapsed());
            ensure!(
                answer.starts_with(WITH_DATA),
                "the server answers {}",
                String::from_utf8_lossy(answer)
            );
        }
    }

    /// The answer to one of the requests.
    pub(crate) async fn answer(&self, place: usize) -> anyhow::Result<Vec<u8>> {
        let mut connection = Connection::open(self.address).await?;
        Ok(connection.ask(&self.requests[place]).await?.to_vec())
    }
}

/// A connection that stays open.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; 256 * 1024],
        })
    }

    /// Sends a request and reads its answer; what comes back is the body.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let (head, length) = loop {
            filled += self.read(filled).await?;
            if let Some(end) = memchr::memmem::find(&self.buffer[..filled], b"\r\n\r\n") {
                break (end + 4, length(&self.buffer[..end])?);
            }
        };
        if self.buffer.len() < head + length {
            self.buffer.resize(head + length, 0);
        }
        while filled < head + length {
            filled += self.read(filled).await?;
        }
        Ok(&self.buffer[head..head + length])
    }

    async fn read(&mut self, filled: usize) -> anyhow::Result<usize> {
        let read = self.stream.read(&mut self.buffer[filled..]).await?;
        ensure!(read > 0, "the server closed the connection");
        Ok(read)
    }
}

/// The length that a head tells of its body.
fn length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    let named = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    };
    head.lines()
        .find_map(named)
        .with_context(|| format!("an answer without a length: {head}"))
}
