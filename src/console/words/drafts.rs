//! The words of drafts: what would be done, why not, and the forms that begin them; side by side.

texts! {
    DraftWords {
        title: "Bản nháp", "Draft";
        all: "Các bản nháp", "Drafts";
        none: "Chưa có bản nháp nào.", "There are no drafts.";
        not_applied: "chưa áp dụng", "not applied yet";
        if_applied: "Nếu áp dụng", "If applied";
        sentence_end: "sẽ đổ chuông cho người khác", "would ring somebody else";
        no_calls: "Sổ ghi chưa có cuộc gọi nào để thử.", "The journal has no calls to try it with.";
        no_problems: "không có lỗi", "no errors";
        which_calls: "Cuộc gọi nào đổi", "Which calls differ";
        at_once: "ngay khi gọi", "at once";
        today: "nay", "now";
        then: "sẽ là", "then";
        nobody: "không ai", "nobody";
        rows: "Dòng thay đổi", "Rows";
        holes_opened: "Giờ trống mới", "Holes that open";
        holes_closed: "Giờ trống được lấp", "Holes that close";
        expected: "mong đợi", "expected";
        got: "sẽ là", "would be";
        conflicts: "Người khác đã sửa cùng ô trong khi bạn soạn.", "Somebody has changed the same while you wrote.";
        cell: "ô", "cell";
        take_mine: "Dùng giá trị của bạn", "Take yours";
        take_theirs: "Để giữ giá trị của họ, hãy bỏ dòng ấy.", "To keep theirs, drop the row.";
        theirs: "của họ", "theirs";
        mine: "của bạn", "yours";
        before: "trước", "before";
        reason: "Lý do", "Reason";
        reason_hint: "ví dụ: khách chờ lâu buổi sáng", "such as: callers wait long in the morning";
        apply: "Áp dụng", "Apply";
        discard: "Bỏ", "Discard";
        offer: "Gửi quản trị duyệt", "Offer to an admin";
        offered: "Đã gửi quản trị duyệt.", "It is offered to an admin.";
        drop: "Bỏ dòng này", "Drop this row";
        reason_short: "Hãy ghi lý do, ít nhất 5 ký tự.", "Write why, in 5 characters at least.";
        changed_meanwhile: "Có thay đổi trong khi bạn xem; hãy xem lại rồi áp dụng.", "Something has changed meanwhile; look again, then apply.";
        busy: "Người khác đang ghi vào tệp quy tắc; hãy thử lại.", "Somebody else writes to the rules; try again.";
        not_read: "Máy chủ chưa đọc được tệp quy tắc nên chưa sửa được ở đây.", "The server has not read the rules' file, so nothing can be edited here.";
        leaves_nobody: "Sau thay đổi này có cuộc gọi hoặc giờ không còn ai; hãy gửi quản trị duyệt.", "After this, calls or hours would have nobody; offer it to an admin.";
        admins_table: "Chỉ quản trị được sửa phần này; hãy gửi quản trị duyệt.", "Only admins may edit this; offer it to one.";
        other_group: "Nhóm này không thuộc quyền của bạn; hãy gửi quản trị duyệt.", "This group is not yours; offer it to an admin.";
        problems: "Máy chủ sẽ từ chối: hãy sửa lỗi hoặc phép thử trước.", "The server would refuse this: put the errors or the tests right first.";
        viewer: "Người xem không áp dụng được; hãy gửi quản trị duyệt.", "A viewer may not apply; offer it to an admin.";
        would_hold: "Máy chủ sẽ giữ phiên bản này lại để xác nhận:", "The server would hold this version to be confirmed:";
        in_force: "Đã áp dụng.", "It is in force.";
        is_held: "Đã ghi; phiên bản đang chờ xác nhận.", "It is written; the version waits to be confirmed.";
        is_refused: "Đã ghi, nhưng dòng sai của người khác giữ phiên bản lại.", "It is written, but rows of others keep it from being served.";
        is_waiting: "Đã ghi; máy chủ sẽ đọc trong giây lát.", "It is written; the server reads it in a moment.";
        activity: "Chưa tính ai đang bận máy.", "Who is talking is not taken into account.";

        leave: "Nghỉ phép", "Leave";
        leave_from: "Từ", "From";
        leave_until: "Đến", "Until";
        leave_today: "Hôm nay", "Today";
        leave_tomorrow: "Ngày mai", "Tomorrow";
        leave_week: "Đến hết tuần", "Until the end of the week";
        leave_other: "Ngày khác", "Other dates";
        leave_cover: "Ai nhận khách thay", "Who takes their callers";
        leave_usual: "như thường lệ", "as usual";
        preview: "Xem trước", "Preview";
        switch_off: "Tắt nhận cuộc gọi", "Switch off";
        switch_on: "Bật nhận cuộc gọi", "Switch on";
        stand_in: "Giao người trực", "Assign somebody";
        stand_in_for: "Thay cho", "In place of";
        stand_in_by: "Người trực", "Who takes it";
        stand_in_from: "Từ ngày", "From";
        stand_in_to: "Đến ngày", "To";
        stand_in_group: "Nhóm", "Group";
        stand_in_hint: "Trong các ca bắt đầu vào những ngày này, người trực giữ chỗ của người được thay.", "For the shifts that start on these dates, whoever takes it has the other's place.";
        nobody_by: "không ai", "nobody";
        edit: "Sửa quy tắc", "Edit the rule";
        rule_name: "Tên quy tắc", "Name";
        position: "Thứ tự", "Position";
        enabled: "Đang bật", "On";
        wait_seconds: "Chờ, giây", "Waited, s";
        most: "Tối đa, người", "At most";
        level_to: "Đến vòng", "Up to level";
        ring_seconds: "Đổ chuông, giây", "Ring, s";
        everybody: "tất cả", "all";
        usual: "mặc định", "default";
        group: "Nhóm", "Group";
    }
    {
        of_calls |all: &str| format!("trong {all} cuộc gọi gần nhất"), format!("of the last {all} calls");
        left_alone |count: &str| format!("{count} cuộc không còn ai"), format!("{count} calls would have nobody");
        tests_pass |passed: usize, all: usize| format!("{passed}/{all} phép thử đạt"), format!("{passed}/{all} tests pass");
        calls |count: &str| format!("{count} cuộc"), format!("{count} calls");
        after_waiting |seconds: u32| format!("sau {seconds} giây chờ"), format!("after {seconds} s");
        edits |count: usize| format!("{count} dòng"), if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
        tried |calls: &str, moments: &str, ms: &str| format!("Trả lời lại {calls} cuộc gọi ở {moments} thời điểm chờ, trong {ms} ms."), format!("{calls} calls answered again at {moments} moments, in {ms} ms.");
        lines |count: usize| format!("{count} hotline"), format!("{count} hotlines");
        of_user |name: &str| format!("của {name}"), format!("by {name}");
        step |number: i64| format!("Bước {number}"), format!("Step {number}");
    }
}
