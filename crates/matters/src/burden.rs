//! What a matter costs the people who deal with it, in seconds.
//!
//! The figures are **planning assumptions**, not measurements: round numbers for a practised
//! person with a telephone in hand. They make matters and forms comparable and make an added
//! field or forced photo visible as time; a city that measures its own replaces [`Costs`].

use serde::{Deserialize, Serialize};

use crate::catalogue::{Evidence, Matter, Question, Urgency, Verification};

/// Seconds of one person's time per thing asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Costs {
    /// Choosing from a short list or answering yes or no.
    pub choice: u32,
    /// Typing a line or a number.
    pub short_text: u32,
    /// Typing a few sentences.
    pub long_text: u32,
    /// Taking a required photo: open, aim, check.
    pub photo: u32,
    /// Taking a short video.
    pub video: u32,
    /// Confirming a position that is filled in already.
    pub position: u32,
    /// Finding and entering the number on a thing.
    pub component_id: u32,
    /// Measuring and entering a value.
    pub measurement: u32,
    /// Photographing or attaching a document.
    pub document: u32,
    /// Going through a checklist of usual length.
    pub checklist: u32,
    /// Getting a signature.
    pub signature: u32,
    /// Explaining, and recording the lawful basis or consent.
    pub consent: u32,
    /// A telephone call with a note of it.
    pub call: u32,
    /// Being interrupted by one notification and reading it.
    pub notification: u32,
    /// Going to look and recording it, the way not counted.
    pub on_site_check: u32,
    /// The same at a given hour, which cannot be joined with another errand.
    pub same_hour_check: u32,
    /// Share of cases drawn where checking is by sampling, in percent.
    pub sampled_percent: u32,
}

/// The assumptions in use until a city has its own.
pub const COSTS: Costs = Costs {
    choice: 4,
    short_text: 12,
    long_text: 40,
    photo: 20,
    video: 45,
    position: 3,
    component_id: 20,
    measurement: 60,
    document: 60,
    checklist: 180,
    signature: 45,
    consent: 60,
    call: 180,
    notification: 10,
    on_site_check: 180,
    same_hour_check: 300,
    sampled_percent: 10,
};

/// What a part of the burden is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// A question asked of the reporter.
    Question,
    /// A picture or video that must be taken.
    ForcedPhoto,
    /// Anything else that must be entered.
    Field,
    /// A message that interrupts somebody.
    Notification,
    /// The work of the independent check.
    Verification,
}

/// Whose time a part takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bearer {
    /// Who reports.
    Reporter,
    /// The unit that handles.
    Handler,
    /// Who verifies.
    Verifier,
}

/// One thing asked and its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurdenPart {
    /// What it is.
    pub kind: PartKind,
    /// Whose time it takes.
    pub bearer: Bearer,
    /// The evidence token, question code, message or verification mode.
    pub item: String,
    /// How often it comes in one case.
    pub times: u32,
    /// Seconds for all times together.
    pub seconds: u32,
}

/// The burden of one case that goes straight through, without return or rework.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurdenEstimate {
    /// Seconds of everybody's time together.
    pub seconds: u32,
    /// What they are made of, in the order of the case.
    pub parts: Vec<BurdenPart>,
}

impl BurdenEstimate {
    fn add(&mut self, kind: PartKind, bearer: Bearer, item: &str, times: u32, each: u32) {
        let seconds = times * each;
        self.seconds += seconds;
        self.parts.push(BurdenPart {
            kind,
            bearer,
            item: item.to_owned(),
            times,
            seconds,
        });
    }

    /// Seconds of one party's time.
    pub fn seconds_of(&self, bearer: Bearer) -> u32 {
        self.parts
            .iter()
            .filter(|part| part.bearer == bearer)
            .map(|part| part.seconds)
            .sum()
    }
}

/// The burden of one case of a matter by the standard [`COSTS`].
pub fn burden_of(matter: &Matter) -> BurdenEstimate {
    burden_with(matter, &COSTS)
}

/// The burden of one case of a matter by a city's own figures.
pub fn burden_with(matter: &Matter, costs: &Costs) -> BurdenEstimate {
    let mut burden = BurdenEstimate::default();
    for question in &matter.questions {
        let seconds = question_seconds(question, costs);
        burden.add(
            PartKind::Question,
            Bearer::Reporter,
            &question.code,
            1,
            seconds,
        );
    }
    for evidence in &matter.evidence {
        let (kind, seconds) = evidence_seconds(*evidence, costs);
        burden.add(kind, Bearer::Handler, evidence.as_str(), 1, seconds);
    }
    add_notifications(matter, costs, &mut burden);
    let seconds = verification_seconds(matter.verification, costs);
    let mode = matter.verification.as_str();
    burden.add(PartKind::Verification, Bearer::Verifier, mode, 1, seconds);
    burden
}

