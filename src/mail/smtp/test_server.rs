//! A small SMTP server for tests: it speaks real SMTP over TCP, keeps what it receives, and answers
//! by the recipient's name.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A running server; it ends with the test's runtime.
pub(super) struct TestServer {
    pub(super) port: u16,
    seen: Arc<Mutex<Seen>>,
}

/// What the server has seen so far.
#[derive(Default, Clone)]
pub(super) struct Seen {
    pub(super) connections: usize,
    /// Every command line, without the contents of messages.
    pub(super) commands: Vec<String>,
    /// The contents of messages, as they were before dots were doubled.
    pub(super) messages: Vec<Vec<u8>>,
}

impl TestServer {
    /// Starts a server that takes this user and password.
    pub(super) async fn start(account: (&str, &str)) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let expected = BASE64_STANDARD.encode(format!("\0{}\0{}", account.0, account.1));
        let for_task = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                for_task.lock().unwrap().connections += 1;
                tokio::spawn(talk(stream, Arc::clone(&for_task), expected.clone()));
            }
        });
        Ok(Self { port, seen })
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

async fn talk(mut stream: TcpStream, seen: Arc<Mutex<Seen>>, expected: String) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read);
    let mut recipient = String::new();
    write.write_all(b"220 test ESMTP\r\n").await?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        seen.lock().unwrap().commands.push(command.clone());
        let reply = match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-test\r\n250 AUTH PLAIN LOGIN",
            "AUTH" if command == format!("AUTH PLAIN {expected}") => "235 welcome",
            "AUTH" => "535 5.7.8 wrong password",
            "MAIL" if command.contains("<stranger@") => "553 5.1.8 sender not allowed",
            "MAIL" | "NOOP" => "250 ok",
            "RCPT" => {
                recipient = command.split(['<', '@']).nth(1).unwrap_or_default().to_owned();
                match recipient.as_str() {
                    "silent" => continue,
                    "nobody" => "550 5.1.1 <nobody@example.com>: no such user",
                    "blocked" => "550 5.7.1 relaying denied",
                    "locked" => "530 5.7.0 authenticate first",
                    "busy" => "451 4.7.1 try again later",
                    _ => "250 ok",
                }
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let message = read_message(&mut lines).await?;
                seen.lock().unwrap().messages.push(message);
                match recipient.as_str() {
                    "spam" => "554 5.6.0 we do not like this",
                    "full" => "452 4.2.2 mailbox full",
                    _ => "250 taken",
                }
            }
            "QUIT" => "221 bye",
            _ => "500 what?",
        };
        write.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
}

/// Reads up to the line with a single dot, and takes the doubled dots back.
async fn read_message(lines: &mut BufReader<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.strip_prefix(b".") {
            Some(b"\r\n") => return Ok(message),
            Some(rest) => message.extend_from_slice(rest),
            None => message.extend_from_slice(&line),
        }
    }
}
