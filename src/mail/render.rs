//! The wording of each message.
//!
//! A message becomes a [`Letter`], a list of plain parts, which the layout then writes twice: as
//! text and as HTML. So the two can never say different things, and this file holds nothing but
//! Portuguese sentences. [`super::Outgoing::compose`] calls it.

use chrono::{DateTime, Utc};

use super::{
    layout::{self, Footer, Letter, Part},
    message::{MailContext, Message, MessageClass, PauseCause},
};
use crate::domain::money_text::{format_brl, group_thousands};

/// The most characters of a subject line.
const MAX_SUBJECT: usize = 150;

/// The words of an e-mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject: one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The same body as HTML.
    pub html: String,
}

/// Writes a message out, in Portuguese. The same input always gives the same text.
pub fn render(message: &Message, context: &MailContext) -> Rendered {
    let letter = letter(message, context);
    Rendered {
        subject: layout::one_line(&format!("{}: {}", context.store_name, letter.subject), MAX_SUBJECT),
        text: layout::text(&letter, context),
        html: layout::html(&letter, context),
    }
}

#[expect(clippy::too_many_lines, reason = "a list of messages, read from top to bottom")]
fn letter(message: &Message, context: &MailContext) -> Letter {
    let footer = |why| Footer {
        why,
        can_opt_out: message.class() == MessageClass::Programme,
        opt_out: context.unsubscribe_for(message).cloned(),
    };
    match message {
        Message::PointsEarned {
            points,
            balance,
            order_number,
        } => Letter {
            subject: format!("você ganhou {}", in_points(*points)),
            heading: format!("Você ganhou {}", in_points(*points)),
            parts: vec![
                Part::Paragraph(format!("Seu pedido {order_number} rendeu {}.", in_points(*points))),
                Part::Paragraph(format!("Seu saldo agora é de {}.", in_points(*balance))),
            ],
            footer: footer("você participa do programa de fidelidade da loja"),
        },
        Message::CouponIssued {
            reward_name,
            code,
            takes_off,
            minimum_order_cents,
            valid_until,
        } => Letter {
            subject: format!("seu cupom está pronto ({reward_name})"),
            heading: "Seu cupom está pronto".to_owned(),
            parts: coupon_parts(
                (reward_name, code, takes_off),
                *minimum_order_cents,
                valid_until.map(|end| day(end, context)),
            ),
            footer: footer("você resgatou um prêmio no programa de fidelidade da loja"),
        },
        Message::RedemptionFailed {
            reward_name,
            points_returned,
            reason,
        } => Letter {
            subject: "não foi possível concluir o seu resgate".to_owned(),
            heading: "Não foi possível concluir o seu resgate".to_owned(),
            parts: [
                Some(Part::Fact {
                    label: "Prêmio",
                    value: reward_name.clone(),
                }),
                Some(Part::Fact {
                    label: "Motivo",
                    value: reason.clone(),
                }),
                (*points_returned > 0)
                    .then(|| Part::Paragraph(format!("Devolvemos {} ao seu saldo.", in_points(*points_returned)))),
            ]
            .into_iter()
            .flatten()
            .collect(),
            footer: footer("você pediu o resgate de um prêmio no programa de fidelidade da loja"),
        },
        Message::RedemptionCode { code, valid_until } => Letter {
            subject: "seu código para usar seus pontos".to_owned(),
            heading: "Seu código para usar seus pontos".to_owned(),
            parts: code_parts(
                "Diga este código a quem atende você para trocar seus pontos por um prêmio. Ele serve uma vez.",
                ("Código para usar seus pontos", code),
                (*valid_until, context),
                "Se não foi você, ignore este e-mail e não conte o código a ninguém: seus pontos continuam seus.",
            ),
            footer: footer("alguém pediu na loja um código para usar os pontos deste endereço"),
        },
        Message::PasswordReset { code, valid_until } => Letter {
            subject: "redefinição da sua senha".to_owned(),
            heading: "Redefina a sua senha".to_owned(),
            parts: code_parts(
                "Para escolher outra senha, abra o endereço abaixo ou digite o código. Quem o usar encerra todas as sessões.",
                ("Código para redefinir a senha", code),
                (*valid_until, context),
                "Se não foi você, ignore este e-mail: a sua senha continua a mesma.",
            ),
            footer: footer("alguém pediu outra senha para este endereço"),
        },
        Message::Invitation { code, valid_until } => Letter {
            subject: "convite para a equipe".to_owned(),
            heading: format!("Você foi convidado para a equipe de {}", context.store_name),
            parts: code_parts(
                "Para aceitar, abra o endereço abaixo ou digite o código.",
                ("Código do convite", code),
                (*valid_until, context),
                "Se não esperava este convite, ignore este e-mail.",
            ),
            footer: footer("alguém da loja convidou este endereço"),
        },
        Message::WebhookPaused {
            receiver,
            cause,
            failing_since,
            days_kept,
        } => Letter {
            subject: format!("webhook pausado ({receiver})"),
            heading: "Um webhook foi pausado".to_owned(),
            parts: pause_parts(
                (receiver, *cause),
                failing_since.map(|at| minute(at, context)),
                *days_kept,
            ),
            footer: footer("você administra esta loja"),
        },
        Message::RewardFulfilled { reward_name, note } => Letter {
            subject: format!("seu prêmio está pronto ({reward_name})"),
            heading: "Seu prêmio está pronto".to_owned(),
            parts: vec![
                Part::Paragraph(format!("Você trocou seus pontos por: {reward_name}.")),
                Part::Paragraph(note.clone()),
            ],
            footer: footer("você resgatou um prêmio no programa de fidelidade da loja"),
        },
        Message::FulfilmentsWaiting { count, since } => Letter {
            subject: "resgates esperam por você".to_owned(),
            heading: "Há resgates para atender".to_owned(),
            parts: vec![
                Part::Fact {
                    label: "Resgates em espera",
                    value: group_thousands(*count),
                },
                Part::Fact {
                    label: "O mais antigo desde",
                    value: minute(*since, context),
                },
                Part::Paragraph(
                    "Atenda cada um com um código ou uma mensagem, ou recuse-o: os pontos do cliente ficam reservados até lá. \
                     Avisamos no máximo uma vez por dia."
                        .to_owned(),
                ),
            ],
            footer: footer("você trabalha nesta loja"),
        },
        Message::ConsentEnding {
            platform,
            ends_at,
            failing_since,
        } => Letter {
            subject: format!("autorize de novo o acesso a {platform}"),
            heading: format!("O acesso a {platform} vai terminar"),
            parts: [
                Some(Part::Fact {
                    label: "Termina em",
                    value: minute(*ends_at, context),
                }),
                failing_since.map(|since| Part::Fact {
                    label: "Sem renovação desde",
                    value: minute(since, context),
                }),
                Some(Part::Paragraph(
                    "Não conseguimos renovar a autorização. Autorize de novo na tela da integração antes do fim: depois                      dele as vendas deixam de ser importadas."
                        .to_owned(),
                )),
            ]
            .into_iter()
            .flatten()
            .collect(),
            footer: footer("você administra esta loja"),
        },
        Message::ConsentEnded { platform, ended_at } => Letter {
            subject: format!("o acesso a {platform} terminou"),
            heading: format!("O acesso a {platform} terminou"),
            parts: vec![
                Part::Fact {
                    label: "Desde",
                    value: minute(*ended_at, context),
                },
                Part::Paragraph(
                    "As vendas não são mais importadas. Autorize de novo na tela da integração: o que faltou é importado                      em seguida."
                        .to_owned(),
                ),
            ],
            footer: footer("você administra esta loja"),
        },
        Message::PoolLow { pool, left, threshold } => Letter {
            subject: format!("restam {} no lote {pool}", in_codes(*left)),
            heading: "Seus códigos de cupom estão acabando".to_owned(),
            parts: vec![
                Part::Fact {
                    label: "Lote",
                    value: pool.clone(),
                },
                Part::Fact {
                    label: "Restam",
                    value: in_codes(*left),
                },
                Part::Fact {
                    label: "Aviso abaixo de",
                    value: in_codes(*threshold),
                },
                Part::Paragraph(
                    "Crie mais códigos na loja e envie-os para o lote. Quando acabarem, os prêmios que os usam não podem ser \
                     resgatados."
                        .to_owned(),
                ),
            ],
            footer: footer("você administra esta loja"),
        },
    }
}

