//! The frame around each page: head with tabs, what everybody must know, and the place where the script speaks.

use std::sync::Arc;

use maud::{DOCTYPE, Markup, html};

use super::icons::{self, icon};
use crate::config::Role;
use crate::console::access::User;
use crate::console::assets::{SCRIPT_PATH, STYLE_PATH};
use crate::console::words::{Words, day_and_time, short_name};
use crate::params::CodedSentence;
use crate::rules::{ActiveRules, RulesAuthority, Source};
use crate::store::DraftHead;

/// Which tab a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Now,
    Roster,
    Rules,
    People,
    Callers,
    Calls,
    Changes,
    Account,
    None,
}

/// What stands above everything because everybody must know it.
pub(super) struct Notice {
    pub(super) class: &'static str,
    pub(super) text: String,
    pub(super) more: Vec<String>,
}

/// What is around a page.
pub(super) struct Frame<'p> {
    pub(super) title: &'p str,
    pub(super) tab: Tab,
    pub(super) path: &'p str,
    /// Whether the page is what its address shows, and not what has come of a form.
    pub(super) is_asked_for: bool,
    pub(super) user: &'p User,
    pub(super) w: &'static Words,
    pub(super) served: Arc<ActiveRules>,
    pub(super) notices: Vec<Notice>,
    /// The newest draft of whoever looks.
    pub(super) draft: Option<DraftHead>,
    /// How many holes the next days have.
    pub(super) holes: usize,
}

impl Notice {
    /// Everything that is to be said about the rules.
    pub(super) fn all(live: &RulesAuthority, w: &Words) -> Vec<Self> {
        let (status, served) = (live.status(), live.served());
        let mut notices = Vec::new();
        let notice = |class, text: &str, more| Self {
            class,
            text: text.to_owned(),
            more,
        };
        if served.source == Source::Nothing {
            notices.push(notice("no", w.nothing_served, Vec::new()));
        }
        if let Some(fault) = status.fault {
            notices.push(notice("no", w.fault_notice, vec![fault]));
        } else if status.is_read && matches!(served.source, Source::LastGood | Source::Backup) {
            notices.push(notice("no", w.last_good_notice, Vec::new()));
        }
        if status.is_refused {
            notices.push(notice("no", w.refused_notice, Vec::new()));
        }
        if let Some(held) = status.held {
            let zone = served.snapshot.settings.time_zone.clone();
            let until = held.until.to_zoned(zone).datetime();
            let mut more = CodedSentence::all(&held.reasons, w.language);
            more.push((w.held_until)(&day_and_time(w, until)));
            notices.push(notice("hold", w.held_notice, more));
        }
        notices
    }

    fn show(&self, w: &Words) -> Markup {
        html! {
            div.notice.{ (self.class) } role="status" {
                div {
                    p { b { (self.text) } }
                    @for line in &self.more { p.small { (line) } }
                }
                a.btn href="/problems" { (w.see_problems) }
            }
        }
    }
}

