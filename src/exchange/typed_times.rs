//! Dates and times as a spreadsheet leaves them when somebody types them into a new row: `5/12/2026`, `8:00`, `8h30`.

use super::values::day;

/// The value as the tables have it; `None` if it is so already, or is no such value: then the table says what it wants.
pub(super) fn in_tables(column: &str, typed: &str) -> Option<String> {
    let typed = typed.trim();
    let written = match column {
        "date_from" | "date_to" | "expires_on" => date(typed)?,
        "start_time" | "end_time" => time(typed)?,
        "starts_at" | "ends_at" | "at" => match typed.split_once(' ') {
            Some((day, of_day)) => format!("{} {}", date(day)?, time(of_day.trim())?),
            None => date(typed)?,
        },
        _ => return None,
    };
    (written != typed).then_some(written)
}

fn date(typed: &str) -> Option<String> {
    let is_fit = |letter: char| letter.is_ascii_digit() || "/.-".contains(letter);
    if !typed.contains(['/', '.', '-']) || !typed.chars().all(is_fit) {
        return None;
    }
    Some(day(typed)?.to_string())
}

/// To the minute, as all times in the tables are.
fn time(typed: &str) -> Option<String> {
    let mut parts = typed.split([':', 'h']);
    let number = |part: Option<&str>, digits: std::ops::RangeInclusive<usize>| -> Option<u8> {
        let part = part.filter(|part| digits.contains(&part.len()))?;
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| is_number)
    };
    let hour = number(parts.next(), 1..=2)?;
    let minute = match parts.next()? {
        "" => 0,
        part => number(Some(part), 2..=2)?,
    };
    let is_whole = parts.next().is_none_or(|seconds| seconds == "00");
    if !is_whole || parts.next().is_some() || hour > 23 || minute > 59 {
        return None;
    }
    Some(format!("{hour:02}:{minute:02}"))
}

#[cfg(test)]
mod tests {
    use super::in_tables;

    #[test]
    fn typed_dates_and_times_are_written_as_the_tables_have_them() {
        for (column, typed, written) in [
            ("date_from", "5/12/2026", Some("2026-12-05")),
            ("date_to", "05.12.26", Some("2026-12-05")),
            ("expires_on", "2026-1-5", Some("2026-01-05")),
            ("expires_on", "2026/01/05", Some("2026-01-05")),
            ("starts_at", "05/12/2026 8:00", Some("2026-12-05 08:00")),
            ("ends_at", "5-12-2026 17:30:00", Some("2026-12-05 17:30")),
            ("at", "2026-12-05 8h", Some("2026-12-05 08:00")),
            ("start_time", "8:00", Some("08:00")),
            ("start_time", "8h30", Some("08:30")),
            ("end_time", "17:30:00", Some("17:30")),
            ("date_from", "2026-12-05", None),
            ("start_time", "08:00", None),
            ("end_time", "24:00", None),
            ("end_time", "17:30:01", None),
            ("start_time", "8:5", None),
            ("starts_at", "2026-12-05 08:00", None),
            ("date_from", "31/02/2026", None),
            ("date_from", "20261205", None),
            ("date_from", "soon", None),
            ("note", "5/12/2026", None),
        ] {
            assert_eq!(
                in_tables(column, typed).as_deref(),
                written,
                "{column} {typed}"
            );
        }
    }
}