/// `1 código`, `1.250 códigos`.
fn in_codes(codes: i64) -> String {
    let noun = if codes == 1 { "código" } else { "códigos" };
    format!("{} {noun}", group_thousands(codes.unsigned_abs()))
}

/// Which webhook is paused, why, and what becomes of its deliveries.
fn pause_parts((receiver, cause): (&str, PauseCause), failing_since: Option<String>, days_kept: u32) -> Vec<Part> {
    let (why, mend) = match cause {
        PauseCause::Gone => (
            "o destino respondeu que não quer receber mais nada (410 Gone)",
            "Se foi um engano, corrija o destino e retome o webhook; se não, exclua-o.",
        ),
        PauseCause::Failing => (
            "nenhuma entrega teve sucesso há dias",
            "Verifique o destino e retome o webhook.",
        ),
        PauseCause::Forbidden => (
            "quem responde por ele não tem mais permissão para ver o que ele envia",
            "Confira o que ele envia e para onde. Quem o retomar passa a responder por ele.",
        ),
    };
    let fact = |label, value: &str| Part::Fact {
        label,
        value: value.to_owned(),
    };
    let since = failing_since.map(|value| fact("Sem sucesso desde", &value));
    let kept = format!(
        "Enquanto isso nada é enviado. Guardamos as entregas por {days_kept} dias e as enviamos, em ordem, quando a pausa \
         terminar."
    );
    [Some(fact("Destino", receiver)), Some(fact("Motivo", why)), since]
        .into_iter()
        .flatten()
        .chain([Part::Paragraph(kept), Part::Paragraph(mend.to_owned())])
        .collect()
}

