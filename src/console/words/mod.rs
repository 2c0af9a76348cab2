//! What the console says, in Vietnamese and in English: one value for each language, so that a text that is missing in
//! one of them does not compile.

/// Texts of one part of the console, side by side: a name, Vietnamese, English; and sentences made of parameters.
macro_rules! texts {
    ($name:ident
        { $($text:ident: $vi_text:literal, $en_text:literal;)* }
        { $($sentence:ident |$($parameter:ident: $type:ty),*| $vi:expr, $en:expr;)* }
    ) => {
        pub(in crate::console) struct $name {
            $(pub(in crate::console) $text: &'static str,)*
            $(pub(in crate::console) $sentence: fn($($type),*) -> String,)*
        }

        impl $name {
            pub(super) const VI: Self = Self {
                $($text: $vi_text,)*
                $($sentence: |$($parameter: $type),*| $vi,)*
            };
            pub(super) const EN: Self = Self {
                $($text: $en_text,)*
                $($sentence: |$($parameter: $type),*| $en,)*
            };
        }
    };
}

mod board;
mod drafts;
mod edits;
mod en;
mod forms;
mod hours;
mod report;
mod rules;
mod times;
mod vi;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

use crate::config::{Language, Role};
use crate::console::access::named;

use board::BoardWords;
use drafts::DraftWords;
use edits::EditWords;
use forms::FormWords;
use hours::{HourWords, TestWords};
use report::ReportWords;
use rules::{CallWords, ChangeWords, NoticeWords, PeopleWords, ProblemWords, RuleWords};
pub(super) use times::{day, day_and_time, hotline, number, short_name, weekday};

/// Fixed texts, and sentences that are made of parameters.
macro_rules! words {
    ($($text:ident)* ; $(fn $sentence:ident($($parameter:ty),*);)*) => {
        /// Everything that is said in one language.
        pub(in crate::console) struct Words {
            pub(in crate::console) language: Language,
            /// Monday first.
            pub(in crate::console) days: [&'static str; 7],
            pub(in crate::console) short_days: [&'static str; 7],
            /// For the page of help: in the same order in each language.
            pub(in crate::console) board: BoardWords,
            pub(in crate::console) rules: RuleWords,
            pub(in crate::console) people: PeopleWords,
            pub(in crate::console) problems: ProblemWords,
            pub(in crate::console) calls: CallWords,
            pub(in crate::console) changes: ChangeWords,
            pub(in crate::console) drafts: DraftWords,
            pub(in crate::console) edits: EditWords,
            pub(in crate::console) forms: FormWords,
            pub(in crate::console) hours: HourWords,
            pub(in crate::console) tests: TestWords,
            pub(in crate::console) report: ReportWords,
            pub(in crate::console) notices: NoticeWords,
            pub(in crate::console) terms: [&'static str; 24],
            $(pub(in crate::console) $text: &'static str,)*
            $(pub(in crate::console) $sentence: fn($($parameter),*) -> String,)*
        }
    };
}

words! {
    product to_content pages_label status_label
    tab_now tab_roster tab_rules tab_people tab_callers tab_calls tab_changes tab_problems
    settings users tokens help sign_out
    sign_in sign_in_title name password wrong_password too_many_tries no_users no_users_command by_proxy
    invited_title full_name choose_password password_hint password_short join link_over link_over_hint
    language_label language_name other_language change_password old_password new_password password_changed
    role last_seen never groups_scope all_groups invite invite_hint invitation_link invitation_once
    switched_off switch_off switch_on remove apply last_admin name_unfit pending_invitations sign_ins
    signed_in refused_sign_in
    token_for expires new_token token_once token_hint no_tokens token_used
    not_found not_found_hint not_allowed not_allowed_hint broken broken_hint back_home
    viewer supervisor admin
    in_force refused_notice held_notice fault_notice last_good_notice see_problems nothing_served
    lost_connection also_here keys key_caller key_half_hour key_now key_grid key_apply glossary;

    fn days_on(u32);
    fn version(u64);
    fn held_until(&str);
    fn invited_as(&str, &str);
    fn account_of(&str, &str);
}

impl Words {
    /// The words of a language.
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::Vi => &vi::WORDS,
            Language::En => &en::WORDS,
        }
    }

    /// What a role is called.
    pub(super) const fn role_name(&self, role: Role) -> &'static str {
        match role {
            Role::Viewer => self.viewer,
            Role::Supervisor => self.supervisor,
            Role::Admin => self.admin,
        }
    }
}

/// The cookie of a language that somebody has chosen before they signed in.
pub(super) const LANGUAGE_COOKIE: &str = "lang";

/// The language of somebody: as they have chosen, or as their browser asks.
pub(super) fn wished(headers: &HeaderMap, chosen: Option<Language>) -> Option<Language> {
    let in_cookie = || named(headers, LANGUAGE_COOKIE).and_then(Language::of_code);
    chosen.or_else(in_cookie).or_else(|| asked_for(headers))
}

/// The language that a browser asks for first of those that we have.
fn asked_for(headers: &HeaderMap) -> Option<Language> {
    let value = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut wishes: Vec<(u32, Language)> = Vec::new();
    for wish in value.split(',') {
        let mut parts = wish.split(';').map(str::trim);
        let code = parts.next()?.split('-').next()?.to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let weight: f64 = weight.map_or(Some(1.0), |text| text.parse().ok())?;
        if let Some(language) = Language::of_code(&code) {
            // A thousandth is the finest that the header knows.
            let thousandths = (0..=1000)
                .rev()
                .find(|step| f64::from(*step) <= weight * 1000.0);
            wishes.push((thousandths.unwrap_or(0), language));
        }
    }
    // Among equals the first.
    let best = wishes
        .iter()
        .map(|(weight, _)| *weight)
        .max()
        .filter(|weight| *weight > 0)?;
    wishes
        .iter()
        .find(|(weight, _)| *weight == best)
        .map(|(_, language)| *language)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_browsers_first_wish_counts() {
        let check = |value: &'static str, expected: Option<Language>| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(value));
            assert_eq!(asked_for(&headers), expected, "{value}");
        };
        check("vi-VN,vi;q=0.9,en;q=0.8", Some(Language::Vi));
        check("en-GB,en;q=0.9,vi;q=0.8", Some(Language::En));
        check("fr;q=0.9,en;q=0.5,vi;q=0.7", Some(Language::Vi));
        check("fr", None);
        check("vi;q=0", None);
        check("*", None);
    }
}
