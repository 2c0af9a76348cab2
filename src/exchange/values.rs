//! What a CRM's cells mean: numbers, dates, tags.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use routing::diagnosis::Implausible;
use routing::fold::folded;
use routing::number::{CountryCode, NumberPattern, number_since_2018, numbers_in, plausible_text};
use routing::table::Cell;

/// The numbers of a cell, each as a table has it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) numbers: Vec<String>,
    /// How many of them were numbers of before 2018, and stand there as the new ones.
    pub(super) renumbered: usize,
}

impl Numbers {
    /// Reads a cell that is not empty.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(raw: &str, country: &CountryCode) -> Result<Self, String> {
        let pattern = NumberPattern::parse(raw, country);
        if let Some(NumberPattern::Prefix(beginning)) = &pattern {
            return match plausible_text(raw, country) {
                Ok(()) if is_digits(beginning) => Ok(Self {
                    numbers: vec![format!("{beginning}*")],
                    renumbered: 0,
                }),
                Ok(()) => Err(no_number(raw)),
                Err(fault) => Err(format!("'{raw}' {fault}")),
            };
        }
        let mut read = Self::default();
        let meant = what_is_meant(raw, country);
        for number in numbers_in(meant.as_deref().unwrap_or(raw), country) {
            let new = number_since_2018(&number);
            read.renumbered += usize::from(new.is_some());
            let number = new.unwrap_or(number);
            let number = number.in_table(country).into_owned();
            if !read.numbers.contains(&number) {
                read.numbers.push(number);
            }
        }
        if !read.numbers.is_empty() {
            return Ok(read);
        }
        match plausible_text(raw, country) {
            Err(fault) => Err(format!("'{raw}' {fault}")),
            Ok(()) => Err(no_number(raw)),
        }
    }
}

/// The number that a call shows, where a cell has an extension behind it or a spreadsheet took its 0.
fn what_is_meant(raw: &str, country: &CountryCode) -> Option<String> {
    match plausible_text(raw, country) {
        Err(Implausible::Extension { number }) => Some(number.in_table(country).into_owned()),
        Err(Implausible::LostZero { instead }) => Some(instead),
        _ => None,
    }
}

fn no_number(raw: &str) -> String {
    format!("'{raw}' is not a telephone number")
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words with commas, whatever stood between them, and some more behind them; each once.
pub(super) fn tags(value: &str, more: &[String]) -> Cell {
    let words = value
        .split([',', ';', '|'])
        .flat_map(|word| word.split(":::"));
    let mut kept: Vec<&str> = Vec::new();
    for word in words.chain(more.iter().map(String::as_str)) {
        let word = word.trim();
        // Google Contacts marks groups of its own so.
        let is_tag = !word.is_empty() && !word.starts_with("* ");
        if is_tag && !kept.iter().any(|other| folded(other) == folded(word)) {
            kept.push(word);
        }
    }
    if kept.is_empty() {
        Cell::Null
    } else {
        Cell::Text(kept.join(",").into())
    }
}

/// A date as spreadsheets and CRMs write it, with the day first where that can be; a time behind it does not count.
pub(super) fn day(value: &str) -> Option<Date> {
    const WORDS: [&str; 4] = ["ngày", "tháng", "thg", "năm"];
    let text = folded(value);
    let day = match text.split_once('t') {
        Some((day, _)) if day.ends_with(|c: char| c.is_ascii_digit()) => day,
        _ => &text,
    };
    let tokens = day.split(|c: char| !c.is_alphanumeric());
    let is_number = |token: &&str| !token.is_empty() && !WORDS.contains(token);
    let tokens: Vec<&str> = tokens.filter(is_number).collect();
    match tokens[..] {
        [digits] => from_digits(digits),
        [first, second, third, ..] if first.len() == 4 => {
            new(number(first)?, month(second)?, number(third)?)
        }
        [first, second, year, ..] => {
            let year = match number(year)? {
                short @ 0..=99 => short + 2000,
                whole => whole,
            };
            let day_first = || new(year, month(second)?, number(first)?);
            let month_first = || new(year, month(first)?, number(second)?);
            day_first().or_else(month_first)
        }
        _ => None,
    }
}

/// `20271231`, or the days that a spreadsheet counts since 1900.
fn from_digits(digits: &str) -> Option<Date> {
    /// From 1954 to 2119: whole numbers outside are no dates of callers.
    const SERIALS: std::ops::RangeInclusive<i32> = 20_000..=80_000;
    let whole: i32 = digits.parse().ok()?;
    if digits.len() == 8 {
        return new(
            i16::try_from(whole / 10_000).ok()?,
            i16::try_from(whole / 100 % 100).ok()?,
            i16::try_from(whole % 100).ok()?,
        );
    }
    if !SERIALS.contains(&whole) {
        return None;
    }
    date(1899, 12, 30).checked_add(whole.days()).ok()
}

fn number(token: &str) -> Option<i16> {
    token.parse().ok()
}

/// A month by its number or its English name.
fn month(token: &str) -> Option<i16> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    match (1..).zip(NAMES).find(|(_, name)| token.starts_with(name)) {
        Some((month, _)) => Some(month),
        None => number(token),
    }
}

