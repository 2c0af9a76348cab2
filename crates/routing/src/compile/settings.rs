//! `settings` and `queues`.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::tz::TimeZone;

use super::names::Names;
use super::row::Row;
use super::{ANSWER_TIMEOUT_SECONDS, Compiler};
use crate::arena::Index;
use crate::diagnosis::RowFault;
use crate::number::CountryCode;
use crate::schema::{queues, settings};
use crate::snapshot::{Group, Settings};
use crate::table::{CellRef, Table};

/// The one key whose value is looked up later, when the groups are known.
const FALLBACK_GROUP: &str = "fallback_group";

/// All that there are.
const KEYS: [&str; 8] = [
    "time_zone",
    "country_code",
    "answer_timeout",
    FALLBACK_GROUP,
    "max_agents",
    "last_agent_days",
    "missed_rings",
    "missed_rest_minutes",
];

/// One right row of `settings`.
enum Setting {
    TimeZone(TimeZone),
    CountryCode(CountryCode),
    AnswerTimeout(u8),
    MaxAgents(usize),
    LastAgentDays(u16),
    MissedRings(u8),
    MissedRestMinutes(u16),
    FallbackGroup,
}

impl Compiler<'_> {
    /// All settings but the fallback group; a key that is missing has its default.
    pub(super) fn settings(&mut self) -> Settings {
        let mut settings = Settings::default();
        let mut seen = HashSet::new();
        let judged = self.each(Table::Settings, |row| {
            let setting = setting(row);
            if let CellRef::Text(key) = row.cell(settings::KEY)
                && !seen.insert(key)
            {
                row.refuse(settings::KEY, RowFault::SettingTwice);
            }
            setting
        });
        for setting in judged.right {
            match setting {
                Setting::TimeZone(zone) => settings.time_zone = zone,
                Setting::CountryCode(code) => settings.country_code = code,
                Setting::AnswerTimeout(seconds) => settings.answer_timeout = seconds,
                Setting::MaxAgents(agents) => settings.max_agents = agents,
                Setting::LastAgentDays(days) => settings.last_agent_days = days,
                Setting::MissedRings(rings) => settings.missed_rings = rings,
                Setting::MissedRestMinutes(minutes) => settings.missed_rest_minutes = minutes,
                Setting::FallbackGroup => {}
            }
        }
        settings
    }

    /// The group that `settings.fallback_group` names.
    pub(super) fn fallback_group(&mut self, groups: &Names<Group>) -> Option<Index<Group>> {
        let reads = |row: &mut Row<'_>| match row.cell(settings::KEY) {
            CellRef::Text(FALLBACK_GROUP) => row.required_reference(settings::VALUE, groups),
            _ => None,
        };
        self.each(Table::Settings, reads).right.into_iter().next()
    }

    /// The queues' names by their id.
    pub(super) fn queue_names(&mut self) -> HashMap<Box<str>, Box<str>> {
        let names = self.each(Table::Queues, |row| {
            Some((row.text(queues::ID).into(), row.text(queues::NAME).into()))
        });
        names.right.into_iter().collect()
    }
}

fn setting(row: &mut Row<'_>) -> Option<Setting> {
    /// An answer's length is bounded so that one bad group cannot make it endless.
    const MAX_AGENTS: usize = 100;
    const YEAR_DAYS: u16 = 365;
    /// Nobody lets more than that pass without having left.
    const MAX_MISSED_RINGS: u8 = 20;
    const DAY_MINUTES: u16 = 1440;
    let setting = match row.required_text(settings::KEY)? {
        "time_zone" => {
            let name = row.required_text(settings::VALUE)?;
            Setting::TimeZone(row.time_zone(settings::VALUE, name)?)
        }
        "country_code" => {
            let code = CountryCode::parse(row.required_text(settings::VALUE)?);
            let fault = RowFault::NotACountryCode;
            Setting::CountryCode(row.refuse_unless(code, settings::VALUE, fault)?)
        }
        "answer_timeout" => {
            let seconds = whole(row, ANSWER_TIMEOUT_SECONDS, RowFault::NotAnAnswerTimeout)?;
            Setting::AnswerTimeout(u8::try_from(seconds).ok()?)
        }
        "max_agents" => {
            Setting::MaxAgents(whole(row, 1..=MAX_AGENTS, RowFault::NotACountOfAgents)?)
        }
        "last_agent_days" => {
            Setting::LastAgentDays(whole(row, 1..=YEAR_DAYS, RowFault::NotACountOfDays)?)
        }
        "missed_rings" => Setting::MissedRings(whole(
            row,
            0..=MAX_MISSED_RINGS,
            RowFault::NotACountOfRings,
        )?),
        "missed_rest_minutes" => {
            Setting::MissedRestMinutes(whole(row, 1..=DAY_MINUTES, RowFault::NotACountOfMinutes)?)
        }
        // Its value is judged when the groups are known.
        FALLBACK_GROUP => Setting::FallbackGroup,
        _ => {
            let keys = KEYS.iter().collect();
            row.refuse(settings::KEY, RowFault::UnknownSetting { keys });
            return None;
        }
    };
    Some(setting)
}

/// A value that is a whole number of a range.
fn whole<T: FromStr + PartialOrd>(
    row: &mut Row<'_>,
    range: RangeInclusive<T>,
    fault: RowFault,
) -> Option<T> {
    if let Ok(number) = row.required_text(settings::VALUE)?.parse()
        && range.contains(&number)
    {
        return Some(number);
    }
    row.refuse(settings::VALUE, fault);
    None
}
