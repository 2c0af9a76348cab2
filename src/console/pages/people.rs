//! `/people` and `/people/{id}`: who there is, where, and whether they take calls now.

use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};
use routing::arena::Index;
use routing::fold::unaccented;
use routing::moment::Moment;
use routing::snapshot::{Agent, Group, Member, RoutingType, Rule, Snapshot, Target};
use serde::Deserialize;

use super::layout::Tab;
use super::names::address;
use super::rule_words::RuleView;
use super::shift_forms::{leaves, person_form};
use super::time_forms::leave_form;
use super::visit::{Page, PageError, Visit};
use crate::console::words::{Words, day_and_time, hotline, number};

/// More people are found by a search.
const MAX_LISTED: usize = 60;

/// What an address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PeopleAddress {
    q: String,
    filter: String,
}

/// How somebody stands at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Taking,
    OnLeave,
    Off,
}

/// The people at one moment.
pub(super) struct PeopleView<'v> {
    w: &'static Words,
    snapshot: &'v Snapshot,
    moment: Moment,
    /// The groups of each agent, by place.
    groups: Vec<Vec<(&'v Group, &'v Member)>>,
}

impl<'v> PeopleView<'v> {
    pub(super) fn of(w: &'static Words, snapshot: &'v Snapshot) -> Self {
        let mut groups = vec![Vec::new(); snapshot.agents.len()];
        for (_, group) in snapshot.groups.iter() {
            for member in &group.members {
                if let Some(groups) = groups.get_mut(member.agent.place()) {
                    groups.push((group, member));
                }
            }
        }
        Self {
            w,
            snapshot,
            moment: Moment::of(snapshot, clock::now()),
            groups,
        }
    }

    fn groups(&self, agent: Index<Agent>) -> &[(&'v Group, &'v Member)] {
        self.groups.get(agent.place()).map_or(&[], Vec::as_slice)
    }

    fn presence(&self, index: Index<Agent>, agent: &Agent) -> Presence {
        if !agent.enabled {
            Presence::Off
        } else if self.moment.is_away(index) {
            Presence::OnLeave
        } else {
            Presence::Taking
        }
    }

    fn state(&self, index: Index<Agent>, agent: &Agent) -> Markup {
        let (w, board) = (&self.w.people, &self.w.board);
        match self.presence(index, agent) {
            Presence::Taking => html! { span.tag.rung { (w.taking) } },
            Presence::Off => html! { span.tag { (w.off) } },
            Presence::OnLeave => {
                let zone = self.snapshot.settings.time_zone.clone();
                let until = self.moment.away_until(index);
                let until =
                    until.map(|until| day_and_time(self.w, until.to_zoned(zone).datetime()));
                let until = until.map_or_else(
                    || board.until_notice.to_owned(),
                    |until| (board.leave_until)(&until),
                );
                html! { span.tag.later { (until) } }
            }
        }
    }
}

pub(super) async fn page(visit: Visit, Query(asked): Query<PeopleAddress>) -> Response {
    visit.page(move |visit| Ok(list(visit, &asked))).await
}

fn list(visit: &Visit, asked: &PeopleAddress) -> Page {
    let w = visit.w;
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    let view = PeopleView::of(w, snapshot);
    let wanted = unaccented(asked.q.trim());
    let is_meant = |(index, agent): &(Index<Agent>, &Agent)| {
        let presence = view.presence(*index, agent);
        let is_kind = match &*asked.filter {
            "taking" => presence == Presence::Taking,
            "leave" => presence == Presence::OnLeave,
            "off" => presence == Presence::Off,
            "alone" => view.groups(*index).is_empty(),
            _ => true,
        };
        is_kind
            && (unaccented(&agent.name).contains(&wanted)
                || unaccented(&agent.id).contains(&wanted))
    };
    let mut found: Vec<(Index<Agent>, &Agent)> = snapshot.agents.iter().filter(is_meant).collect();
    found.sort_by_cached_key(|(_, agent)| {
        unaccented(crate::console::words::short_name(&agent.name))
    });
    let more = found.len().saturating_sub(MAX_LISTED);
    let count = (w.people.count)(&number(w, found.len()), &number(w, snapshot.agents.len()));
    let body = html! {
        div.lead { h1 { (w.people.title) } p.muted { (count) } }
        div.row { a.btn href="/people/paste" { (w.forms.paste) } a.btn href="/groups/new" { (w.edits.new_group) } a.btn href="/hours" { (w.forms.hours) } }
        (search(w, asked))
        @if found.is_empty() { p.card.pad { (w.people.none) } }
        ul.cards.people-list {
            @for (index, agent) in found.iter().take(MAX_LISTED) { (person_card(&view, *index, agent)) }
        }
        @if more > 0 { p.muted { ((w.people.more)(&number(w, more))) } }
        (group_list(&view))
    };
    Page {
        title: w.people.title.to_owned(),
        tab: Tab::People,
        body,
    }
}

