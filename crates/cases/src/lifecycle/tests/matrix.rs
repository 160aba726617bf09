//! Every stage × every command × every kind of person: what is allowed is what the document lists, and
//! where it leads is what the table says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::world::*;
use crate::lifecycle::{Command, CommandKind, apply};
use crate::model::{Event, Stage, What};

/// Who is tried, as the document calls them. The first of each pair is the name in the document.
const PEOPLE: &[(&str, &str)] = &[
    ("call taker", "call.1"),
    ("acceptance seat", "accept.1"),
    ("dispatch seat", "dispatch.1"),
    ("shift supervisor", "shift.1"),
    ("verifier", "verify.1"),
    ("lead unit", "u.1"),
    ("helping unit", "h.1"),
    ("former unit", "p.1"),
    ("any other unit", "x.1"),
    ("grid worker", "grid.1"),
    ("grid chief", "chief.1"),
    ("town", "town.1"),
    ("supervisor", "sup.1"),
    ("administrator", "admin.1"),
    ("seat elsewhere", "accept.far"),
    ("reporter", "reporter"),
    ("follower", "follower"),
];

/// The table of a case's life: from a stage by an event to a stage. What is not in here, and is not
/// listed as staying, never happens.
pub(super) const TABLE: &[(&str, &str, &str)] = &[
    ("reported", "accepted", "accepted"),
    ("reported", "declined", "declined"),
    ("reported", "self_handled", "handled"),
    ("accepted", "self_handled", "handled"),
    ("accepted", "dispatched", "dispatched"),
    ("declined", "decline_objected", "reported"),
    ("declined", "archived", "archived"),
    ("dispatched", "signed", "handling"),
    ("dispatched", "returned", "returned"),
    ("handling", "returned", "returned"),
    ("returned", "dispatched", "dispatched"),
    ("dispatched", "disputed", "in_ruling"),
    ("handling", "disputed", "in_ruling"),
    ("in_ruling", "ruled", "dispatched"),
    ("handling", "suspended", "suspended"),
    ("suspended", "resumed", "handling"),
    ("handling", "handled", "handled"),
    ("handled", "taken", "verifying"),
    ("handled", "not_drawn", "confirming"),
    ("verifying", "failed", "handling"),
    ("verifying", "passed", "confirming"),
    ("confirming", "confirmed", "closed"),
    ("confirming", "silence_confirmed", "closed"),
    ("confirming", "objected", "handling"),
    ("closed", "reopened", "dispatched"),
    ("closed", "archived", "archived"),
    ("merged", "came_back", "reported"),
    // Before it is handled: merged, withdrawn; and back to the stage before.
    ("reported", "merged", "merged"),
    ("accepted", "merged", "merged"),
    ("dispatched", "merged", "merged"),
    ("handling", "merged", "merged"),
    ("returned", "merged", "merged"),
    ("in_ruling", "merged", "merged"),
    ("suspended", "merged", "merged"),
    ("merged", "unmerged", "reported"),
    ("merged", "unmerged", "accepted"),
    ("merged", "unmerged", "dispatched"),
    ("merged", "unmerged", "handling"),
    ("merged", "unmerged", "returned"),
    ("merged", "unmerged", "in_ruling"),
    ("merged", "unmerged", "suspended"),
    ("reported", "withdrawn", "voided"),
    ("accepted", "withdrawn", "voided"),
    ("dispatched", "withdrawn", "voided"),
    ("handling", "withdrawn", "voided"),
    ("returned", "withdrawn", "voided"),
    ("in_ruling", "withdrawn", "voided"),
    ("suspended", "withdrawn", "voided"),
    // Before it is closed: void.
    ("reported", "voided", "voided"),
    ("accepted", "voided", "voided"),
    ("dispatched", "voided", "voided"),
    ("handling", "voided", "voided"),
    ("returned", "voided", "voided"),
    ("in_ruling", "voided", "voided"),
    ("suspended", "voided", "voided"),
    ("handled", "voided", "voided"),
    ("verifying", "voided", "voided"),
    ("confirming", "voided", "voided"),
];

/// Events that never change the stage.
pub(super) fn stays(what: &What) -> bool {
    matches!(
        what,
        What::Asked { .. }
            | What::Answered { .. }
            | What::StayedSilent
            | What::Requested { .. }
            | What::RequestRefused { .. }
            | What::Extended { .. }
            | What::MadeSafe { .. }
            | What::Excluded { .. }
            | What::Joined { .. }
            | What::Left { .. }
            | What::Reminded { .. }
            | What::Supervised { .. }
            | What::TurnedAmber { .. }
            | What::RanOut { .. }
            | What::SubTaskAdded { .. }
            | What::SubTaskDeclined { .. }
            | What::SubTaskDone { .. }
            | What::Whistled { .. }
            | What::WhistleSignedIn { .. }
            | What::WhistleConcluded { .. }
            | What::WhistleRated { .. }
            | What::HandedOver { .. }
            | What::Placed { .. }
            | What::Regridded { .. }
            | What::MatterSet { .. }
            | What::Noted { .. }
            | What::Followed { .. }
            | What::Rated { .. }
            | What::Recounted
            | What::Blurred { .. }
    )
}

