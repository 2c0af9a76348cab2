//! What holds of numbers, whatever somebody sends or types.

use routing::number::{CountryCode, Number, NumberPattern};

/// The first line is the country's code, the second one a number.
pub(crate) fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (country, raw) = text.split_once('\n').unwrap_or(("84", text));
    let Some(country) = CountryCode::parse(country) else {
        return;
    };
    if let Some(number) = Number::from_wire(raw, &country) {
        assert!(!number.as_str().is_empty());
        assert_eq!(
            Number::from_wire(raw, &country).as_ref(),
            Some(&number),
            "the same each time"
        );
    }
    if let Some(number) = Number::from_table(raw, &country) {
        assert!(!number.as_str().is_empty());
        let is_one_number = !raw.trim().ends_with('*');
        let pattern = NumberPattern::parse(raw, &country).filter(|_| is_one_number);
        assert!(
            pattern.is_none_or(|pattern| pattern.matches(&number)),
            "{raw:?} does not match itself"
        );
    }
    if let Some(pattern) = NumberPattern::parse(raw, &country) {
        let written = pattern.to_string();
        assert_eq!(
            written.ends_with('*'),
            matches!(pattern, NumberPattern::Prefix(_)) || raw.trim().ends_with('*')
        );
    }
}
