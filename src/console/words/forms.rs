//! The words of forms about people, callers and changes, side by side.

texts! {
    FormWords {
        edit: "Sửa thông tin", "Edit";
        name: "Tên", "Name";
        hours: "Khung giờ", "Schedules";
        paste: "Thêm nhiều người", "Add many people";
        paste_hint: "Chép từ Excel và dán vào đây. Nhóm chưa có sẽ được tạo; người không có mã Stringee được gọi vào di động.", "Copy from a spreadsheet and paste here. Groups that are not there yet are made; who has no id at Stringee is rung on the mobile.";
        paste_columns: "Mỗi dòng một người, cách nhau bằng Tab: họ tên, số điện thoại, nhóm, ca, mã Stringee", "One person a line, with tabs between: name, telephone, group, shift, id at Stringee";
        no_name: "không có tên nên bỏ qua", "there is no name, so it is left out";
        other_name: "người có mã này tên khác; tên không đổi ở đây", "who has this id has another name, which is not changed here";
        other_phone: "người này đã có; số điện thoại không đổi ở đây", "this person is there already; the telephone is not changed here";
        other_shift: "người này đã ở trong nhóm; ca không đổi ở đây", "this person is in the group already; the shift is not changed here";
        shift_without_group: "ca không có nhóm nên bỏ qua", "a shift without a group is left out";
        more_cells: "các ô sau mã Stringee bị bỏ qua", "cells behind the id are left out";
        nothing_new: "người này đã có, không có gì mới", "this person is there already, and nothing is new";
        go_on: "Bấm Xem trước lần nữa để tiếp tục với phần còn lại.", "Preview once more to go on with the rest.";
        back_early: "Về sớm", "Back early";
        swap: "Đổi ca", "Swap shifts";
        swap_hint: "Hai người đổi ca cho nhau: mỗi người giữ chỗ của người kia trong các ca bắt đầu vào ngày đó.", "Two people swap: each has the other's place for the shifts that start on that date.";
        swap_who: "Hãy chọn hai người khác nhau.", "Choose two different people.";
        shift_of: "Ca của", "The shift of";
        with_shift_of: "Đổi với ca của", "For the shift of";
        on_date: "Ngày", "On";
        undo: "Hoàn tác", "Undo";
        moved_on: "Có người đã sửa lại những ô này sau đó, nên không hoàn tác được. Hãy sửa trực tiếp.", "Somebody has changed these values since, so this cannot be undone. Edit them instead.";
        add_caller: "+ Khách hàng", "+ Caller";
        all_callers: "← Tất cả khách hàng", "← All callers";
        number: "Số điện thoại", "Number";
        tags: "Nhãn", "Tags";
        expires_on: "Hiệu lực đến hết ngày", "Counts until";
        import: "Tải danh sách lên", "Upload a list";
        import_hint: "Tệp CSV hoặc Excel từ CRM, tối đa 64 MiB. Cột được đoán theo tên; chưa có gì thay đổi cho đến khi bạn áp dụng bản nháp.", "A CSV or Excel file of your CRM, of 64 MiB at most. Columns are guessed by their names; nothing changes before you apply the draft.";
        export: "Tải danh sách về", "Download the list";
        file: "Tệp", "File";
        no_file: "Chưa chọn tệp nào.", "No file was chosen.";
        send: "Tải lên", "Upload";
        other_file: "Tệp khác", "Another file";
        columns: "Cột", "Columns";
        lines: "Dòng", "Lines";
        numbers: "Số điện thoại", "Numbers";
        rows_that_differ: "Dòng sẽ đổi", "Rows that would differ";
        left_out: "Dòng bị bỏ qua", "Lines left out";
        unknown_owners: "Không rõ người phụ trách", "Unknown owners";
        empty_cells: "Ô trống trong tệp", "Empty cells of the file";
        keep_empty: "giữ nguyên giá trị đang có", "keep the value that is there";
        clear_empty: "xóa giá trị đang có", "clear the value that is there";
        choose_columns: "Chọn cột", "Choose columns";
        guess: "đoán theo tên", "guess by the name";
        no_column: "không có trong tệp", "not in the file";
        first_lines: "Các dòng đầu của tệp", "The first lines of the file";
        read_again: "Đọc lại", "Read again";
        more_tags: "Thêm nhãn cho mọi khách trong tệp", "Tags for all callers of the file";
    }
    {
        unknown_shift |line: usize, shift: &str| format!("Dòng {line}: không có ca “{shift}”."), format!("Line {line}: there is no shift “{shift}”.");
        line_remark |line: usize, what: &str| format!("Dòng {line}: {what}."), format!("Line {line}: {what}.");
        guessed |names: &str| format!("đoán: {names}"), format!("guessed: {names}");
        no_number |line: usize, number: &str| format!("Dòng {line}: “{number}” không phải số điện thoại."), format!("Line {line}: “{number}” is no telephone number.");
    }
}