fn new(year: i16, month: i16, day: i16) -> Option<Date> {
    /// Outside of these a cell holds something else.
    const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;
    if !YEARS.contains(&year) {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_common_form() {
        for text in [
            "2027-12-31",
            "2027-12-31T00:00:00Z",
            "2027-12-31 08:00",
            "2027/12/31",
            "31/12/2027",
            "31/12/2027 00:00:00",
            "31-12-2027",
            "31.12.2027",
            "31/12/27",
            "12/31/2027",
            "31 Dec 2027",
            "Dec 31, 2027",
            "December 31, 2027 12:00 AM",
            "31 tháng 12, 2027",
            "ngày 31 tháng 12 năm 2027",
            "31 thg 12, 2027",
            "20271231",
            "46752",
        ] {
            assert_eq!(day(text), Some(date(2027, 12, 31)), "{text}");
        }
        assert_eq!(day("03/04/2027"), Some(date(2027, 4, 3)));
        for text in [
            "soon",
            "",
            "31/02/2027",
            "13/13/2027",
            "12",
            "0000-00-00",
            "1/1",
            "99999999",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn every_number_of_a_cell_is_read() {
        let country = CountryCode::default();
        let read = |raw: &str| Numbers::read(raw, &country).map(|read| read.numbers.join(" "));
        let said = |raw: &str| Numbers::read(raw, &country).unwrap_err();
        assert_eq!(read("'+84986776777"), Ok("84986776777".to_owned()));
        assert_eq!(read("986776777.0"), Ok("84986776777".to_owned()));
        assert_eq!(
            read("0986 776 777 / 024 7100 2000"),
            Ok("84986776777 842471002000".to_owned())
        );
        assert_eq!(read("0986776777;0986776777"), Ok("84986776777".to_owned()));
        assert_eq!(read("2471002000"), Ok("842471002000".to_owned()));
        assert_eq!(read("024 7100 2000 ext 12"), Ok("842471002000".to_owned()));
        assert_eq!(read("+376 123 456"), Ok("+376123456".to_owned()));
        assert_eq!(read("0779 *"), Ok("84779*".to_owned()));
        let old = Numbers::read("0169 123 4567, 0986776777", &country).unwrap();
        assert_eq!(
            (old.numbers.join(" "), old.renumbered),
            ("84391234567 84986776777".to_owned(), 1)
        );
        assert_eq!(said("n/a"), "'n/a' is not a telephone number");
        assert_eq!(said("*"), "'*' is not a telephone number");
        assert_eq!(
            said("12"),
            "'12' has 2 digits, which no number has; write all its digits, with the country code if it is abroad"
        );
        assert_eq!(
            said("8.49868E+10"),
            "'8.49868E+10' is a number that a spreadsheet has shortened; give that column the format 'text', and type it anew"
        );
    }

    #[test]
    fn tags_are_kept_once() {
        let more = ["vip".to_owned()];
        assert_eq!(tags("VIP; en|,en", &more), Cell::from("VIP,en"));
        assert_eq!(tags("* myContacts ::: gold", &more), Cell::from("gold,vip"));
        assert_eq!(tags(" ", &[]), Cell::Null);
    }
}
