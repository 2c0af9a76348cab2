//! What Vietnamese sentences are made from: what tables and columns are called, and how parameters are said.

use std::fmt::Display;

use jiff::civil::{Date, DateTime};

use super::param::{
    Ids, LeftAloneUntil, List, LocalTime, OfCallers, Quoted, Telephone, Telephones, WholeNumbers,
};
use super::said::{
    AwayUntil, CalledNumber, CallersOwner, CallersTags, CallingNumber, Hotlines, InQueue, OneOf,
    OwnerWanted, People, SeveralTimes, StandingIn, WaitingCalls,
};
use crate::number::Number;
use crate::problem::quoted_text;

/// What a table is called.
pub fn table_label(table: &str) -> Option<&'static str> {
    Some(match table {
        "settings" => "cài đặt",
        "queues" => "hàng đợi",
        "hotlines" => "hotline",
        "holidays" => "ngày lễ",
        "schedules" => "khung giờ",
        "schedule_hours" => "giờ của khung giờ",
        "agents" => "nhân viên",
        "absences" => "nghỉ phép",
        "groups" => "nhóm",
        "group_members" => "thành viên nhóm",
        "stand_ins" => "trực thay",
        "callers" => "khách hàng",
        "rules" => "quy tắc",
        "rule_steps" => "bước của quy tắc",
        "rule_tests" => "phép thử",
        _ => return None,
    })
}

/// What a column is called, as a sentence begins with it.
pub fn column_label(table: &str, column: &str) -> Option<&'static str> {
    Some(match (table, column) {
        ("group_members" | "rules", "position") => "Thứ tự",
        ("hotlines", "number") => "Số hotline",
        ("callers", "number") => "Số khách hàng",
        ("schedules", "id") => "Mã khung giờ",
        ("agents", "id") => "Mã nhân viên",
        ("groups", "id") => "Mã nhóm",
        ("queues", "id") => "Mã hàng đợi",
        ("rules", "id") => "Mã quy tắc",
        (_, "id") => "Mã",
        ("stand_ins", "agent_id") => "Người được thay",
        (_, "action") => "Cách trả lời",
        (_, "after_seconds") => "Thời gian chờ trước bước",
        (_, "agent_id") => "Nhân viên",
        (_, "and_group_id") => "Nhóm thứ hai",
        (_, "answer_timeout") => "Thời gian đổ chuông",
        (_, "at") => "Thời điểm thử",
        (_, "by_id") => "Người trực thay",
        (_, "caller_tag") => "Nhãn khách hàng",
        (_, "cover_id") => "Người thay",
        (_, "date_from") => "Ngày đầu",
        (_, "date_to") => "Ngày cuối",
        (_, "days") => "Thứ trong tuần",
        (_, "enabled") => "Ô bật tắt",
        (_, "end_time") => "Giờ kết thúc",
        (_, "ends_at") => "Lúc hết nghỉ",
        (_, "every_weeks") => "Số tuần một lần",
        (_, "every_year") => "Ô lặp lại hằng năm",
        (_, "expect_agents") => "Nhân viên mong đợi",
        (_, "expect_rule") => "Quy tắc mong đợi",
        (_, "expires_on") => "Ngày hết hiệu lực",
        (_, "from_number") => "Số khách gọi",
        (_, "group_id") => "Nhóm",
        (_, "has_owner") => "Điều kiện người phụ trách",
        (_, "key") => "Tên cài đặt",
        (_, "level") => "Vòng",
        (_, "max_agents") => "Số người tối đa",
        (_, "max_level") => "Vòng tối đa",
        (_, "name") => "Tên",
        (_, "note") => "Ghi chú",
        (_, "on_holidays") => "Giờ vào ngày lễ",
        (_, "owner_id") => "Người phụ trách",
        (_, "phone_number") => "Số điện thoại",
        (_, "priority") => "Mức ưu tiên",
        (_, "queue_id") => "Hàng đợi",
        (_, "routing_type") => "Cách nhận cuộc gọi",
        (_, "rule_id") => "Quy tắc",
        (_, "schedule_id") => "Khung giờ",
        (_, "split_percent") => "Tỷ lệ cuộc gọi",
        (_, "spread") => "Ô chia người đứng đầu",
        (_, "start_time") => "Giờ bắt đầu",
        (_, "starts_at") => "Lúc bắt đầu nghỉ",
        (_, "step") => "Số thứ tự của bước",
        (_, "strategy") => "Cách chia cuộc gọi",
        (_, "tags") => "Nhãn",
        (_, "target") => "Đối tượng của bước",
        (_, "time_zone") => "Múi giờ",
        (_, "to_number") => "Hotline",
        (_, "until_seconds") => "Giây kết thúc của bước",
        (_, "value") => "Giá trị",
        (_, "waited") => "Thời gian đã chờ",
        (_, "week_of") => "Tuần làm mốc",
        (_, "weight") => "Trọng số",
        (_, "when_open") => "Điều kiện khung giờ",
        _ => return None,
    })
}

