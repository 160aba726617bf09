//! How long sessions last and how wrong passwords are met.

/// Seconds and counts; the defaults are what a city should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// A desk session ends after so long without a request.
    pub desk_idle_s: i64,
    /// A desk session ends so long after signing in.
    pub desk_whole_s: i64,
    /// A session of somebody who only works in grids lasts so long, idle or not: a phone is not
    /// signed in anew each morning in the rain.
    pub field_whole_s: i64,
    /// Wrong passwords in a row until the account waits.
    pub wrong_until_locked: i32,
    /// The first wait; it doubles with each further wrong password.
    pub lock_s: i64,
    /// The longest wait.
    pub lock_at_most_s: i64,
    /// Wrong passwords from one address within [`Settings::address_window_s`] until it waits.
    pub wrong_per_address: i32,
    /// The window in which an address is counted.
    pub address_window_s: i64,
    /// Whether the last entry of `X-Forwarded-For` is the caller, as behind a proxy of our own.
    pub behind_proxy: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            desk_idle_s: 30 * 60,
            desk_whole_s: 12 * 3600,
            field_whole_s: 7 * 86_400,
            wrong_until_locked: 5,
            lock_s: 60,
            lock_at_most_s: 3600,
            wrong_per_address: 50,
            address_window_s: 600,
            behind_proxy: false,
        }
    }
}
