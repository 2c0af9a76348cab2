//! The words of rules, people and what is wrong, side by side.

texts! {
    RuleWords {
        rule: "Quy tắc", "Rule";
        title: "Quy tắc", "Rules";
        hint: "Xét từ trên xuống; quy tắc đầu tiên khớp và tìm được người sẽ trả lời.", "Tried from the top; the first that matches and finds somebody answers.";
        in_order: "Quy tắc, theo thứ tự xét", "Rules, in the order in which they are tried";
        all: "← Tất cả quy tắc", "← All rules";
        none: "Chưa có quy tắc nào.", "There are no rules yet.";
        is_off: "đang tắt", "off";
        who: "Đổ chuông cho ai", "Who is rung";
        any_call: "mọi cuộc gọi", "every call";
        anonymous: "số ẩn", "anonymous";
        with_owner: "có người phụ trách", "with an owner";
        without_owner: "chưa có người phụ trách", "without an owner";
        rings_nobody: "không đổ chuông cho ai", "rings nobody";
        now_in_it: "Bây giờ:", "Now:";
        nobody_now: "không ai", "nobody";
        on_mobile: "gọi vào di động", "on mobiles";
        on_app: "gọi vào ứng dụng", "on the app";
    }
    {
        when_calling |what: &str| format!("Khi gọi đến {what}"), format!("When {what} is called");
        when_from |who: &str| format!("khách gọi từ {who}"), format!("from {who}");
        when_tagged |tags: &str| format!("khách có nhãn {tags}"), format!("by callers tagged {tags}");
        in_queue |name: &str| format!("hàng đợi {name}"), format!("queue {name}");
        during |name: &str| format!("trong khung giờ {name}"), format!("during {name}");
        not_during |name: &str| format!("ngoài khung giờ {name}"), format!("outside {name}");
        share_of |percent: u8| format!("{percent} % cuộc gọi"), format!("{percent} % of the calls");
        rings |who: &str| format!("đổ chuông {who}"), format!("ring {who}");
        then_rings |seconds: u32, who: &str| format!("từ giây {seconds} thêm {who}"), format!("from second {seconds} also {who}");
        until |seconds: u32| format!("đến giây {seconds}"), format!("until second {seconds}");
    }
}

texts! {
    PeopleWords {
        title: "Nhân viên", "People";
        search: "Tìm theo tên hoặc mã", "Search by name or id";
        find: "Tìm", "Search";
        filter: "Lọc", "Filter";
        everybody: "mọi người", "everybody";
        taking: "đang nhận cuộc gọi", "taking calls";
        on_leave: "đang nghỉ", "on leave";
        off: "đã tắt", "switched off";
        without_group: "chưa vào nhóm nào", "in no group";
        none: "Không có ai như vậy.", "There is nobody like that.";
        groups: "Nhóm", "Groups";
        phone: "Di động", "Mobile";
        no_phone: "không có số", "no number";
        device: "Nhận qua", "Rung on";
        cover: "Người thay", "Cover";
        nobody: "không ai", "nobody";
        rules: "Quy tắc gọi đến", "Rules that ring them";
        level: "Vòng", "Level";
        weight: "trọng số", "weight";
        shift: "ca", "shift";
        always: "mọi lúc", "always";
        members: "Thành viên", "Members";
        strategy: "Cách chia cuộc gọi", "Strategy";
        back: "← Tất cả nhân viên", "← All people";
        on_shift: "trong ca", "on shift";
        off_shift: "ngoài ca", "off shift";
        ring_time: "Thời gian đổ chuông", "Ring time";
        search_callers: "Tìm theo số, tên, người phụ trách hoặc nhãn", "Search by number, name, owner or tag";
        owner: "phụ trách", "owner";
        until: "đến", "until";
        next: "Trang sau", "Next page";
        more_about: "Xem thêm về người này", "More about this person";
        usual: "mặc định", "default";
    }
    {
        count |shown: &str, all: &str| format!("{shown} trong {all} người"), format!("{shown} of {all} people");
        more |count: &str| format!("Còn {count} người nữa; hãy tìm theo tên."), format!("{count} more; search by name.");
    }
}

