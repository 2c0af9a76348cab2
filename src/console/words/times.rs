//! Days, times, numbers and names as people in Vietnam write them.

use jiff::civil::{Date, DateTime, Weekday};

use super::Words;

/// A day: "Thứ Hai 30/11".
pub(in crate::console) fn day(w: &Words, date: Date) -> String {
    format!("{} {}/{}", weekday(&w.days, date), date.day(), date.month())
}

/// A day and a time: "08:00 Thứ Hai 30/11".
pub(in crate::console) fn day_and_time(w: &Words, at: DateTime) -> String {
    format!("{} {}", at.strftime("%H:%M"), day(w, at.date()))
}

/// The name of a date's weekday.
pub(in crate::console) fn weekday(days: &[&'static str; 7], date: Date) -> &'static str {
    let place = match date.weekday() {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    };
    days.get(place).copied().unwrap_or_default()
}

/// A whole number with its thousands parted: 1.234 in Vietnamese, 1,234 in English.
pub(in crate::console) fn number(w: &Words, count: usize) -> String {
    let digits = count.to_string();
    let parting = match w.language {
        crate::config::Language::Vi => '.',
        crate::config::Language::En => ',',
    };
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(parting);
        }
        text.push(digit);
    }
    text
}

/// A telephone number as people read it: "024 7100 1001", "0912 000 111". What is not Vietnamese stays as it is.
pub(in crate::console) fn hotline(number: &str) -> String {
    let Some(rest) = number.strip_prefix("84") else {
        return number.to_owned();
    };
    let (ending, digits) = match rest.strip_suffix('*') {
        Some(digits) => ("*", digits),
        None => ("", rest),
    };
    let groups: &[usize] = match digits.len() {
        10 if digits.starts_with('2') => &[3, 4, 4],
        9 => &[4, 3, 3],
        _ => return format!("0{rest}"),
    };
    let mut digits = format!("0{digits}")
        .chars()
        .collect::<Vec<char>>()
        .into_iter();
    let mut parts = Vec::new();
    for length in groups {
        parts.push(digits.by_ref().take(*length).collect::<String>());
    }
    format!("{}{ending}", parts.join(" "))
}

/// The given name, which is what people are called by: the last word of a Vietnamese name.
pub(in crate::console) fn short_name(name: &str) -> &str {
    // "Trần Minh (ca tối)" is Minh.
    let name = name.split(['(', '[', ',']).next().unwrap_or(name).trim();
    let last = name.rsplit(char::is_whitespace).next().unwrap_or(name);
    // "Agent 1" is not called 1.
    if last.chars().any(char::is_alphabetic) {
        last
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Language;

    #[test]
    fn numbers_are_parted_as_people_read_them() {
        assert_eq!(hotline("842471001001"), "024 7100 1001");
        assert_eq!(hotline("84912000111"), "0912 000 111");
        assert_eq!(hotline("84779*"), "0779*");
        assert_eq!(hotline("12125550123"), "12125550123");
        assert_eq!(hotline("19001234"), "19001234");
        let (vi, en) = (Words::of(Language::Vi), Words::of(Language::En));
        assert_eq!(number(vi, 1_234_567), "1.234.567");
        assert_eq!(number(en, 1_234), "1,234");
        assert_eq!(number(vi, 999), "999");
        assert_eq!(number(vi, 0), "0");
    }

    #[test]
    fn days_are_said_as_people_say_them() {
        let date = jiff::civil::date(2026, 11, 30);
        assert_eq!(day(Words::of(Language::Vi), date), "Thứ Hai 30/11");
        assert_eq!(
            day_and_time(Words::of(Language::En), date.at(8, 0, 0, 0)),
            "08:00 Monday 30/11"
        );
    }

    #[test]
    fn people_are_called_by_their_given_name() {
        assert_eq!(short_name("Nguyễn Thị Hoa"), "Hoa");
        assert_eq!(short_name("Trần Minh (ca tối)"), "Minh");
        assert_eq!(short_name("Agent 1 (mẫu)"), "Agent 1");
        assert_eq!(short_name("Hoa"), "Hoa");
        assert_eq!(short_name(""), "");
    }
}
