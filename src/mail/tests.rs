//! What the e-mails say, and that nobody's name can make them say something else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{TimeZone, Utc};

use super::*;

/// A context in which every value is harmless.
pub(super) fn context() -> MailContext {
    MailContext {
        mail_id: "01J9ZZ".to_owned(),
        date: Utc.with_ymd_and_hms(2026, 1, 31, 17, 5, 0).unwrap(),
        from: parse_address("nao-responda@fidelidade.example").unwrap(),
        to: parse_address("maria@example.com").unwrap(),
        reply_to: Some(parse_address("contato@loja.example").unwrap()),
        store_name: "Empório do Zé".to_owned(),
        site_url: "https://www.loja.example/?a=1&b=2".parse().unwrap(),
        customer_first_name: Some("Maria".to_owned()),
        zone: chrono_tz::America::Sao_Paulo,
        unsubscribe: Some("https://fidelidade.example/sair/abc".parse().unwrap()),
    }
}

pub(super) fn points_earned() -> Message {
    Message::PointsEarned {
        points: 1_250,
        balance: 3_001,
        order_number: "10-77".to_owned(),
    }
}

fn coupon_issued() -> Message {
    Message::CouponIssued {
        reward_name: "Vale R$\u{a0}20".to_owned(),
        code: "FIELABCD234567".to_owned(),
        takes_off: "R$\u{a0}20,00 de desconto".to_owned(),
        minimum_order_cents: Some(123_456),
        valid_until: Some(Utc.with_ymd_and_hms(2027, 2, 1, 2, 59, 59).unwrap()),
    }
}

#[test]
fn a_code_to_redeem_with_in_words() {
    let message = Message::RedemptionCode {
        code: "042917".to_owned(),
        valid_until: Utc.with_ymd_and_hms(2026, 1, 31, 17, 15, 0).unwrap(),
    };
    let rendered = render(&message, &context());
    assert_eq!(
        rendered.subject, "Empório do Zé: seu código para usar seus pontos",
        "a subject is read on locked screens"
    );
    assert_eq!(
        rendered.text,
        "Olá, Maria!\n\n\
         Seu código para usar seus pontos\n\n\
         Diga este código a quem atende você para trocar seus pontos por um prêmio. Ele serve uma vez.\n\n\
         Código para usar seus pontos: 042917\n\n\
         Válido até: 31/01/2026, 14:15\n\n\
         Se não foi você, ignore este e-mail e não conte o código a ninguém: seus pontos continuam seus.\n\n\
         Visite Empório do Zé: https://www.loja.example/?a=1&b=2\n\n\
         ----------\n\n\
         Este e-mail foi enviado por Empório do Zé porque alguém pediu na loja um código para usar os pontos deste endereço.\n"
    );
}

/// The header lines of an e-mail on the wire, unfolded.
fn headers(mail: &Outgoing) -> Vec<String> {
    let bytes = String::from_utf8(mail.to_bytes().unwrap()).unwrap();
    let (head, _) = bytes.split_once("\r\n\r\n").unwrap();
    head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
}

#[test]
fn points_earned_in_words() {
    let rendered = render(&points_earned(), &context());
    assert_eq!(rendered.subject, "Empório do Zé: você ganhou 1.250 pontos");
    assert_eq!(
        rendered.text,
        "Olá, Maria!\n\n\
         Você ganhou 1.250 pontos\n\n\
         Seu pedido 10-77 rendeu 1.250 pontos.\n\n\
         Seu saldo agora é de 3.001 pontos.\n\n\
         Visite Empório do Zé: https://www.loja.example/?a=1&b=2\n\n\
         ----------\n\n\
         Este e-mail foi enviado por Empório do Zé porque você participa do programa de fidelidade da loja.\n\n\
         Não quero mais receber estes avisos: https://fidelidade.example/sair/abc\n"
    );
    assert!(rendered.html.contains("<html lang=\"pt-BR\">"), "{}", rendered.html);
    assert!(
        rendered.html.contains("<p>Seu pedido 10-77 rendeu 1.250 pontos.</p>"),
        "{}",
        rendered.html
    );
    assert!(
        rendered
            .html
            .contains("<a href=\"https://www.loja.example/?a=1&amp;b=2\">Visite Empório do Zé</a>")
    );
    assert!(
        rendered
            .html
            .contains("<a href=\"https://fidelidade.example/sair/abc\">"),
        "{}",
        rendered.html
    );
}

#[test]
fn one_point_is_singular() {
    let message = Message::PointsEarned {
        points: 1,
        balance: 1,
        order_number: "7".to_owned(),
    };
    assert_eq!(
        render(&message, &context()).subject,
        "Empório do Zé: você ganhou 1 ponto"
    );
}

