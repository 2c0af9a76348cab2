//! What an explanation holds: every rule that was tried and everybody who was considered.

use super::fixture::{Asked, Rules, call};
use crate::arena::Index;
use crate::explain::{Explanation, Note, Verdict};
use crate::matching::Mismatch;
use crate::snapshot::Agent;

/// The explanation in a few words, a line per rule, step and agent.
#[track_caller]
fn explains(rules: &Rules, asked: &Asked, expected: &[&str]) {
    assert_eq!(
        asked.explained(&rules.snapshot(), told),
        expected,
        "{asked:?}"
    );
}

fn told(explanation: &Explanation<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for trial in &explanation.rules {
        let rule = explanation
            .snapshot
            .rules
            .get(trial.rule)
            .expect("a rule of the snapshot");
        lines.push(format!("{}: {}", rule.name, verdict(trial.verdict)));
        for step in &trial.steps {
            lines.push(format!("  step {}: {:?}", step.number, step.state));
            lines.extend(
                step.notes
                    .iter()
                    .map(|note| format!("    {}", told_of(*note, explanation))),
            );
        }
    }
    if let Some((group, notes)) = &explanation.fallback {
        lines.push(format!(
            "fallback {}",
            explanation.snapshot.groups.get(*group).expect("a group").id
        ));
        lines.extend(
            notes
                .iter()
                .map(|note| format!("    {}", told_of(*note, explanation))),
        );
    }
    lines
}

fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Mismatch(Mismatch::Hours(hours)) => {
            format!("Hours {{ when_open: {} }}", hours.when_open)
        }
        Verdict::Mismatch(mismatch) => format!("{mismatch:?}"),
        other => format!("{other:?}"),
    }
}

fn told_of(note: Note, explanation: &Explanation<'_>) -> String {
    let id = |agent: Index<Agent>| {
        explanation
            .snapshot
            .agents
            .get(agent)
            .expect("an agent")
            .id
            .clone()
    };
    match note {
        Note::NoOwner => "no owner".to_owned(),
        Note::NoLastAgent => "no last agent".to_owned(),
        Note::Covered { agent, reason, by } => {
            format!("{} is {reason:?}, covered by {}", id(agent), id(by))
        }
        Note::Dropped {
            agent,
            level: None,
            reason,
        } => format!("{} dropped: {reason:?}", id(agent)),
        Note::Dropped {
            agent,
            level: Some(level),
            reason,
        } => {
            format!("{} of level {level} dropped: {reason:?}", id(agent))
        }
        Note::StandsFirst { agent, first } => {
            format!("{} stands first for {}", id(agent), first.others)
        }
        Note::Rests { agent, rings, .. } => format!("{} let {rings} rings pass", id(agent)),
        Note::Kept(one) => {
            let rung = format!("{}:{}", one.routing_type.number(), one.answer_timeout);
            format!(
                "{} of level {} kept, {rung}, weight {}",
                id(one.agent),
                one.level,
                one.weight
            )
        }
    }
}

#[test]
fn each_rule_says_why_it_does_not_match() {
    let rules = Rules::new()
        .team("team", "hoa")
        .schedule("office")
        .weekly("daily", "08:00", "12:00");
    let rules = [
        ("disabled", "enabled", 0.into()),
        ("queue", "queue_id", "queue_2".into()),
        ("hotline", "to_number", "842473082888".into()),
        ("caller", "from_number", "84779*".into()),
        ("tag", "caller_tag", "vip".into()),
        ("owner", "has_owner", 1.into()),
        ("open", "schedule_id", "office".into()),
        ("share", "split_percent", 1.into()),
    ]
    .into_iter()
    .fold(
        rules,
        |rules, (name, column, value): (_, _, crate::table::Cell)| {
            rules.rule(name).with(column, value).ring("team")
        },
    );
    let rules = rules
        .rule("closed")
        .with("schedule_id", "office")
        .with("when_open", 0)
        .ring("team");
    let rules = rules.rule("all").ring("team").rule("behind").ring("team");
    let expected = |hours: &'static str, last: &[&'static str]| {
        let mut lines = vec![
            "disabled: Disabled",
            "queue: Queue",
            "hotline: To",
            "caller: From",
            "tag: Tag",
        ];
        lines.extend(["owner: Owner { wanted: true }", hours]);
        lines.extend(last);
        lines
    };
    let at_noon = expected(
        "open: Hours { when_open: true }",
        &[
            "share: Split { percent: 1, drawn: 92 }",
            "closed: Answered",
            "  step 9: Open",
            "    hoa of level 1 kept, 1:15, weight 100",
        ],
    );
    explains(&rules, &call().at("2026-11-23 12:00"), &at_noon);
}

