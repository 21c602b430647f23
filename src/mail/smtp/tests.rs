//! The SMTP transport against a real conversation over TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::{test_server::TestServer, *};
use crate::mail::{
    parse_address,
    tests::{context, points_earned},
};

async fn server() -> TestServer {
    TestServer::start(("user", "secret")).await.unwrap()
}

fn smtp(server: &TestServer, password: &str) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port: server.port,
        tls: TlsMode::None,
        username: Some("user".to_owned()),
        password: Some(password.into()),
        timeout_seconds: 10,
    }
}

fn transport(server: &TestServer) -> SmtpTransport {
    SmtpTransport::new(&smtp(server, "secret")).unwrap()
}

fn mail_to(recipient: &str) -> Outgoing {
    let mut mail = Outgoing::compose(&points_earned(), &context());
    mail.to = parse_address(&format!("{recipient}@example.com")).unwrap();
    mail
}

#[tokio::test]
async fn the_server_receives_the_bytes_that_were_meant() {
    let server = server().await;
    let mut mail = mail_to("maria");
    mail.text = ".a line with a dot\n..two\n.\nend\n".to_owned();
    transport(&server).send(&mail).await.unwrap();

    let seen = server.seen();
    assert_eq!(
        seen.messages[0].strip_suffix(b"\r\n"),
        Some(mail.to_bytes().unwrap().as_slice())
    );
    let received = String::from_utf8(seen.messages[0].clone()).unwrap();
    assert!(
        received.contains("\r\n.a line with a dot\r\n..two\r\n.\r\nend\r\n"),
        "{received}"
    );
    assert!(
        received.contains("\r\nMessage-ID: <mail-01J9ZZ@fidelidade.example>\r\n"),
        "{received}"
    );
    let commands: Vec<_> = seen
        .commands
        .iter()
        .filter(|command| !command.starts_with("EHLO"))
        .collect();
    assert_eq!(
        commands,
        [
            "AUTH PLAIN AHVzZXIAc2VjcmV0",
            "MAIL FROM:<nao-responda@fidelidade.example>",
            "RCPT TO:<maria@example.com>",
            "DATA"
        ]
    );
}

#[tokio::test]
async fn one_connection_serves_the_emails_that_follow_one_another() {
    let server = server().await;
    let transport = transport(&server);
    for _ in 0..3 {
        transport.send(&mail_to("maria")).await.unwrap();
    }
    let seen = server.seen();
    assert_eq!((seen.connections, seen.messages.len()), (1, 3));
}

#[tokio::test]
async fn each_refusal_says_what_it_is_about() {
    let server = server().await;
    let transport = transport(&server);
    let cases = [
        ("nobody", Some(RefusedPart::Recipient)),
        ("blocked", Some(RefusedPart::Message)),
        ("spam", Some(RefusedPart::Message)),
        ("locked", None),
        ("busy", None),
        ("full", None),
    ];
    for (recipient, expected) in cases {
        let error = transport.send(&mail_to(recipient)).await.unwrap_err();
        let what = match error {
            MailError::Refused { what, .. } => Some(what),
            MailError::Unavailable { .. } => None,
        };
        assert_eq!(what, expected, "{recipient}: {error}");
        assert!(!error.to_string().contains('@'), "{error}");
    }
    transport.send(&mail_to("maria")).await.unwrap();
}

#[tokio::test]
async fn our_own_password_and_sender_are_not_the_recipients_fault() {
    let server = server().await;
    let wrong = SmtpTransport::new(&smtp(&server, "wrong")).unwrap();
    let error = wrong.send(&mail_to("maria")).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("535"), "{error}");

    let mut mail = mail_to("maria");
    mail.from.email = parse_address("stranger@example.com").unwrap();
    let error = transport(&server).send(&mail).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("553"), "{error}");
    assert!(server.seen().messages.is_empty());
}

#[tokio::test]
async fn a_silent_server_is_given_up_and_its_connection_not_used_again() {
    let server = server().await;
    let mut transport = transport(&server);
    transport.send(&mail_to("maria")).await.unwrap();
    transport.timeout = Duration::from_millis(200);
    let error = transport.send(&mail_to("silent")).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    transport.timeout = Duration::from_secs(10);
    transport.send(&mail_to("maria")).await.unwrap();
    let seen = server.seen();
    assert_eq!((seen.connections, seen.messages.len()), (2, 2));
}

#[tokio::test]
async fn a_delivery_that_is_cut_short_leaves_nothing_behind() {
    let server = server().await;
    let transport = transport(&server);
    transport.send(&mail_to("maria")).await.unwrap();
    let cut_short = timeout(Duration::from_millis(200), transport.send(&mail_to("silent"))).await;
    assert!(cut_short.is_err());
    assert!(transport.idle.lock().unwrap().is_empty());
    transport.send(&mail_to("maria")).await.unwrap();
    assert_eq!(server.seen().connections, 2);
}

#[tokio::test]
async fn without_the_promised_encryption_nothing_is_said() {
    let server = server().await;
    let settings = SmtpSettings {
        tls: TlsMode::Starttls,
        ..smtp(&server, "secret")
    };
    let error = SmtpTransport::new(&settings)
        .unwrap()
        .send(&mail_to("maria"))
        .await
        .unwrap_err();
    assert!(error.is_transient(), "{error}");
    let commands = server.seen().commands;
    assert!(
        commands
            .iter()
            .all(|command| command.starts_with("EHLO") || command == "QUIT"),
        "{commands:?}"
    );
}

#[tokio::test]
async fn a_server_that_is_away_is_a_passing_trouble() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let settings = SmtpSettings {
        port,
        tls: TlsMode::None,
        ..SmtpSettings::default()
    };
    let error = SmtpTransport::new(&settings)
        .unwrap()
        .send(&mail_to("maria"))
        .await
        .unwrap_err();
    assert!(error.is_transient(), "{error}");
}