#[test]
fn coupon_issued_in_words() {
    let rendered = render(&coupon_issued(), &context());
    assert_eq!(
        rendered.subject,
        "Empório do Zé: seu cupom está pronto (Vale R$\u{a0}20)"
    );
    let expected = "Código do cupom: FIELABCD234567\n\n\
                    Vale: R$\u{a0}20,00 de desconto\n\n\
                    Pedido mínimo: R$\u{a0}1.234,56\n\n\
                    Válido até: 31/01/2027\n\n";
    assert!(rendered.text.contains(expected), "{}", rendered.text);
    assert!(rendered.html.contains(">FIELABCD234567</strong>"), "{}", rendered.html);
    assert!(
        !rendered.text.contains("estes avisos"),
        "nobody opts out of a coupon's code"
    );

    let Message::CouponIssued {
        reward_name,
        code,
        takes_off,
        ..
    } = coupon_issued()
    else {
        unreachable!()
    };
    let endless = Message::CouponIssued {
        reward_name,
        code,
        takes_off,
        minimum_order_cents: None,
        valid_until: None,
    };
    let text = render(&endless, &context()).text;
    assert!(
        !text.contains("Pedido mínimo") && !text.contains("Válido até"),
        "{text}"
    );
}

#[test]
fn a_paused_webhook_in_words() {
    let paused = |cause, failing_since| {
        let message = Message::WebhookPaused {
            receiver: "erp.exemplo.com.br".to_owned(),
            cause,
            failing_since,
            days_kept: 30,
        };
        render(&message, &context())
    };
    let since = Utc.with_ymd_and_hms(2026, 1, 28, 17, 5, 0).unwrap();
    let rendered = paused(PauseCause::Failing, Some(since));
    assert_eq!(rendered.subject, "Empório do Zé: webhook pausado (erp.exemplo.com.br)");
    let expected = "Destino: erp.exemplo.com.br\n\n\
                    Motivo: nenhuma entrega teve sucesso há dias\n\n\
                    Sem sucesso desde: 28/01/2026, 14:05\n\n\
                    Enquanto isso nada é enviado. Guardamos as entregas por 30 dias e as enviamos, em ordem, quando a \
                    pausa terminar.\n\n";
    assert!(rendered.text.contains(expected), "{}", rendered.text);
    let text = paused(PauseCause::Forbidden, None).text;
    assert!(
        text.contains("não tem mais permissão") && !text.contains("Sem sucesso desde"),
        "{text}"
    );
    assert!(paused(PauseCause::Gone, None).text.contains("410 Gone"));
}

#[test]
fn redemption_failed_in_words() {
    let message = Message::RedemptionFailed {
        reward_name: "Caneca".to_owned(),
        points_returned: 500,
        reason: "a loja está sem cupons deste prêmio".to_owned(),
    };
    let rendered = render(&message, &context());
    assert_eq!(
        rendered.subject,
        "Empório do Zé: não foi possível concluir o seu resgate"
    );
    let expected = "Prêmio: Caneca\n\n\
                    Motivo: a loja está sem cupons deste prêmio\n\n\
                    Devolvemos 500 pontos ao seu saldo.\n\n";
    assert!(rendered.text.contains(expected), "{}", rendered.text);
}

#[test]
fn hostile_names_stay_text() {
    let mut context = context();
    context.customer_first_name = Some("<b>Ana\r\n& 'Eva'</b>\u{202e}".to_owned());
    context.store_name = "Loja \"<script>\" & 'Cia'\r\nBcc: vitima@example.com".to_owned();
    let message = Message::PointsEarned {
        points: 1,
        balance: 1,
        order_number: "<img src=x>\n.\n".to_owned(),
    };
    let mail = Outgoing::compose(&message, &context);

    let greeting = "<p>Olá, &lt;b&gt;Ana &amp; &#39;Eva&#39;&lt;/b&gt;!</p>";
    assert!(mail.html.contains(greeting), "{}", mail.html);
    assert!(
        !mail.html.contains("<script") && !mail.html.contains("<img"),
        "{}",
        mail.html
    );
    assert!(
        mail.html
            .contains("Loja &quot;&lt;script&gt;&quot; &amp; &#39;Cia&#39; Bcc"),
        "{}",
        mail.html
    );
    assert!(
        mail.text.contains("Seu pedido <img src=x> . rendeu 1 ponto."),
        "{}",
        mail.text
    );
    assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
    let headers = headers(&mail);
    let names: Vec<_> = headers.iter().map(|line| line.split_once(':').unwrap().0).collect();
    assert_eq!(
        names,
        [
            "From",
            "To",
            "Subject",
            "Message-ID",
            "Date",
            "Auto-Submitted",
            "Reply-To",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "MIME-Version",
            "Content-Type"
        ]
    );
    let sender: Mailbox = headers[0].strip_prefix("From: ").unwrap().parse().unwrap();
    assert_eq!(sender.email, context.from);
}