#[test]
fn the_first_condition_that_fails_is_named_in_the_order_of_the_columns() {
    let rules = Rules::new()
        .team("team", "hoa")
        .rule("all wrong")
        .with("queue_id", "queue_2");
    let rules = rules
        .with("to_number", "1")
        .with("from_number", "1")
        .with("caller_tag", "vip")
        .ring("team");
    explains(&rules, &call(), &["all wrong: Queue"]);
    explains(&rules, &call().queue("queue_2"), &["all wrong: To"]);
    explains(
        &rules,
        &call().queue("queue_2").to("1"),
        &["all wrong: From"],
    );
    explains(
        &rules,
        &call().queue("queue_2").to("1").from("1"),
        &["all wrong: Tag"],
    );
}

#[test]
fn each_step_says_whether_it_counts() {
    let rules = Rules::new()
        .team("first", "hoa")
        .team("second", "minh")
        .team("third", "lan")
        .rule("all");
    let rules = rules
        .ring("first")
        .with("until_seconds", 20)
        .ring("second")
        .with("after_seconds", 10);
    let rules = rules.ring("third").with("after_seconds", 45);
    explains(
        &rules,
        &call().waited(20),
        &[
            "all: Answered",
            "  step 1: Over { until_seconds: 20 }",
            "  step 2: Open",
            "    minh of level 1 kept, 1:15, weight 100",
            "  step 3: NotYet { after_seconds: 45 }",
        ],
    );
}

#[test]
fn everybody_is_either_kept_or_dropped_for_a_reason() {
    let rules = Rules::new()
        .schedule("never")
        .group("team", "ordered")
        .rule("all")
        .ring("team");
    let rules = rules.with("max_level", 2).with("max_agents", 1);
    let rules = [("an", 1), ("binh", 2), ("chi", 3), ("dung", 1)]
        .into_iter()
        .fold(rules, |rules, (id, level)| {
            rules.agent(id).member("team", id).with("level", level)
        });
    let rules = rules
        .with("schedule_id", "never")
        .agent("em")
        .with("enabled", 0)
        .member("team", "em");
    explains(
        &rules,
        &call(),
        &[
            "all: Answered",
            "  step 1: Open",
            "    dung of level 1 dropped: OffShift",
            "    em of level 1 dropped: Disabled",
            "    chi of level 3 dropped: AboveMaxLevel",
            "    an of level 1 kept, 1:15, weight 100",
            "    binh of level 2 dropped: OverStepMaximum",
        ],
    );
}

#[test]
fn the_kept_stand_in_the_order_in_which_they_are_rung() {
    let rules = Rules::new()
        .group("team", "weighted")
        .rule("all")
        .ring("team");
    let rules = ["hoa", "lan", "mai"]
        .into_iter()
        .fold(rules, |rules, id| rules.agent(id).member("team", id));
    let lines =
        ["lan", "hoa", "mai"].map(|id| format!("    {id} of level 1 kept, 1:15, weight 100"));
    let expected = [
        "all: Answered",
        "  step 1: Open",
        &lines[0],
        &lines[1],
        &lines[2],
    ];
    explains(&rules, &call(), &expected);
}

