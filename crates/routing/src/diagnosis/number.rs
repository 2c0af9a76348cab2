//! Numbers that no call has.

use super::diagnoses;
use super::param::List;
use crate::number::Number;

diagnoses! {
    /// Why no call has a number like this.
    Implausible:

    NoNumber = "no_number",
        "says that there is no number",
        "write a number";
    Shortened = "number_shortened",
        "is a number that a spreadsheet has shortened",
        "give that column the format 'text', and type it anew";
    SqlPattern { instead: String } = "sql_pattern",
        "has a %, which stands for nothing here",
        "write {instead}";
    OnlySign = "only_sign",
        "is no beginning of a number: + and 00 go",
        "write * for all numbers, or their digits, such as 1*";
    Several { count: usize, numbers: List } = "several_numbers",
        "holds {count} numbers",
        "write each by itself: {numbers}";
    Extension { number: Number<'static> } = "number_with_extension",
        "holds an extension, which no call shows",
        "write {number}";
    Words { number: Number<'static> } = "number_with_words",
        "holds more than a number",
        "write {number}";
    Old { instead: String } = "number_before_2018",
        "is a number of before 2018",
        "write {instead}";
    LostZero { instead: String } = "number_without_zero",
        "is a landline that has lost its 0, as numbers without quotes do",
        "write '{instead}' (or + in front of a number abroad)";
    Beginning { instead: String } = "no_beginning",
        "is no beginning of a number in Vietnam",
        "write {instead}";
    MobileDigits { digits: usize } = "digits_of_mobile",
        "has {digits} digits behind 84, and a mobile has 9",
        "look it up, and write all its digits";
    LandlineDigits { digits: usize } = "digits_of_landline",
        "has {digits} digits behind 84, and a landline has 10",
        "look it up, and write all its digits";
    ServiceDigits { digits: usize } = "digits_of_service_number",
        "has {digits} digits, and a service number has 8 or 10",
        "look it up, and write all its digits";
    Digits { digits: usize } = "digits_of_number",
        "has {digits} digits, which no number has",
        "write all its digits, with the country code if it is abroad";
    NoSuchNumbers = "no_such_numbers",
        "begins as no number in Vietnam does",
        "look it up, and write all its digits";
}