#[test]
fn a_name_is_greeted_unless_it_is_none_or_spreads_a_link() {
    let greeting = |name: Option<&str>| {
        let context = MailContext {
            customer_first_name: name.map(str::to_owned),
            ..context()
        };
        render(&points_earned(), &context)
            .text
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(greeting(Some(" Ana  Maria\n")), "Olá, Ana Maria!");
    assert_eq!(greeting(Some("José Jr.")), "Olá, José Jr.!");
    assert_eq!(greeting(Some("<b>")), "Olá, <b>!");
    assert_eq!(
        greeting(Some(&"a".repeat(500))).chars().count(),
        "Olá, !".chars().count() + 80
    );
    for none in [
        None,
        Some(""),
        Some(" \n"),
        Some("ganhe em x.example"),
        Some("http://x"),
        Some("a@b"),
    ] {
        assert_eq!(greeting(none), "Olá!", "{none:?}");
    }
}

#[test]
fn only_web_addresses_are_linked() {
    let context = MailContext {
        site_url: "javascript:alert(1)".parse().unwrap(),
        ..context()
    };
    let rendered = render(&points_earned(), &context);
    assert!(
        !rendered.html.contains("javascript") && !rendered.text.contains("javascript"),
        "{}",
        rendered.html
    );
}

#[test]
fn without_an_opt_out_page_the_store_is_named() {
    let context = MailContext {
        unsubscribe: None,
        ..context()
    };
    let mail = Outgoing::compose(&points_earned(), &context);
    assert!(
        mail.text
            .ends_with("Para não receber mais estes avisos, fale com a loja.\n"),
        "{}",
        mail.text
    );
    assert!(headers(&mail).iter().all(|line| !line.starts_with("List-Unsubscribe")));
}

#[test]
fn the_headers_say_who_writes() {
    let headers = headers(&Outgoing::compose(&points_earned(), &context()));
    for expected in [
        "To: maria@example.com",
        "Reply-To: contato@loja.example",
        "Message-ID: <mail-01J9ZZ@fidelidade.example>",
        "Date: Sat, 31 Jan 2026 17:05:00 +0000",
        "List-Unsubscribe: <https://fidelidade.example/sair/abc>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ] {
        assert!(
            headers.iter().any(|line| line == expected),
            "{expected} is missing in {headers:#?}"
        );
    }
    assert!(headers[0].starts_with("From: =?utf-8?"), "{}", headers[0]);
    assert!(
        headers[0].ends_with("<nao-responda@fidelidade.example>"),
        "{}",
        headers[0]
    );
    assert!(
        Outgoing::compose(&coupon_issued(), &context())
            .list_unsubscribe
            .is_none()
    );
}

#[test]
fn the_same_email_has_the_same_bytes_and_only_ascii() {
    let first = Outgoing::compose(&coupon_issued(), &context()).to_bytes().unwrap();
    let again = Outgoing::compose(&coupon_issued(), &context()).to_bytes().unwrap();
    assert_eq!(first, again);
    assert!(first.is_ascii());
    assert!(first.split(|byte| *byte == b'\n').all(|line| line.len() < 998));
}

#[test]
fn message_ids_differ_when_ids_differ() {
    assert_eq!(MessageId::new("01J9", "x.example").to_string(), "<mail-01J9@x.example>");
    assert_ne!(MessageId::new("a b", "x.example"), MessageId::new("a=20b", "x.example"));
    assert_eq!(
        MessageId::new("a>\r\nBcc: b", "x.example").to_string(),
        "<mail-a=3E=0D=0ABcc=3A=20b@x.example>"
    );
}

#[test]
fn addresses_that_no_mail_reaches_are_refused_for_good() {
    for bad in [
        "",
        "maria",
        "maria@",
        "joão@example.com",
        "a@b@example.com",
        "a\r\nb@example.com",
    ] {
        let error = parse_address(bad).unwrap_err();
        assert!(
            matches!(
                error,
                MailError::Refused {
                    what: RefusedPart::Recipient,
                    ..
                }
            ),
            "{bad:?}: {error}"
        );
    }
}

#[test]
fn messages_can_be_stored() {
    for message in [points_earned(), coupon_issued()] {
        let stored = serde_json::to_value(&message).unwrap();
        assert_eq!(stored["kind"], message.kind());
        assert_eq!(serde_json::from_value::<Message>(stored).unwrap(), message);
    }
}

#[test]
fn a_consent_that_ends_in_words() {
    let ends_at = Utc.with_ymd_and_hms(2026, 1, 28, 17, 5, 0).unwrap();
    let ending = Message::ConsentEnding {
        platform: "Bling".to_owned(),
        ends_at,
        failing_since: Some(Utc.with_ymd_and_hms(2026, 1, 20, 12, 0, 0).unwrap()),
    };
    let rendered = render(&ending, &context());
    assert_eq!(rendered.subject, "Empório do Zé: autorize de novo o acesso a Bling");
    let expected = "Termina em: 28/01/2026, 14:05\n\nSem renovação desde: 20/01/2026, 09:00\n\n";
    assert!(rendered.text.contains(expected), "{}", rendered.text);
    let ended = Message::ConsentEnded {
        platform: "Bling".to_owned(),
        ended_at: ends_at,
    };
    let rendered = render(&ended, &context());
    assert_eq!(rendered.subject, "Empório do Zé: o acesso a Bling terminou");
    assert!(
        rendered.text.contains("Desde: 28/01/2026, 14:05\n\n"),
        "{}",
        rendered.text
    );
}
