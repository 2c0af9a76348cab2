//! Facts as bytes.
//!
//! ```text
//! body = FORMAT section*          section = kind length facts
//! ```
//!
//! A section of kind 6 says of which project those are that follow; before it they are of project 0.
//!
//! Numbers are little-endian. Kinds that are not known are skipped, so two versions of the program run side by side.

use std::collections::BTreeMap;

use routing::tickets::Place;

use super::{
    AskedLine, Draw, EventFact, EventFactKind, EventOrder, FactOfCalls, FirstAgent, SharedFact,
    ToldFact,
};

/// The only format of bodies so far.
const FORMAT: u8 = 1;

/// The kinds of sections.
const KINDS: [u8; 5] = [1, 2, 3, 4, 5];

/// The kind of a section that names a project.
const PROJECT: u8 = 6;

/// No text: a hotline without a number.
const NO_TEXT: u16 = u16::MAX;

/// What is told: the format, and sections, project by project.
pub fn encode(facts: Vec<ToldFact>) -> Vec<u8> {
    let mut projects: BTreeMap<i64, Vec<SharedFact>> = BTreeMap::new();
    for ToldFact { project, fact } in facts {
        projects.entry(project).or_default().push(fact);
    }
    let (mut body, mut last) = (vec![FORMAT], 0);
    for (project, facts) in projects {
        if project != last {
            body.extend([PROJECT, 8, 0, 0, 0]);
            body.extend(project.to_le_bytes());
            last = project;
        }
        push_sections(&mut body, &facts);
    }
    body
}

/// What was told, as far as this version understands it, project by project. Of a body that is cut, the sections that
/// are whole.
pub fn decode(body: &[u8]) -> Vec<(i64, Vec<SharedFact>)> {
    let Some((&FORMAT, mut body)) = body.split_first() else {
        return Vec::new();
    };
    let mut projects = vec![(0, Vec::new())];
    while let Some((kind, mut section)) = take_section(&mut body) {
        if kind == PROJECT {
            let Some(project) = take(&mut section) else {
                break;
            };
            projects.push((i64::from_le_bytes(project), Vec::new()));
        } else if let Some((_, facts)) = projects.last_mut()
            && !take_facts(kind, section, facts)
        {
            break;
        }
    }
    projects.retain(|(_, facts)| !facts.is_empty());
    projects
}

/// The same without the format.
pub(crate) fn push_sections(body: &mut Vec<u8>, facts: &[SharedFact]) {
    for kind in KINDS {
        let start = body.len();
        for fact in facts.iter().filter(|fact| fact.what.kind() == kind) {
            if body.len() == start {
                body.extend([kind, 0, 0, 0, 0]);
            }
            fact.push(body);
        }
        let Some(section) = body.get_mut(start..).filter(|section| !section.is_empty()) else {
            continue;
        };
        let length = u32::try_from(section.len() - 5).unwrap_or(u32::MAX);
        for (place, byte) in section.iter_mut().skip(1).zip(length.to_le_bytes()) {
            *place = byte;
        }
    }
}

/// The facts of sections, and whether all of it could be read.
pub(crate) fn take_sections(mut body: &[u8]) -> (Vec<SharedFact>, bool) {
    let mut facts = Vec::new();
    while !body.is_empty() {
        let Some((kind, section)) = take_section(&mut body) else {
            return (facts, false);
        };
        if !take_facts(kind, section, &mut facts) {
            return (facts, false);
        }
    }
    (facts, true)
}

/// The facts of a section, and whether all of it could be read.
fn take_facts(kind: u8, mut section: &[u8], facts: &mut Vec<SharedFact>) -> bool {
    while !section.is_empty() && KINDS.contains(&kind) {
        let Some(fact) = SharedFact::take(kind, &mut section) else {
            return false;
        };
        facts.push(fact);
    }
    true
}

fn take_section<'b>(body: &mut &'b [u8]) -> Option<(u8, &'b [u8])> {
    let [kind] = take(body)?;
    let length = usize::try_from(u32::from_le_bytes(take(body)?)).ok()?;
    let (section, others) = body.split_at_checked(length)?;
    *body = others;
    Some((kind, section))
}

