//! Edits of people's time: the rows of a leave, a stand-in, and two people who swap shifts.

use serde_json::json;

use super::edit::EditJson;

/// A leave; without an end until further notice.
#[derive(Debug, Default)]
pub(in crate::console) struct NewLeave<'a> {
    pub(in crate::console) agent: &'a str,
    /// Local, or a date.
    pub(in crate::console) from: &'a str,
    pub(in crate::console) until: Option<&'a str>,
    pub(in crate::console) cover: Option<&'a str>,
    pub(in crate::console) note: Option<&'a str>,
}

/// Somebody, or nobody, in another's place on these dates.
#[derive(Debug, Default)]
pub(in crate::console) struct NewStandIn<'a> {
    pub(in crate::console) agent: &'a str,
    pub(in crate::console) by: Option<&'a str>,
    /// `None`: in all groups.
    pub(in crate::console) group: Option<&'a str>,
    pub(in crate::console) from: &'a str,
    pub(in crate::console) to: &'a str,
    pub(in crate::console) note: Option<&'a str>,
}

/// The shift of `date` goes from `agent` to `with`, and that of `with_date` back.
#[derive(Debug, Default)]
pub(in crate::console) struct NewSwap<'a> {
    pub(in crate::console) agent: &'a str,
    pub(in crate::console) date: &'a str,
    pub(in crate::console) with: &'a str,
    pub(in crate::console) with_date: &'a str,
    pub(in crate::console) group: Option<&'a str>,
    pub(in crate::console) note: Option<&'a str>,
}

/// Nobody swaps shifts alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("choose two different people")]
pub(in crate::console) struct NotTwoPeople;

impl NewLeave<'_> {
    pub(in crate::console) fn edit(&self) -> EditJson {
        let row = json!({
            "agent_id": self.agent, "starts_at": self.from, "ends_at": self.until,
            "cover_id": self.cover, "note": self.note,
        });
        EditJson::add("absences", row)
    }
}

impl NewStandIn<'_> {
    pub(in crate::console) fn edit(&self) -> EditJson {
        let row = json!({
            "agent_id": self.agent, "by_id": self.by, "group_id": self.group,
            "date_from": self.from, "date_to": self.to, "note": self.note,
        });
        EditJson::add("stand_ins", row)
    }
}

impl NewSwap<'_> {
    pub(in crate::console) fn edits(&self) -> Result<Vec<EditJson>, NotTwoPeople> {
        let (agent, with) = (self.agent.trim(), self.with.trim());
        if agent.is_empty() || with.is_empty() || agent == with {
            return Err(NotTwoPeople);
        }
        let row = |agent, by, date| {
            let stand_in = NewStandIn {
                agent,
                by: Some(by),
                group: self.group,
                from: date,
                to: date,
                note: self.note,
            };
            stand_in.edit()
        };
        Ok(vec![
            row(agent, with, self.date),
            row(with, agent, self.with_date),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_two_people_takes_the_others_shift_and_nobody_swaps_alone() {
        let swap = |agent, with| NewSwap {
            agent,
            date: "2026-12-01",
            with,
            with_date: "2026-12-02",
            ..NewSwap::default()
        };
        let edits = swap("an", "dung").edits().unwrap();
        let said: Vec<_> = edits
            .iter()
            .map(|edit| edit.add.as_ref().unwrap())
            .map(|row| (&row["agent_id"], &row["by_id"], &row["date_to"]))
            .collect();
        let (an, dung) = (json!("an"), json!("dung"));
        let (first, second) = (json!("2026-12-01"), json!("2026-12-02"));
        assert_eq!(said, [(&an, &dung, &first), (&dung, &an, &second)]);
        for (agent, with) in [("an", "an"), ("an", ""), ("", "an"), ("an", " an ")] {
            assert_eq!(swap(agent, with).edits(), Err(NotTwoPeople));
        }
    }
}
