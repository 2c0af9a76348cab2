//! Who may commit which edits. Pure.

use crate::config::Role;

/// What an edit does to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum EditKind {
    Add,
    Set,
    Delete,
}

/// One edit, as far as rights go.
#[derive(Clone, Debug)]
pub(in crate::console) struct EditTouch<'e> {
    pub(in crate::console) table: &'e str,
    pub(in crate::console) kind: EditKind,
    /// The columns that get another value.
    pub(in crate::console) columns: Vec<&'e str>,
    /// Whether it is a dated row of `schedule_hours`, before and after.
    pub(in crate::console) is_dated: bool,
    /// The groups that it concerns: that of the row, or those of its agent. Empty: none in particular.
    pub(in crate::console) group_ids: Vec<&'e str>,
}

/// What the rules would do afterwards.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::console) struct Outlook {
    /// Recorded calls that had somebody, and would have nobody.
    pub(in crate::console) calls_without_anybody: usize,
    /// Half hours of the next 14 days that had somebody, and would have nobody.
    pub(in crate::console) half_hours_without_anybody: usize,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum MayNot {
    /// Viewers commit nothing.
    Viewer,
    /// Only admins edit this table, or these columns of it.
    AdminsTable,
    /// It concerns a group that is not theirs.
    OtherGroup,
    /// Calls would have nobody: an admin has to look at it.
    LeavesNobody,
}

impl MayNot {
    /// Its stable name.
    pub(in crate::console) const fn code(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::AdminsTable => "admins_table",
            Self::OtherGroup => "other_group",
            Self::LeavesNobody => "leaves_nobody",
        }
    }
}

/// Whether somebody with this role and these groups (`None`: all) may commit these edits.
pub(in crate::console) fn may(
    role: Role,
    groups: Option<&[String]>,
    edits: &[EditTouch<'_>],
    outlook: Outlook,
) -> Result<(), MayNot> {
    match role {
        Role::Viewer => return Err(MayNot::Viewer),
        Role::Admin => return Ok(()),
        Role::Supervisor => {}
    }
    for edit in edits {
        if !is_supervisors(edit) {
            return Err(MayNot::AdminsTable);
        }
        let is_theirs = |id: &&str| groups.is_none_or(|groups| groups.iter().any(|own| own == id));
        if !edit.group_ids.is_empty() && !edit.group_ids.iter().any(is_theirs) {
            return Err(MayNot::OtherGroup);
        }
    }
    let Outlook {
        calls_without_anybody,
        half_hours_without_anybody,
    } = outlook;
    if calls_without_anybody > 0 || half_hours_without_anybody > 0 {
        return Err(MayNot::LeavesNobody);
    }
    Ok(())
}

fn is_supervisors(edit: &EditTouch<'_>) -> bool {
    /// Columns of `agents` about people's time.
    const OF_AGENTS: [&str; 5] = ["cover_id", "enabled", "note", "away_from", "away_until"];
    match edit.table {
        "absences" | "group_members" | "stand_ins" | "callers" | "rule_tests" => true,
        "agents" => {
            edit.kind == EditKind::Set
                && edit.columns.iter().all(|column| OF_AGENTS.contains(column))
        }
        "schedule_hours" => edit.is_dated,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit<'e>(table: &'e str, kind: EditKind, columns: &[&'e str]) -> EditTouch<'e> {
        EditTouch {
            table,
            kind,
            columns: columns.to_vec(),
            is_dated: false,
            group_ids: Vec::new(),
        }
    }

    #[track_caller]
    fn check(role: Role, edit: EditTouch<'_>, expected: Result<(), MayNot>) {
        let own = ["cskh".to_owned()];
        let found = may(role, Some(&own), &[edit], Outlook::default());
        assert_eq!(found, expected);
    }

    #[test]
    fn supervisors_edit_peoples_time_and_callers_and_nothing_else() {
        use EditKind::{Add, Delete, Set};
        use Role::Supervisor;
        const ADMINS: Result<(), MayNot> = Err(MayNot::AdminsTable);
        for table in [
            "absences",
            "group_members",
            "stand_ins",
            "callers",
            "rule_tests",
        ] {
            for kind in [Add, Set, Delete] {
                check(Supervisor, edit(table, kind, &["note"]), Ok(()));
            }
        }
        for table in [
            "rules",
            "rule_steps",
            "settings",
            "groups",
            "schedules",
            "queues",
            "hotlines",
            "holidays",
        ] {
            check(Supervisor, edit(table, Set, &["note"]), ADMINS);
            check(Role::Admin, edit(table, Set, &["note"]), Ok(()));
        }
        check(
            Supervisor,
            edit("agents", Set, &["enabled", "note"]),
            Ok(()),
        );
        check(
            Supervisor,
            edit("agents", Set, &["enabled", "phone_number"]),
            ADMINS,
        );
        check(Supervisor, edit("agents", Add, &["id", "name"]), ADMINS);
        check(Supervisor, edit("agents", Delete, &[]), ADMINS);
        check(
            Supervisor,
            edit("schedule_hours", Set, &["start_time"]),
            ADMINS,
        );
        let dated = EditTouch {
            is_dated: true,
            ..edit("schedule_hours", Add, &["start_time"])
        };
        check(Supervisor, dated, Ok(()));
        check(
            Role::Viewer,
            edit("absences", Add, &[]),
            Err(MayNot::Viewer),
        );
    }

    #[test]
    fn a_supervisors_groups_are_theirs_alone() {
        let of = |group_ids: &[&'static str]| EditTouch {
            group_ids: group_ids.to_vec(),
            ..edit("absences", EditKind::Add, &[])
        };
        check(Role::Supervisor, of(&["cskh"]), Ok(()));
        check(Role::Supervisor, of(&["kinh_doanh", "cskh"]), Ok(()));
        check(
            Role::Supervisor,
            of(&["kinh_doanh"]),
            Err(MayNot::OtherGroup),
        );
        check(Role::Admin, of(&["kinh_doanh"]), Ok(()));
        assert_eq!(
            may(
                Role::Supervisor,
                None,
                &[of(&["kinh_doanh"])],
                Outlook::default()
            ),
            Ok(())
        );
    }

    #[test]
    fn what_leaves_callers_alone_goes_to_an_admin() {
        for (calls, half_hours, leaves) in [(0, 0, false), (1, 0, true), (0, 1, true)] {
            let outlook = Outlook {
                calls_without_anybody: calls,
                half_hours_without_anybody: half_hours,
            };
            let edits = [edit("absences", EditKind::Add, &[])];
            let expected = if leaves {
                Err(MayNot::LeavesNobody)
            } else {
                Ok(())
            };
            assert_eq!(may(Role::Supervisor, None, &edits, outlook), expected);
            assert_eq!(may(Role::Admin, None, &edits, outlook), Ok(()));
        }
    }
}
