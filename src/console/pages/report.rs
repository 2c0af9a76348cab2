//! `/report`: what the journal adds up to: how soon calls are taken, by whom, and where nobody was.

use axum::extract::Query;
use axum::response::Response;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::Tab;
use super::report_pictures::{abandoned_picture, service_picture};
use super::visit::{Page, PageError, Visit};
use crate::config::Language;
use crate::console::api::journal::tallied;
use crate::console::words::{Words, day_and_time, number};
use crate::report::{IN_TIME_SECONDS, Report, Service};
use crate::shown::report::{ReportRow, Reported, ServiceRow};
use crate::store::StoreError;

/// Spans to choose from, in days.
const SPANS: [u16; 4] = [1, 7, 30, 90];

/// Of more queues, hotlines and people the first are shown.
const MAX_ROWS: usize = 20;

/// What an address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReportAddress {
    days: String,
    /// The last date; empty: until now.
    to: String,
}

pub(super) async fn page(visit: Visit, Query(asked): Query<ReportAddress>) -> Response {
    let zone = visit.desk.live.served().snapshot.settings.time_zone.clone();
    let days = asked
        .days
        .parse()
        .ok()
        .filter(|days| SPANS.contains(days))
        .unwrap_or(7);
    let date = asked
        .to
        .parse::<Date>()
        .ok()
        .and_then(|date| date.checked_add(1.day()).ok());
    let end = date.and_then(|date| zone.to_timestamp(date.at(0, 0, 0, 0)).ok());
    let to = end.unwrap_or_else(clock::now);
    let span = SignedDuration::from_hours(24 * i64::from(days));
    let from = to.checked_sub(span).unwrap_or(Timestamp::MIN);
    let report = match tallied(&visit.desk, from, to).await {
        Ok(Err(StoreError::NoJournal { .. })) => Ok(Report::default()),
        Ok(report) => report.map_err(PageError::from),
        Err(error) => Err(PageError::from(error)),
    };
    visit
        .page(move |visit| Ok(show(visit, &asked, days, (from, to), &report?)))
        .await
}

fn show(
    visit: &Visit,
    asked: &ReportAddress,
    days: u16,
    (from, to): (Timestamp, Timestamp),
    report: &Report,
) -> Page {
    let (w, r) = (visit.w, &visit.w.report);
    let served = visit.desk.live.served();
    let reported = Reported {
        from,
        to,
        snapshot: &served.snapshot,
        report,
        weighted: &[],
    };
    let span = [from, to].map(|at| day_and_time(w, visit.local(at)));
    let body = html! {
        div.lead { h1 { (r.title) } p.muted { (span.join(" – ")) } }
        form.row.card.pad method="get" action="/report" data-live="#live" {
            div.field {
                label for="days" { (r.span) }
                select.in #days name="days" { @for known in SPANS { option value=(known) selected[known == days] { ((r.days)(known)) } } }
            }
            div.field { label for="to" { (w.calls.to) } input.in #to type="date" name="to" value=(asked.to); }
            noscript { button.btn { (w.calls.find) } }
        }
        @if report.all.calls == 0 { p.card.pad { (w.calls.none) } } @else {
            @match &report.service {
                Some(service) => (taken(w, &reported, service)),
                None => p.notice { (r.no_events) },
            }
            (counts(w, w.tab_calls, &reported.outcomes()))
            (counts(w, w.edits.hotline, &reported.hotlines()))
            (counts(w, w.edits.queue, &reported.queues()))
            (agents(w, &reported))
        }
    };
    Page {
        title: r.title.to_owned(),
        tab: Tab::Calls,
        body,
    }
}

/// A share in words: 33,3 % in Vietnamese, 33.3 % in English.
fn percent(w: &Words, share: Option<f64>) -> String {
    let said = share.map_or_else(|| "–".to_owned(), |share| format!("{share:.1} %"));
    match w.language {
        Language::Vi => said.replace('.', ","),
        Language::En => said,
    }
}

fn count(w: &Words, count: u64) -> String {
    number(w, usize::try_from(count).unwrap_or(usize::MAX))
}

/// How soon calls were taken: the figures, and the day in half hours.
fn taken(w: &Words, reported: &Reported<'_>, service: &Service) -> Markup {
    let r = &w.report;
    let all = ServiceRow::new(None, &service.all);
    let half_hours = reported.half_hours();
    let waits = service.waits.unwrap_or_default();
    html! {
        section.card.pad.stack aria-labelledby="service" {
            h2 #service { (r.service) }
            p.row { span.big { (percent(w, all.percent_in_time)) } span { ((r.in_time)(IN_TIME_SECONDS)) } }
            p.muted { ((r.taken_of)(&count(w, all.taken), &count(w, all.calls))) " · " ((r.waits)(waits.p50, waits.p90, waits.p99)) }
            (service_picture(w, &half_hours))
        }
        section.card.pad.stack aria-labelledby="abandoned" {
            h2 #abandoned { (r.abandoned) }
            p.row { span.big { (count(w, all.abandoned)) } span { (percent(w, all.percent_abandoned)) } }
            (abandoned_picture(w, &half_hours))
            details #figures {
                summary { (r.figures) }
                table.plain {
                    thead { tr { th { (r.half_hour) } th.n { (w.tab_calls) } th.n { (r.taken) } th.n { (r.in_time_short) } th.n { (r.abandoned) } } }
                    tbody { @for row in half_hours.iter().filter(|row| row.calls > 0) {
                        tr {
                            td.num { (row.from.as_deref().unwrap_or_default()) } td.n { (count(w, row.calls)) } td.n { (count(w, row.taken)) }
                            td.n { (percent(w, row.percent_in_time)) } td.n { (count(w, row.abandoned)) }
                        }
                    } }
                }
            }
        }
    }
}

fn counts(w: &Words, title: &str, rows: &[ReportRow]) -> Markup {
    let r = &w.report;
    let name = |row: &ReportRow| match row.id.as_deref() {
        Some("rule") => w.calls.by_rule.to_owned(),
        Some("blocked") => w.calls.blocked.to_owned(),
        Some("fallback") => w.calls.fallback.to_owned(),
        Some("nobody") => w.calls.nobody.to_owned(),
        id => row
            .name
            .clone()
            .or_else(|| id.map(str::to_owned))
            .unwrap_or_else(|| w.board.any_hotline.to_owned()),
    };
    html! {
        section.card.pad {
            table.plain {
                thead { tr { th { (title) } th.n { (w.tab_calls) } th.n { (r.share) } th.n { (w.calls.fallback) } th.n { (w.calls.nobody) } } }
                tbody { @for row in rows.iter().take(MAX_ROWS) {
                    tr {
                        td { (name(row)) } td.n { (count(w, row.count.calls)) } td.n { (percent(w, row.count.percent_of_calls)) }
                        td.n { (count(w, row.count.fallback_calls)) } td.n { (count(w, row.count.nobody_calls)) }
                    }
                } }
            }
        }
    }
}

fn agents(w: &Words, reported: &Reported<'_>) -> Markup {
    let r = &w.report;
    html! {
        section.card.pad {
            table.plain {
                thead { tr { th { (w.tab_people) } th.n { (r.rung_first) } th.n { (r.share) } th.n { (r.taken) } } }
                tbody { @for row in reported.agents().iter().take(MAX_ROWS) {
                    tr {
                        td { (row.name.as_deref().unwrap_or(&row.id)) } td.n { (count(w, row.first_offers)) }
                        td.n { (percent(w, row.percent_of_first_offers)) } td.n { (count(w, row.taken_calls)) }
                    }
                } }
            }
        }
    }
}
