//! What compiling finds, and what the rules' own tests do.

use super::diagnoses;
use super::param::{Ids, List, Quoted, WholeNumbers};

diagnoses! {
    /// Why a row cannot be used, or what its writer cannot have meant.
    RowFault |column, unit|:

    NulCharacter = "nul_character",
        "contains a NUL character",
        "type the text anew",
        "{column} chứa ký tự NUL; hãy gõ lại.";
    NotText = "not_text",
        "is not text",
        "write it in quotes, as text",
        "{column} không phải là chữ; hãy ghi dưới dạng chữ, trong dấu nháy.";
    Empty = "empty",
        "is empty",
        "write a value",
        "{column} đang trống; hãy ghi một giá trị.";
    EmptyNotNull = "empty_not_null",
        "is empty",
        "write a value, or NULL for none (DB Browser: Set as NULL)",
        "{column} là chuỗi rỗng; hãy ghi một giá trị, hoặc NULL nếu không có (DB Browser: Set as NULL).";
    NullAsText = "null_as_text",
        "is the word NULL, and not nothing",
        "write a value, or NULL without quotes (DB Browser: Set as NULL)",
        "{column} là chữ NULL chứ không phải để trống; hãy ghi một giá trị, hoặc NULL không có dấu nháy (DB Browser: Set as NULL).";
    EmptyInList = "empty_in_list",
        "has an empty value between commas",
        "write values with one comma between them",
        "{column} có một chỗ trống giữa hai dấu phẩy; hãy ghi các giá trị, mỗi giá trị cách nhau một dấu phẩy.";
    Missing = "missing",
        "is missing",
        "write a value",
        "{column} còn thiếu; hãy ghi một giá trị.";
    MissingNumber { numbers: WholeNumbers } = "missing_number",
        "is missing",
        "write {numbers}",
        "{column} còn thiếu, phải {numbers}{unit}.";
    NotAWholeNumber { numbers: WholeNumbers } = "not_a_whole_number",
        "is not {numbers}",
        "write such a number",
        "{column} phải {numbers}{unit}.";
    UnknownWord { words: List } = "unknown_word",
        "is not known here",
        "write one of: {words}",
        "{column} không có giá trị này; hãy ghi một trong các từ: {words}.";
    NotADate = "not_a_date",
        "is not a date",
        "write it as year-month-day, e.g. '2027-02-05'",
        "{column} không đúng; hãy ghi năm-tháng-ngày, ví dụ '2027-02-05'.";
    NotATime = "not_a_time",
        "is not a date and time",
        "write it as e.g. '2027-02-05 08:00'",
        "{column} không đúng; hãy ghi như '2027-02-05 08:00'.";
    NotATimeOrDate = "not_a_time_or_date",
        "is neither a date and time nor a date",
        "write it as e.g. '2027-02-05 08:00' or '2027-02-05'",
        "{column} không đúng; hãy ghi như '2027-02-05 08:00' hoặc '2027-02-05'.";
    NotATimeZone = "not_a_time_zone",
        "is not a time zone",
        "write a name such as 'Asia/Ho_Chi_Minh'",
        "{column} không đúng; hãy ghi tên như 'Asia/Ho_Chi_Minh'.";
    UnknownReference { table: &'static str } = "unknown_reference",
        "is no id in {table}",
        "add it to {table} first, or write an id from there",
        "{column} không có trong bảng {table}; hãy thêm vào đó trước, hoặc ghi một mã đã có.";
    BlanksAroundReference { meant: String } = "blanks_around_reference",
        "has a blank or a line end around it",
        "write '{meant}'",
        "{column} có khoảng trắng hoặc dấu xuống dòng ở đầu hay cuối; hãy ghi '{meant}'.";
    IdOfTwoRows = "id_of_two_rows",
        "is the id of two rows",
        "delete one of them, or give it another id",
        "{column} này là mã của hai dòng; hãy xóa một dòng, hoặc đặt mã khác.";

    MissingPhoneNumber = "missing_phone_number",
        "is missing although routing_type is 2",
        "write the number that is rung, or routing_type 1",
        "Nhân viên được gọi qua di động (routing_type 2) nhưng chưa có số điện thoại; hãy ghi số, hoặc đổi routing_type thành 1.";
    NumberNotInternational { instead: String } = "number_not_international",
        "is not in international form",
        "write {instead}",
        "{column} chưa ở dạng quốc tế; hãy ghi {instead}.";
    NotAPhoneNumber = "not_a_phone_number",
        "is not in international form",
        "write digits with the country code, e.g. 84909992666",
        "{column} chưa ở dạng quốc tế; hãy ghi các chữ số kèm mã nước, ví dụ 84909992666.";
    BackBeforeAway = "back_before_away",
        "is not after starts_at",
        "write when the agent is back, or the last date of the absence",
        "Lúc hết nghỉ không sau lúc bắt đầu nghỉ; hãy ghi lúc nhân viên trở lại, hoặc ngày nghỉ cuối cùng.";
    OwnCover = "own_cover",
        "is the agent itself",
        "write another agent, or NULL for none",
        "Người thay lại là chính nhân viên đó; hãy ghi người khác, hoặc NULL nếu không ai thay.";
    CircleOfCovers { first: String, others: List } = "circle_of_covers",
        "makes a circle of covers: {first}, {others}, {first}",
        "write NULL for one of them, or somebody outside of the circle",
        "Người thay tạo thành vòng tròn: {first}, {others}, {first}; hãy ghi NULL cho một người, hoặc chọn người ngoài vòng.";

    SameNumber { number: String } = "same_number",
        "is the same number as that of another row, {number}; the row that comes first counts",
        "delete one of the two rows",
        "Số này trùng với số của dòng khác, {number}, và chỉ dòng đứng trước có hiệu lực; hãy xóa một trong hai dòng.";
    NotANumber = "not_a_number",
        "is not a number",
        "write digits such as '84986776777'",
        "{column} không đúng; hãy ghi các chữ số như '84986776777'.";
    MemberTwice = "member_twice",
        "is in this group twice",
        "delete one of the two rows",
        "Nhân viên này có hai dòng trong cùng một nhóm; hãy xóa một dòng.";

    RuleIdTwice = "rule_id_twice",
        "is the id of another rule",
        "give one of the two another id",
        "Mã này đã là mã của một quy tắc khác; hãy đặt mã khác cho một trong hai.";
    RuleWithoutSteps = "rule_without_steps",
        "rings nobody: the rule has no steps",
        "add rows to rule_steps, or disable the rule",
        "Quy tắc này không đổ chuông cho ai vì chưa có bước nào; hãy thêm bước (rule_steps), hoặc tắt quy tắc.";
    NotNumbers = "not_numbers",
        "holds what is not a number",
        "write digits such as '842473082666', or '0247*'",
        "{column} có phần không phải là số điện thoại; hãy ghi các chữ số như '842473082666', hoặc đầu số như '0247*'.";
    StepTwice = "step_twice",
        "is the number of two steps of this rule",
        "write another number",
        "Quy tắc này có hai bước cùng số thứ tự; hãy ghi số khác.";
    StepWithoutRule = "step_without_rule",
        "is no id in rules",
        "add the rule first, or delete the step",
        "Bước này thuộc về một quy tắc không có; hãy thêm quy tắc trước, hoặc xóa bước.";
    EndsBeforeItBegins = "ends_before_it_begins",
        "is not after after_seconds",
        "write a later second, or NULL for no end",
        "Bước này kết thúc trước khi bắt đầu (after_seconds); hãy ghi giây muộn hơn, hoặc NULL nếu không kết thúc.";
    AgentBesideTarget = "agent_beside_target",
        "is given although target is not 'agent'",
        "write NULL, or the target 'agent'",
        "Bước có ghi nhân viên dù target không phải là 'agent'; hãy ghi NULL, hoặc đổi target thành 'agent'.";
    GroupBesideAgent = "group_beside_agent",
        "is given although target is 'agent'",
        "write NULL, or use and_group_id",
        "Bước có ghi nhóm dù target là 'agent'; hãy ghi NULL, hoặc dùng and_group_id.";
    MissingGroup = "missing_group",
        "is missing although target is 'group'",
        "write the group that is rung",
        "Bước gọi một nhóm nhưng chưa ghi nhóm nào; hãy ghi nhóm được đổ chuông.";
    MissingAgent = "missing_agent",
        "is missing although target is 'agent'",
        "write the agent who is rung",
        "Bước gọi một nhân viên nhưng chưa ghi là ai; hãy ghi nhân viên được đổ chuông.";

    DaysBesideDates = "days_beside_dates",
        "stands beside dates",
        "write either weekdays or dates, and the other as a row of its own",
        "Một dòng có cả thứ trong tuần lẫn ngày cụ thể; hãy ghi một trong hai, và ghi phần kia thành dòng riêng.";
    MissingDays = "missing_days",
        "is missing",
        "write weekdays ('mon-fri') or dates (date_from and date_to)",
        "Còn thiếu ngày; hãy ghi thứ trong tuần ('mon-fri') hoặc ngày cụ thể (date_from và date_to).";
    NotWeekdays = "not_weekdays",
        "is not a list of weekdays",
        "write e.g. 'mon-fri', 'sat,sun' or 'daily'",
        "{column} không đúng; hãy ghi như 'mon-fri', 'sat,sun' hoặc 'daily'.";
    MissingTimes = "missing_times",
        "is missing: a weekly row needs its times",
        "write e.g. '08:00' and '17:30'",
        "Dòng hằng tuần phải có giờ bắt đầu và giờ kết thúc; hãy ghi như '08:00' và '17:30'.";
    MissingStart = "missing_start",
        "is missing",
        "write when the window starts, e.g. '08:00'",
        "Còn thiếu giờ bắt đầu; hãy ghi như '08:00'.";
    MissingEnd = "missing_end",
        "is missing",
        "write when the window ends, e.g. '17:30'",
        "Còn thiếu giờ kết thúc; hãy ghi như '17:30'.";
    NotAWindow { end_time: Quoted } = "not_a_window",
        "with end_time {end_time} is not a window",
        "write hours and minutes, e.g. start_time '08:00' and end_time '17:30' or '24:00'",
        "Giờ bắt đầu này với giờ kết thúc {end_time} không thành một khoảng giờ; hãy ghi giờ và phút, ví dụ start_time '08:00' và end_time '17:30' hoặc '24:00'.";
    LastDateBeforeFirst = "last_date_before_first",
        "lies before date_from",
        "write the last date of the range, or the same date",
        "Ngày cuối nằm trước ngày đầu; hãy ghi ngày cuối của khoảng, hoặc cùng một ngày.";

    LongerThanAYear = "longer_than_a_year",
        "makes a holiday of every year longer than a year",
        "write an earlier date, or every_year 0",
        "Ngày lễ lặp lại hằng năm lại dài hơn một năm; hãy ghi ngày cuối sớm hơn, hoặc every_year 0.";
    LastMinuteMissing = "last_minute_missing",
        "ends a minute before midnight, and a call in that minute finds it closed",
        "write 24:00",
        "Khung giờ kết thúc trước nửa đêm một phút, nên cuộc gọi trong phút đó gặp lúc đóng; hãy ghi 24:00.";
    MissingWeek = "missing_week",
        "is missing although every_weeks is more than 1",
        "write any date in a week that counts, e.g. '2026-11-28'",
        "Còn thiếu tuần làm mốc vì every_weeks lớn hơn 1; hãy ghi một ngày bất kỳ trong tuần được tính, ví dụ '2026-11-28'.";
    WeeksBesideDates = "weeks_beside_dates",
        "or week_of stands beside dates",
        "write every_weeks 1 and week_of NULL in a dated row",
        "Dòng có ngày cụ thể không dùng every_weeks và week_of; hãy ghi every_weeks 1 và week_of NULL.";

    StandInTwice = "stand_in_twice",
        "has another row for the same group and date",
        "delete one of the two rows, or give them dates that do not overlap",
        "Đã có dòng trực thay khác cho cùng nhóm và ngày; hãy xóa một dòng, hoặc sửa để các ngày không trùng nhau.";
    StandInWithoutPlace = "stand_in_without_place",
        "has no place to take: the agent is not a member of the group",
        "write a group of theirs as group_id, or delete the row",
        "Không có chỗ để trực thay vì nhân viên không ở trong nhóm này; hãy ghi một nhóm của nhân viên, hoặc xóa dòng.";
    OwnStandIn = "own_stand_in",
        "is the member itself",
        "write another agent, or NULL if nobody takes the place",
        "Người trực thay lại là chính thành viên đó; hãy ghi người khác, hoặc NULL nếu không ai thay.";

    SettingTwice = "setting_twice",
        "is written twice",
        "delete one of the two rows",
        "Cài đặt này được ghi hai lần; hãy xóa một dòng.";
    UnknownSetting { keys: List } = "unknown_setting",
        "is no setting",
        "write one of: {keys}",
        "Không có cài đặt nào như vậy; hãy ghi một trong: {keys}.";
    NotACountryCode = "not_a_country_code",
        "is not a country code",
        "write 1 to 3 digits without 0 in front, e.g. '84'",
        "Mã nước không đúng; hãy ghi 1 đến 3 chữ số không có số 0 ở đầu, ví dụ '84'.";
    NotAnAnswerTimeout = "not_an_answer_timeout",
        "is not an answer timeout",
        "write seconds from 3 to 120, e.g. '15'",
        "Thời gian đổ chuông phải từ 3 đến 120 giây, ví dụ '15'.";
    NotACountOfAgents = "not_a_count_of_agents",
        "is not a number of agents",
        "write a number from 1 to 100, e.g. '20'",
        "Số nhân viên tối đa phải từ 1 đến 100, ví dụ '20'.";
    NotACountOfDays = "not_a_count_of_days",
        "is not a number of days",
        "write a number from 1 to 365, e.g. '30'",
        "Số ngày phải từ 1 đến 365, ví dụ '30'.";

    NotACountOfRings = "not_a_count_of_rings",
        "is not a number of rings",
        "write a number from 0 (never) to 20, e.g. '2'",
        "Số lần bỏ lỡ phải từ 0 (không bao giờ) đến 20, ví dụ '2'.";
    NotACountOfMinutes = "not_a_count_of_minutes",
        "is not a number of minutes",
        "write a number from 1 to 1440, e.g. '10'",
        "Số phút phải từ 1 đến 1440, ví dụ '10'.";

    MissingTimeOfTest = "missing_time_of_test",
        "is missing",
        "write the local time that is tested, e.g. '2026-11-23 10:00'",
        "Phép thử còn thiếu thời điểm; hãy ghi giờ địa phương cần thử, ví dụ '2026-11-23 10:00'.";
    AnsweredByRule { rule: Quoted, agents: Ids } = "answered_by_rule",
        "is not what the rules say: rule {rule} answers with {agents}",
        "put the rule right, or the test if the rule is meant so",
        "Phép thử không đúng như mong đợi: quy tắc {rule} trả lời với {agents}; hãy sửa quy tắc, hoặc sửa phép thử nếu quy tắc đã đúng ý.";
    AnsweredByFallback { agents: Ids } = "answered_by_fallback",
        "is not what the rules say: no rule finds anybody; the fallback answers with {agents}",
        "put the rule right, or the test if the rule is meant so",
        "Phép thử không đúng như mong đợi: không quy tắc nào tìm được ai, nhóm dự phòng trả lời với {agents}; hãy sửa quy tắc, hoặc sửa phép thử nếu quy tắc đã đúng ý.";
    AnsweredByNobody = "answered_by_nobody",
        "is not what the rules say: no rule finds anybody",
        "put the rule right, or the test if the rule is meant so",
        "Phép thử không đúng như mong đợi: không quy tắc nào tìm được ai; hãy sửa quy tắc, hoặc sửa phép thử nếu quy tắc đã đúng ý.";
}
