//! The text of `PROBLEMS.txt`: what is wrong, for an admin in a shell.

use super::active::{ActiveRules, Source};
use super::status::Status;
use crate::language::{Language, either};

/// What to write; nothing if all is well.
pub(super) fn text(served: &ActiveRules, status: &Status, language: Language) -> Option<String> {
    let since = served.local(status.degraded_since?);
    let answers = if served.source == Source::Nothing {
        either!(
            language,
            "No rules could be read: every call is answered with an empty list.",
            "Không đọc được quy tắc nào: mọi cuộc gọi đều không đổ chuông cho ai.",
        )
    } else {
        let (version, source) = (served.info(), served.source.sentence(language));
        either!(
            language,
            "Calls are answered by version {version}, from {source}.",
            "Cuộc gọi được trả lời theo phiên bản {version}, lấy từ {source}.",
        )
    };
    let mut text = either!(
        language,
        "Something is wrong, since {since}.\n{answers}\n\n",
        "Có việc cần xử lý, từ {since}.\n{answers}\n\n",
    );
    for sentence in &status.sentences(served, language) {
        text.extend(["- ", sentence, "\n"]);
    }
    text.push_str(&either!(
        language,
        "\n`stringee-router check` names the problems of the rows. This file goes away when all is well.\n",
        "\n`stringee-router check --language vi` nêu từng dòng sai. Tệp này tự mất khi mọi thứ đều ổn.\n",
    ));
    Some(text)
}
