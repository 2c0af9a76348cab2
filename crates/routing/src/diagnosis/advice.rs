//! What lints say.

use jiff::civil::Date;

use super::diagnoses;
use super::param::{List, OfCallers, Telephones};

diagnoses! {
    /// What is allowed, and most likely not meant.
    Advice |column, unit|:

    NeverOpen { days: i16 } = "never_open",
        "is not open once in the next {days} days",
        "add rows to schedule_hours, or delete the schedule",
        "Khung giờ này không mở lần nào trong {days} ngày tới; hãy thêm giờ (schedule_hours), hoặc xóa khung giờ.";
    NeverClosed { rule: String } = "never_closed",
        "with when_open 0 keeps the rule '{rule}' from ever matching: it never closes",
        "write when_open 1 or schedule_id NULL, or delete the rule",
        "Quy tắc '{rule}' chỉ khớp khi khung giờ này đóng (when_open 0), mà nó không bao giờ đóng; hãy ghi when_open 1 hoặc schedule_id NULL, hoặc xóa quy tắc.";
    NoHoursForTet { tet: Date, from: Date, to: Date } = "no_hours_for_tet",
        "has no dated row for Tết ({tet}): its weekly hours would count",
        "add dated rows to schedule_hours for about {from} to {to}, without times if it is closed",
        "Khung giờ này chưa có dòng cho Tết ({tet}), nên giờ hằng tuần vẫn tính; hãy thêm dòng có ngày cho khoảng {from} đến {to}, không ghi giờ nếu đóng cửa.";

    AbsencesOverlap { first: i64 } = "absences_overlap",
        "overlaps with absence {first} of the same agent",
        "delete one of the two rows, or put their dates right",
        "Lần nghỉ này trùng với lần nghỉ {first} của cùng nhân viên; hãy xóa một dòng, hoặc sửa lại ngày.";
    StandInWithoutShift = "stand_in_without_shift",
        "counts on no date: no shift of the member starts on its dates",
        "write the date on which the shift starts: a night belongs to the day on which it begins",
        "Dòng trực thay này không có tác dụng vì không ca nào của thành viên bắt đầu vào những ngày đó; hãy ghi ngày bắt đầu ca: ca đêm tính theo ngày bắt đầu.";
    LastHoliday { days: i16 } = "last_holiday",
        "is the last holiday that does not come every year, and less than {days} days ahead",
        "add the next year's to holidays, Tết and Giỗ Tổ among them",
        "Đây là ngày lễ cuối cùng không lặp lại hằng năm, và còn chưa đến {days} ngày nữa; hãy thêm ngày lễ của năm sau, trong đó có Tết và Giỗ Tổ.";
    ShareOfRest { first: i64, share: String } = "share_of_rest",
        "is drawn among the calls that rule {first} leaves, so it is {share} % of all calls",
        "write a larger share if more is meant",
        "Tỷ lệ này tính trên các cuộc gọi mà quy tắc {first} để lại, nên bằng {share} % tổng số cuộc gọi; hãy ghi tỷ lệ lớn hơn nếu muốn nhiều hơn.";
    AgentIdOfConsole = "agent_id_of_console",
        "is the id by which Stringee keeps the agent, and not the stringee_user_id, by which an agent is rung",
        "write the stringee_user_id; `stringee-router pull` takes it over",
        "Đây là mã mà Stringee lưu nhân viên, không phải stringee_user_id dùng để đổ chuông; hãy ghi stringee_user_id, `stringee-router pull` lấy về được.";
    IdLikeAnother { other: String } = "id_like_another",
        "differs from {other} only by case",
        "keep one of the two, or give one of them another id",
        "Mã này chỉ khác mã {other} ở chữ hoa chữ thường; hãy giữ một trong hai, hoặc đặt mã khác.";

    UnusedSchedule = "unused_schedule",
        "is used by no rule and no member",
        "write it where it is meant to count, or delete it",
        "Khung giờ này không quy tắc hay thành viên nào dùng; hãy ghi nó vào nơi cần dùng, hoặc xóa.";
    AgentNeverRung = "agent_never_rung",
        "is never rung: in no group, no step's agent, nobody's owner or cover",
        "add the agent to a group, or write enabled 0",
        "Nhân viên này không bao giờ được đổ chuông: không ở nhóm nào, không bước nào gọi, không phụ trách khách và không thay ai; hãy thêm vào một nhóm, hoặc ghi enabled 0.";
    UnusedGroup = "unused_group",
        "is used by no step, and is not the fallback_group",
        "add a step that rings it, or delete the group",
        "Nhóm này không bước nào gọi, và không phải nhóm dự phòng; hãy thêm bước gọi nhóm, hoặc xóa nhóm.";

    TagOfNoRule { callers: OfCallers } = "tag_of_no_rule",
        "is a tag that no rule names{callers}",
        "write it into rules.caller_tag, or leave it out",
        "Không quy tắc nào nhắc đến nhãn này{callers}; hãy ghi nhãn vào rules.caller_tag, hoặc bỏ nhãn.";
    TagNearOneOfRules { callers: OfCallers, meant: String } = "tag_near_one_of_rules",
        "is a tag that no rule names{callers}",
        "write '{meant}' if that is meant",
        "Không quy tắc nào nhắc đến nhãn này{callers}; hãy ghi '{meant}' nếu đó là ý muốn.";
    TagOfNoCaller = "tag_of_no_caller",
        "is a tag that no caller has",
        "give the tag to callers, or delete the rule",
        "Không khách hàng nào có nhãn này; hãy gắn nhãn cho khách hàng, hoặc xóa quy tắc.";
    TagNearOneOfCallers { meant: String } = "tag_near_one_of_callers",
        "is a tag that no caller has",
        "write '{meant}' if that is meant, or give the tag to callers",
        "Không khách hàng nào có nhãn này; hãy ghi '{meant}' nếu đó là ý muốn, hoặc gắn nhãn cho khách hàng.";
    UnlistedQueue = "unlisted_queue",
        "is not listed in queues, where others are",
        "look whether the id is right; if so, add it to queues with a name",
        "Hàng đợi này chưa có trong bảng queues, nơi đã ghi các hàng đợi khác; hãy xem lại mã, nếu đúng thì thêm vào queues kèm tên.";
    QueueNearListed { meant: String } = "queue_near_listed",
        "is not listed in queues, where others are",
        "write '{meant}' if that is meant, or add the queue to queues",
        "Hàng đợi này chưa có trong bảng queues, nơi đã ghi các hàng đợi khác; hãy ghi '{meant}' nếu đó là ý muốn, hoặc thêm hàng đợi vào queues.";
    NoCallerHasOwner = "no_caller_has_owner",
        "never holds: no caller has an owner",
        "write callers.owner_id, or delete the rule",
        "Điều kiện này không bao giờ đúng vì không khách hàng nào có người phụ trách; hãy ghi callers.owner_id, hoặc xóa quy tắc.";

    RuleBehindRule { rule: String, first: i64, first_name: String, first_position: i64 }
        = "rule_behind_rule",
        "puts the rule '{rule}' behind rule {first} '{first_name}', which answers every call that this one would",
        "write a position below {first_position} if it is an exception to rule {first}; else delete one of the two",
        "Quy tắc '{rule}' đứng sau quy tắc {first} '{first_name}', vốn đã trả lời mọi cuộc gọi của nó; hãy ghi thứ tự nhỏ hơn {first_position} nếu nó là ngoại lệ của quy tắc {first}, nếu không thì xóa một trong hai.";

    StepRepeats = "step_repeats",
        "adds nobody: all whom this step rings are in the list by an earlier step",
        "ring others, or delete the step",
        "Bước này không thêm ai: mọi người của bước đã có trong danh sách từ bước trước; hãy gọi người khác, hoặc xóa bước.";
    StepWithoutOwners = "step_without_owners",
        "adds nobody: no caller of this rule has an owner who can be rung",
        "give callers an owner, or delete the step",
        "Bước này không thêm ai: không khách nào của quy tắc này có người phụ trách nhận được cuộc gọi; hãy ghi người phụ trách cho khách, hoặc xóa bước.";
    StepWithoutAgent = "step_without_agent",
        "adds nobody at any time: the agent is not enabled, away for good or outside of the step's limits",
        "enable the agent or ring another; or delete the step",
        "Bước này không lúc nào thêm được ai: nhân viên đã tắt, nghỉ hẳn hoặc nằm ngoài giới hạn của bước; hãy bật nhân viên, gọi người khác, hoặc xóa bước.";
    StepWithoutMembers = "step_without_members",
        "adds nobody at any time: nobody in it is enabled, on shift in the rule's hours and within the step's limits",
        "look at the members, their schedules, and_group_id and max_level; or delete the step",
        "Bước này không lúc nào thêm được ai: không thành viên nào đang bật, trong ca vào giờ của quy tắc và trong giới hạn của bước; hãy xem lại các thành viên, khung giờ của họ, and_group_id và max_level, hoặc xóa bước.";
    OwnerAlone = "owner_alone",
        "rings nobody but the owner: an owner who does not answer keeps the call from everybody else",
        "add a step that rings a group",
        "Chỉ người phụ trách được đổ chuông, nên nếu họ không nghe thì không ai khác nhận được cuộc gọi; hãy thêm một bước gọi cả nhóm.";
    RingsTooLong { agents: usize, seconds: u32, patience: u32, in_time: usize } = "rings_too_long",
        "lets {agents} agents ring for {seconds} s one after the other; a caller waits for {patience} s unless the queue says otherwise",
        "limit the list to about {in_time} agents, or write a shorter answer_timeout",
        "{agents} nhân viên lần lượt đổ chuông trong {seconds} giây, mà khách thường chỉ chờ {patience} giây nếu hàng đợi không quy định khác; hãy giới hạn còn khoảng {in_time} nhân viên, hoặc giảm thời gian đổ chuông.";

    MemberWithoutNumber { agent: String } = "member_without_number",
        "leaves the member out: the agent has no phone_number",
        "write agents.phone_number of {agent}, or routing_type NULL",
        "Thành viên này bị bỏ qua vì chưa có số điện thoại; hãy ghi agents.phone_number của {agent}, hoặc routing_type NULL.";
    AgentsWithoutNumber { agents: List } = "agents_without_number",
        "leaves out who has no phone_number: {agents}",
        "write their agents.phone_number, or routing_type NULL",
        "Những người chưa có số điện thoại bị bỏ qua: {agents}; hãy ghi số của họ (agents.phone_number), hoặc routing_type NULL.";
    NoCalloutNumber { queue: String, telephones: Telephones } = "no_callout_number",
        "has no from_number_callout_to_agent at Stringee, but {telephones}",
        "`stringee-router queues update {queue} --from-number-callout-to-agent NUMBER`",
        "Hàng đợi chưa có from_number_callout_to_agent ở Stringee, nhưng {telephones}; hãy chạy `stringee-router queues update {queue} --from-number-callout-to-agent SỐ`.";

    StrategyWithoutEvents = "strategy_without_events",
        "depends on call events, and the journal has none: without them it is as weighted",
        "let Stringee post call events to /events of the server",
        "Cách chia này cần sự kiện cuộc gọi, mà sổ ghi chưa có sự kiện nào, nên đang chia theo trọng số; hãy để Stringee gửi sự kiện cuộc gọi đến /events của máy chủ.";
    LastAgentWithoutEvents = "last_agent_without_events",
        "depends on call events, and the journal has none: without them it rings nobody",
        "let Stringee post call events to /events of the server",
        "Bước này cần sự kiện cuộc gọi, mà sổ ghi chưa có sự kiện nào, nên không đổ chuông cho ai; hãy để Stringee gửi sự kiện cuộc gọi đến /events của máy chủ.";

    NoNumberOfAgent = "no_number_of_agent",
        "says that there is no number",
        "write the number, or NULL for none",
        "{column} ghi rằng không có số; hãy ghi số, hoặc NULL nếu không có.";
    NoNumberOfCaller = "no_number_of_caller",
        "says that there is no number",
        "delete the row: callers without a number have none; a rule names them by from_number 'anonymous'",
        "{column} ghi rằng không có số; hãy xóa dòng: khách không có số thì không có dòng, quy tắc gọi họ bằng from_number 'anonymous'.";
    NoNumberOfHotline = "no_number_of_hotline",
        "says that there is no number",
        "write hotlines, or NULL for any",
        "{column} ghi rằng không có số; hãy ghi các hotline, hoặc NULL cho mọi hotline.";
    NoNumberOfTest = "no_number_of_test",
        "says that there is no number",
        "write the number, or NULL for a call without one",
        "{column} ghi rằng không có số; hãy ghi số, hoặc NULL cho cuộc gọi không có số.";
    NoNumberOfCallers = "no_number_of_callers",
        "says that there is no number",
        "write anonymous for callers without a number, or NULL for any caller",
        "{column} ghi rằng không có số; hãy ghi anonymous cho khách không có số, hoặc NULL cho mọi khách.";
}
