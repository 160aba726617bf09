//! Secrets: keyed codes, and sealing of what people told us about themselves.
//!
//! The key stands outside the database (a file in the data folder, or the settings).

use aes_gcm::aead::{Aead, KeyInit, Nonce};
use aes_gcm::{Aes256Gcm, Key};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Letters of codes read aloud: no 0/O, 1/I/L, U.
const LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The city's key and what is made with it.
#[derive(Clone)]
pub struct Vault {
    key: [u8; 32],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// A vault with this 256-bit key.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    fn mac(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.key)
            .expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// The progress code of a report: twelve letters in three groups (about 58 bits), from its id.
    ///
    /// Made from the key, so that a repeated command answers with the same code though only its hash is stored.
    #[must_use]
    pub fn progress_code(&self, reporter: uuid::Uuid) -> String {
        self.code("progress", reporter)
    }

    /// As [`Self::progress_code`], for another purpose: no code of one opens anything of another.
    #[must_use]
    pub fn code(&self, purpose: &str, secret: uuid::Uuid) -> String {
        let mac = self.mac(purpose, secret.as_bytes());
        let mut code = String::with_capacity(14);
        for (i, byte) in mac.iter().take(12).enumerate() {
            if i > 0 && i % 4 == 0 {
                code.push('-');
            }
            code.push(char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
        }
        code
    }

    /// An id made of another that must stay secret: the same each time, and no way back.
    #[must_use]
    pub fn derived(&self, purpose: &str, secret: uuid::Uuid) -> uuid::Uuid {
        let mac = self.mac(purpose, secret.as_bytes());
        let bytes = mac.first_chunk::<16>().copied().unwrap_or_default();
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// A keyed hash of `value`, for looking up what is sealed or secret.
    #[must_use]
    pub fn blind(&self, purpose: &str, value: &str) -> Vec<u8> {
        self.mac(purpose, value.as_bytes()).to_vec()
    }

    /// A short token that proves a link was made here, e.g. for a picture of a case.
    #[must_use]
    pub fn link_token(&self, purpose: &str, id: uuid::Uuid) -> String {
        use base64::Engine;
        let mac = self.mac(purpose, id.as_bytes());
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&mac[..12])
    }

    /// Seals `text` (AES-256-GCM, random nonce first).
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn seal(&self, text: &str) -> Result<Vec<u8>> {
        let nonce: [u8; 12] = random()?;
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(self.key));
        let sealed = cipher
            .encrypt(&Nonce::<Aes256Gcm>::from(nonce), text.as_bytes())
            .map_err(|e| Error::ours("sealing", e.to_string()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Vault::seal`] made.
    ///
    /// # Errors
    /// When the bytes were changed or sealed with another key.
    pub fn open(&self, sealed: &[u8]) -> Result<String> {
        let Some((nonce, body)) = sealed.split_first_chunk::<12>() else {
            return Err(Error::ours("unsealing", "too short"));
        };
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(self.key));
        let text = cipher
            .decrypt(&Nonce::<Aes256Gcm>::from(*nonce), body)
            .map_err(|e| Error::ours("unsealing", e.to_string()))?;
        String::from_utf8(text).map_err(|e| Error::ours("unsealing", e))
    }
}

/// `N` random bytes from the machine.
///
/// # Errors
/// When the machine gives none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::ours("randomness", e.to_string()))?;
    Ok(bytes)
}

/// A 256-bit random token for a session or a key, base64url without padding.
///
/// # Errors
/// When the machine gives no randomness.
pub fn token() -> Result<String> {
    use base64::Engine;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// SHA-256 of `value`: what is stored of a token.
#[must_use]
pub fn digest(value: &[u8]) -> Vec<u8> {
    Sha256::digest(value).to_vec()
}