/// What stands behind a number of this column.
pub(super) fn unit(column: &str) -> &'static str {
    match column {
        "answer_timeout" | "after_seconds" | "until_seconds" | "waited" => " giây",
        "split_percent" => " %",
        _ => "",
    }
}

/// A parameter as a Vietnamese sentence has it.
pub(super) trait InVietnamese {
    fn in_vietnamese(&self) -> String;
}

/// What is said alike in every language.
macro_rules! alike {
    ($($type:ty),+) => {
        $(impl InVietnamese for $type {
            fn in_vietnamese(&self) -> String {
                self.to_string()
            }
        })+
    };
}
alike!(
    i64,
    i16,
    u8,
    u16,
    u32,
    u64,
    usize,
    String,
    Number<'_>,
    List,
    Ids,
    Quoted
);

impl InVietnamese for &'static str {
    fn in_vietnamese(&self) -> String {
        match table_label(self) {
            Some(label) => format!("{label} ({self})"),
            None => (*self).to_owned(),
        }
    }
}

impl InVietnamese for Date {
    fn in_vietnamese(&self) -> String {
        self.strftime("%-d/%-m/%Y").to_string()
    }
}

impl InVietnamese for WholeNumbers {
    fn in_vietnamese(&self) -> String {
        if self.0 == (i64::MIN..=i64::MAX) {
            return "là số nguyên".to_owned();
        }
        let (first, last) = (self.0.start(), self.0.end());
        if *last == i64::MAX {
            return format!("từ {first} trở lên");
        }
        format!("từ {first} đến {last}")
    }
}

impl InVietnamese for OfCallers {
    fn in_vietnamese(&self) -> String {
        match self.0 {
            1 => String::new(),
            more => format!(" của {more} khách hàng"),
        }
    }
}

impl InVietnamese for Telephone {
    fn in_vietnamese(&self) -> String {
        match self {
            Self::Rule { rule, name, agent } => {
                let name = quoted_text(name);
                format!("quy tắc {rule} {name} gọi {agent} qua điện thoại")
            }
            Self::MoreRules(more) => format!("{more} quy tắc nữa cũng vậy"),
            Self::Fallback(agent) => format!("nhóm dự phòng gọi {agent} qua điện thoại"),
        }
    }
}

impl InVietnamese for Telephones {
    fn in_vietnamese(&self) -> String {
        let said: Vec<String> = self.0.iter().map(InVietnamese::in_vietnamese).collect();
        said.join(", ")
    }
}

impl InVietnamese for LocalTime {
    fn in_vietnamese(&self) -> String {
        time(self.0)
    }
}

/// "20:00 ngày 23/11/2026"
fn time(at: DateTime) -> String {
    at.strftime("%H:%M ngày %-d/%-m/%Y").to_string()
}

