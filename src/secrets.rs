//! Sealing of platform credentials, and hashing of tokens.
//!
//! Credentials are sealed with XChaCha20-Poly1305 (a random 24-byte nonce in front) and bound to
//! the integration they belong to, so that a row copied to another integration does not open.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

const NONCE_BYTES: usize = 24;
const KEY_FILE: &str = "secret.key";

/// Seals and opens secrets with the installation's key.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    codes: Hmac<Sha256>,
}

/// Why the vault cannot be had or a secret cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The configured key is not 32 bytes of base64.
    #[error("secrets.key must be 32 bytes in base64; `openssl rand -base64 32` makes one")]
    BadKey,
    /// The key file cannot be read or made.
    #[error("the key file {path} cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The secret was sealed with another key, for another owner, or is damaged.
    #[error("a stored secret cannot be opened with this key; was secrets.key changed or the key file replaced?")]
    Sealed,
    /// The system has no randomness.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

impl Vault {
    /// The vault with the configured key, or with the data folder's, made there on first use.
    pub fn open(configured: &SecretString, data: &Path) -> Result<Self, VaultError> {
        let configured = configured.expose_secret();
        let text = if configured.is_empty() {
            key_of(&data.join(KEY_FILE))?
        } else {
            configured.to_owned()
        };
        let bytes: [u8; 32] = STANDARD
            .decode(text.trim())
            .ok()
            .and_then(|b| b.try_into().ok())
            .ok_or(VaultError::BadKey)?;
        Ok(Self {
            cipher: XChaCha20Poly1305::new(&Key::from(bytes)),
            codes: Hmac::new_from_slice(&bytes).map_err(|_| VaultError::BadKey)?,
        })
    }

    /// Seals a secret for its owner.
    pub fn seal(&self, owner: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::NoRandomness)?;
        let payload = Payload {
            msg: plain,
            aad: owner.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| VaultError::Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// The code that belongs to an id: whoever writes the e-mail works it out again, and the database holds its
    /// hash only.
    pub fn code_of(&self, prefix: &str, id: &str) -> String {
        let mut mac = self.codes.clone();
        mac.update(format!("{prefix}\n{id}").as_bytes());
        format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// The six digits that belong to an id: short enough to be told to somebody across a counter. They are few, so whoever
    /// takes them counts the tries.
    pub fn digits_of(&self, purpose: &str, id: &str) -> String {
        let mut mac = self.codes.clone();
        mac.update(format!("digits\n{purpose}\n{id}").as_bytes());
        let bytes = mac.finalize().into_bytes();
        let number = bytes
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        format!("{:06}", number % 1_000_000)
    }

    /// Whether two texts are the same, in a time that does not depend on where they differ.
    pub fn is_same(&self, one: &str, other: &str) -> bool {
        self.fingerprint("same", one) == self.fingerprint("same", other)
    }

    /// What a text is found by without being stored: the same for the same text and purpose, and nothing to whoever has
    /// not the key.
    pub fn fingerprint(&self, purpose: &str, text: &str) -> Vec<u8> {
        let mut mac = self.codes.clone();
        mac.update(format!("fingerprint\n{purpose}\n{text}").as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// Opens a secret sealed for this owner.
    pub fn unseal(&self, owner: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (nonce, body) = sealed.split_at_checked(NONCE_BYTES).ok_or(VaultError::Sealed)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| VaultError::Sealed)?;
        let payload = Payload {
            msg: body,
            aad: owner.as_bytes(),
        };
        self.cipher
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| VaultError::Sealed)
    }
}

/// Reads the key file, or makes it with mode 0600. Two processes starting at once end with one key.
fn key_of(path: &Path) -> Result<String, VaultError> {
    let fail = |source| VaultError::File {
        path: path.to_owned(),
        source,
    };
    match fs::read_to_string(path) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(fail(error)),
    }
    let key = STANDARD.encode(random_bytes::<32>()?);
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut file| {
        file.write_all(key.as_bytes())?;
        file.sync_all()
    });
    // A hard link fails when the name exists: the first process wins, and none sees half a key.
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => fs::read_to_string(path).map_err(fail),
        Err(error) => Err(fail(error)),
    }
}

/// Random bytes from the system.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::NoRandomness)?;
    Ok(bytes)
}

/// A new bearer token: 256 random bits after a prefix that tells its kind.
pub fn new_token(prefix: &str) -> Result<String, VaultError> {
    Ok(format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(random_bytes::<32>()?)))
}

/// A random salt, for [`successor_token`].
pub fn new_salt() -> Result<String, VaultError> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?))
}

/// The token that follows another: the same for the same salt, so it can be given a second time though only
/// its hash is kept. Neither the salt nor the token before tells anything without the other.
pub fn successor_token(prefix: &str, before: &str, salt: &str) -> String {
    let digest = Sha256::digest(format!("{prefix}\n{salt}\n{before}"));
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(digest))
}

/// SHA-256 in hex. Enough for tokens, which are random; passwords go through argon2id.
pub fn sha256_hex(text: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(text.as_ref()))
}

/// Bytes in hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a text cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Bytes as a part of an address.
pub fn url_safe(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes that a part of an address stands for; none when it stands for none.
pub fn from_url_safe(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::{Vault, VaultError};
    use secrecy::SecretString;

    #[test]
    fn a_secret_opens_only_for_its_owner_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&SecretString::from(""), folder.path()).unwrap();
        let sealed = vault.seal("integration_1", b"segredo").unwrap();
        assert!(!sealed.windows(7).any(|w| w == b"segredo"));
        let again = Vault::open(&SecretString::from(""), folder.path()).unwrap();
        assert_eq!(again.unseal("integration_1", &sealed).unwrap(), b"segredo");
        assert!(matches!(
            again.unseal("integration_2", &sealed),
            Err(VaultError::Sealed)
        ));
        let other = Vault::open(
            &SecretString::from("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
            folder.path(),
        );
        assert!(matches!(
            other.unwrap().unseal("integration_1", &sealed),
            Err(VaultError::Sealed)
        ));
        assert!(matches!(
            Vault::open(&SecretString::from("kurz"), folder.path()),
            Err(VaultError::BadKey)
        ));
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Vault::open(&SecretString::from(""), folder.path()).unwrap();
        let mode = std::fs::metadata(folder.path().join("secret.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
