//! What compiling finds, and what the rules' own tests do.

use super::diagnoses;
use super::param::{Ids, List, Quoted, WholeNumbers};

diagnoses! {
    /// Why a row cannot be used, or what its writer cannot have meant.
    RowFault:

    NulCharacter = "nul_character",
        "contains a NUL character",
        "type the text anew";
    NotText = "not_text",
        "is not text",
        "write it in quotes, as text";
    Empty = "empty",
        "is empty",
        "write a value";
    EmptyNotNull = "empty_not_null",
        "is empty",
        "write a value, or NULL for none (DB Browser: Set as NULL)";
    NullAsText = "null_as_text",
        "is the word NULL, and not nothing",
        "write a value, or NULL without quotes (DB Browser: Set as NULL)";
    EmptyInList = "empty_in_list",
        "has an empty value between commas",
        "write values with one comma between them";
    Missing = "missing",
        "is missing",
        "write a value";
    MissingNumber { numbers: WholeNumbers } = "missing_number",
        "is missing",
        "write {numbers}";
    NotAWholeNumber { numbers: WholeNumbers } = "not_a_whole_number",
        "is not {numbers}",
        "write such a number";
    UnknownWord { words: List } = "unknown_word",
        "is not known here",
        "write one of: {words}";
    NotADate = "not_a_date",
        "is not a date",
        "write it as year-month-day, e.g. '2027-02-05'";
    NotATime = "not_a_time",
        "is not a date and time",
        "write it as e.g. '2027-02-05 08:00'";
    NotATimeOrDate = "not_a_time_or_date",
        "is neither a date and time nor a date",
        "write it as e.g. '2027-02-05 08:00' or '2027-02-05'";
    NotATimeZone = "not_a_time_zone",
        "is not a time zone",
        "write a name such as 'Asia/Ho_Chi_Minh'";
    UnknownReference { table: &'static str } = "unknown_reference",
        "is no id in {table}",
        "add it to {table} first, or write an id from there";
    BlanksAroundReference { meant: String } = "blanks_around_reference",
        "has a blank or a line end around it",
        "write '{meant}'";
    IdOfTwoRows = "id_of_two_rows",
        "is the id of two rows",
        "delete one of them, or give it another id";

    MissingPhoneNumber = "missing_phone_number",
        "is missing although routing_type is 2",
        "write the number that is rung, or routing_type 1";
    NumberNotInternational { instead: String } = "number_not_international",
        "is not in international form",
        "write {instead}";
    NotAPhoneNumber = "not_a_phone_number",
        "is not in international form",
        "write digits with the country code, e.g. 84909992666";
    BackBeforeAway = "back_before_away",
        "is not after starts_at",
        "write when the agent is back, or the last date of the absence";
    OwnCover = "own_cover",
        "is the agent itself",
        "write another agent, or NULL for none";
    CircleOfCovers { first: String, others: List } = "circle_of_covers",
        "makes a circle of covers: {first}, {others}, {first}",
        "write NULL for one of them, or somebody outside of the circle";

    SameNumber { number: String } = "same_number",
        "is the same number as that of another row, {number}; the row that comes first counts",
        "delete one of the two rows";
    NotANumber = "not_a_number",
        "is not a number",
        "write digits such as '84986776777'";
    MemberTwice = "member_twice",
        "is in this group twice",
        "delete one of the two rows";

    RuleIdTwice = "rule_id_twice",
        "is the id of another rule",
        "give one of the two another id";
    RuleWithoutSteps = "rule_without_steps",
        "rings nobody: the rule has no steps",
        "add rows to rule_steps, or disable the rule";
    NotNumbers = "not_numbers",
        "holds what is not a number",
        "write digits such as '842473082666', or '0247*'";
    StepTwice = "step_twice",
        "is the number of two steps of this rule",
        "write another number";
    StepWithoutRule = "step_without_rule",
        "is no id in rules",
        "add the rule first, or delete the step";
    EndsBeforeItBegins = "ends_before_it_begins",
        "is not after after_seconds",
        "write a later second, or NULL for no end";
    AgentBesideTarget = "agent_beside_target",
        "is given although target is not 'agent'",
        "write NULL, or the target 'agent'";
    GroupBesideAgent = "group_beside_agent",
        "is given although target is 'agent'",
        "write NULL, or use and_group_id";
    MissingGroup = "missing_group",
        "is missing although target is 'group'",
        "write the group that is rung";
    MissingAgent = "missing_agent",
        "is missing although target is 'agent'",
        "write the agent who is rung";

    DaysBesideDates = "days_beside_dates",
        "stands beside dates",
        "write either weekdays or dates, and the other as a row of its own";
    MissingDays = "missing_days",
        "is missing",
        "write weekdays ('mon-fri') or dates (date_from and date_to)";
    NotWeekdays = "not_weekdays",
        "is not a list of weekdays",
        "write e.g. 'mon-fri', 'sat,sun' or 'daily'";
    MissingTimes = "missing_times",
        "is missing: a weekly row needs its times",
        "write e.g. '08:00' and '17:30'";
    MissingStart = "missing_start",
        "is missing",
        "write when the window starts, e.g. '08:00'";
    MissingEnd = "missing_end",
        "is missing",
        "write when the window ends, e.g. '17:30'";
    NotAWindow { end_time: Quoted } = "not_a_window",
        "with end_time {end_time} is not a window",
        "write hours and minutes, e.g. start_time '08:00' and end_time '17:30' or '24:00'";
    LastDateBeforeFirst = "last_date_before_first",
        "lies before date_from",
        "write the last date of the range, or the same date";

    LongerThanAYear = "longer_than_a_year",
        "makes a holiday of every year longer than a year",
        "write an earlier date, or every_year 0";
    LastMinuteMissing = "last_minute_missing",
        "ends a minute before midnight, and a call in that minute finds it closed",
        "write 24:00";
    MissingWeek = "missing_week",
        "is missing although every_weeks is more than 1",
        "write any date in a week that counts, e.g. '2026-11-28'";
    WeeksBesideDates = "weeks_beside_dates",
        "or week_of stands beside dates",
        "write every_weeks 1 and week_of NULL in a dated row";

    StandInTwice = "stand_in_twice",
        "has another row for the same group and date",
        "delete one of the two rows, or give them dates that do not overlap";
    StandInWithoutPlace = "stand_in_without_place",
        "has no place to take: the agent is not a member of the group",
        "write a group of theirs as group_id, or delete the row";
    OwnStandIn = "own_stand_in",
        "is the member itself",
        "write another agent, or NULL if nobody takes the place";

    SettingTwice = "setting_twice",
        "is written twice",
        "delete one of the two rows";
    UnknownSetting { keys: List } = "unknown_setting",
        "is no setting",
        "write one of: {keys}";
    NotACountryCode = "not_a_country_code",
        "is not a country code",
        "write 1 to 3 digits without 0 in front, e.g. '84'";
    NotAnAnswerTimeout = "not_an_answer_timeout",
        "is not an answer timeout",
        "write seconds from 3 to 120, e.g. '15'";
    NotACountOfAgents = "not_a_count_of_agents",
        "is not a number of agents",
        "write a number from 1 to 100, e.g. '20'";
    NotACountOfDays = "not_a_count_of_days",
        "is not a number of days",
        "write a number from 1 to 365, e.g. '30'";

    NotACountOfRings = "not_a_count_of_rings",
        "is not a number of rings",
        "write a number from 0 (never) to 20, e.g. '2'";
    NotACountOfMinutes = "not_a_count_of_minutes",
        "is not a number of minutes",
        "write a number from 1 to 1440, e.g. '10'";

    MissingTimeOfTest = "missing_time_of_test",
        "is missing",
        "write the local time that is tested, e.g. '2026-11-23 10:00'";
    AnsweredByRule { rule: Quoted, agents: Ids } = "answered_by_rule",
        "is not what the rules say: rule {rule} answers with {agents}",
        "put the rule right, or the test if the rule is meant so";
    AnsweredByFallback { agents: Ids } = "answered_by_fallback",
        "is not what the rules say: no rule finds anybody; the fallback answers with {agents}",
        "put the rule right, or the test if the rule is meant so";
    AnsweredByNobody = "answered_by_nobody",
        "is not what the rules say: no rule finds anybody",
        "put the rule right, or the test if the rule is meant so";
}
