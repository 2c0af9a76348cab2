//! Why a version is held.

use super::param::{LeftAloneUntil, LocalTime};
use super::said::{Hotlines, InQueue, People, SeveralTimes};
use super::sentences;

sentences! {
    /// What a version would do to callers that is most likely a slip.
    Objection:

    LeftAlone {
        hotlines: Hotlines,
        queue: InQueue,
        from: LocalTime,
        until: LeftAloneUntil,
        again: SeveralTimes
    } = "left_alone",
        "calls{hotlines}{queue} would get nobody from {from}{until}{again}",
        "cuộc gọi{hotlines}{queue} sẽ không đổ chuông cho ai từ {from}{until}{again}";
    MoreLeftAlone { more: usize } = "more_left_alone",
        "so would others, {more} more in all",
        "còn {more} hàng đợi hoặc hotline nữa cũng vậy";
    OtherPeople {
        changed: usize,
        compared: usize,
        hotlines: Hotlines,
        queue: InQueue,
        at: LocalTime,
        after: People,
        before: People
    } = "other_people",
        "{changed} of {compared} calls that were compared would ring other people, one{hotlines}{queue} at {at} {after} in place of {before}",
        "{changed} trong {compared} cuộc gọi được so sánh sẽ đổ chuông cho người khác, ví dụ cuộc gọi{hotlines}{queue} lúc {at}: {after} thay cho {before}";
    OneTelephone { agents: usize, number: String } = "one_telephone",
        "{agents} agents who had telephones of their own would be rung on one, {number}",
        "{agents} nhân viên vốn có số riêng sẽ cùng đổ chuông ở một số, {number}";
    HeldElsewhere { sentence: String } = "held_elsewhere",
        "{sentence}",
        "một máy chủ khác giữ lại: {sentence}";
}
