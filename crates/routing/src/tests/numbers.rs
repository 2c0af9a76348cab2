//! Numbers as they are sent and typed, and the same rules written a second time.

use proptest::prelude::*;
use proptest::sample::select;

use crate::number::{CallerPattern, CountryCode, Number, NumberPattern};

#[track_caller]
fn wire(raw: &str, expected: &str) {
    let number = Number::from_wire(raw, &CountryCode::default());
    assert_eq!(
        number.as_ref().map_or("", Number::as_str),
        expected,
        "from the wire: {raw}"
    );
}

#[track_caller]
fn table(raw: &str, expected: &str) {
    let number = Number::from_table(raw, &CountryCode::default());
    assert_eq!(
        number.as_ref().map_or("", Number::as_str),
        expected,
        "in a table: {raw}"
    );
}

#[track_caller]
fn both(raw: &str, expected: &str) {
    wire(raw, expected);
    table(raw, expected);
}

#[test]
fn every_way_to_write_a_mobile_is_the_same_number() {
    for raw in [
        "84986776777",
        "0986776777",
        "0084986776777",
        "+84 98 677 6777",
        "+84 (0) 986 776 777",
        "(098) 677-6777",
        "098.677.6777",
        "btncall_84986776777",
        "btncall_0986776777",
        "btncall_%2B84986776777",
        "%2B84986776777",
        " 0986776777\u{a0}",
    ] {
        both(raw, "84986776777");
    }
}

#[test]
fn nine_digits_are_national_only_where_people_type() {
    table("986776777", "84986776777");
    wire("986776777", "986776777");
    table("+376123456", "376123456");
}

#[test]
fn a_mobile_beginning_with_84_is_not_taken_for_international() {
    both("844666531", "84844666531");
    both("0844666531", "84844666531");
    both("84844666531", "84844666531");
}

#[test]
fn a_national_number_that_is_too_short_for_its_code_keeps_its_0() {
    for raw in ["01234567", "00001234567", "8401234567"] {
        both(raw, "01234567");
    }
}

#[test]
fn a_0_behind_the_country_code_goes() {
    for raw in [
        "+84 0986 776 777",
        "840986776777",
        "(+84) 0986776777",
        "+84 (0) 0986 776 777",
        "0000986776777",
    ] {
        both(raw, "84986776777");
    }
    both("840666531", "84840666531");
    both("8401900561252", "1900561252");
}

#[test]
fn signs_and_what_cannot_be_seen_go() {
    for raw in [
        "\u{200e}0986\u{2011}776\u{2013}777\u{feff}",
        "098/677/6777",
        "[098] {677} 6777",
        "0986\u{ad}776\u{200b}777",
        "0986\u{202f}776\u{2009}777",
        "'0986776777",
        "\u{2019}+84986776777",
        "'84986776777",
    ] {
        both(raw, "84986776777");
    }
}

#[test]
fn a_number_that_went_through_a_float_has_no_more_digits() {
    both("84986776777.0", "84986776777");
    both("'84986776777.00 ", "84986776777");
    table("986776777.0", "84986776777");
    both("098.677.6000", "84986776000");
    both("84986776777.5", "849867767775");
}

#[test]
fn words_for_no_number_are_none() {
    for raw in [
        "anonymous",
        "Anonymous",
        "RESTRICTED",
        "unknown",
        "unavailable",
        "private",
        "withheld",
        " Blocked ",
        "NULL",
        "None",
        "0",
        "000",
        "266696687",
        "+266696687",
        "btncall_anonymous",
        "%FF%FE",
        "",
        "  ",
        "\u{200b}",
        "btncall_",
    ] {
        both(raw, "");
    }
}

#[test]
fn a_foreign_number_of_nine_digits_is_written_with_its_sign() {
    let country = CountryCode::default();
    let number = Number::from_table("+376 123 456", &country).unwrap();
    assert_eq!(
        (number.as_str(), &*number.in_table(&country)),
        ("376123456", "+376123456")
    );
    let pattern = NumberPattern::parse("+376 123 456", &country).unwrap();
    assert_eq!(pattern.in_table(&country), "+376123456");
}

#[test]
fn service_numbers_have_no_country_code() {
    for (raw, expected) in [
        ("19001234", "19001234"),
        ("8419001234", "19001234"),
        ("+841900561252", "1900561252"),
        ("019001234", "19001234"),
        ("1800123456", "1800123456"),
        ("190012345", "190012345"),
    ] {
        both(raw, expected);
    }
}

#[test]
fn foreign_numbers_and_short_codes_stay() {
    for raw in ["12125550123", "842473082666", "113", "1900"] {
        both(raw, raw);
    }
    both("+1 212 555 0123", "12125550123");
    both("%2B9180123456789", "9180123456789");
}

#[test]
fn what_is_not_a_number_stands_as_it_is() {
    for raw in [
        "user_1",
        "anonymous1",
        "john.doe",
        "btncall_anna",
        "+",
        "84-abc",
    ] {
        both(raw, raw);
    }
}

