//! The words of forms that edit rules, hours and tests, side by side.

texts! {
    EditWords {
        new_rule: "Quy tắc mới", "New rule";
        add_rule: "+ Quy tắc mới", "+ New rule";
        copy_rule: "Sao chép quy tắc", "Copy the rule";
        delete_rule: "Xóa quy tắc", "Delete the rule";
        unchanged: "Chưa thay đổi gì. Sửa một ô để xem điều gì sẽ xảy ra.", "Nothing is changed yet. Change a field to see what it would do.";
        keep: "Lưu bản nháp", "Keep as a draft";
        when: "Khi nào", "When";
        queue: "Hàng đợi", "Queue";
        any_queue: "mọi hàng đợi", "any queue";
        hotline: "Hotline", "Hotline";
        any_hotline: "mọi hotline", "any hotline";
        caller: "Số khách gọi", "Caller's number";
        any_caller: "mọi khách", "any caller";
        tag: "Nhãn khách", "Caller's tag";
        owner: "Người phụ trách", "Owner";
        weight: "Trọng số", "Weight";
        shift: "Ca", "Shift";
        hours: "Khung giờ", "Schedule";
        while_open: "trong khung giờ", "while it is open";
        while_closed: "ngoài khung giờ", "while it is closed";
        share: "Tỷ lệ cuộc gọi, %", "Share of calls, %";
        priority: "Ưu tiên, 0–9", "Priority, 0–9";
        action: "Làm gì", "What it does";
        note: "Ghi chú", "Note";
        add_step: "+ Thêm bước", "+ Add a step";
        one_agent: "Một người", "One person";
        agent: "Nhân viên", "Agent";
        on_shift_in: "Đang trong ca của nhóm", "On shift in the group";
        rung_on: "Gọi vào", "Ring on";
        until_seconds: "Đến giây", "Until second";
        to_the_end: "đến hết", "to the end";
        and_group: "Cũng thuộc nhóm", "Also in the group";
        key_step: "đổi chỗ bước của quy tắc", "move a step of a rule";
        up: "Lên trên", "Up";
        down: "Xuống dưới", "Down";
        copy: "Sao chép", "Copy";
        order: "Đổi thứ tự", "Change the order";
        tests: "Phép thử", "Tests";
        new_group: "+ Nhóm", "+ Group";
        delete_group: "Xóa nhóm", "Delete the group";
        add_member: "Thêm thành viên", "Add a member";
        spread: "Cuộc gọi chờ cùng lúc", "Calls that wait together";
        spread_on: "bắt đầu với người khác nhau", "begin with different people";
        spread_off: "có thể cùng một người", "may begin with the same";
        now: "Bây giờ", "Now";
        recipes: "Bắt đầu từ mẫu", "Begin with a sample";
        recipe_block: "Chặn số", "Block a number";
        recipe_vip: "Khách VIP", "VIP callers";
        recipe_owner: "Người phụ trách trước", "The owner first";
        recipe_closed: "Ngoài giờ", "After hours";
    }
    {
        copy_of |name: &str| format!("{name} (bản sao)"), format!("{name} (copy)");
        not_this_kind |column: &str, value: &str| format!("Ô {column} phải là số nguyên, không phải {value}."), format!("{column} takes a whole number, not {value}.");
        column_missing |column: &str| format!("Còn thiếu {column}."), format!("{column} is missing.");
    }
}
