//! What a notice says.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::holes::SoonHole;
use crate::language::{Language, either};
use crate::params::CodedSentence;
use crate::rules::{ActiveRules, HeldVersion, Status};
use crate::shown::check::Finding;
use routing::problem::Problem;

/// Of more rows the first are named.
const MAX_LINES: usize = 10;

/// Why people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NoticeKind {
    /// An edit was refused.
    Refused,
    /// A version waits to be confirmed.
    Held,
    /// Nobody will be rung within a day.
    Hole,
    /// Somebody tries whether notices arrive.
    Test,
}

/// What people are told.
#[derive(Clone, Debug)]
pub(crate) struct NoticeMessage {
    pub(crate) kind: NoticeKind,
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    pub(crate) at: Timestamp,
    pub(crate) language: Language,
    /// For programs.
    pub(crate) details: Map<String, Value>,
    /// How many of its kind were not sent before it.
    pub(crate) left_out: usize,
}

impl NoticeKind {
    /// For programs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Held => "held",
            Self::Hole => "hole",
            Self::Test => "test",
        }
    }
}

impl NoticeMessage {
    fn new(kind: NoticeKind, title: String, language: Language, at: Timestamp) -> Self {
        Self {
            kind,
            title,
            lines: Vec::new(),
            at,
            language,
            details: Map::new(),
            left_out: 0,
        }
    }

    /// A notice of nothing, to see whether it arrives.
    pub(crate) fn test(language: Language, at: Timestamp) -> Self {
        let title = either!(
            language,
            "A test: notices of stringee-router arrive here.",
            "Thử thông báo: tin của stringee-router sẽ đến đây.",
        );
        Self::new(NoticeKind::Test, title, language, at)
    }

    pub(super) fn refused(
        served: &ActiveRules,
        status: &Status,
        language: Language,
        at: Timestamp,
    ) -> Self {
        let version = served.version;
        let title = either!(
            language,
            "An edit of the rules was refused. Calls are answered by version {version} as before.",
            "Bản sửa mới nhất bị từ chối. Cuộc gọi vẫn được trả lời theo v{version}.",
        );
        let errors: Vec<&Problem> = status
            .problems
            .iter()
            .filter(|one| one.is_error())
            .collect();
        let mut notice = Self::new(NoticeKind::Refused, title, language, at);
        let named = errors.iter().take(MAX_LINES);
        notice.lines = named.clone().map(|one| one.line(language)).collect();
        notice.say_more(errors.len() + status.unnamed.errors);
        let findings: Vec<Finding> = named.map(|one| Finding::new(one, language)).collect();
        notice.details.insert("version".to_owned(), version.into());
        notice
            .details
            .insert("problems".to_owned(), json!(findings));
        notice
    }

    pub(super) fn held(
        served: &ActiveRules,
        held: &HeldVersion,
        language: Language,
        at: Timestamp,
    ) -> Self {
        let until = served.local(held.until);
        let title = either!(
            language,
            "A new version of the rules is held until {until}; an admin can confirm it before.",
            "Phiên bản mới đang chờ xác nhận đến {until}; quản trị có thể xác nhận sớm hơn.",
        );
        let mut notice = Self::new(NoticeKind::Held, title, language, at);
        notice.lines = CodedSentence::all(&held.reasons, language);
        let hash = format!("{:016x}", held.fingerprint);
        let objections = CodedSentence::json(&held.reasons, language);
        notice.details.insert("hash".to_owned(), hash.into());
        let until = held.until.to_string();
        notice.details.insert("until".to_owned(), until.into());
        let objections = json!(objections);
        notice.details.insert("objections".to_owned(), objections);
        notice
    }

    pub(super) fn holes(
        served: &ActiveRules,
        holes: &[SoonHole],
        language: Language,
        at: Timestamp,
    ) -> Self {
        let title = either!(
            language,
            "Within 24 hours there are times when nobody is rung.",
            "Trong 24 giờ tới có lúc không đổ chuông cho ai.",
        );
        let mut notice = Self::new(NoticeKind::Hole, title, language, at);
        let zone = &served.snapshot.settings.time_zone;
        let named = holes.iter().take(MAX_LINES);
        notice.lines = named.map(|hole| hole.line(zone, language)).collect();
        notice.say_more(holes.len());
        let holes: Vec<Value> = holes.iter().map(SoonHole::json).collect();
        notice.details.insert("holes".to_owned(), holes.into());
        notice
    }

    fn say_more(&mut self, all: usize) {
        let more = all.saturating_sub(self.lines.len());
        if more > 0 {
            let said = either!(self.language, "and {more} more", "và {more} mục nữa");
            self.lines.push(said);
        }
    }

    /// As one text; `address` is where the console shows more.
    pub(super) fn text(&self, address: &str) -> String {
        let mut text = self.title.clone();
        for line in &self.lines {
            text.extend(["\n- ", line]);
        }
        let left_out = self.left_out;
        if left_out > 0 {
            let said = either!(
                self.language,
                "\n{left_out} more notices of this kind were left out.",
                "\nĐã bỏ qua {left_out} thông báo cùng loại.",
            );
            text.push_str(&said);
        }
        if !address.is_empty() {
            text.extend(["\n", address, "/problems"]);
        }
        text
    }

    /// For a program that is told.
    pub(super) fn json(&self, address: &str) -> Value {
        let mut body = Map::new();
        body.insert("kind".to_owned(), self.kind.name().into());
        body.insert("at".to_owned(), self.at.to_string().into());
        body.insert("language".to_owned(), self.language.code().into());
        body.insert("title".to_owned(), self.title.clone().into());
        body.insert("lines".to_owned(), self.lines.clone().into());
        body.insert("text".to_owned(), self.text(address).into());
        body.insert("left_out".to_owned(), self.left_out.into());
        body.extend(self.details.clone());
        Value::Object(body)
    }
}
