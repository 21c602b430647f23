use entity::{hook_address, integration};
use secrecy::{ExposeSecret as _, SecretString};

use super::address::shown_token;
use super::secret;
use crate::app::App;
use crate::platform::signature::is_signed;
use crate::platform::{HookProof, Kind};
use crate::secrets::sha256_hex;
use crate::service::integration::credentials;

/// Whether a webhook shows what its platform can be asked to show, besides knowing the address.
pub(super) fn is_proven(
    app: &App,
    kind: Kind,
    (address, integration): (&hook_address::Model, &integration::Model),
    (body, header): (&[u8], impl Fn(&str) -> Option<String>),
) -> bool {
    match kind.hook_proof() {
        HookProof::Address => true,
        HookProof::Credential { header: name, key } => {
            let known = credentials(app, integration);
            let secret = known.as_ref().ok().and_then(|known| known.get(key));
            secret.is_some_and(|secret| is_signed(secret, header(name).as_deref(), body))
        }
        // Whether the platform signs is known by whoever entered the address there, and told us the secret.
        HookProof::Secret { header: name } => match &address.secret {
            None => true,
            Some(sealed) => secret::open(app, address.integration_id, sealed)
                .is_ok_and(|secret| is_signed(&secret, header(name).as_deref(), body)),
        },
        // One that was asked for otherwise shows a token that nobody here knows.
        HookProof::Token if address.registered_at.is_none() => true,
        HookProof::Token => {
            let token = shown_token(app, address);
            let bearer = header("authorization").and_then(|text| text.strip_prefix("Bearer ").map(str::to_owned));
            let shown = [bearer, kind.hook_token(body)];
            shown.iter().flatten().any(|shown| is_same(shown, &token))
        }
    }
}

/// Compares digests, of which the time that it takes tells nothing.
fn is_same(shown: &str, token: &SecretString) -> bool {
    sha256_hex(shown) == sha256_hex(token.expose_secret())
}
