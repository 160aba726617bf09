//! What is kept, as SQL and JSON call it.

use serde::{Deserialize, Serialize};

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Stage {
    /// Came in.
    Applied,
    /// The community recommends.
    Recommended,
    /// 公示: the town has confirmed, residents may object.
    Published,
    /// Holds the post.
    Appointed,
    /// Not taken.
    Declined,
    /// Taken back by the applicant.
    Withdrawn,
    /// The post was held and is over.
    Ended,
}
