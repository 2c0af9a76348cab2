//! Why a call is answered as it is: what keeps a rule from matching, and an agent from being rung.

use super::said::{
    AwayUntil, CalledNumber, CallersOwner, CallersTags, CallingNumber, OneOf, OwnerWanted,
    StandingIn, WaitingCalls,
};
use super::sentences;

sentences! {
    /// Why a rule does not match.
    MismatchReason:

    Disabled = "rule_disabled",
        "enabled is 0: the rule is switched off",
        "quy tắc đang tắt";
    OtherQueue { wanted: OneOf, queue: String } = "other_queue",
        "queue_id is {wanted}; the call waits in {queue}",
        "chỉ dành cho hàng đợi {wanted}; cuộc gọi này chờ trong {queue}";
    OtherHotline { wanted: OneOf, called: CalledNumber } = "other_hotline",
        "to_number is {wanted}; {called}",
        "chỉ dành cho hotline {wanted}; {called}";
    OtherCaller { wanted: OneOf, calling: CallingNumber } = "other_caller",
        "from_number is {wanted}; {calling}",
        "chỉ dành cho khách gọi từ {wanted}; {calling}";
    OtherTag { wanted: OneOf, tags: CallersTags } = "other_tag",
        "caller_tag is {wanted}; {tags}",
        "chỉ dành cho khách có nhãn {wanted}; {tags}";
    OtherOwner { wanted: OwnerWanted, owner: CallersOwner } = "other_owner",
        "has_owner is {wanted}; {owner}",
        "chỉ dành cho {wanted}; {owner}";
    Closed { schedule: String } = "schedule_closed",
        "schedule_id is {schedule}, which is closed",
        "khung giờ {schedule} đang đóng";
    Open { schedule: String } = "schedule_open",
        "schedule_id is {schedule} with when_open 0, and {schedule} is open",
        "chỉ khớp khi khung giờ {schedule} đóng, mà nó đang mở";
    OutsideShare { percent: u8, drawn: u8 } = "outside_share",
        "split_percent is {percent}: only calls that draw a number below {percent}; this one has drawn {drawn}",
        "chỉ dành cho {percent} % cuộc gọi, là những cuộc rút được số nhỏ hơn {percent}; cuộc này rút được {drawn}";
}

sentences! {
    /// Why an agent is not rung, or comes later than others.
    AgentReason:

    Disabled = "disabled",
        "switched off (agents.enabled is 0)",
        "đã tắt";
    Away { until: AwayUntil } = "away",
        "away until {until}",
        "nghỉ phép đến {until}";
    Replaced { by: StandingIn } = "replaced",
        "{by} (stand_ins)",
        "{by}";
    OffShift { schedule: String } = "off_shift",
        "off shift, {schedule} is closed",
        "ngoài ca, khung giờ {schedule} đang đóng";
    AboveMaxLevel { max_level: u8 } = "above_max_level",
        "above the step's max_level {max_level}",
        "ở vòng sau vòng {max_level} mà bước này gọi đến";
    NotInGroup { group: String } = "not_in_group",
        "not in the step's group_id {group}",
        "không thuộc nhóm {group} của bước";
    NotInSecondGroup { group: String } = "not_in_second_group",
        "not in the step's and_group_id {group}",
        "không thuộc nhóm thứ hai của bước, {group}";
    NoPhoneNumber = "no_phone_number",
        "routing_type is 2, but there is no phone_number",
        "được gọi qua di động nhưng chưa có số điện thoại";
    AlreadyListed = "already_listed",
        "in the list already",
        "đã có trong danh sách";
    OverStepMaximum { max_agents: usize } = "over_step_maximum",
        "the step has its max_agents {max_agents}",
        "bước này đã đủ {max_agents} người";
    OverListMaximum { max_agents: usize } = "over_list_maximum",
        "the list has the max_agents {max_agents} of settings",
        "danh sách đã đủ {max_agents} người";
    StandsFirst { calls: WaitingCalls, since: String } = "stands_first",
        "stands first for {calls} waits since {since}, and so behind those who do not (groups.spread)",
        "đang đứng đầu {calls} chờ từ {since}, nên xếp sau người khác";
    Rests { rings: u32, minutes: u16, since: String } = "rests",
        "has let rings pass ({rings} in a row, the last at {since}), and is last until {minutes} minutes after that, or until they take a call (settings missed_rings)",
        "đã bỏ lỡ {rings} lần đổ chuông liên tiếp, lần cuối lúc {since}, nên xếp cuối đến {minutes} phút sau đó, hoặc đến khi nhận một cuộc gọi";
    NoOwner = "no_owner",
        "the caller has no owner",
        "khách gọi chưa có người phụ trách";
    NoLastAgent { days: u16 } = "no_last_agent",
        "nobody is known to have taken a call of this caller within {days} days",
        "không biết ai đã tiếp khách này trong {days} ngày qua";
}
