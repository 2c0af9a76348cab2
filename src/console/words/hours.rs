//! The words of schedules and of rule tests, side by side.

texts! {
    HourWords {
        title: "Khung giờ", "Schedules";
        hint: "Giờ làm việc, ca và trực. Ngày riêng thay cho giờ hằng tuần trong những ngày đó.", "Opening hours, shifts and duties. Dated rows replace the weekly hours on their dates.";
        all: "← Tất cả khung giờ", "← All schedules";
        add: "Khung giờ mới", "New schedule";
        delete: "Xóa khung giờ", "Delete the schedule";
        is_open: "đang mở", "open";
        is_closed: "đang đóng", "closed";
        this_week: "Tuần này", "This week";
        weekly: "Hằng tuần", "Each week";
        dated: "Ngày riêng", "Dates of their own";
        dated_hint: "Để trống giờ: đóng cửa.", "Without times: closed.";
        past: "Đã qua:", "Past:";
        add_week: "+ Giờ hằng tuần", "+ Weekly hours";
        add_date: "+ Ngày riêng", "+ Dates";
        opens: "Mở lúc", "Opens at";
        closes: "Đóng lúc", "Closes at";
        closed: "đóng", "closed";
        every_weeks: "Mỗi mấy tuần", "Every … weeks";
        week_of: "Tính từ tuần có ngày", "A date in such a week";
        time_zone: "Múi giờ", "Time zone";
        on_holidays: "Vào ngày lễ", "On holidays";
        holidays_usual: "như ngày thường", "as usual";
        holidays_closed: "đóng cửa", "closed";
        holidays_sunday: "như Chủ nhật", "as on Sundays";
        other_hours: "giờ khác", "other hours";
        users: "Dùng ở", "Used by";
        holidays: "Ngày lễ", "Holidays";
        every_year: "mỗi năm", "every year";
        add_holiday: "+ Ngày lễ", "+ Holiday";
        add_tet: "+ Tết sắp tới", "+ The next Tết";
    }
    {
        year |spans: usize| format!("12 tháng tới: {spans} đợt khác ngày thường, ghi bên dưới"), format!("The next 12 months: {spans} spans otherwise than usual, listed below");
        used_by |rules: usize, shifts: usize| format!("{rules} quy tắc, ca của {shifts} người"), format!("{rules} rules, the shift of {shifts}");
    }
}

texts! {
    TestWords {
        hint: "Mỗi phép thử là một cuộc gọi và kết quả mong đợi. Phiên bản nào làm hỏng một phép thử sẽ không được áp dụng.", "A test is a call and what is expected of it. A version that fails one is not taken.";
        none: "Chưa có phép thử nào.", "There are no tests yet.";
        passes: "đạt", "passes";
        fails: "không đạt", "fails";
        take: "Lấy kết quả bây giờ", "Take what the rules say now";
        take_all: "Sửa mọi phép thử theo kết quả bây giờ", "Let all tests expect what the rules say now";
        add: "Phép thử mới", "New test";
        add_hint: "Kết quả mong đợi là điều các quy tắc nói bây giờ.", "It expects what the rules say now.";
        at: "Lúc", "At";
        keep: "Lưu thành phép thử", "Keep as a test";
    }
    {}
}
