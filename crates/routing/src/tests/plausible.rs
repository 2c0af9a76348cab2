//! Numbers that no call can have, and what is said of them in the tables.

use super::fixture::Rules;
use crate::lint::implausible_numbers;
use crate::number::{CountryCode, Number, number_since_2018, numbers_in, plausible_text};

/// What is said of a text; empty if nothing is.
fn said(text: &str) -> String {
    let judged = plausible_text(text, &CountryCode::default());
    judged.map_or_else(|fault| fault.to_string(), |()| String::new())
}

#[test]
fn numbers_that_calls_have_are_plausible() {
    for text in [
        "0986776777",
        "+84 32 123 4567",
        "84562345678",
        "0779 123 456",
        "840986776777",
        "844666531",
        "024 7100 2000",
        "842838251234",
        "19001234",
        "1800123456",
        "84 1900 1234",
        "+1 212 555 0123",
        "+376 123 456",
        "+247 100 1001",
        "00 20 1234 5678",
        "4930901820",
        "0247*",
        "84779*",
        "0*",
        "*",
        "1900*",
        "1*",
        "user_1",
        "agent-0986776777",
        "AC_84986776777",
        "john.doe@example.com",
        "%2B84986776777",
        "btncall_84986776777",
    ] {
        assert_eq!(said(text), "", "{text}");
    }
}

