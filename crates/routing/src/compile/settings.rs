//! `settings` and `queues`.

use std::collections::{HashMap, HashSet};

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
        let reads = |row: &mut Row<'_>| {
            let is_fallback =
                matches!(row.cell(settings::KEY), CellRef::Text(key) if key == FALLBACK_GROUP);
            is_fallback
                .then(|| row.required_reference(settings::VALUE, groups))
                .flatten()
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
    match row.required_text(settings::KEY)? {
        "time_zone" => {
            let name = row.required_text(settings::VALUE)?;
            row.time_zone(settings::VALUE, name).map(Setting::TimeZone)
        }
        "country_code" => {
            let code =
                CountryCode::parse(row.required_text(settings::VALUE)?).map(Setting::CountryCode);
            row.refuse_unless(code, settings::VALUE, RowFault::NotACountryCode)
        }
        "answer_timeout" => {
            let seconds = row.required_text(settings::VALUE)?.parse().ok();
            let seconds =
                seconds.filter(|seconds| ANSWER_TIMEOUT_SECONDS.contains(&i64::from(*seconds)));
            row.refuse_unless(
                seconds.map(Setting::AnswerTimeout),
                settings::VALUE,
                RowFault::NotAnAnswerTimeout,
            )
        }
        "max_agents" => {
            /// An answer's length is bounded so that one bad group cannot make it endless.
            const MOST: usize = 100;
            let agents = row
                .required_text(settings::VALUE)?
                .parse()
                .ok()
                .filter(|agents| (1..=MOST).contains(agents));
            row.refuse_unless(
                agents.map(Setting::MaxAgents),
                settings::VALUE,
                RowFault::NotACountOfAgents,
            )
        }
        "last_agent_days" => {
            /// A year.
            const MOST: u16 = 365;
            let days = row
                .required_text(settings::VALUE)?
                .parse()
                .ok()
                .filter(|days| (1..=MOST).contains(days));
            row.refuse_unless(
                days.map(Setting::LastAgentDays),
                settings::VALUE,
                RowFault::NotACountOfDays,
            )
        }
        "missed_rings" => {
            /// Nobody lets more than that pass without having left.
            const MOST: u8 = 20;
            let rings = row
                .required_text(settings::VALUE)?
                .parse()
                .ok()
                .filter(|rings| *rings <= MOST);
            row.refuse_unless(
                rings.map(Setting::MissedRings),
                settings::VALUE,
                RowFault::NotACountOfRings,
            )
        }
        "missed_rest_minutes" => {
            /// A day.
            const MOST: u16 = 1440;
            let minutes = row
                .required_text(settings::VALUE)?
                .parse()
                .ok()
                .filter(|minutes| (1..=MOST).contains(minutes));
            row.refuse_unless(
                minutes.map(Setting::MissedRestMinutes),
                settings::VALUE,
                RowFault::NotACountOfMinutes,
            )
        }
        // Its value is judged when the groups are known.
        FALLBACK_GROUP => Some(Setting::FallbackGroup),
        _ => {
            let keys = KEYS.iter().collect();
            row.refuse(settings::KEY, RowFault::UnknownSetting { keys });
            None
        }
    }
}