fn search(w: &Words, asked: &PeopleAddress) -> Markup {
    let w = &w.people;
    let filters = [
        ("", w.everybody),
        ("taking", w.taking),
        ("leave", w.on_leave),
        ("off", w.off),
        ("alone", w.without_group),
    ];
    html! {
        form.row method="get" action="/people" data-live="#live" role="search" {
            div.field { label for="q" { (w.search) } input.in #q name="q" type="search" value=(asked.q) autocomplete="off"; }
            div.field {
                label for="filter" { (w.filter) }
                select.in #filter name="filter" {
                    @for (value, name) in filters { option value=(value) selected[value == asked.filter] { (name) } }
                }
            }
            noscript { button.btn { (w.find) } }
        }
    }
}

fn person_card(view: &PeopleView<'_>, index: Index<Agent>, agent: &Agent) -> Markup {
    html! {
        li.card.line.person {
            a.pick href={ "/people/" (agent.id) } { (agent.name) br; span.muted.small { (agent.id) } }
            div.row.spread {
                span.row { @for (group, _) in view.groups(index).iter().take(6) { span.tag { (group.name) } } }
                (view.state(index, agent))
            }
        }
    }
}

fn group_list(view: &PeopleView<'_>) -> Markup {
    html! {
        section.stack {
            h2 { (view.w.people.groups) }
            ul.chips.plain-list {
                @for (_, group) in view.snapshot.groups.iter().take(MAX_LISTED) {
                    li { a.btn href={ "/groups/" (group.id) } { (group.name) " " span.muted { (group.members.len()) } } }
                }
            }
        }
    }
}

pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Response {
    visit.page(move |visit| person_page(visit, &id)).await
}

fn person_page(visit: &Visit, id: &str) -> Result<Page, PageError> {
    let w = visit.w;
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    let index = snapshot.agent(id).ok_or(PageError::Missing)?;
    let agent = snapshot.agents.get(index).ok_or(PageError::Missing)?;
    let view = PeopleView::of(w, snapshot);
    let device = match agent.routing_type {
        RoutingType::App => w.board.app,
        RoutingType::Phone => w.board.mobile,
    };
    let phone = agent.phone_number.as_deref().map(hotline);
    let cover = agent.cover.and_then(|cover| snapshot.agents.get(cover));
    let ring_time = agent
        .answer_timeout
        .map(|seconds| (w.board.seconds)(seconds.into()));
    let body = html! {
        div.stack.narrow {
            a.back-link href="/people" { (w.people.back) }
            div.row.spread { h1 { (agent.name) } (view.state(index, agent)) }
            (leaves(visit, id))
            (leave_form(visit, snapshot, id))
            section.card.pad {
                dl.pairs {
                    dt { (w.people.device) } dd { (device) }
                    dt { (w.people.phone) } dd.num { (phone.as_deref().unwrap_or(w.people.no_phone)) }
                    dt { (w.people.ring_time) } dd { (ring_time.as_deref().unwrap_or(w.people.usual)) }
                    dt { (w.people.cover) } dd { (cover.map_or(w.people.nobody, |cover| &cover.name)) }
                }
            }
            section.card.pad.stack {
                h2 { (w.people.groups) }
                @if view.groups(index).is_empty() { p.muted { (w.people.without_group) } }
                ul.plain { @for (group, member) in view.groups(index) { (membership(&view, group, member)) } }
            }
            div.row {
                a.btn href=(address("/assign", &[("agent", id)])) { (w.drafts.stand_in) }
                a.btn href=(address("/swap", &[("agent", id)])) { (w.forms.swap) }
                form method="post" action={ "/people/" (id) "/switch" } {
                    button.btn name="enabled" value=(if agent.enabled { "0" } else { "1" }) {
                        (if agent.enabled { w.drafts.switch_off } else { w.drafts.switch_on })
                    }
                }
            }
            nav.row aria-label=(w.people.more_about) {
                a.btn href=(address("/callers", &[("q", id)])) { (w.tab_callers) }
                a.btn href=(address("/calls", &[("agent", id)])) { (w.tab_calls) }
                a.btn href=(address("/changes", &[("table", "agents"), ("key", id)])) { (w.tab_changes) }
            }
            (person_form(visit, id))
            section.card.pad.stack {
                h2 { (w.people.rules) }
                ul.plain { @for rule in rules_of(&view, index) {
                    li { a href={ "/rules/" (rule.id) } { (rule.name) } " " span.muted.small { (RuleView { w, snapshot, rule }.short()) } }
                } }
            }
        }
    };
    Ok(Page {
        title: agent.name.to_string(),
        tab: Tab::People,
        body,
    })
}

