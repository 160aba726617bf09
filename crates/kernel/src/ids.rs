//! Ids: UUIDv7 newtypes that do not mix. Never used for order or as secrets.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            sqlx::Type, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh time-ordered id made by this server.
            #[must_use]
            pub fn fresh() -> Self { Self(Uuid::now_v7()) }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self { Self(id) }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> std::result::Result<Self, uuid::Error> { s.parse().map(Self) }
        }
    )*};
}

id! {
    /// A case (案件).
    CaseId,
    /// One event in a case's history.
    EventId,
    /// A command as its sender named it; the same id twice is the same command.
    CommandId,
    /// A person who works here.
    PersonId,
    /// An account that can sign in.
    AccountId,
    /// A signed-in session.
    SessionId,
    /// An organisation or unit (单位).
    OrgId,
    /// A grid (网格), from when it is made until it is abolished; its border may change meanwhile.
    GridId,
    /// An uploaded picture, document or video.
    MediaId,
    /// People's words, kept apart from events so that they can be erased.
    WordsId,
    /// Somebody who reported or follows a case.
    ReporterId,
    /// A sub-task of a case (协办).
    SubTaskId,
    /// A request that another person must approve (延期, 挂账, 作废, 剔除).
    RequestId,
    /// A whistle (吹哨).
    WhistleId,
    /// A draft of the net.
    DraftId,
}
