//! Forms about people's time: a leave, somebody who is back early, a switch, a stand-in. Each begins a draft.

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use routing::snapshot::Snapshot;
use routing::table::Table;
use serde::Deserialize;
use serde_json::json;

use super::drafts::begin;
use super::layout::Tab;
use super::sheet::chooser;
use super::visit::{Page, Visit};
use crate::console::draft::edit::EditJson;
use crate::console::draft::times::{NewLeave, NewStandIn};
use crate::console::words::{Words, day};

/// A leave as it is chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LeaveForm {
    span: String,
    from: String,
    until: String,
    /// Which date the form was shown with in both fields.
    shown: String,
    cover: String,
}

/// A switch.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SwitchForm {
    enabled: String,
}

/// Who stands in for whom.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StandInForm {
    agent: String,
    by: String,
    group: String,
    from: String,
    to: String,
}

/// Today in the zone of the rules.
pub(super) fn today(visit: &Visit) -> Date {
    visit.local(clock::now()).date()
}

/// The form of a leave: open, choose, look, apply.
pub(super) fn leave_form(visit: &Visit, snapshot: &Snapshot, id: &str) -> Markup {
    let w = visit.w;
    let today = today(visit);
    let tomorrow = today.tomorrow().unwrap_or(today);
    let sunday = sunday(today);
    let spans = [
        (
            "today",
            format!("{} ({})", w.drafts.leave_today, day(w, today)),
        ),
        (
            "tomorrow",
            format!("{} ({})", w.drafts.leave_tomorrow, day(w, tomorrow)),
        ),
        (
            "week",
            format!("{} ({})", w.drafts.leave_week, day(w, sunday)),
        ),
        ("other", w.drafts.leave_other.to_owned()),
    ];
    html! {
        details.card.leave #leave {
            summary { (w.drafts.leave) }
            form.pad.stack method="post" action={ "/people/" (id) "/leave" } {
                fieldset.stack {
                    legend.visually-hidden { (w.drafts.leave) }
                    @for (place, (value, name)) in spans.iter().enumerate() {
                        label.option { input type="radio" name="span" value=(value) checked[place == 0]; " " (name) }
                    }
                }
                input type="hidden" name="shown" value=(today);
                div.row {
                    div.field { label for="from" { (w.drafts.leave_from) } input.in #from type="date" name="from" value=(today); }
                    div.field { label for="until" { (w.drafts.leave_until) } input.in #until type="date" name="until" value=(today); }
                    div.field { label for="cover" { (w.drafts.leave_cover) } (people(snapshot, "cover", w.drafts.leave_usual, "")) }
                }
                button.btn.main { (w.drafts.preview) }
            }
        }
    }
}

fn sunday(today: Date) -> Date {
    let ahead = 6 - i64::from(today.weekday().to_monday_zero_offset());
    today.checked_add(ahead.days()).unwrap_or(today)
}

/// People to choose from.
pub(super) fn people(snapshot: &Snapshot, name: &str, none: &str, chosen: &str) -> Markup {
    let agents = snapshot.agents.iter();
    chooser(
        name,
        Table::Agents,
        chosen,
        Some(none),
        agents.map(|(_, agent)| (&*agent.id, &*agent.name)),
    )
}

/// Groups to choose from.
pub(super) fn groups(w: &Words, snapshot: &Snapshot, chosen: &str) -> Markup {
    let groups = snapshot.groups.iter();
    let groups = groups.map(|(_, group)| (&*group.id, &*group.name));
    chooser(
        "group",
        Table::Groups,
        chosen,
        Some(w.drafts.everybody),
        groups,
    )
}

pub(super) async fn leave(
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<LeaveForm>,
) -> Response {
    let (from, until) = form.dates(today(&visit));
    let new = NewLeave {
        agent: &id,
        from: &from,
        until: Some(&until),
        cover: Some(&form.cover),
        note: None,
    };
    begin(visit, vec![new.edit()]).await
}

impl LeaveForm {
    /// From when until when; no end is until further notice. What was typed counts, whichever span is ticked.
    fn dates(&self, today: Date) -> (String, String) {
        let tomorrow = today.tomorrow().unwrap_or(today);
        let typed = (self.from.clone(), self.until.clone());
        if self.from != self.shown || self.until != self.shown {
            return typed;
        }
        match &*self.span {
            "today" => (today.to_string(), today.to_string()),
            "tomorrow" => (tomorrow.to_string(), tomorrow.to_string()),
            "week" => (today.to_string(), sunday(today).to_string()),
            _ => typed,
        }
    }
}

pub(super) async fn switch(
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<SwitchForm>,
) -> Response {
    let set = json!({ "enabled": i64::from(form.enabled == "1") });
    begin(visit, vec![EditJson::set("agents", id, set)]).await
}

pub(super) async fn assign_page(visit: Visit, Query(asked): Query<StandInForm>) -> Response {
    visit
        .page(move |visit| Ok(assign_form(visit, &asked)))
        .await
}

fn assign_form(visit: &Visit, asked: &StandInForm) -> Page {
    let w = visit.w;
    let served = visit.desk.live.served();
    let snapshot = &served.snapshot;
    let from = if asked.from.is_empty() {
        today(visit).to_string()
    } else {
        asked.from.clone()
    };
    let to = if asked.to.is_empty() {
        from.clone()
    } else {
        asked.to.clone()
    };
    let mut all = snapshot.groups.iter();
    let group = all.find(|(_, group)| *group.id == *asked.group);
    let whose = match group {
        Some((_, group)) => {
            let members = group.members.iter();
            let agents = members.filter_map(|member| snapshot.agents.get(member.agent));
            let agents = agents.map(|agent| (&*agent.id, &*agent.name));
            chooser("agent", Table::Agents, &asked.agent, None, agents)
        }
        None => people(snapshot, "agent", "–", &asked.agent),
    };
    let body = html! {
        form.card.pad.stack.narrow method="post" action="/assign" {
            h1 { (w.drafts.stand_in) }
            p.muted { (w.drafts.stand_in_hint) }
            div.field {
                label for="group" { (w.drafts.stand_in_group) }
                (groups(w, snapshot, &asked.group))
            }
            div.field { label for="agent" { (w.drafts.stand_in_for) } (whose) }
            div.field { label for="by" { (w.drafts.stand_in_by) } (people(snapshot, "by", w.drafts.nobody_by, &asked.by)) }
            div.row {
                div.field { label for="from" { (w.drafts.stand_in_from) } input.in #from type="date" name="from" value=(from) required; }
                div.field { label for="to" { (w.drafts.stand_in_to) } input.in #to type="date" name="to" value=(to) required; }
            }
            button.btn.main { (w.drafts.preview) }
        }
    };
    Page {
        title: w.drafts.stand_in.to_owned(),
        tab: Tab::Roster,
        body,
    }
}

pub(super) async fn assign(visit: Visit, Form(form): Form<StandInForm>) -> Response {
    let new = NewStandIn {
        agent: &form.agent,
        by: Some(&form.by),
        group: Some(&form.group),
        from: &form.from,
        to: &form.to,
        note: None,
    };
    begin(visit, vec![new.edit()]).await
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[track_caller]
    fn check(span: &str, from: &str, until: &str, expected: (&str, &str)) {
        let form = LeaveForm {
            span: span.to_owned(),
            from: from.to_owned(),
            until: until.to_owned(),
            shown: "2026-11-26".to_owned(),
            cover: String::new(),
        };
        let (from, until) = form.dates(date(2026, 11, 26));
        assert_eq!((&*from, &*until), expected, "{form:?}");
    }

    #[test]
    fn typed_dates_count_whichever_span_is_ticked() {
        const TODAY: &str = "2026-11-26";
        check("today", TODAY, TODAY, (TODAY, TODAY));
        check("tomorrow", TODAY, TODAY, ("2026-11-27", "2026-11-27"));
        check("week", TODAY, TODAY, (TODAY, "2026-11-29"));
        check("other", TODAY, TODAY, (TODAY, TODAY));
        for span in ["today", "tomorrow", "week", "other", ""] {
            check(
                span,
                "2026-12-01",
                "2026-12-03",
                ("2026-12-01", "2026-12-03"),
            );
            check(span, TODAY, "2026-11-28", (TODAY, "2026-11-28"));
            check(span, TODAY, "", (TODAY, ""));
        }
    }
}
