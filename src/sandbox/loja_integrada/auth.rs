//! Who is calling: the three ways of showing credentials, and what each credential may do.
//!
//! The demonstration shop's credentials are the sandbox's; this module adds a second shop, whose
//! rows the first one's credentials never show, and an application key that a store made itself.

use super::{
    super::{
        credentials::credentials,
        exchange::{Answer, Request},
    },
    refuse::refusal,
    switches::{Acceptance, Pair, PairAddress, Switches, TokenBucket},
};

/// Personal token of the second shop.
pub(super) const OTHER_SHOP_TOKEN: &str = "li-token-outra-loja";
/// An application key that the demonstration shop made for itself, not a partner's.
pub(super) const STORE_APPLICATION: &str = "00000000-aaaa-4bbb-8ccc-dddddddddddd";

/// Which shop a credential opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// The demonstration shop.
    Main,
    /// The second one.
    Other,
}

/// A caller who was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) door: Door,
    /// The resource that the credential may not use.
    lacks: Option<&'static str>,
    personal: bool,
}

/// What a request shows.
enum Shown {
    Nothing,
    Token(String),
    Pair {
        key: String,
        application: String,
        in_query: bool,
    },
    Nonsense,
    Several,
}

/// Lets the caller in or says why not.
pub(super) fn identify(request: &Request, switches: &Switches) -> Result<Caller, Answer> {
    let refuse = |text: &str| Err(refusal(switches, 401, text));
    match shown(request) {
        Shown::Nothing => refuse("Credenciais não informadas."),
        Shown::Nonsense => refuse("Credenciais inválidas."),
        Shown::Several => refuse("Use apenas uma forma de autenticação."),
        Shown::Token(token) => token_caller(&token).map_or_else(|| refuse("Token inválido ou expirado."), Ok),
        Shown::Pair { in_query: true, .. } if switches.query_pair == Acceptance::Refused => {
            refuse("Autenticação por parâmetros não é mais aceita.")
        }
        Shown::Pair { key, application, .. } => match pair_owner(&key, &application) {
            None => refuse("Chaves inválidas."),
            Some(_) if switches.pair == Pair::Refused => refuse("Chaves de aplicação não são mais aceitas."),
            Some(Owner::Store) if switches.pair == Pair::StoreKeysRefused => {
                refuse("Chaves de aplicação de loja não são mais aceitas.")
            }
            Some(_) => from_declared_address(switches),
        },
    }
}

/// Whose limit the request counts against; nobody's where the credential is unknown.
pub(super) fn bucket(request: &Request, switches: &Switches) -> Option<String> {
    // Only the shop matters here, so the switches that refuse known credentials do not.
    let caller = match shown(request) {
        Shown::Token(token) => token_caller(&token)?,
        Shown::Pair { key, application, .. } => pair_owner(&key, &application).map(|_| pair_caller())?,
        _ => return None,
    };
    let shop = match caller.door {
        Door::Main => "loja-exemplo",
        Door::Other => "outra-loja",
    };
    let own = caller.personal && switches.token_bucket == TokenBucket::Own;
    Some(format!("{shop}{}", if own { " (token)" } else { "" }))
}

impl Caller {
    /// Whether a personal token was shown.
    pub(super) fn is_personal(self) -> bool {
        self.personal
    }

    /// Whether the credential may use the resource.
    pub(super) fn may(self, resource: &str) -> bool {
        let family = match resource {
            "grupo" => "cliente",
            "situacao_historico" => "situacao",
            "categoria" | "marca" => "produto",
            other if other.starts_with("produto") => "produto",
            other => other,
        };
        self.lacks != Some(family)
    }
}

fn shown(request: &Request) -> Shown {
    let query = match (request.param("chave_api"), request.param("chave_aplicacao")) {
        (None, None) => None,
        (Some(key), Some(application)) => Some(Shown::Pair {
            key: key.to_owned(),
            application: application.to_owned(),
            in_query: true,
        }),
        _ => Some(Shown::Nonsense),
    };
    match (request.header("authorization"), query) {
        (Some(_), Some(_)) => Shown::Several,
        (None, None) => Shown::Nothing,
        (None, Some(query)) => query,
        (Some(header), None) => read_header(header),
    }
}

fn read_header(header: &str) -> Shown {
    let words: Vec<_> = header.split_whitespace().collect();
    match words.as_slice() {
        ["Basic", token] => Shown::Token((*token).to_owned()),
        ["chave_api", key, "aplicacao", application] => Shown::Pair {
            key: (*key).to_owned(),
            application: (*application).to_owned(),
            in_query: false,
        },
        _ => Shown::Nonsense,
    }
}

fn token_caller(token: &str) -> Option<Caller> {
    let known = credentials().loja_integrada;
    let caller = |door, lacks| {
        Some(Caller {
            door,
            lacks,
            personal: true,
        })
    };
    if token == known.personal_token {
        return caller(Door::Main, None);
    }
    if token == OTHER_SHOP_TOKEN {
        return caller(Door::Other, None);
    }
    let restricted = known.restricted.iter().find(|restricted| restricted.token == token)?;
    caller(Door::Main, Some(restricted.resource))
}

enum Owner {
    Partner,
    Store,
}

fn pair_owner(key: &str, application: &str) -> Option<Owner> {
    let known = credentials().loja_integrada;
    match application {
        _ if key != known.chave_api => None,
        partner if partner == known.aplicacao => Some(Owner::Partner),
        STORE_APPLICATION => Some(Owner::Store),
        _ => None,
    }
}

fn pair_caller() -> Caller {
    Caller {
        door: Door::Main,
        lacks: None,
        personal: false,
    }
}

fn from_declared_address(switches: &Switches) -> Result<Caller, Answer> {
    let status = match switches.pair_address {
        PairAddress::Declared => return Ok(pair_caller()),
        PairAddress::Undeclared401 => 401,
        PairAddress::Undeclared403 => 403,
    };
    Err(refusal(switches, status, "Endereço de IP não autorizado."))
}
