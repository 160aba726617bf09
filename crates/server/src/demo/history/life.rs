//! One case as it grows: its state with everything the store would have written beside it.

use std::collections::BTreeMap;

use cases::desk;
use cases::lifecycle::{self, Command, Context, Doer, NewReport, Refusal, timers};
use cases::model::{Attached, By, Case, Event, MatterFacts, Place, Source, What, Why};
use cases::row::Row;
use kernel::{CaseId, EventId, MediaId, Moment, OrgId, ReporterId, WordsId};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::World;
use crate::demo::scenes::Scene;

/// A picture or video wanted for a case.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub id: MediaId,
    /// `photo` or `video`.
    pub kind: &'static str,
    pub scene: Scene,
    pub after: bool,
    pub at: Moment,
    pub by: Option<kernel::PersonId>,
}

/// Words beside an event.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub id: WordsId,
    pub text: String,
    pub at: Moment,
}

/// A row of `case_media`.
#[derive(Debug, Clone)]
pub(super) struct Hung {
    pub media: MediaId,
    pub purpose: String,
    pub event: EventId,
    pub version: i32,
    pub by_reporter: bool,
}

/// Who reported or follows.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub id: ReporterId,
    pub kind: &'static str,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub hide_phone: bool,
    pub call_back: bool,
    pub at: Moment,
}

/// A rating.
#[derive(Debug, Clone)]
pub(super) struct Rated {
    pub id: Uuid,
    pub reporter: ReporterId,
    pub stars: i16,
    pub reasons: Vec<&'static str>,
    pub words: Option<WordsId>,
    pub at: Moment,
}

/// A ruling others follow.
#[derive(Debug, Clone)]
pub(super) struct Ruling {
    pub id: Uuid,
    pub case: CaseId,
    pub matter: String,
    pub area: i64,
    pub org: OrgId,
    pub clause: String,
    pub at: Moment,
}

/// What a report brings.
#[derive(Debug, Clone)]
pub(super) struct Reported {
    pub at: Moment,
    pub source: Source,
    pub external_number: Option<String>,
    pub matter: Option<String>,
    pub place: Option<Place>,
    pub grid_text: String,
    pub place_text: String,
    pub text: String,
    pub by: Option<usize>,
    pub pictures: Vec<Wish>,
    pub self_handled: bool,
}

/// Facts a command needs besides the case.
#[derive(Debug, Default, Clone)]
pub(super) struct Facts<'a> {
    pub matter: Option<String>,
    pub org: Option<OrgId>,
    pub routed: bool,
    pub placed: Option<(Place, i32)>,
    pub same_unit: bool,
    pub other: Option<&'a Case>,
}