#[test]
fn another_country_has_its_own_code_and_no_vietnamese_rules() {
    let germany = CountryCode::parse("49").unwrap();
    let number = |raw| {
        Number::from_table(raw, &germany)
            .unwrap()
            .as_str()
            .to_owned()
    };
    assert_eq!(number("030 901820"), "4930901820");
    assert_eq!(number("844666531"), "49844666531");
    assert_eq!(number("8419001234"), "8419001234");
}

#[test]
fn a_country_code_is_one_to_three_digits() {
    for wrong in ["", "0", "084", "1234", "+84", "vn"] {
        assert_eq!(CountryCode::parse(wrong), None, "{wrong}");
    }
}

#[track_caller]
fn pattern(raw: &str, expected: &str) {
    let pattern = NumberPattern::parse(raw, &CountryCode::default()).unwrap();
    assert_eq!(pattern.to_string(), expected, "{raw}");
}

#[test]
fn a_pattern_gets_only_the_rules_that_hold_for_a_beginning() {
    pattern("0247*", "84247*");
    pattern("84779*", "84779*");
    pattern("+84 779*", "84779*");
    pattern("0084779*", "84779*");
    pattern("844666531*", "844666531*");
    pattern("841900*", "841900*");
    pattern("*", "*");
    pattern("0986776777", "84986776777");
    pattern("user_*", "user_*");
    pattern("0*", "84*");
    pattern("00*", "00*");
    pattern("000986*", "84986*");
    pattern("840986*", "840986*");
}

#[test]
fn a_pattern_matches_what_begins_so() {
    let country = CountryCode::default();
    let number = Number::from_wire("0779123456", &country).unwrap();
    let matches = |raw| {
        NumberPattern::parse(raw, &country)
            .unwrap()
            .matches(&number)
    };
    assert!(matches("84779*") && matches("0779*") && matches("*") && matches("0779123456"));
    assert!(!matches("84778*") && !matches("0779"));
}

#[test]
fn a_word_for_no_number_is_a_pattern_that_nothing_matches() {
    for raw in ["NULL", "0", "anonymous"] {
        pattern(raw, raw);
    }
    for raw in ["", " ", "84*1", "**"] {
        assert_eq!(
            NumberPattern::parse(raw, &CountryCode::default()),
            None,
            "{raw}"
        );
    }
}

#[test]
fn anonymous_stands_for_callers_without_a_number() {
    let country = CountryCode::default();
    let caller = Number::from_wire("84986776777", &country);
    for raw in ["anonymous", "Anonymous", "withheld", "266696687"] {
        let pattern = CallerPattern::parse(raw, &country).unwrap();
        assert_eq!(pattern, CallerPattern::Anonymous, "{raw}");
        assert!(pattern.matches(None) && !pattern.matches(caller.as_ref()));
    }
    for raw in ["*", "0986776777", "NULL", "0"] {
        let pattern = CallerPattern::parse(raw, &country).unwrap();
        assert!(!pattern.matches(None), "{raw}");
    }
}

/// A text without what stands around digits, on a list of characters; `None` for what is no text.
fn naive_plain(raw: &str) -> Option<String> {
    let mut text = raw.trim();
    while let Some(rest) = text.strip_prefix("btncall_") {
        text = rest;
    }
    let text = String::from_utf8(percent_encoding::percent_decode_str(text).collect()).ok()?;
    let mut characters: Vec<char> = text.chars().collect();
    let is_unseen =
        |c: &char| c.is_control() || " \u{a0}\u{ad}\u{200b}\u{200e}\u{feff}\u{2009}".contains(*c);
    while characters.first().is_some_and(is_unseen) {
        characters.remove(0);
    }
    while characters.last().is_some_and(is_unseen) {
        characters.pop();
    }
    let zeros = characters.iter().rev().take_while(|c| **c == '0').count();
    if let Some(dot) = characters.len().checked_sub(zeros + 1)
        && zeros > 0
        && characters[dot] == '.'
        && dot >= 8
        && characters[dot - 8..dot].iter().all(char::is_ascii_digit)
    {
        characters.truncate(dot);
    }
    let zero = (0..characters.len()).find(|at| characters[*at..].starts_with(&['(', '0', ')']));
    if let Some(at) = zero
        && characters[..at].iter().any(char::is_ascii_digit)
    {
        characters.drain(at..at + 3);
    }
    characters.retain(|c| !is_unseen(c) && !"-.()[]{}/\u{2011}\u{2013}\u{2212}".contains(*c));
    if characters.first().is_some_and(|c| "'\u{2019}".contains(*c)) {
        characters.remove(0);
    }
    Some(characters.into_iter().collect())
}