#[test]
fn what_no_call_can_have_is_said_with_what_to_write() {
    let written = "look it up, and write all its digits";
    let abroad = "write all its digits, with the country code if it is abroad";
    let cases = [
        ("NULL", "says that there is no number; write a number"),
        ("0", "says that there is no number; write a number"),
        ("anonymous", "says that there is no number; write a number"),
        (
            "00*",
            "is no beginning of a number: + and 00 go; write * for all numbers, or their digits, such as 1*",
        ),
        ("098%", "has a %, which stands for nothing here; write 098*"),
        (
            "8.49868E+10",
            "is a number that a spreadsheet has shortened; give that column the format 'text', and type it anew",
        ),
        (
            "0986776777 / 0912 000 111",
            "holds 2 numbers; write each by itself: 84986776777, 84912000111",
        ),
        (
            "0986776777;0912000111",
            "holds 2 numbers; write each by itself: 84986776777, 84912000111",
        ),
        (
            "0986776777 0912000111",
            "holds 2 numbers; write each by itself: 84986776777, 84912000111",
        ),
        (
            "02471002000 ext. 12",
            "holds an extension, which no call shows; write 842471002000",
        ),
        (
            "(024) 7100 2000 máy lẻ 105",
            "holds an extension, which no call shows; write 842471002000",
        ),
        (
            "02471002000#12",
            "holds an extension, which no call shows; write 842471002000",
        ),
        (
            "0986776777 (anh Nam)",
            "holds more than a number; write 84986776777",
        ),
        (
            "01691234567",
            "is a number of before 2018; write 84391234567",
        ),
        ("0121*", "is a number of before 2018; write 8479*"),
        ("84121 99*", "is a number of before 2018; write 847999*"),
        (
            "840986*",
            "is no beginning of a number in Vietnam; write 84986*",
        ),
        (
            "841900*",
            "is no beginning of a number in Vietnam; write 1900*",
        ),
        ("0446*", "begins as no number in Vietnam does; "),
        ("0111 234 5678", "begins as no number in Vietnam does; "),
        ("098677677", "has 8 digits behind 84, and a mobile has 9; "),
        (
            "0247100200",
            "has 9 digits behind 84, and a landline has 10; ",
        ),
        (
            "190012345",
            "has 9 digits, and a service number has 8 or 10; ",
        ),
        ("113", "has 3 digits, which no number has; "),
        ("01234567", "has 8 digits, which no number has; "),
        ("1234567890123456", "has 16 digits, which no number has; "),
    ];
    for (text, expected) in cases {
        let expected = match expected.strip_suffix("; ") {
            Some(fault) if fault.ends_with("no number has") => format!("{fault}; {abroad}"),
            Some(fault) => format!("{fault}; {written}"),
            None => expected.to_owned(),
        };
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn a_landline_that_has_lost_its_zero_is_said() {
    for text in ["2471001001", " 2838251234.0", "247.100.1001"] {
        assert!(
            said(text).starts_with("is a landline that has lost its 0"),
            "{text}: {}",
            said(text)
        );
    }
    assert_eq!(
        said("2471001001"),
        "is a landline that has lost its 0, as numbers without quotes do; write '842471001001' (or + in front of a number abroad)"
    );
}

#[test]
fn each_mobile_of_eleven_digits_has_its_new_number() {
    let table = "0120 070 0121 079 0122 077 0126 076 0128 078 0123 083 0124 084 0125 085 0127 081 0129 082 \
                 0162 032 0163 033 0164 034 0165 035 0166 036 0167 037 0168 038 0169 039 \
                 0186 056 0188 058 0199 059";
    let country = CountryCode::default();
    let pairs: Vec<&str> = table.split_whitespace().collect();
    assert_eq!(pairs.len(), 42);
    for pair in pairs.chunks(2) {
        let [old, new] = [0, 1].map(|at| format!("{} 123 4567", pair[at]));
        let old = Number::from_table(&old, &country).unwrap();
        assert_eq!(
            number_since_2018(&old),
            Number::from_table(&new, &country),
            "{pair:?}"
        );
    }
    let new = Number::from_table("0391234567", &country).unwrap();
    assert_eq!(number_since_2018(&new), None);
}

#[test]
fn every_number_of_a_text_is_found() {
    let country = CountryCode::default();
    let found = |text: &str| -> Vec<String> {
        let numbers = numbers_in(text, &country);
        numbers
            .iter()
            .map(|number| number.as_str().to_owned())
            .collect()
    };
    let two = ["84986776777", "842471002000"];
    for text in [
        "0986776777, 024 7100 2000",
        "0986.776.777 / (024) 7100 2000",
        "0986-776-777 - 024-7100-2000",
        "0986776777 ::: 02471002000",
        "DĐ: 0986776777; CQ: 02471002000",
        "0986776777\n+842471002000",
        "0986776777 02471002000",
        "0986776777 hoặc 02471002000",
    ] {
        assert_eq!(found(text), two, "{text}");
    }
    assert_eq!(found("0986 776 777"), ["84986776777"]);
    assert_eq!(found("0169 123 4567"), ["841691234567"]);
    for text in ["", "n/a", "12", "0986776777, 12", "user_1"] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}

#[test]
fn the_tables_are_told_of_numbers_that_no_call_can_have() {
    let rules = Rules::new()
        .team("sales", "hoa")
        .change_agent("hoa", "phone_number", "841691234567")
        .caller("NULL")
        .caller("0986776777/0912000111")
        .caller("0986776777")
        .rule("all")
        .with("to_number", "19001234,1900123")
        .with("from_number", "anonymous,NULL,098%")
        .ring("sales")
        .test("t")
        .with("from_number", "0986 776 777 máy lẻ 12")
        .with("to_number", "none");
    let problems = implausible_numbers(&rules.tables(), &CountryCode::default());
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let expected = [
        "agents.phone_number of 'hoa': '841691234567' is a number of before 2018; write 84391234567",
        "callers.number of 'NULL': 'NULL' says that there is no number; delete the row: callers without a number have \
         none; a rule names them by from_number 'anonymous'",
        "callers.number of '0986776777/0912000111': '0986776777/0912000111' holds 2 numbers; write each by itself: \
         84986776777, 84912000111",
        "rules.to_number of '1': '1900123' has 7 digits, and a service number has 8 or 10; look it up, \
         and write all its digits",
        "rules.from_number of '1': 'NULL' says that there is no number; write anonymous for callers without a number, or \
         NULL for any caller",
        "rules.from_number of '1': '098%' has a %, which stands for nothing here; write 098*",
        "rule_tests.from_number of '1': '0986 776 777 máy lẻ 12' holds an extension, which no call shows; write 84986776777",
        "rule_tests.to_number of '1': 'none' says that there is no number; write the number, or NULL for a call without one",
    ];
    assert_eq!(said, expected);
}