/// Whether the table has this step.
pub(super) fn in_the_table(from: Stage, event: &Event, to: Stage) -> bool {
    let kind = event.what.kind();
    if stays(&event.what) {
        return from == to;
    }
    TABLE.contains(&(from.word(), kind.as_str(), to.word()))
}

/// Every situation worth telling apart, several at a stage.
fn situations<'a>(w: &'a World) -> Vec<Play<'a>> {
    let mut all = vec![
        Play::new(w, Some("N")),
        Play::new(w, None),
        Play::dispatched(w, "N"),
        Play::handling(w, "N"),
        Play::handling(w, "E"),
        Play::return_used(w, "N"),
        Play::in_ruling(w, "N"),
        Play::handled(w, "N"),
        Play::handled(w, "S"),
        Play::verifying(w, "N"),
        Play::confirming(w, "N"),
        Play::closed(w, "N"),
        Play::suspended(w, "N"),
        Play::merged(w),
    ];
    let mut add = |base: &Play<'a>, steps: &[(&str, Command)]| {
        let mut play = base.clone();
        for (who, command) in steps {
            play.act(who, command.clone());
        }
        all.push(play);
    };
    let reported = Play::new(w, Some("N"));
    add(
        &reported,
        &[("accept.1", Command::AskReporter { text: "?".into() })],
    );
    add(&reported, &[("accept.1", accept())]);
    add(&reported, &[("accept.1", decline())]);
    add(
        &reported,
        &[
            ("accept.2", decline()),
            ("reporter", Command::ObjectDecline { words: "!".into() }),
        ],
    );
    add(&reported, &[("reporter", Command::Withdraw {})]);
    let handling = Play::handling(w, "N");
    let by = handling.now.plus_s(7200);
    add(&handling, &[("u.1", give_back())]);
    add(&handling, &[("u.1", ask_suspend("2026-12-01T09:00"))]);
    add(&handling, &[("u.1", ask_extend(4))]);
    add(&handling, &[("u.1", sub_task(HYGIENE))]);
    add(&handling, &[("town.1", whistle(&[HYGIENE], by))]);
    let met = [
        ("town.1", whistle(&[HYGIENE], by)),
        ("town.1", Command::WhistleSignIn { whistle: None }),
        ("h.1", Command::WhistleSignIn { whistle: None }),
    ];
    add(&handling, &met);
    add(
        &handling,
        &[
            met[0].clone(),
            met[1].clone(),
            met[2].clone(),
            ("town.1", conclude()),
        ],
    );
    let dispatched = Play::dispatched(w, "N");
    add(&dispatched, &[("u.1", sub_task(HYGIENE))]);
    // Returned by parks, now with urban management, not signed yet.
    add(
        &reported,
        &[
            ("accept.1", accept()),
            ("dispatch.1", dispatch(PARKS)),
            ("p.1", give_back()),
            ("dispatch.1", redispatch(URBAN)),
        ],
    );
    let ruled = Play::in_ruling(w, "N");
    add(&ruled, &[("shift.2", rule(URBAN))]);
    let mut not_drawn = Play::handling(w, "S");
    not_drawn.drawn = false;
    add(&not_drawn, &[("u.1", handle())]);
    let mut archived = Play::closed(w, "N");
    archived.at("2027-01-01T09:00").tick();
    all.push(archived);
    // A request for voiding or exclusion may wait at any stage that allows to ask.
    let asked: Vec<_> = all
        .iter()
        .flat_map(|p| [ask_void(), ask_exclude()].map(|c| (p, c)))
        .filter_map(|(p, command)| {
            let mut play = p.clone();
            play.try_act("sup.1", &command).ok()?;
            Some(play)
        })
        .collect();
    // Merged from every stage that allows it.
    let merged: Vec<_> = all
        .iter()
        .filter_map(|p| {
            let mut play = p.clone();
            play.other = Some(other(w));
            play.try_act("dispatch.1", &merge()).ok()?;
            Some(play)
        })
        .collect();
    all.extend(asked);
    all.extend(merged);
    for play in &mut all {
        play.other.get_or_insert_with(|| other(w));
    }
    all
}