/// The rules once more, one after the other, without a thought for speed.
fn naive(raw: &str, code: &str, is_typed: bool) -> Option<String> {
    let mut digits = naive_plain(raw)?;
    let words = "anonymous restricted unknown unavailable private withheld blocked null none";
    let word = digits.to_lowercase();
    if digits.is_empty() || words.split(' ').any(|other| other == word) {
        return None;
    }
    let is_signed = digits.starts_with('+') || digits.starts_with("00");
    if is_signed {
        let sign = if digits.starts_with('+') { 1 } else { 2 };
        digits.drain(..sign);
    }
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return Some(raw.to_owned());
    }
    let nobody = |digits: &str| digits == "266696687" || digits.chars().all(|c| c == '0');
    if nobody(&digits) {
        return None;
    }
    let service = |digits: &str| {
        let begins_so = digits.starts_with("1800") || digits.starts_with("1900");
        code == "84" && begins_so && digits.len() > 7 && digits.len() < 11
    };
    if digits.len() == 9 && !digits.starts_with('0') {
        let is_mobile = code == "84" && digits.starts_with("84");
        if is_mobile || (is_typed && !is_signed && !service(&digits)) {
            return Some(format!("{code}{digits}"));
        }
    }
    let national = if digits.starts_with('0') {
        digits.trim_start_matches('0')
    } else if let Some(rest) = digits.strip_prefix(code)
        && (rest.starts_with('0') || service(rest))
    {
        rest.trim_start_matches('0')
    } else {
        return Some(digits);
    };
    let whole = if service(national) {
        national.to_owned()
    } else if code == "84" && national.len() == 7 {
        format!("0{national}")
    } else {
        format!("{code}{national}")
    };
    (!nobody(&whole)).then_some(whole)
}

/// Digits as they are in use, and by chance.
fn some_digits() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => ("(84|0|84 ?0|0084|00|\\+84|\\+84 ?\\(0\\)|\\(\\+84\\) ?0|0*|49|1|266)", "[235789][0-9]{8,9}")
            .prop_map(|(code, rest)| code + &rest),
        2 => "(84|0|\\+84|0084|840)?(1800|1900)[0-9]{4,6}",
        2 => "[0-9]{1,20}",
        1 => "(84|0|\\+|00)?84[0-9]{7}",
        1 => "(0|00|\\+|84|840|49|490|266|2660)?(266696687|696687|0{1,5}|[0-9]{7})",
        1 => "[0-9]{8,12}\\.0{1,2}",
    ]
}

/// Anything that people and programs make of a number.
fn some_text() -> impl Strategy<Value = String> {
    let word = select(
        &[
            "anonymous",
            "Restricted",
            "UNKNOWN",
            "null",
            "None",
            "user_1",
            "",
            "0",
        ][..],
    );
    let signs = prop::collection::vec(
        (
            any::<prop::sample::Index>(),
            select(
                &[
                    " ", "-", ".", "/", "(", ")", "\u{200b}", "\u{2013}", "\u{a0}", "+", "'", "a",
                ][..],
            ),
        ),
        0..4,
    );
    let front = select(
        &[
            "",
            "",
            "",
            "'",
            "btncall_",
            "%2B",
            " ",
            "\u{feff}",
            "btncall_%2B",
        ][..],
    );
    let body =
        prop_oneof![8 => some_digits(), 1 => word.prop_map(str::to_owned), 1 => "[ -~]{0,12}"];
    (front, body, signs).prop_map(|(front, body, signs)| {
        let mut characters: Vec<char> = body.chars().collect();
        for (place, sign) in signs {
            let place = place.index(characters.len() + 1);
            characters.splice(place..place, sign.chars());
        }
        front.to_owned() + &characters.into_iter().collect::<String>()
    })
}

fn some_country() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("84"), 1 => select(&["49", "1", "266", "7"][..])]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_second_implementation_says_the_same(raw in some_text(), code in some_country()) {
        let country = CountryCode::parse(code).unwrap();
        let sent = Number::from_wire(&raw, &country).map(|number| number.as_str().to_owned());
        prop_assert_eq!(sent, naive(&raw, code, false), "from the wire: {:?}", &raw);
        let typed = Number::from_table(&raw, &country).map(|number| number.as_str().to_owned());
        prop_assert_eq!(typed, naive(&raw, code, true), "in a table: {:?}", &raw);
    }

    #[test]
    fn the_one_form_stays_as_it_is(raw in some_text(), code in some_country()) {
        let country = CountryCode::parse(code).unwrap();
        let numbers = [Number::from_wire(&raw, &country), Number::from_table(&raw, &country)];
        for number in numbers.into_iter().flatten() {
            let sent = Number::from_wire(number.as_str(), &country);
            prop_assert_eq!(sent.as_ref(), Some(&number), "{:?} sent again", &raw);
            let written = number.in_table(&country);
            let typed = Number::from_table(&written, &country);
            prop_assert_eq!(typed.as_ref(), Some(&number), "{:?} typed again", &raw);
        }
        if let Some(pattern) = NumberPattern::parse(&raw, &country) {
            let again = NumberPattern::parse(&pattern.in_table(&country), &country);
            prop_assert_eq!(again.as_ref(), Some(&pattern), "{:?} as a pattern", &raw);
        }
    }
}