texts! {
    ProblemWords {
        title: "Cần xử lý", "Problems";
        all_well: "Mọi thứ đều ổn.", "All is well.";
        version: "Phiên bản đang áp dụng", "The version in force";
        since: "từ", "since";
        source: "nguồn", "from";
        hash: "mã băm", "hash";
        wrong: "Dòng sai", "Rows that are wrong";
        advice: "Lời khuyên", "Advice";
        held: "Chờ xác nhận", "Held";
        accept: "Áp dụng ngay", "Accept now";
        accepted: "Đã áp dụng.", "It is in force.";
        not_held: "Không còn phiên bản nào chờ xác nhận, hoặc tệp đã được sửa lần nữa.", "No such version is held any more.";
        files: "Tệp và sổ ghi", "Files and journal";
        last_good: "Bản sao tốt gần nhất", "Last good copy";
        none: "không có", "none";
    }
    {
        and_more |count: &str| format!("và {count} dòng nữa"), format!("and {count} more");
    }
}

texts! {
    CallWords {
        title: "Cuộc gọi", "Calls";
        from: "Từ ngày", "From";
        to: "Đến ngày", "To";
        caller: "Khách gọi", "Caller";
        agent: "Nhân viên", "Agent";
        find: "Lọc", "Filter";
        none: "Không có cuộc gọi nào như vậy trong sổ ghi.", "The journal has no calls like that.";
        no_journal: "Chưa có sổ ghi cuộc gọi.", "There is no journal yet.";
        by_rule: "có người", "rung";
        blocked: "bị chặn", "blocked";
        fallback: "dự phòng", "fallback";
        nobody: "không ai", "nobody";
        anonymous: "số ẩn", "anonymous";
        answers: "Các lần trả lời", "What was answered";
        back: "← Tất cả cuộc gọi", "← All calls";
        version: "phiên bản", "version";
        outcome: "Kết quả", "Outcome";
        any: "tất cả", "any";
        taken_by: "Người nhận cuộc gọi", "Taken by";
        by_rules: "Theo quy tắc nào", "By which rules";
        by_now: "Theo quy tắc bây giờ", "By the rules of now";
        not_kept: "Không còn bản sao của phiên bản đã trả lời cuộc này, nên xét theo quy tắc đang áp dụng.", "No copy is kept of the version that answered this call, so it is asked by the rules in force now.";
        why_hint: "Cuộc gọi được xét lại ở đúng thời điểm đó. Không tính ai đang bận máy và đang đến lượt ai.", "The call is asked again at that time. Who was talking then, and whose turn it was, is not taken into account.";
        masked: "Số bị che theo cấu hình, nên không xét lại được.", "Numbers are masked by the configuration, so the call cannot be asked again.";
    }
    {
        by_version |version: i64| format!("Theo quy tắc lúc đó (v{version})"), format!("By the rules of then (v{version})");
        by_draft |id: i64| format!("Theo bản nháp {id} của tôi"), format!("By my draft {id}");
        waited |seconds: i64| format!("đã chờ {seconds} giây"), format!("after {seconds} s");
        asks |count: i64| format!("hỏi {count} lần"), if count == 1 { "asked once".to_owned() } else { format!("asked {count} times") };
    }
}

texts! {
    ChangeWords {
        title: "Thay đổi", "Changes";
        none: "Chưa có thay đổi nào.", "There are no changes yet.";
        unknown: "không rõ ai", "nobody knows who";
        no_reason: "không ghi lý do", "no reason given";
        added: "thêm", "added";
        changed: "sửa", "changed";
        removed: "xóa", "removed";
        since: "Từ ngày", "From";
        until: "Đến ngày", "To";
        actor: "Ai sửa", "Who";
        table: "Bảng", "Table";
        key: "Khóa của dòng", "Key of the row";
        text: "Tìm trong lý do và giá trị", "Find in reasons and values";
        none_like: "Không có thay đổi nào như vậy.", "There are no changes like that.";
    }
    {
        calls |count: &str| format!("{count} cuộc gọi gần nhất đổ chuông cho người khác"), format!("{count} recent calls would have rung somebody else");
        rows |count: &str| format!("{count} dòng"), format!("{count} rows");
        more_rows |count: &str| format!("và {count} dòng nữa"), format!("and {count} more rows");
    }
}

texts! {
    NoticeWords {
        title: "Thông báo", "Notices";
        hint: "Máy chủ báo khi một bản sửa bị từ chối, một phiên bản chờ xác nhận, hoặc trong 24 giờ tới có lúc không đổ chuông cho ai.", "The server tells people when an edit is refused, a version is held, or nobody will be rung within 24 hours.";
        none: "Chưa đặt cách báo nào: xem mục [notices] trong tệp cấu hình.", "No way is configured: see [notices] in the configuration.";
        ways: "Báo qua", "By";
        test: "Gửi thử", "Send a test";
        sent: "đã gửi.", "sent.";
        not_sent: "chưa gửi được:", "not sent:";
    }
    {
    }
}