impl InVietnamese for LeftAloneUntil {
    fn in_vietnamese(&self) -> String {
        match self.0 {
            Some(until) => format!(" đến {}", time(until)),
            None => " trở đi".to_owned(),
        }
    }
}

impl InVietnamese for SeveralTimes {
    fn in_vietnamese(&self) -> String {
        if self.0 {
            ", và sau đó lại nữa"
        } else {
            ""
        }
        .to_owned()
    }
}

impl InVietnamese for InQueue {
    fn in_vietnamese(&self) -> String {
        match &*self.0 {
            "" => String::new(),
            queue => format!(" trong hàng đợi '{}'", queue.escape_debug()),
        }
    }
}

impl InVietnamese for Hotlines {
    fn in_vietnamese(&self) -> String {
        match &*self.0 {
            [] => String::new(),
            hotlines => format!(" đến {}", few(hotlines, "và", "số nữa")),
        }
    }
}

impl InVietnamese for People {
    fn in_vietnamese(&self) -> String {
        match &*self.0 {
            [] => "không ai".to_owned(),
            ids => few(ids, "và", "người nữa"),
        }
    }
}

impl InVietnamese for OneOf {
    fn in_vietnamese(&self) -> String {
        self.listed("hoặc", "giá trị khác")
    }
}

impl InVietnamese for CalledNumber {
    fn in_vietnamese(&self) -> String {
        match &self.0 {
            Some(number) => format!("cuộc gọi này đến {number}"),
            None => "cuộc gọi này không có số được gọi".to_owned(),
        }
    }
}

impl InVietnamese for CallingNumber {
    fn in_vietnamese(&self) -> String {
        match &self.0 {
            Some(number) => format!("cuộc gọi này từ {number}"),
            None => "khách gọi bằng số ẩn".to_owned(),
        }
    }
}

impl InVietnamese for CallersTags {
    fn in_vietnamese(&self) -> String {
        match &self.0 {
            None => "khách gọi không có trong danh sách khách hàng".to_owned(),
            Some(tags) if tags.is_empty() => "khách gọi không có nhãn".to_owned(),
            Some(tags) => {
                let tags = OneOf(tags.clone()).listed("và", "nhãn nữa");
                format!("khách gọi có nhãn {tags}")
            }
        }
    }
}

impl InVietnamese for OwnerWanted {
    fn in_vietnamese(&self) -> String {
        if self.0 {
            "khách có người phụ trách"
        } else {
            "khách chưa có người phụ trách"
        }
        .to_owned()
    }
}

impl InVietnamese for CallersOwner {
    fn in_vietnamese(&self) -> String {
        match self {
            Self::UnknownCaller => "khách gọi không có trong danh sách khách hàng".to_owned(),
            Self::None => "khách gọi chưa có người phụ trách".to_owned(),
            Self::Agent(agent) => format!("người phụ trách của khách là {agent}"),
        }
    }
}

impl InVietnamese for AwayUntil {
    fn in_vietnamese(&self) -> String {
        self.0.map_or_else(|| "khi báo lại".to_owned(), time)
    }
}

impl InVietnamese for StandingIn {
    fn in_vietnamese(&self) -> String {
        match &*self.0 {
            [] => "hôm nay không ai trực thay".to_owned(),
            by => format!("{} trực thay", by.join(", ")),
        }
    }
}

impl InVietnamese for WaitingCalls {
    fn in_vietnamese(&self) -> String {
        match self.0 {
            1 => "một cuộc gọi".to_owned(),
            calls => format!("{calls} cuộc gọi, có cuộc"),
        }
    }
}

/// The first few of several.
fn few(names: &[String], and: &str, more: &str) -> String {
    let (shown, others) = super::said::first_few(names);
    match others {
        0 => shown,
        others => format!("{shown} {and} {others} {more}"),
    }
}

/// The parameter, for a sentence that is made of it.
pub(super) fn said(parameter: &impl InVietnamese) -> impl Display {
    parameter.in_vietnamese()
}