/// The coupon: its code, what it takes off, and what it needs.
fn coupon_parts(
    (reward, code, takes_off): (&str, &str, &str),
    minimum_order_cents: Option<i64>,
    valid_until: Option<String>,
) -> Vec<Part> {
    let minimum = minimum_order_cents.map(|cents| Part::Fact {
        label: "Pedido mínimo",
        value: format_brl(cents),
    });
    let end = valid_until.map(|value| Part::Fact {
        label: "Válido até",
        value,
    });
    let mut parts = vec![
        Part::Paragraph(format!("Você trocou seus pontos por: {reward}.")),
        Part::Code {
            label: "Código do cupom",
            code: code.to_owned(),
        },
        Part::Fact {
            label: "Vale",
            value: takes_off.to_owned(),
        },
    ];
    parts.extend(minimum);
    parts.extend(end);
    let how = "Digite o código no carrinho ou ao finalizar a compra.";
    parts.push(Part::Paragraph(how.to_owned()));
    parts
}

/// What is to be done with a code, and until when.
fn code_parts(
    what: &str,
    (label, code): (&'static str, &str),
    (valid_until, context): (DateTime<Utc>, &MailContext),
    otherwise: &str,
) -> Vec<Part> {
    vec![
        Part::Paragraph(what.to_owned()),
        Part::Code {
            label,
            code: code.to_owned(),
        },
        Part::Fact {
            label: "Válido até",
            value: minute(valid_until, context),
        },
        Part::Paragraph(otherwise.to_owned()),
    ]
}

/// `1 ponto`, `1.250 pontos`.
fn in_points(points: i64) -> String {
    let sign = if points < 0 { "-" } else { "" };
    let amount = points.unsigned_abs();
    let noun = if amount == 1 { "ponto" } else { "pontos" };
    format!("{sign}{} {noun}", group_thousands(amount))
}

fn minute(instant: DateTime<Utc>, context: &MailContext) -> String {
    let local = instant.with_timezone(&context.zone);
    local.format("%d/%m/%Y, %H:%M").to_string()
}

fn day(instant: DateTime<Utc>, context: &MailContext) -> String {
    instant.with_timezone(&context.zone).format("%d/%m/%Y").to_string()
}