/// A case with all that is written beside it.
#[derive(Debug)]
pub(super) struct Life {
    pub case: Case,
    pub events: Vec<Event>,
    pub event_ids: Vec<EventId>,
    pub words: Vec<Said>,
    pub hung: Vec<Hung>,
    pub known: Vec<Known>,
    pub parties: BTreeMap<(OrgId, &'static str), Option<i32>>,
    pub rated: Option<Rated>,
    pub ruling: Option<Ruling>,
    pub wishes: Vec<Wish>,
    pub place_text: String,
    pub grid_text: String,
    pub category: Option<String>,
    pub matter_name: String,
    pub refused: Vec<(lifecycle::CommandKind, Refusal)>,
    pub rng: ChaCha8Rng,
}

/// A fresh id dated `at`, by the case's own chance.
pub(super) fn id_at(at: Moment, rng: &mut impl Rng) -> Uuid {
    let ms = u64::try_from(at.stamp().as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(ms, &rng.random()).into_uuid()
}

fn facts_of(world: &World<'_>, code: Option<&str>) -> Option<MatterFacts> {
    code.and_then(|c| world.facts.get(c)).cloned()
}

impl Life {
    /// A case is born as [`cases::desk::report`] would.
    pub fn born(world: &World<'_>, new: Reported, mut rng: ChaCha8Rng) -> Option<Self> {
        let id = id_at(new.at, &mut rng);
        let resident = matches!(new.source, Source::Citizen | Source::Open311);
        let called = new.source == Source::Call;
        let known = (resident || called).then(|| known(id, new.at, called, &mut rng));
        let by = match new.by.filter(|_| !resident) {
            Some(at) => world.roster.by(at),
            None => By::Reporter {
                reporter: ReporterId(id),
            },
        };
        let shelf_matter = new.matter.as_deref().and_then(|c| world.shelf.matter(c));
        let facts = facts_of(world, new.matter.as_deref());
        let route = facts
            .as_ref()
            .filter(|_| !new.self_handled)
            .zip(new.place.as_ref())
            .and_then(|(m, p)| world.route(&m.code, p.community, new.at));
        let context = Context {
            route,
            ..desk::context(&world.books, facts.as_ref(), new.at, id)
        };
        let attached: Vec<Attached> = new.pictures.iter().map(|w| hang(w, "near")).collect();
        let report = NewReport {
            number: String::new(),
            source: new.source,
            external_number: new.external_number,
            area: new.place.as_ref().map_or(world.city, |p| p.community),
            place: new.place,
            net: world.net.number,
            words: WordsId(id),
            media: attached,
            by,
        };
        let mut events = lifecycle::report(&report, &context);
        if new.self_handled {
            events.truncate(1);
        }
        let case = events.iter().skip(1).fold(
            events.first().and_then(|e| lifecycle::born(CaseId(id), e)),
            |case, event| case.map(|c| lifecycle::apply(c, event)),
        )?;
        let event_ids: Vec<EventId> = events
            .iter()
            .map(|e| EventId(id_at(e.at, &mut rng)))
            .collect();
        let hung = case
            .media
            .iter()
            .map(|a| Hung {
                media: a.id,
                purpose: a.purpose.clone(),
                event: event_ids[0],
                version: 1,
                by_reporter: resident,
            })
            .collect();
        let parties = Row::of(&case)
            .parties
            .into_iter()
            .map(|p| (p, None))
            .collect();
        Some(Self {
            words: vec![Said {
                id: WordsId(id),
                text: new.text,
                at: new.at,
            }],
            known: known.into_iter().collect(),
            category: shelf_matter.map(|m| m.category_code.clone()),
            matter_name: shelf_matter.map(|m| m.name.zh.clone()).unwrap_or_default(),
            place_text: new.place_text,
            grid_text: new.grid_text,
            wishes: new.pictures,
            rated: None,
            ruling: None,
            refused: Vec::new(),
            case,
            events,
            event_ids,
            hung,
            parties,
            rng,
        })
    }

    /// When something last happened.
    pub fn at(&self) -> Moment {
        self.case.updated_at
    }

    /// Facts of the case's matter.
    pub fn facts(&self, world: &World<'_>) -> Option<MatterFacts> {
        facts_of(world, self.case.matter.as_deref())
    }

    /// Fires the timers due until `to`.
    pub fn advance(&mut self, world: &World<'_>, to: Moment) {
        let facts = self.facts(world);
        let context = desk::context(&world.books, facts.as_ref(), to, Uuid::nil());
        // A bound, should a rule ever come up again and again.
        for _ in 0..64 {
            let Some(event) = timers::due(&self.case, &context, to) else {
                return;
            };
            self.record(vec![event], None, false);
        }
    }

    /// Carries out a command at `at` as [`cases::desk::command`] would.
    pub fn act(
        &mut self,
        world: &World<'_>,
        at: Moment,
        doer: &Doer,
        command: &Command,
        more: Facts<'_>,
    ) -> Result<(), Refusal> {
        let id = id_at(at, &mut self.rng);
        let named = more.matter.is_some();
        let code = more.matter.or_else(|| self.case.matter.clone());
        let facts = facts_of(world, code.as_deref());
        let mut context = desk::context(&world.books, facts.as_ref(), at, id);
        context.other = more.other;
        context.drawn = world.state.drawn(self.case.id, self.case.version);
        context.placed = more.placed;
        context.same_unit = more.same_unit;
        let route = code
            .as_deref()
            .and_then(|c| world.route(c, self.case.area, at));
        context.why = route
            .clone()
            .filter(|(best, _)| Some(*best) == more.org)
            .map_or(Why::Hand, |(_, why)| why);
        context.route = route.filter(|_| more.routed);
        let events = lifecycle::decide(&self.case, command, doer, &context)
            .inspect_err(|refusal| self.refused.push((command.kind(), *refusal)))?;
        let words = command.said().map(|text| Said {
            id: WordsId(id),
            text: text.to_owned(),
            at,
        });
        let ruled = events.iter().find_map(|e| match &e.what {
            What::Ruled { org, clause, .. } => Some((*org, clause.clone())),
            _ => None,
        });
        self.record(events, words, matches!(doer, Doer::Reporter { .. }));
        if named && let Some(facts) = &facts {
            self.category = facts.code.get(..3).map(str::to_owned);
        }
        if let (Some((org, clause)), Some(matter)) = (ruled, self.case.matter.clone()) {
            self.ruling = Some(Ruling {
                id: id_at(at, &mut self.rng),
                case: self.case.id,
                matter,
                area: self.case.area,
                org,
                clause,
                at,
            });
        }
        Ok(())
    }

    /// Writes what `events` make of the case, as [`cases::store::record`] would.
    pub fn record(&mut self, events: Vec<Event>, words: Option<Said>, by_reporter: bool) {
        let lead = self.case.lead;
        let had: Vec<MediaId> = self.case.media.iter().map(|a| a.id).collect();
        for event in &events {
            self.case = lifecycle::apply(self.case.clone(), event);
            self.event_ids.push(EventId(id_at(event.at, &mut self.rng)));
        }
        self.events.extend(events);
        self.words.extend(words);
        let version = self.case.version;
        let last = self
            .event_ids
            .last()
            .copied()
            .unwrap_or(EventId(Uuid::nil()));
        for fresh in self.case.media.iter().filter(|a| !had.contains(&a.id)) {
            self.hung.push(Hung {
                media: fresh.id,
                purpose: fresh.purpose.clone(),
                event: last,
                version,
                by_reporter,
            });
        }
        if lead != self.case.lead {
            let now = self.case.lead;
            self.parties.retain(|(org, part), _| match *part {
                "lead" => Some(*org) == now,
                // Who holds it again is no former holder.
                "former" => Some(*org) != now,
                _ => true,
            });
        }
        for (org, part) in Row::of(&self.case).parties {
            self.parties
                .entry((org, part))
                .or_insert_with(|| (part == "former").then_some(version));
        }
    }

    /// A follower joins in.
    pub fn follow(&mut self, at: Moment) {
        let id = id_at(at, &mut self.rng);
        let mut follower = known(id, at, false, &mut self.rng);
        follower.kind = "follower";
        let by = By::Reporter {
            reporter: follower.id,
        };
        let what = What::Followed {
            reporter: follower.id,
        };
        self.known.push(follower);
        self.record(
            vec![Event {
                at,
                by,
                what,
                clocks: Vec::new(),
            }],
            None,
            false,
        );
    }

    /// The reporter rates how it went.
    pub fn rate(
        &mut self,
        at: Moment,
        stars: i16,
        reasons: Vec<&'static str>,
        text: Option<String>,
    ) {
        let Some(who) = self
            .known
            .iter()
            .find(|k| k.kind == "reporter")
            .map(|k| k.id)
        else {
            return;
        };
        let id = id_at(at, &mut self.rng);
        let words = text.map(|text| Said {
            id: WordsId(id),
            text,
            at,
        });
        self.rated = Some(Rated {
            id: id_at(at, &mut self.rng),
            reporter: who,
            stars,
            reasons,
            words: words.as_ref().map(|w| w.id),
            at,
        });
        let by = By::Reporter { reporter: who };
        let what = What::Rated { reporter: who };
        self.record(
            vec![Event {
                at,
                by,
                what,
                clocks: Vec::new(),
            }],
            words,
            true,
        );
    }

    /// The reporter as a doer, if a resident reported.
    pub fn reporter(&self) -> Option<Doer> {
        let who = self.known.iter().find(|k| k.kind == "reporter")?;
        Some(Doer::Reporter {
            id: who.id,
            follower: false,
        })
    }

    /// Wishes for a picture or video and hangs it.
    pub fn wish(
        &mut self,
        at: Moment,
        kind: &'static str,
        scene: Scene,
        after: bool,
        by: Option<kernel::PersonId>,
    ) -> Attached {
        let id = MediaId(id_at(at, &mut self.rng));
        let wish = Wish {
            id,
            kind,
            scene,
            after,
            at,
            by,
        };
        let attached = hang(&wish, if after { "after" } else { "other" });
        self.wishes.push(wish);
        attached
    }

    /// Forgets wishes that no event refers to.
    pub fn tidy(&mut self) {
        let media = &self.case.media;
        self.wishes.retain(|w| media.iter().any(|a| a.id == w.id));
    }
}

fn hang(wish: &Wish, purpose: &str) -> Attached {
    Attached {
        id: wish.id,
        purpose: purpose.to_owned(),
        kind: wish.kind.to_owned(),
    }
}

/// A resident of the demo: a number for a name, and a telephone number nobody has.
fn known(id: Uuid, at: Moment, called: bool, rng: &mut impl Rng) -> Known {
    let number = rng.random_range(1..=9999);
    let named = called || rng.random_bool(0.45);
    let phone = called || rng.random_bool(0.7);
    Known {
        id: ReporterId(id),
        kind: "reporter",
        name: named.then(|| format!("演示居民{number:04}")),
        phone: phone.then(|| format!("1000000{number:04}")),
        hide_phone: rng.random_bool(0.2),
        call_back: phone && rng.random_bool(0.6),
        at,
    }
}
