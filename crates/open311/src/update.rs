//! The `servicerequestupdates` extension, as FixMyStreet speaks it.

use jiff::Timestamp;

use crate::document::{Document, Value};
use crate::form::{Access, Arguments, MAX_ID};
use crate::post::MAX_DESCRIPTION;
use crate::problem::{Problem, Problems};
use crate::time::W3cTime;

/// The status of a request after an update: the two of the specification and the finer ones of the
/// extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpdateStatus {
    /// `open`
    Open,
    /// `closed`
    Closed,
    /// `fixed`
    Fixed,
    /// `in_progress`
    InProgress,
    /// `action_scheduled`, also read as `planned`
    ActionScheduled,
    /// `investigating`
    Investigating,
    /// `duplicate`
    Duplicate,
    /// `not_councils_responsibility`
    NotCouncilsResponsibility,
    /// `no_further_action`
    NoFurtherAction,
    /// `internal_referral`
    InternalReferral,
    /// `reopen`
    Reopen,
    /// `for_triage`
    ForTriage,
    /// `cancelled`: withdrawn by the person who made it.
    Cancelled,
}

impl UpdateStatus {
    const ALL: [Self; 13] = [
        Self::Open,
        Self::Closed,
        Self::Fixed,
        Self::InProgress,
        Self::ActionScheduled,
        Self::Investigating,
        Self::Duplicate,
        Self::NotCouncilsResponsibility,
        Self::NoFurtherAction,
        Self::InternalReferral,
        Self::Reopen,
        Self::ForTriage,
        Self::Cancelled,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Fixed => "fixed",
            Self::InProgress => "in_progress",
            Self::ActionScheduled => "action_scheduled",
            Self::Investigating => "investigating",
            Self::Duplicate => "duplicate",
            Self::NotCouncilsResponsibility => "not_councils_responsibility",
            Self::NoFurtherAction => "no_further_action",
            Self::InternalReferral => "internal_referral",
            Self::Reopen => "reopen",
            Self::ForTriage => "for_triage",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads a name in either case: it is posted in upper case.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = if name == "planned" {
            "action_scheduled"
        } else {
            &name
        };
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// An update of a request as anyone may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Its unique id; clients know by it what they have already read, so it must never change.
    pub update_id: String,
    /// The request it is about.
    pub service_request_id: String,
    /// The request's status after it.
    pub status: UpdateStatus,
    /// When it was made.
    pub updated_datetime: W3cTime,
    /// Its words.
    pub description: Option<String>,
    /// Address of a picture.
    pub media_url: Option<String>,
}

/// The `<service_request_updates>` document.
pub fn updates(updates: &[Update]) -> Document<'_> {
    let items = updates.iter().map(|update| {
        Value::Object(vec![
            ("update_id", Value::text(&update.update_id)),
            (
                "service_request_id",
                Value::text(&update.service_request_id),
            ),
            ("status", Value::text(update.status.as_str())),
            (
                "updated_datetime",
                Value::shown(Some(update.updated_datetime)),
            ),
            (
                "description",
                Value::optional(update.description.as_deref()),
            ),
            ("media_url", Value::optional(update.media_url.as_deref())),
        ])
    });
    let value = Value::List("request_update", items.collect());
    Document {
        root: "service_request_updates",
        value,
    }
}

/// The `<service_request_updates>` document that answers a posted update.
pub fn update_receipt(update_id: &str) -> Document<'_> {
    let item = Value::Object(vec![("update_id", Value::text(update_id))]);
    let value = Value::List("request_update", vec![item]);
    Document {
        root: "service_request_updates",
        value,
    }
}

/// An update that another system sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostUpdate {
    /// Key and jurisdiction.
    pub access: Access,
    /// The request it is about.
    pub service_request_id: String,
    /// The sender's id for it; the same one sent twice is the same update.
    pub update_id: String,
    /// The request's status after it.
    pub status: UpdateStatus,
    /// When it was made.
    pub updated_datetime: Timestamp,
    /// Its words.
    pub description: String,
    /// A heading, or a form of address.
    pub title: Option<String>,
    /// E-mail address of the person.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Account of the person.
    pub account_id: Option<String>,
    /// Addresses of media.
    pub media_urls: Vec<String>,
    /// Whether the person wants to hear more by e-mail.
    pub email_alerts_requested: bool,
    /// Whether the person's name must not be shown; so unless it was said that it may.
    pub public_anonymity_required: bool,
}

impl PostUpdate {
    /// Reads the form. `update_id_ext`, which older senders use, is read as `update_id`.
    ///
    /// # Errors
    /// A missing key (403); arguments missing or malformed (400), each by name.
    pub fn from_form(form: &[(String, String)]) -> Result<Self, Problems> {
        let mut form = Arguments::new(form);
        let access = form.keyed_access();
        let service_request_id = form.required("service_request_id", MAX_ID);
        let update_id = form
            .text("update_id_ext", MAX_ID)
            .filter(|_| form.all("update_id").is_empty());
        let update_id = update_id.or_else(|| form.required("update_id", MAX_ID));
        let status = status(&mut form);
        if form.all("updated_datetime").is_empty() {
            form.problems.push(Problem::Missing {
                field: "updated_datetime".to_owned(),
            });
        }
        let updated_datetime = form.time("updated_datetime");
        let description = form.required("description", MAX_DESCRIPTION);
        let optional = |form: &mut Arguments<'_>, name| form.text(name, MAX_ID);
        let update = Self {
            access,
            service_request_id: service_request_id.unwrap_or_default(),
            update_id: update_id.unwrap_or_default(),
            status: status.unwrap_or(UpdateStatus::Open),
            updated_datetime: updated_datetime.unwrap_or(Timestamp::UNIX_EPOCH),
            description: description.unwrap_or_default(),
            title: optional(&mut form, "title"),
            email: optional(&mut form, "email"),
            phone: optional(&mut form, "phone"),
            first_name: optional(&mut form, "first_name"),
            last_name: optional(&mut form, "last_name"),
            account_id: optional(&mut form, "account_id"),
            media_urls: form.media_urls(),
            email_alerts_requested: truth(&mut form, "email_alerts_requested", false),
            public_anonymity_required: truth(&mut form, "public_anonymity_required", true),
        };
        // Placeholders above never leave here: each comes with a problem.
        form.problems.or(update)
    }
}

fn status(form: &mut Arguments<'_>) -> Option<UpdateStatus> {
    let name = form.required("status", MAX_ID)?;
    let status = UpdateStatus::parse(&name);
    if status.is_none() {
        form.problems.push(Problem::NotOffered {
            field: "status".to_owned(),
            value: name,
        });
    }
    status
}

fn truth(form: &mut Arguments<'_>, name: &str, absent: bool) -> bool {
    match form
        .text(name, MAX_ID)
        .map(|word| word.to_ascii_lowercase())
        .as_deref()
    {
        None => absent,
        Some("true" | "1" | "yes") => true,
        Some("false" | "0" | "no") => false,
        Some(other) => {
            let value = other.to_owned();
            form.problems.push(Problem::NotOffered {
                field: name.to_owned(),
                value,
            });
            absent
        }
    }
}
