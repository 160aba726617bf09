//! Codes of an authenticator: RFC 6238 on HMAC-SHA-1, six digits, thirty seconds.

use hmac::{Hmac, KeyInit, Mac};
use kernel::{Moment, Result};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// Seconds of a time step.
const STEP_S: i64 = 30;
/// RFC 4648 base 32.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A fresh secret of 160 bits, as authenticators take it: base 32 without padding.
///
/// # Errors
/// When the machine gives no randomness.
pub fn secret() -> Result<String> {
    Ok(base32(&kernel::vault::random::<20>()?))
}

/// The address an authenticator reads from a square code.
#[must_use]
pub fn address(issuer: &str, login: &str, secret: &str) -> String {
    let (issuer, login) = (escaped(issuer), escaped(login));
    format!(
        "otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    )
}

/// The time step `code` belongs to, if it is of the present step, the one before or the one after,
/// and later than `last_step`: a code works once.
#[must_use]
pub fn step_of(code: &str, secret: &str, now: Moment, last_step: i64) -> Option<i64> {
    let key = from_base32(secret)?;
    let present = now.as_second().div_euclid(STEP_S);
    (present - 1..=present + 1)
        .filter(|step| *step > last_step)
        .find(|step| bool::from(digits(&key, *step).as_bytes().ct_eq(code.trim().as_bytes())))
}

/// The code of the present step, for tests and for setting the example in a manual.
#[must_use]
pub fn code_at(secret: &str, now: Moment) -> Option<String> {
    Some(digits(
        &from_base32(secret)?,
        now.as_second().div_euclid(STEP_S),
    ))
}

/// HOTP (RFC 4226 §5.3) of a time step.
fn digits(key: &[u8], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash.last().copied().unwrap_or(0) & 0x0f);
    let word = hash
        .iter()
        .skip(offset)
        .take(4)
        .fold(0_u32, |n, b| (n << 8) | u32::from(*b));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(LETTERS[((held >> bits) & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(LETTERS[((held << (5 - bits)) & 31) as usize]));
    }
    text
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut held, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = LETTERS.iter().zip(0_u32..).find(|(l, _)| **l == letter)?.1;
        held = (held << 5) | value;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

/// Percent-encodes all but unreserved characters (RFC 3986).
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(b).to_string()
            }
            b => format!("%{b:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the last six digits of the SHA-1 column.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = base32(b"12345678901234567890");
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            let now: Moment = "1970-01-01T00:00:00Z".parse::<Moment>().unwrap().plus_s(at);
            assert_eq!(code_at(&secret, now).unwrap(), code);
        }
    }

    #[test]
    fn a_code_works_once_and_a_step_early_or_late() {
        let secret = secret().unwrap();
        let now: Moment = "2026-11-24T02:03:04Z".parse().unwrap();
        let code = code_at(&secret, now).unwrap();
        let step = step_of(&code, &secret, now, 0).unwrap();
        assert_eq!(step_of(&code, &secret, now.plus_s(30), 0), Some(step));
        assert_eq!(step_of(&code, &secret, now.plus_s(90), 0), None);
        assert_eq!(step_of(&code, &secret, now, step), None);
        assert_eq!(step_of("", &secret, now, 0), None);
    }
}