impl Frame<'_> {
    /// The whole page.
    pub(super) fn around(&self, body: &Markup) -> Markup {
        let w = self.w;
        let head = html! {
            header.top {
                a.brand href="/" aria-label=(w.product) { (icons::brand()) span.long { (w.product) } }
                (self.tabs())
                (self.in_force())
                (self.account())
            }
        };
        let content = html! {
            div #notices { @for notice in &self.notices { (notice.show(w)) } }
            p.notice #news role="status" hidden {}
            div #live data-follow=[self.follows()] { (body) }
            div #tray { @if let Some(draft) = &self.draft { (self.tray(draft)) } }
        };
        let page = html! { (head) (main(&content)) };
        document(w, self.title, Some(&self.user.name), &page)
    }

    /// The kinds of events after which the page is fetched anew.
    fn follows(&self) -> Option<&'static str> {
        let kinds = match self.path {
            "/calls" => "version calls",
            "/drafts" => "version draft",
            "/problems" => "version state",
            _ => "version",
        };
        // What was sent to get a page is not sent again.
        self.is_asked_for.then_some(kinds)
    }

    fn tabs(&self) -> Markup {
        let w = self.w;
        let main = [
            (Tab::Now, "/", icons::CALL, w.tab_now),
            (Tab::Roster, "/roster", icons::ROSTER, w.tab_roster),
            (Tab::Rules, "/rules", icons::RULES, w.tab_rules),
            (Tab::People, "/people", icons::PEOPLE, w.tab_people),
        ];
        let more = [
            (Tab::Callers, "/callers", w.tab_callers),
            (Tab::Calls, "/calls", w.tab_calls),
            (Tab::Changes, "/changes", w.tab_changes),
        ];
        html! {
            nav.tabs #tabs aria-label=(w.pages_label) {
                @for (tab, path, line, name) in main {
                    a href=(path) aria-current=[self.current(tab)] {
                        (icon(line)) (name)
                        @if tab == Tab::Roster && self.holes > 0 {
                            " " span.badge { (self.holes) span.visually-hidden { " " (w.board.holes_ahead) } }
                        }
                    }
                }
                @for (tab, path, name) in more {
                    a.wide href=(path) aria-current=[self.current(tab)] { (name) }
                }
            }
        }
    }

    /// What somebody has begun and not applied yet; a page with a draft of its own hides it.
    fn tray(&self, draft: &DraftHead) -> Markup {
        let w = self.w;
        html! {
            div.tray role="region" aria-label=(w.drafts.all) {
                span.sum { b { (w.drafts.title) " " (draft.id) } small { (draft.reason.as_deref().unwrap_or(w.drafts.not_applied)) } }
                a.btn.main.push href={ "/drafts/" (draft.id) } { (w.drafts.preview) }
            }
        }
    }

    fn current(&self, tab: Tab) -> Option<&'static str> {
        (self.tab == tab).then_some("page")
    }

    /// The version that answers, and whether all is well.
    fn in_force(&self) -> Markup {
        let w = self.w;
        let class = match self.notices.first() {
            None => "",
            Some(notice) => notice.class,
        };
        html! {
            a.force.push #force href="/problems" aria-label={ (w.status_label) ": " ((w.version)(self.served.version)) " " (w.in_force) } {
                span.dot.{ (class) } aria-hidden="true" {}
                span { span data-version=(self.served.version) { ((w.version)(self.served.version)) } span.long { " " (w.in_force) } }
            }
        }
    }

    fn account(&self) -> Markup {
        let (w, user) = (self.w, self.user);
        let initial = short_name(&user.full_name).chars().next().unwrap_or('?');
        let label = (w.account_of)(&user.full_name, w.role_name(user.role));
        html! {
            details.account {
                summary.me aria-label=(label) { (initial.to_uppercase()) }
                div.menu {
                    p.small.muted { (user.full_name) br; (w.role_name(user.role)) }
                    div.narrow-only {
                        a href="/callers" { (w.tab_callers) }
                        a href="/calls" { (w.tab_calls) }
                        a href="/changes" { (w.tab_changes) }
                    }
                    a href="/hours" { (w.hours.title) }
                    a href="/tests" { (w.edits.tests) }
                    a href="/report" { (w.report.title) }
                    a href="/drafts" { (w.drafts.all) }
                    a href="/problems" { (w.tab_problems) }
                    a href="/settings" { (w.settings) }
                    @if user.role == Role::Admin { a href="/users" { (w.users) } a href="/sql" { "SQL" } }
                    a href="/tokens" { (w.tokens) }
                    a href="/help" { (w.help) }
                    (language_form(w, self.path))
                    form method="post" action="/sign-out" { button.link { (w.sign_out) } }
                }
            }
        }
    }
}

/// A button that changes to the other language and comes back.
pub(super) fn language_form(w: &Words, path: &str) -> Markup {
    let other = match w.language {
        crate::config::Language::Vi => crate::config::Language::En,
        crate::config::Language::En => crate::config::Language::Vi,
    };
    html! {
        form method="post" action="/language" {
            input type="hidden" name="next" value=(path);
            button.link name="language" value=(other.code()) lang=(other.code()) { (w.other_language) }
        }
    }
}

/// A page for those who are not signed in.
pub(super) fn outside(w: &Words, title: &str, path: &str, body: &Markup) -> Markup {
    let content = html! {
        section.card.pad.door {
            p.brand { (icons::brand()) (w.product) }
            (body)
        }
        div.door { (language_form(w, path)) }
    };
    document(w, title, None, &main(&content))
}

fn main(content: &Markup) -> Markup {
    html! { main #main tabindex="-1" { (content) } }
}

fn document(w: &Words, title: &str, me: Option<&str>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(w.language.code()) data-lost=(w.lost_connection) data-me=[me] data-also=(w.also_here) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · " (w.product) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href=(*STYLE_PATH);
                script type="module" src=(*SCRIPT_PATH) {}
            }
            body {
                a.skip href="#main" { (w.to_content) }
                (body)
                p #said .visually-hidden role="status" {}
            }
        }
    }
}
