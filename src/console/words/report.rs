//! The words of the report and of SQL, side by side.

texts! {
    ReportWords {
        title: "Báo cáo", "Report";
        span: "Khoảng thời gian", "Span";
        no_events: "Chưa có sự kiện cuộc gọi nên không biết cuộc gọi được tiếp sau bao lâu. Hãy cho Stringee gửi sự kiện đến /events.", "There are no call events, so nobody knows how soon calls are taken. Let Stringee post them to /events.";
        service: "Mức độ phục vụ", "Service level";
        service_picture: "Tỷ lệ cuộc gọi được tiếp kịp, theo nửa giờ trong ngày", "Share of the calls taken in time, by half hour of the day";
        abandoned: "Cuộc gọi bị bỏ", "Abandoned calls";
        abandoned_picture: "Số cuộc gọi và số cuộc bị bỏ, theo nửa giờ trong ngày", "Calls, and those that nobody took, by half hour of the day";
        figures: "Số liệu theo nửa giờ", "Figures by half hour";
        half_hour: "Từ", "From";
        taken: "được tiếp", "taken";
        in_time_short: "kịp", "in time";
        share: "tỷ lệ", "share";
        rung_first: "được gọi đầu tiên", "rung first";
        sql_hint: "Lệnh chỉ đọc hiện kết quả thành bảng. Lệnh sửa được chạy thử, hoàn tác ngay, và thành một bản nháp để xem trước.", "What only reads is shown as a table. What writes is tried, taken back at once, and made a draft to look at.";
        statements: "Lệnh SQL", "Statements";
        run: "Chạy", "Run";
        nothing_differs: "Không có dòng nào thay đổi.", "No row differs.";
        rows: "Kết quả", "Rows";
    }
    {
        days |days: u16| format!("{days} ngày"), if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        in_time |seconds: u64| format!("cuộc gọi được tiếp trong {seconds} giây"), format!("of the calls taken within {seconds} s");
        taken_of |taken: &str, all: &str| format!("{taken} trong {all} cuộc được tiếp"), format!("{taken} of {all} calls taken");
        waits |half: u64, most: u64, nearly_all: u64| format!("chờ: một nửa đến {half} giây, 90 % đến {most} giây, 99 % đến {nearly_all} giây"), format!("waits: half up to {half} s, 90 % up to {most} s, 99 % up to {nearly_all} s");
    }
}
