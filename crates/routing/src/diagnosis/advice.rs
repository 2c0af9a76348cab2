//! What lints say.

use jiff::civil::Date;

use super::diagnoses;
use super::param::{List, OfCallers, Telephones};

diagnoses! {
    /// What is allowed, and most likely not meant.
    Advice:

    NeverOpen { days: i16 } = "never_open",
        "is not open once in the next {days} days",
        "add rows to schedule_hours, or delete the schedule";
    NeverClosed { rule: String } = "never_closed",
        "with when_open 0 keeps the rule '{rule}' from ever matching: it never closes",
        "write when_open 1 or schedule_id NULL, or delete the rule";
    NoHoursForTet { tet: Date, from: Date, to: Date } = "no_hours_for_tet",
        "has no dated row for Tết ({tet}): its weekly hours would count",
        "add dated rows to schedule_hours for about {from} to {to}, without times if it is closed";

    AbsencesOverlap { first: i64 } = "absences_overlap",
        "overlaps with absence {first} of the same agent",
        "delete one of the two rows, or put their dates right";
    StandInWithoutShift = "stand_in_without_shift",
        "counts on no date: no shift of the member starts on its dates",
        "write the date on which the shift starts: a night belongs to the day on which it begins";
    LastHoliday { days: i16 } = "last_holiday",
        "is the last holiday that does not come every year, and less than {days} days ahead",
        "add the next year's to holidays, Tết and Giỗ Tổ among them";
    ShareOfRest { first: i64, share: String } = "share_of_rest",
        "is drawn among the calls that rule {first} leaves, so it is {share} % of all calls",
        "write a larger share if more is meant";
    AgentIdOfConsole = "agent_id_of_console",
        "is the id by which Stringee keeps the agent, and not the stringee_user_id, by which an agent is rung",
        "write the stringee_user_id; `stringee-router pull` takes it over";
    IdLikeAnother { other: String } = "id_like_another",
        "differs from {other} only by case",
        "keep one of the two, or give one of them another id";

    UnusedSchedule = "unused_schedule",
        "is used by no rule and no member",
        "write it where it is meant to count, or delete it";
    AgentNeverRung = "agent_never_rung",
        "is never rung: in no group, no step's agent, nobody's owner or cover",
        "add the agent to a group, or write enabled 0";
    UnusedGroup = "unused_group",
        "is used by no step, and is not the fallback_group",
        "add a step that rings it, or delete the group";

    TagOfNoRule { callers: OfCallers } = "tag_of_no_rule",
        "is a tag that no rule names{callers}",
        "write it into rules.caller_tag, or leave it out";
    TagNearOneOfRules { callers: OfCallers, meant: String } = "tag_near_one_of_rules",
        "is a tag that no rule names{callers}",
        "write '{meant}' if that is meant";
    TagOfNoCaller = "tag_of_no_caller",
        "is a tag that no caller has",
        "give the tag to callers, or delete the rule";
    TagNearOneOfCallers { meant: String } = "tag_near_one_of_callers",
        "is a tag that no caller has",
        "write '{meant}' if that is meant, or give the tag to callers";
    UnlistedQueue = "unlisted_queue",
        "is not listed in queues, where others are",
        "look whether the id is right; if so, add it to queues with a name";
    QueueNearListed { meant: String } = "queue_near_listed",
        "is not listed in queues, where others are",
        "write '{meant}' if that is meant, or add the queue to queues";
    NoCallerHasOwner = "no_caller_has_owner",
        "never holds: no caller has an owner",
        "write callers.owner_id, or delete the rule";

    RuleBehindRule { rule: String, first: i64, first_name: String, first_position: i64 }
        = "rule_behind_rule",
        "puts the rule '{rule}' behind rule {first} '{first_name}', which answers every call that this one would",
        "write a position below {first_position} if it is an exception to rule {first}; else delete one of the two";

    StepRepeats = "step_repeats",
        "adds nobody: all whom this step rings are in the list by an earlier step",
        "ring others, or delete the step";
    StepWithoutOwners = "step_without_owners",
        "adds nobody: no caller of this rule has an owner who can be rung",
        "give callers an owner, or delete the step";
    StepWithoutAgent = "step_without_agent",
        "adds nobody at any time: the agent is not enabled, away for good or outside of the step's limits",
        "enable the agent or ring another; or delete the step";
    StepWithoutMembers = "step_without_members",
        "adds nobody at any time: nobody in it is enabled, on shift in the rule's hours and within the step's limits",
        "look at the members, their schedules, and_group_id and max_level; or delete the step";
    OwnerAlone = "owner_alone",
        "rings nobody but the owner: an owner who does not answer keeps the call from everybody else",
        "add a step that rings a group";
    RingsTooLong { agents: usize, seconds: u32, patience: u32, in_time: usize } = "rings_too_long",
        "lets {agents} agents ring for {seconds} s one after the other; a caller waits for {patience} s unless the queue says otherwise",
        "limit the list to about {in_time} agents, or write a shorter answer_timeout";

    MemberWithoutNumber { agent: String } = "member_without_number",
        "leaves the member out: the agent has no phone_number",
        "write agents.phone_number of {agent}, or routing_type NULL";
    AgentsWithoutNumber { agents: List } = "agents_without_number",
        "leaves out who has no phone_number: {agents}",
        "write their agents.phone_number, or routing_type NULL";
    NoCalloutNumber { queue: String, telephones: Telephones } = "no_callout_number",
        "has no from_number_callout_to_agent at Stringee, but {telephones}",
        "`stringee-router queues update {queue} --from-number-callout-to-agent NUMBER`";

    StrategyWithoutEvents = "strategy_without_events",
        "depends on call events, and the journal has none: without them it is as weighted",
        "let Stringee post call events to /events of the server";
    LastAgentWithoutEvents = "last_agent_without_events",
        "depends on call events, and the journal has none: without them it rings nobody",
        "let Stringee post call events to /events of the server";

    NoNumberOfAgent = "no_number_of_agent",
        "says that there is no number",
        "write the number, or NULL for none";
    NoNumberOfCaller = "no_number_of_caller",
        "says that there is no number",
        "delete the row: callers without a number have none; a rule names them by from_number 'anonymous'";
    NoNumberOfHotline = "no_number_of_hotline",
        "says that there is no number",
        "write hotlines, or NULL for any";
    NoNumberOfTest = "no_number_of_test",
        "says that there is no number",
        "write the number, or NULL for a call without one";
    NoNumberOfCallers = "no_number_of_callers",
        "says that there is no number",
        "write anonymous for callers without a number, or NULL for any caller";
}