impl FactOfCalls {
    pub(crate) const fn kind(&self) -> u8 {
        match self {
            Self::Waits(_) => 1,
            Self::Drew(_) => 2,
            Self::Begins(_) => 3,
            Self::Event(_) => 4,
            Self::Asked(_) => 5,
        }
    }
}

impl SharedFact {
    fn push(&self, body: &mut Vec<u8>) {
        // The hash stands first where it is all there is, as it always has.
        if let FactOfCalls::Waits(key) = &self.what {
            body.extend(key.to_le_bytes());
        }
        body.extend(self.age_ms.to_le_bytes());
        match &self.what {
            FactOfCalls::Waits(_) => {}
            FactOfCalls::Drew(draw) => {
                for hash in [draw.ring, draw.call, draw.drawer] {
                    body.extend(hash.to_le_bytes());
                }
                body.extend(draw.place.position().to_le_bytes());
                push_text(body, Some(draw.place.agent_id()));
            }
            FactOfCalls::Begins(first) => {
                body.extend(first.call.to_le_bytes());
                body.extend(first.agent.to_le_bytes());
                body.push(u8::from(first.was_rung));
            }
            FactOfCalls::Event(event) => {
                body.push(event.kind.number());
                body.extend(event.call.to_le_bytes());
                body.extend(event.caller.unwrap_or(0).to_le_bytes());
                let (way, order) = match event.order {
                    EventOrder::Stamp(stamp) => (0, stamp),
                    EventOrder::BeforeArrival(ms) => (1, i64::from(ms)),
                };
                body.push(way);
                body.extend(order.to_le_bytes());
                push_text(body, Some(&event.agent));
            }
            FactOfCalls::Asked(line) => {
                push_text(body, Some(&line.queue_id));
                push_text(body, line.hotline.as_deref());
            }
        }
    }

    fn take(kind: u8, section: &mut &[u8]) -> Option<Self> {
        if kind == 1 {
            let what = FactOfCalls::Waits(u64::from_le_bytes(take(section)?));
            let age_ms = u32::from_le_bytes(take(section)?);
            return Some(Self { age_ms, what });
        }
        let age_ms = u32::from_le_bytes(take(section)?);
        let what = match kind {
            2 => FactOfCalls::Drew(Box::new(Draw {
                ring: u64::from_le_bytes(take(section)?),
                call: u64::from_le_bytes(take(section)?),
                drawer: u64::from_le_bytes(take(section)?),
                place: Place::new(i64::from_le_bytes(take(section)?), take_text(section)??),
            })),
            3 => FactOfCalls::Begins(FirstAgent {
                call: u64::from_le_bytes(take(section)?),
                agent: u64::from_le_bytes(take(section)?),
                was_rung: take::<1>(section)? != [0],
            }),
            4 => FactOfCalls::Event(Box::new(take_event(section)?)),
            _ => FactOfCalls::Asked(Box::new(AskedLine {
                queue_id: take_text(section)??.into(),
                hotline: take_text(section)?.map(Into::into),
            })),
        };
        Some(Self { age_ms, what })
    }
}

fn take_event(section: &mut &[u8]) -> Option<EventFact> {
    let [kind] = take(section)?;
    let call = u64::from_le_bytes(take(section)?);
    let caller = Some(u64::from_le_bytes(take(section)?)).filter(|caller| *caller != 0);
    let [way] = take(section)?;
    let order = i64::from_le_bytes(take(section)?);
    Some(EventFact {
        kind: EventFactKind::numbered(kind)?,
        call,
        caller,
        order: match way {
            0 => EventOrder::Stamp(order),
            _ => EventOrder::BeforeArrival(u32::try_from(order).ok()?),
        },
        agent: take_text(section)??.into(),
    })
}

impl EventFactKind {
    const ALL: [Self; 4] = [Self::Rung, Self::Took, Self::PartEnded, Self::Over];

    const fn number(self) -> u8 {
        match self {
            Self::Rung => 0,
            Self::Took => 1,
            Self::PartEnded => 2,
            Self::Over => 3,
        }
    }

    fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// Ids are shorter; of one that is not, the beginning.
fn push_text(body: &mut Vec<u8>, text: Option<&str>) {
    let Some(text) = text else {
        body.extend(NO_TEXT.to_le_bytes());
        return;
    };
    let end = text.floor_char_boundary(usize::from(NO_TEXT - 1));
    let text = text.get(..end).unwrap_or_default();
    body.extend(u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
    body.extend(text.as_bytes());
}

/// `None`: cut, or no text of ours. `Some(None)`: there is none.
#[expect(clippy::option_option, reason = "no text is a text that could be read")]
fn take_text<'b>(section: &mut &'b [u8]) -> Option<Option<&'b str>> {
    let length = u16::from_le_bytes(take(section)?);
    if length == NO_TEXT {
        return Some(None);
    }
    let (text, others) = section.split_at_checked(usize::from(length))?;
    *section = others;
    Some(Some(std::str::from_utf8(text).ok()?))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, others) = rest.split_first_chunk()?;
    *rest = others;
    Some(*taken)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any fact.
    pub(crate) fn fact() -> impl Strategy<Value = SharedFact> {
        let draw = (any::<[u64; 3]>(), any::<i64>(), "\\PC{0,9}").prop_map(
            |([ring, call, drawer], position, id)| {
                let place = Place::new(position, &id);
                FactOfCalls::Drew(Box::new(Draw {
                    ring,
                    call,
                    drawer,
                    place,
                }))
            },
        );
        let first = any::<(u64, u64, bool)>().prop_map(|(call, agent, was_rung)| {
            FactOfCalls::Begins(FirstAgent {
                call,
                agent,
                was_rung,
            })
        });
        let order = prop_oneof![
            any::<i64>().prop_map(EventOrder::Stamp),
            any::<u32>().prop_map(EventOrder::BeforeArrival),
        ];
        let kind = prop::sample::select(&EventFactKind::ALL[..]);
        let event = (kind, any::<u64>(), any::<u64>(), "\\PC{0,9}", order).prop_map(
            |(kind, call, caller, agent, order)| {
                FactOfCalls::Event(Box::new(EventFact {
                    kind,
                    call,
                    caller: Some(caller).filter(|caller| *caller != 0),
                    agent: agent.into(),
                    order,
                }))
            },
        );
        let asked =
            ("\\PC{0,9}", prop::option::of("[0-9]{0,9}")).prop_map(|(queue_id, hotline)| {
                FactOfCalls::Asked(Box::new(AskedLine {
                    queue_id: queue_id.into(),
                    hotline: hotline.map(Into::into),
                }))
            });
        let waits = any::<u64>().prop_map(FactOfCalls::Waits);
        let what = prop_oneof![waits, draw, first, event, asked];
        (any::<u32>(), what).prop_map(|(age_ms, what)| SharedFact { age_ms, what })
    }

    fn heard(body: &[u8]) -> Vec<ToldFact> {
        let projects = decode(body).into_iter();
        projects
            .flat_map(|(project, facts)| ToldFact::of(project, facts))
            .collect()
    }

    proptest! {
        #[test]
        fn what_was_told_is_heard(facts in prop::collection::vec((0..3_i64, fact()), 0..12), cut in any::<prop::sample::Index>()) {
            let told = facts.into_iter().map(|(project, fact)| ToldFact { project, fact });
            let mut told: Vec<ToldFact> = told.collect();
            let body = encode(told.clone());
            told.sort_by_key(|told| (told.project, told.fact.what.kind()));
            prop_assert_eq!(heard(&body), &told[..]);
            let cut = heard(&body[..cut.index(body.len())]);
            prop_assert_eq!(&cut[..], &told[..cut.len()]);
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let body = [&[FORMAT], &bytes[..]].concat();
            prop_assert!(heard(&body).len() <= bytes.len());
        }
    }

    #[test]
    fn a_waiting_call_is_twelve_bytes_as_it_always_was() {
        let fact = SharedFact {
            age_ms: 2,
            what: FactOfCalls::Waits(1),
        };
        let body = [1, 1, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0];
        let told = ToldFact {
            project: 0,
            fact: fact.clone(),
        };
        assert_eq!(encode(vec![told]), body);
        let later = [&[1, 9, 3, 0, 0, 0, 1, 2, 3], &body[1..]].concat();
        assert_eq!(
            decode(&later),
            [(0, vec![fact])],
            "kinds of later versions are skipped"
        );
    }
}