fn membership(view: &PeopleView<'_>, group: &Group, member: &Member) -> Markup {
    let w = &view.w.people;
    html! {
        li.row.spread {
            span { a href={ "/groups/" (group.id) } { (group.name) } " " span.muted { (w.level) " " (member.level) ", " (w.weight) " " (member.weight) } }
            (shift(view, member))
        }
    }
}

/// A member's shift, and whether it is on.
fn shift(view: &PeopleView<'_>, member: &Member) -> Markup {
    let w = &view.w.people;
    let Some(index) = member.schedule else {
        return html! { span.muted { (w.shift) " " (w.always) } };
    };
    let name = view
        .snapshot
        .schedules
        .get(index)
        .map_or("", |schedule| &schedule.name);
    let is_open = view.moment.is_open(index);
    html! {
        span { span.muted { (w.shift) " " (name) " " } span.tag.rung[is_open] { (if is_open { w.on_shift } else { w.off_shift }) } }
    }
}

/// The rules one of whose steps may ring somebody.
fn rules_of<'v>(view: &PeopleView<'v>, agent: Index<Agent>) -> Vec<&'v Rule> {
    let is_in = |group: Index<Group>| {
        let group = view.snapshot.groups.get(group);
        group.is_some_and(|group| group.member(agent).is_some())
    };
    let rings = |rule: &&Rule| {
        rule.steps.iter().any(|step| match step.target {
            Target::Agent(one) => one == agent,
            Target::Group(group) => is_in(group),
            Target::Owner(_) | Target::LastAgent(_) => false,
        })
    };
    view.snapshot
        .rules
        .iter()
        .map(|(_, rule)| rule)
        .filter(rings)
        .collect()
}

/// The members of one level, side by side.
pub(super) fn level_lane(view: &PeopleView<'_>, members: &[Member]) -> Markup {
    let w = &view.w.people;
    let level = members.first().map_or(1, |member| member.level);
    let more = members.len().saturating_sub(MAX_LISTED);
    html! {
        section.card.pad.stack {
            h2 { (w.level) " " (level) }
            ul.plain {
                @for member in members.iter().take(MAX_LISTED) {
                    @if let Some(agent) = view.snapshot.agents.get(member.agent) {
                        li.row.spread {
                            span { a href={ "/people/" (agent.id) } { (agent.name) } " " span.muted { (w.weight) " " (member.weight) } }
                            span.row { (shift(view, member)) (view.state(member.agent, agent)) }
                        }
                    }
                }
            }
            @if more > 0 { p.muted { ((view.w.board.more_people)(more)) } }
        }
    }
}
