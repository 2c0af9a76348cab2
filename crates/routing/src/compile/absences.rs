//! `absences`.

use jiff::tz::TimeZone;

use super::Compiler;
use super::names::Names;
use super::row::{Row, local_edge};
use crate::arena::Index;
use crate::diagnosis::RowFault;
use crate::schema::absences;
use crate::snapshot::{Absence, Agent};
use crate::table::Table;

impl Compiler<'_> {
    /// All absences by agent and beginning, in the installation's time zone.
    pub(super) fn absences(
        &mut self,
        zone: &TimeZone,
        agents: &Names<Agent>,
    ) -> Vec<(Index<Agent>, Absence)> {
        let mut absences = self
            .each(Table::Absences, |row| absence(row, zone, agents))
            .right;
        absences.sort_by_key(|(agent, absence)| (*agent, absence.from, absence.id));
        absences
    }
}

fn absence(
    row: &mut Row<'_>,
    zone: &TimeZone,
    agents: &Names<Agent>,
) -> Option<(Index<Agent>, Absence)> {
    let id = row.number(absences::ID, i64::MIN..=i64::MAX);
    let agent = row.required_reference(absences::AGENT_ID, agents);
    let starts_at = row.required_text(absences::STARTS_AT).unwrap_or_default();
    let ends_at = row.optional_text(absences::ENDS_AT);
    let from = row.edge(absences::STARTS_AT, zone, false);
    let until = row.edge(absences::ENDS_AT, zone, true);
    // As written: a zone may skip the hours that a short absence names, and then it is over before it begins.
    let written = (
        local_edge(starts_at, false),
        ends_at.and_then(|text| local_edge(text, true)),
    );
    if let (Some(start), Some(end)) = written
        && end <= start
    {
        row.refuse(absences::ENDS_AT, RowFault::BackBeforeAway);
    }
    let cover = row.weak_reference(absences::COVER_ID, agents);
    if cover.is_some() && cover == agent {
        row.warn(absences::COVER_ID, RowFault::OwnCover);
    }
    Some((
        agent?,
        Absence {
            id,
            from: from?,
            until,
            cover,
        },
    ))
}