/// A case that runs straight tells the handler of its dispatch, the verifier of its turn, and the
/// reporter of acceptance and result; an emergency tells the handler again at make-safe time.
fn add_notifications(matter: &Matter, costs: &Costs, burden: &mut BurdenEstimate) {
    let each = costs.notification;
    let at_make_safe = matter.make_safe_minutes.is_some() && matter.urgency == Urgency::Emergency;
    let handler = 1 + u32::from(at_make_safe);
    burden.add(
        PartKind::Notification,
        Bearer::Handler,
        "dispatched",
        handler,
        each,
    );
    burden.add(
        PartKind::Notification,
        Bearer::Verifier,
        "to_verify",
        1,
        each,
    );
    if matter.public {
        burden.add(
            PartKind::Notification,
            Bearer::Reporter,
            "progress",
            2,
            each,
        );
    }
}

fn question_seconds(question: &Question, costs: &Costs) -> u32 {
    crate::admission::field_seconds(question.datatype, costs)
}

impl Evidence {
    /// Whether it is asked of who reports, not of who handles.
    #[must_use]
    pub fn is_reporters(self) -> bool {
        matches!(
            self,
            Self::PhotoNear | Self::PhotoFar | Self::PhotoRef | Self::Gps | Self::ComponentId
        )
    }
}

fn evidence_seconds(evidence: Evidence, costs: &Costs) -> (PartKind, u32) {
    match evidence {
        Evidence::PhotoNear | Evidence::PhotoFar | Evidence::PhotoRef | Evidence::PhotoAfter => {
            (PartKind::ForcedPhoto, costs.photo)
        }
        Evidence::Video => (PartKind::ForcedPhoto, costs.video),
        Evidence::Gps => (PartKind::Field, costs.position),
        Evidence::ComponentId => (PartKind::Field, costs.component_id),
        Evidence::Measurement => (PartKind::Field, costs.measurement),
        Evidence::Document => (PartKind::Field, costs.document),
        Evidence::Checklist => (PartKind::Field, costs.checklist),
        Evidence::Signature => (PartKind::Field, costs.signature),
        Evidence::Consent => (PartKind::Field, costs.consent),
        Evidence::Call => (PartKind::Field, costs.call),
        Evidence::Note => (PartKind::Field, costs.long_text),
    }
}

fn verification_seconds(verification: Verification, costs: &Costs) -> u32 {
    match verification {
        Verification::OnSite => costs.on_site_check,
        Verification::SameHour => costs.same_hour_check,
        Verification::CallBack => costs.call,
        Verification::Sampling => costs.on_site_check * costs.sampled_percent / 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn total_is_the_sum_of_its_parts_for_every_matter() {
        for matter in Catalogue::standard().unwrap().matters() {
            let burden = burden_of(matter);
            assert_eq!(
                burden.seconds,
                burden.parts.iter().map(|part| part.seconds).sum::<u32>()
            );
            let bearers = [Bearer::Reporter, Bearer::Handler, Bearer::Verifier];
            assert_eq!(
                burden.seconds,
                bearers.map(|b| burden.seconds_of(b)).iter().sum::<u32>()
            );
            assert!(
                (30..1200).contains(&burden.seconds),
                "{} {}",
                matter.code,
                burden.seconds
            );
        }
    }

    #[test]
    fn exposed_garbage_costs_what_its_list_says() {
        let catalogue = Catalogue::standard().unwrap();
        let burden = burden_of(catalogue.get("M0101").unwrap());
        // One choice, three photos, a position, four notifications, one look on site.
        assert_eq!(burden.seconds, 4 + 3 * 20 + 3 + 4 * 10 + 180);
    }

    #[test]
    fn one_more_forced_photo_is_seen() {
        let catalogue = Catalogue::standard().unwrap();
        let mut matter = catalogue.get("M0101").unwrap().clone();
        let before = burden_of(&matter).seconds;
        matter.evidence.push(Evidence::PhotoRef);
        assert_eq!(burden_of(&matter).seconds, before + COSTS.photo);
    }
}
