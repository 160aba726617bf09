//! Passwords: what is taken, how it is hashed.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{Error, FieldFault, Result};
use tokio::sync::Semaphore;

/// Fewest letters of a new password.
pub const SHORTEST: usize = 10;
/// Most letters of any password; longer ones are not even hashed.
pub const LONGEST: usize = 128;

/// Chosen too often to be secrets (of ten letters and more, where the shorter are refused anyway).
const COMMON: [&str; 36] = [
    "1234567890",
    "0123456789",
    "0987654321",
    "9876543210",
    "1111111111",
    "0000000000",
    "8888888888",
    "6666666666",
    "1122334455",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
    "q1w2e3r4t5",
    "qwertyuiop",
    "qwerty12345",
    "qwerty123456",
    "asdfghjkl1",
    "asdfghjkl;",
    "zxcvbnm123",
    "password12",
    "password123",
    "password1234",
    "passw0rd123",
    "p@ssw0rd123",
    "p@ssword123",
    "admin12345",
    "admin123456",
    "administrator",
    "iloveyou1314",
    "woaini1314",
    "woaini1314520",
    "5201314520",
    "abc1234567",
    "abcd123456",
    "abcdefghij",
    "a123456789",
    "welcome123",
];

/// How dear a hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// 19 MiB, two passes, one lane: OWASP's first choice for Argon2id.
    Full,
    /// Nearly nothing: for tests only.
    Test,
}

impl Cost {
    fn argon2(self) -> Argon2<'static> {
        let (memory_kib, passes) = match self {
            Self::Full => (19 * 1024, 2),
            Self::Test => (8, 1),
        };
        let params = Params::new(memory_kib, passes, 1, None).expect("the parameters are in range");
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }
}

/// Hashes with a random salt; takes some 50 ms of a core at full cost, so not in a request's task.
///
/// # Errors
/// When the machine gives no randomness or no memory.
pub fn hash(password: &str, cost: Cost) -> Result<String> {
    let salt = kernel::vault::random::<16>()?;
    let hashed: PasswordHash = cost
        .argon2()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|e| Error::ours("hashing a password", e.to_string()))?;
    Ok(hashed.to_string())
}

/// Whether `password` is the one hashed; the cost is the hash's own.
#[must_use]
pub fn fits(password: &str, hash: &str) -> bool {
    password.chars().count() <= LONGEST
        && PasswordHash::new(hash).is_ok_and(|h| {
            Cost::Full
                .argon2()
                .verify_password(password.as_bytes(), &h)
                .is_ok()
        })
}

/// The hash of nothing anybody knows: verified for logins that are not there, so that the time taken
/// does not tell which are.
static NOBODYS: LazyLock<String> =
    LazyLock::new(|| hash(&uuid::Uuid::now_v7().to_string(), Cost::Full).unwrap_or_default());

/// Where passwords are hashed: beside the requests, as many at a time as there are cores.
#[derive(Debug, Clone)]
pub struct Hashing {
    seats: Arc<Semaphore>,
}

impl Default for Hashing {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            seats: Arc::new(Semaphore::new(cores)),
        }
    }
}

impl Hashing {
    /// Whether `password` is the one hashed; without a hash it takes as long and is never so.
    ///
    /// # Errors
    /// When the program is stopping.
    pub async fn fits(&self, password: String, hash: Option<String>) -> Result<bool> {
        self.run(move || {
            let known = hash.is_some();
            let fits = fits(&password, hash.as_deref().unwrap_or(&NOBODYS));
            known && fits
        })
        .await
    }

    /// Hashes at full cost.
    ///
    /// # Errors
    /// As [`hash`].
    pub async fn hash(&self, password: String) -> Result<String> {
        self.run(move || hash(&password, Cost::Full)).await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _seat = self
            .seats
            .acquire()
            .await
            .map_err(|e| Error::ours("hashing", e))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| Error::ours("hashing", e))
    }
}

/// Refuses a new password that is too short or long, the login, or one that everybody chooses.
///
/// # Errors
/// 422 on the field `new`.
pub fn check_new(password: &str, login: &str) -> Result<()> {
    let length = password.chars().count();
    let fault = |code| Err(Error::invalid(vec![FieldFault::new("new", code)]));
    let with = |code, slot: &str, value: usize| {
        Err(Error::invalid(vec![
            FieldFault::new("new", code).with(slot, value),
        ]))
    };
    if length < SHORTEST {
        return with("password.too_short", "least", SHORTEST);
    }
    if length > LONGEST {
        return with("password.too_long", "most", LONGEST);
    }
    let small = password.to_lowercase();
    if small.contains(login) && length < login.chars().count() + 6 {
        return fault("password.is_login");
    }
    let one_letter = small.chars().all(|c| small.starts_with(c));
    if one_letter || COMMON.contains(&small.as_str()) {
        return fault("password.common");
    }
    Ok(())
}
