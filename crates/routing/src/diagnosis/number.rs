//! Numbers that no call has.

use super::diagnoses;
use super::param::List;
use crate::number::Number;

diagnoses! {
    /// Why no call has a number like this.
    Implausible |column, unit|:

    NoNumber = "no_number",
        "says that there is no number",
        "write a number",
        "{column} ghi rằng không có số; hãy ghi một số.";
    Shortened = "number_shortened",
        "is a number that a spreadsheet has shortened",
        "give that column the format 'text', and type it anew",
        "{column} đã bị bảng tính rút gọn; hãy đặt cột đó ở định dạng 'văn bản' rồi gõ lại.";
    SqlPattern { instead: String } = "sql_pattern",
        "has a %, which stands for nothing here",
        "write {instead}",
        "{column} có dấu %, ở đây không có nghĩa gì; hãy ghi {instead}.";
    OnlySign = "only_sign",
        "is no beginning of a number: + and 00 go",
        "write * for all numbers, or their digits, such as 1*",
        "{column} không phải là đầu số, vì dấu + và 00 bị bỏ đi; hãy ghi * cho mọi số, hoặc các chữ số đầu, ví dụ 1*.";
    Several { count: usize, numbers: List } = "several_numbers",
        "holds {count} numbers",
        "write each by itself: {numbers}",
        "{column} chứa {count} số; hãy ghi riêng từng số: {numbers}.";
    Extension { number: Number<'static> } = "number_with_extension",
        "holds an extension, which no call shows",
        "write {number}",
        "{column} có số máy nhánh, cuộc gọi không mang theo phần đó; hãy ghi {number}.";
    Words { number: Number<'static> } = "number_with_words",
        "holds more than a number",
        "write {number}",
        "{column} có nhiều hơn một số điện thoại; hãy ghi {number}.";
    Old { instead: String } = "number_before_2018",
        "is a number of before 2018",
        "write {instead}",
        "{column} là số từ trước năm 2018; hãy ghi {instead}.";
    LostZero { instead: String } = "number_without_zero",
        "is a landline that has lost its 0, as numbers without quotes do",
        "write '{instead}' (or + in front of a number abroad)",
        "{column} là số cố định bị mất số 0 ở đầu, như khi bảng tính bỏ số 0; hãy ghi '{instead}' (hoặc thêm + trước số ở nước ngoài).";
    Beginning { instead: String } = "no_beginning",
        "is no beginning of a number in Vietnam",
        "write {instead}",
        "{column} không phải là đầu số nào ở Việt Nam; hãy ghi {instead}.";
    MobileDigits { digits: usize } = "digits_of_mobile",
        "has {digits} digits behind 84, and a mobile has 9",
        "look it up, and write all its digits",
        "{column} có {digits} chữ số sau 84, mà số di động có 9; hãy tra lại và ghi đủ các chữ số.";
    LandlineDigits { digits: usize } = "digits_of_landline",
        "has {digits} digits behind 84, and a landline has 10",
        "look it up, and write all its digits",
        "{column} có {digits} chữ số sau 84, mà số cố định có 10; hãy tra lại và ghi đủ các chữ số.";
    ServiceDigits { digits: usize } = "digits_of_service_number",
        "has {digits} digits, and a service number has 8 or 10",
        "look it up, and write all its digits",
        "{column} có {digits} chữ số, mà số dịch vụ có 8 hoặc 10; hãy tra lại và ghi đủ các chữ số.";
    Digits { digits: usize } = "digits_of_number",
        "has {digits} digits, which no number has",
        "write all its digits, with the country code if it is abroad",
        "{column} có {digits} chữ số, không số nào như vậy; hãy ghi đủ các chữ số, kèm mã nước nếu ở nước ngoài.";
    NoSuchNumbers = "no_such_numbers",
        "begins as no number in Vietnam does",
        "look it up, and write all its digits",
        "{column} bắt đầu không giống số nào ở Việt Nam; hãy tra lại và ghi đủ các chữ số.";
}
