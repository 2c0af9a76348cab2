//! `import agents`: lists of people as they have them.

use crate::cli_program::{Program, Ran};

async fn with_shifts() -> Program {
    let program = Program::new();
    assert_eq!(program.run(&["init", "--rules", "rules.db"]).code, Some(0));
    let sql = "insert into groups (id, name) values ('sales', 'Kinh doanh'), ('cskh', 'Chăm sóc khách hàng');
        insert into schedules (id, name) values ('sang', 'Ca sáng'), ('chieu', 'Ca chiều');
        insert into schedule_hours (schedule_id, days, start_time, end_time)
            values ('sang', 'daily', '06:00', '14:00'), ('chieu', 'daily', '14:00', '22:00');
        insert into agents (id, name, phone_number, answer_timeout) values ('hoa', 'Nguyễn Hoa', '84909000001', 20);
        insert into group_members (group_id, agent_id, weight) values ('sales', 'hoa', 30)";
    program.edit("rules.db", sql).await;
    program
}

fn import(program: &Program, arguments: &[&str]) -> Ran {
    program.run(&[&["import", "agents"], arguments, &["--rules", "rules.db"]].concat())
}

#[tokio::test]
async fn a_list_in_vietnamese_adds_agents_to_groups_and_shifts() {
    let program = with_shifts().await;
    let list = "\u{feff}DANH SÁCH NHÂN VIÊN;;;;;\n\nTài khoản;Họ và tên;Số điện thoại;Nhóm;Ca làm việc;Email\n\
                minh;Trần Minh;0912 000 111;Kinh doanh;ca sáng;m@x.vn\n\
                hoa;Nguyễn Thị Hoa;0909.000.002;chăm sóc khách hàng, sales;Ca chiều;\n\
                ;Trần Minh;;;;\n\
                AG_12;Lan;;;;\n\
                tuan;Tuấn;12;Kho;;\n\
                linh;Linh;;sales;Ca đêm;\n";
    program.write("people.csv", list);
    insta::assert_snapshot!(import(&program, &["people.csv", "--plan"]));
    let ran = import(&program, &["people.csv", "--yes"]);
    assert_eq!(ran.code, Some(1), "values are left out\n{ran}");
    let ran = import(&program, &["people.csv", "--plan"]);
    assert_eq!(ran.code, Some(0), "once more, nothing differs\n{ran}");
    let checked = program.run(&["check", "rules.db"]);
    assert_eq!(checked.code, Some(0), "{checked}");
}

#[tokio::test]
async fn a_list_in_english_and_columns_that_are_mapped() {
    let program = with_shifts().await;
    program.write("people.csv", "User ID,Name,Mobile\nlan,Lan,'84912000111\n");
    let ran = import(&program, &["people.csv", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        ran.output
            .contains("+ agents lan  name 'Lan', phone_number '84912000111'"),
        "{ran}"
    );
    program.write("people.csv", "Mail,Who\nlan,Lan\n");
    let ran = import(&program, &["people.csv", "--plan"]);
    assert!(
        ran.complaints.contains("say which: --map id=HEADER")
            || ran.output.contains("say which: --map id=HEADER"),
        "{ran}"
    );
    let ran = import(&program, &["people.csv", "--map", "id=Mail", "--plan"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = import(&program, &["people.csv", "--map", "team=Mail", "--plan"]);
    assert_eq!(ran.code, Some(2), "{ran}");
}
