//! Texts for people in the language that they read.

use jiff::civil::{DateTime, Weekday};

pub(crate) use routing::language::Language;

/// A text in English or in Vietnamese, formatted as `format!` does.
macro_rules! either {
    ($language:expr, $english:literal, $vietnamese:literal $(,)?) => {
        match $language {
            $crate::language::Language::En => format!($english),
            $crate::language::Language::Vi => format!($vietnamese),
        }
    };
}
pub(crate) use either;

/// "Monday 2026-11-30 10:00", as the tables write dates.
pub(crate) fn local_time(at: DateTime, language: Language) -> String {
    let day = match language {
        Language::En => at.strftime("%A").to_string(),
        Language::Vi => weekday_in_vietnamese(at.weekday()).to_owned(),
    };
    format!("{day} {}", at.strftime("%Y-%m-%d %H:%M"))
}

/// What Vietnamese call a day of the week.
pub(crate) const fn weekday_in_vietnamese(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Thứ Hai",
        Weekday::Tuesday => "Thứ Ba",
        Weekday::Wednesday => "Thứ Tư",
        Weekday::Thursday => "Thứ Năm",
        Weekday::Friday => "Thứ Sáu",
        Weekday::Saturday => "Thứ Bảy",
        Weekday::Sunday => "Chủ nhật",
    }
}