#[test]
fn covers_are_told_one_after_the_other() {
    let rules = Rules::new()
        .agent("hoa")
        .with("enabled", 0)
        .with("cover_id", "minh")
        .agent("minh");
    let rules = rules
        .with("cover_id", "lan")
        .away("minh", "2026-11-01", None)
        .agent("lan");
    let rules = rules
        .caller("84986*")
        .with("owner_id", "hoa")
        .rule("own")
        .ring_owner()
        .rule("sales")
        .ring_agent("hoa");
    explains(
        &rules,
        &call(),
        &[
            "own: Answered",
            "  step 1: Open",
            "    hoa is Disabled, covered by minh",
            "    minh is Away, covered by lan",
            "    lan of level 1 kept, 1:15, weight 0",
        ],
    );
    explains(
        &rules,
        &call().from("84919982888"),
        &[
            "own: FoundNobody",
            "  step 1: Open",
            "    no owner",
            "sales: FoundNobody",
            "  step 2: Open",
            "    hoa dropped: Disabled",
        ],
    );
}

#[test]
fn an_owner_outside_of_the_group_is_told() {
    let rules = Rules::new()
        .agent("hoa")
        .group("sales", "ordered")
        .caller("*")
        .with("owner_id", "hoa");
    let rules = rules.rule("own").ring_owner().with("group_id", "sales");
    explains(
        &rules,
        &call(),
        &[
            "own: FoundNobody",
            "  step 1: Open",
            "    hoa dropped: NotInGroup",
        ],
    );
}

#[test]
fn who_is_listed_already_is_told_with_their_level_in_a_group_only() {
    let rules = Rules::new()
        .agent("hoa")
        .rule("twice")
        .ring_agent("hoa")
        .ring_agent("hoa");
    explains(
        &rules,
        &call(),
        &[
            "twice: Answered",
            "  step 1: Open",
            "    hoa of level 1 kept, 1:15, weight 0",
            "  step 2: Open",
            "    hoa dropped: AlreadyListed",
        ],
    );
}

#[test]
fn a_blocked_call_ends_the_trial() {
    let rules = Rules::new()
        .team("team", "hoa")
        .rule("spam")
        .with("action", "nobody")
        .rule("all")
        .ring("team");
    explains(&rules, &call(), &["spam: Blocked"]);
}

#[test]
fn the_fallback_is_told_behind_all_rules() {
    let rules = Rules::new()
        .schedule("never")
        .team("duty", "hoa minh")
        .with("schedule_id", "never");
    let rules = rules
        .setting("fallback_group", "duty")
        .agent("lan")
        .rule("all")
        .ring_agent("lan");
    let rules = rules.with("after_seconds", 5);
    let expected = [
        "all: FoundNobody",
        "  step 1: NotYet { after_seconds: 5 }",
        "fallback duty",
        "    minh of level 1 dropped: OffShift",
        "    hoa of level 1 kept, 1:15, weight 100",
    ];
    explains(&rules, &call(), &expected);
    explains(
        &rules.clone().change_agent("hoa", "enabled", 0),
        &call(),
        &[
            "all: FoundNobody",
            "  step 1: NotYet { after_seconds: 5 }",
            "fallback duty",
            "    hoa of level 1 dropped: Disabled",
            "    minh of level 1 dropped: OffShift",
        ],
    );
}

#[test]
fn the_callers_row_is_told() {
    let rules = Rules::new()
        .caller("84986776777")
        .with("tags", "vip")
        .caller("84779*")
        .with("tags", "old,vip");
    let snapshot = rules.snapshot();
    let row = |from: &str| {
        call().from(from).explained(&snapshot, |explanation| {
            let caller = explanation.caller?;
            let tags = caller
                .caller
                .tags
                .iter()
                .filter_map(|tag| Some(&*explanation.snapshot.tags.get(*tag)?.0));
            let mut tags: Vec<String> = tags.map(str::to_owned).collect();
            tags.sort();
            Some((caller.prefix_length, tags.join(",")))
        })
    };
    assert_eq!(row("0986776777"), Some((None, "vip".to_owned())));
    assert_eq!(row("0779123456"), Some((Some(5), "old,vip".to_owned())));
    assert_eq!(row("0919982888"), None);
    assert_eq!(row(""), None);
}