type Allowed = BTreeMap<(usize, usize), (BTreeSet<usize>, BTreeSet<&'static str>)>;

/// Tries everything everywhere; answers by stage and command who may and where it leads, and each step
/// from one stage to the next.
fn try_everything(w: &World) -> (Allowed, BTreeSet<(&'static str, String, &'static str)>) {
    let mut allowed = Allowed::new();
    let mut steps = BTreeSet::new();
    for play in situations(w) {
        let from = play.case.stage;
        let stage = Stage::ALL.iter().position(|s| *s == from).unwrap();
        for (kind_at, kind) in CommandKind::ALL.iter().enumerate() {
            for (who_at, (_, who)) in PEOPLE.iter().enumerate() {
                for pick in 0..6 {
                    let Ok(events) = play.decided(who, &sample(*kind, &play, pick)) else {
                        continue;
                    };
                    let mut case = play.case.clone();
                    for event in &events {
                        let before = case.stage;
                        case = apply(case, event);
                        assert!(
                            in_the_table(before, event, case.stage),
                            "{before:?} {:?} {:?}",
                            event.what,
                            case.stage
                        );
                        if !stays(&event.what) {
                            steps.insert((before.word(), event.what.kind(), case.stage.word()));
                        }
                    }
                    let entry = allowed.entry((stage, kind_at)).or_default();
                    entry.0.insert(who_at);
                    entry.1.insert(case.stage.word());
                }
            }
        }
    }
    (allowed, steps)
}

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/life-of-a-case.md")
}

const BEGIN: &str =
    "<!-- what follows is written by a test of crates/cases; BLESS=1 writes it anew -->\n";

fn listing(allowed: &Allowed) -> String {
    let mut text = String::new();
    for (at, stage) in Stage::ALL.iter().enumerate() {
        text.push_str(&format!(
            "\n### {}\n\n| command | who | then |\n|---|---|---|\n",
            stage.word()
        ));
        for ((_, kind), (who, to)) in allowed.range((at, 0)..(at + 1, 0)) {
            let who: Vec<_> = who.iter().map(|w| PEOPLE[*w].0).collect();
            let to: Vec<_> = to.iter().copied().collect();
            let command = CommandKind::ALL[*kind].word();
            text.push_str(&format!(
                "| `{command}` | {} | {} |\n",
                who.join(", "),
                to.join(", ")
            ));
        }
    }
    text
}

#[test]
fn what_everybody_may_do_at_every_stage_is_what_the_document_lists() {
    let w = World::new();
    let (allowed, _) = try_everything(&w);
    let fresh = listing(&allowed);
    let text = std::fs::read_to_string(document()).unwrap();
    let (told, written) = text.split_once(BEGIN).unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(document(), format!("{told}{BEGIN}{fresh}")).unwrap();
        return;
    }
    let differs = written.lines().zip(fresh.lines()).find(|(a, b)| a != b);
    assert_eq!(written, fresh, "first difference: {differs:?}");
}

#[test]
fn commands_lead_along_every_line_of_the_table_and_along_no_other() {
    let w = World::new();
    let (_, steps) = try_everything(&w);
    let by_clock = ["archived", "silence_confirmed", "not_drawn", "came_back"];
    let expected: BTreeSet<_> = TABLE
        .iter()
        .filter(|(_, kind, _)| !by_clock.contains(kind))
        .map(|(from, kind, to)| (*from, (*kind).to_owned(), *to))
        .collect();
    let missing: Vec<_> = expected.difference(&steps).collect();
    let beside: Vec<_> = steps.difference(&expected).collect();
    assert!(
        missing.is_empty() && beside.is_empty(),
        "missing {missing:?}, not in the table {beside:?}"
    );
}

#[test]
fn those_without_a_part_in_a_case_may_do_nothing_to_it() {
    let w = World::new();
    for play in situations(&w) {
        for kind in CommandKind::ALL {
            for who in ["admin.1", "accept.far", "follower"] {
                for pick in 0..6 {
                    assert!(
                        play.decided(who, &sample(*kind, &play, pick)).is_err(),
                        "{who} {kind:?} {:?}",
                        play.case.stage
                    );
                }
            }
        }
    }
}

#[test]
fn a_command_that_is_refused_by_its_kind_is_refused_with_any_body() {
    let w = World::new();
    for play in situations(&w) {
        for kind in CommandKind::ALL {
            for (_, who) in PEOPLE {
                for pick in 0..6 {
                    let command = sample(*kind, &play, pick);
                    let context = w.context(Some(&play.case), &command, play.now);
                    let doer = w.doer(&play.case, who);
                    if let Err(refusal) = crate::lifecycle::may(&play.case, *kind, &doer, &context)
                    {
                        assert_eq!(play.decided(who, &command), Err(refusal));
                    }
                }
            }
        }
    }
}
