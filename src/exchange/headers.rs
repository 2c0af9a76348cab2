//! Which columns of a CRM's export are which columns of `callers`, guessed from the names above them.

use routing::fold::unaccented;
use routing::schema::{Column, callers};
use routing::table::Table;

/// The columns of `callers`, and where in a line their values stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    /// By the places of the columns of `callers`. Several for numbers, and for a name that is in parts.
    places: Vec<Vec<usize>>,
    header: Vec<String>,
}

impl Mapping {
    /// Finds the columns in a line of names; `overrides` are pairs of a column's name and a name in that line, which is empty
    /// where the file does not have the column.
    ///
    /// # Errors
    /// What is missing.
    pub(super) fn new(header: Vec<String>, overrides: &[(String, String)]) -> Result<Self, String> {
        for (name, _) in overrides {
            if Table::Callers.column(name).is_none() {
                let names = Table::Callers.columns().iter().map(|column| column.name);
                return Err(format!(
                    "callers has no column '{name}'; it has {}",
                    names.collect::<Vec<_>>().join(", ")
                ));
            }
        }
        let mut places = Vec::new();
        for column in Table::Callers.columns() {
            let said = overrides.iter().filter(|(name, _)| name == column.name);
            let mut said = said.map(|(_, name)| name).peekable();
            if said.peek().is_none() {
                places.push(guess(&header, *column, overrides));
                continue;
            }
            let mut named = Vec::new();
            for name in said.filter(|name| !name.is_empty()) {
                named.push(place(&header, name)?);
            }
            places.push(named);
        }
        let mapping = Self { places, header };
        if mapping.places(callers::NUMBER).is_empty() {
            return Err(format!(
                "no column looks like a telephone number; say which: --map number={}",
                example(&mapping.header)
            ));
        }
        Ok(mapping)
    }

    /// Where the values of a column stand in a line.
    pub(super) fn places(&self, column: Column) -> &[usize] {
        self.places.get(column.place).map_or(&[], Vec::as_slice)
    }

    /// The columns that the file has, but for the numbers.
    pub(super) fn others(&self) -> impl Iterator<Item = Column> {
        let columns = Table::Callers.columns().iter().copied();
        columns.filter(|column| *column != callers::NUMBER && !self.places(*column).is_empty())
    }

    /// How many of the file's columns are used.
    pub(super) fn used(&self) -> usize {
        self.places.iter().map(Vec::len).sum()
    }

    /// How many fields a line has.
    pub(super) fn width(&self) -> usize {
        self.header.len()
    }

    /// The names of the columns that are used, by the columns of `callers`.
    pub(super) fn named(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut found = Vec::new();
        for column in Table::Callers.columns() {
            let names = self.places(*column).iter();
            let names: Vec<String> = names
                .filter_map(|place| self.header.get(*place).cloned())
                .collect();
            if !names.is_empty() {
                found.push((column.name, names));
            }
        }
        found
    }

    /// In words, for whoever wants to see whether the guess was right.
    pub(super) fn sentence(&self) -> String {
        let mut found = Vec::new();
        for (column, names) in self.named() {
            found.push(format!("{column} from '{}'", names.join("' and '")));
        }
        let found = found.join(", ");
        let mut unused = Vec::new();
        for (place, name) in self.header.iter().enumerate() {
            if !self.places.iter().flatten().any(|used| *used == place) {
                unused.push(format!("'{name}'"));
            }
        }
        if unused.is_empty() {
            found
        } else {
            format!("{found}; not used: {}", unused.join(", "))
        }
    }
}

/// The place of a name that somebody has given.
pub(super) fn place(header: &[String], name: &str) -> Result<usize, String> {
    if let Some(place) = header.iter().position(|other| other == name) {
        return Ok(place);
    }
    let alike = header.iter().position(|other| plain(other) == plain(name));
    alike.ok_or_else(|| {
        format!(
            "no column is named '{name}'; there are '{}'",
            header.join("', '")
        )
    })
}

/// Every column of numbers, the parts of a name, else the best-known name; but for those that somebody has named.
fn guess(header: &[String], column: Column, overrides: &[(String, String)]) -> Vec<usize> {
    let is_free = |name: &str| {
        let name = plain(name);
        !overrides.iter().any(|(_, taken)| plain(taken) == name)
    };
    let free: Vec<(usize, &String)> = header
        .iter()
        .enumerate()
        .filter(|(_, name)| is_free(name))
        .collect();
    let all = |known_as: &[&str]| {
        let mut places = Vec::new();
        for (place, name) in &free {
            if known_as.contains(&&*without_digits(name)) {
                places.push(*place);
            }
        }
        places
    };
    if column == callers::NUMBER {
        return all(NUMBERS);
    }
    if column == callers::NAME {
        let parts = all(NAME_PARTS);
        if parts.len() > 1 {
            return parts;
        }
    }
    let known_as = KNOWN_AS.iter().find(|(known, _)| *known == column);
    let known_as = known_as.map_or("", |(_, names)| names);
    for known in known_as.split_whitespace() {
        if let Some((place, _)) = free.iter().find(|(_, name)| plain(name) == known) {
            return vec![*place];
        }
    }
    Vec::new()
}

fn example(header: &[String]) -> String {
    match header.first() {
        Some(name) => format!("'{name}'"),
        None => "HEADER".to_owned(),
    }
}

/// Names of columns with telephone numbers, plain and without the digits that count them.
const NUMBERS: &[&str] = &[
    "number",
    "phonenumber",
    "phone",
    "phonevalue",
    "mobilephone",
    "mobilephonenumber",
    "mobile",
    "mobilenumber",
    "mobileno",
    "phoneno",
    "phonemobile",
    "workphone",
    "homephone",
    "otherphone",
    "asstphone",
    "businessphone",
    "primaryphone",
    "companyphone",
    "contactphone",
    "customerphone",
    "hotline",
    "telephone",
    "tel",
    "cellphone",
    "callernumber",
    "caller",
    "msisdn",
    "sodienthoai",
    "sodienthoaikhac",
    "sodienthoaididong",
    "dienthoai",
    "dienthoaikhac",
    "dienthoaicodinh",
    "dienthoaididong",
    "dienthoaicoquan",
    "dienthoaikhachhang",
    "sodienthoaikhachhang",
    "dtdidong",
    "dtcoquan",
    "dtnharieng",
    "dtkhac",
    "sdt",
    "sodt",
    "sdtkhachhang",
    "didong",
    "sodidong",
];

/// Names of columns that are one name together, plain, in the order of the file.
const NAME_PARTS: &[&str] = &[
    "firstname",
    "middlename",
    "lastname",
    "givenname",
    "familyname",
    "surname",
    "ho",
    "hodem",
    "hovatendem",
    "tendem",
    "ten",
];

/// Names that the other columns have in exports, plain, the surest first.
const KNOWN_AS: [(Column, &str); 5] = [
    (
        callers::NAME,
        "name fullname customername contactname customer contact displayname hovaten \
         hoten ten tenkhachhang tenkh khachhang tenlienhe tendaydu firstname lastname",
    ),
    (
        callers::OWNER_ID,
        "ownerid owner owneremail contactowner accountmanager accountowner leadowner pic \
         assignedto assignee responsible responsibleperson agentid agent salesperson salesrep \
         stringeeuserid taikhoanquanly chusohuu nguoiphutrach phutrach nhanvienphutrach \
         nhanvien nvphutrach nguoiquanly nguoichamsoc",
    ),
    (
        callers::TAGS,
        "tags tag labels label segment nhan the phanloai loaikhachhang nhomkhachhang",
    ),
    (
        callers::EXPIRES_ON,
        "expireson expires expiry expirydate validuntil hethan ngayhethan",
    ),
    (
        callers::NOTE,
        "note notes comment comments remark remarks description ghichu mota",
    ),
];

/// A plain name without the digits that count several of its kind: `Phone 1 - Value`.
pub(super) fn without_digits(name: &str) -> String {
    plain(name).replace(|c: char| c.is_ascii_digit(), "")
}

/// A name without case, accents, blanks and signs.
fn plain(name: &str) -> String {
    let mut plain = unaccented(name);
    plain.retain(char::is_alphanumeric);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(header: &[&str], overrides: &[(&str, &str)]) -> Result<String, String> {
        let owned = |(column, name): &(&str, &str)| ((*column).to_owned(), (*name).to_owned());
        let overrides: Vec<(String, String)> = overrides.iter().map(owned).collect();
        Mapping::new(
            header.iter().map(|name| (*name).to_owned()).collect(),
            &overrides,
        )
        .map(|found| found.sentence())
    }

    #[track_caller]
    fn check(header: &[&str], overrides: &[(&str, &str)], expected: &str) {
        assert_eq!(
            mapping(header, overrides).unwrap_or_else(|error| format!("error: {error}")),
            expected
        );
    }

    #[test]
    fn usual_names_are_known_in_both_languages() {
        check(
            &["Phone", "Full Name", "Owner"],
            &[],
            "number from 'Phone', name from 'Full Name', owner_id from 'Owner'",
        );
        check(
            &[
                "Họ và tên",
                "Số điện thoại",
                "Người phụ trách",
                "Nhãn",
                "Ghi chú",
            ],
            &[],
            "number from 'Số điện thoại', name from 'Họ và tên', owner_id from 'Người phụ trách', tags from 'Nhãn', \
             note from 'Ghi chú'",
        );
        check(
            &["SĐT", "TEN_KH", "Ngày hết hạn"],
            &[],
            "number from 'SĐT', name from 'TEN_KH', expires_on from 'Ngày hết hạn'",
        );
        check(
            &["So\u{302}\u{301} die\u{323}\u{302}n thoa\u{323}i"],
            &[],
            "number from 'So\u{302}\u{301} die\u{323}\u{302}n thoa\u{323}i'",
        );
    }

    #[test]
    fn every_column_of_numbers_counts_and_the_others_are_said() {
        check(
            &["Mobile", "Phone", "Email"],
            &[],
            "number from 'Mobile' and 'Phone'; not used: 'Email'",
        );
    }

    #[test]
    fn the_exports_of_usual_crms_are_known() {
        let stringee_x = ["Tên", "Số điện thoại", "Email", "Tài khoản quản lý"];
        check(
            &stringee_x,
            &[],
            "number from 'Số điện thoại', name from 'Tên', owner_id from 'Tài khoản quản lý'; not used: 'Email'",
        );
        let amis = ["Họ và tên", "ĐT di động", "ĐT cơ quan", "Chủ sở hữu", "Thẻ"];
        check(
            &amis,
            &[],
            "number from 'ĐT di động' and 'ĐT cơ quan', name from 'Họ và tên', owner_id from 'Chủ sở hữu', tags from 'Thẻ'",
        );
        let bitrix = [
            "First name",
            "Last name",
            "Work Phone",
            "Mobile",
            "Responsible",
            "Fax",
        ];
        check(
            &bitrix,
            &[],
            "number from 'Work Phone' and 'Mobile', name from 'First name' and 'Last name', owner_id from 'Responsible'; \
             not used: 'Fax'",
        );
        let hubspot = [
            "First Name",
            "Last Name",
            "Phone Number",
            "Mobile Phone Number",
            "Contact owner",
        ];
        check(
            &hubspot,
            &[],
            "number from 'Phone Number' and 'Mobile Phone Number', name from 'First Name' and 'Last Name', \
             owner_id from 'Contact owner'",
        );
        let google = [
            "Name",
            "Phone 1 - Label",
            "Phone 1 - Value",
            "Phone 2 - Label",
            "Phone 2 - Value",
            "Labels",
        ];
        check(
            &google,
            &[],
            "number from 'Phone 1 - Value' and 'Phone 2 - Value', name from 'Name', tags from 'Labels'; not used: \
             'Phone 1 - Label', 'Phone 2 - Label'",
        );
        check(
            &["Name", "Phone", "Mobile", "Salesperson", "Tags"],
            &[],
            "number from 'Phone' and 'Mobile', name from 'Name', owner_id from 'Salesperson', tags from 'Tags'",
        );
        let zoho = [
            "Contact Owner",
            "Full Name",
            "Phone",
            "Mobile",
            "Other Phone",
            "Tag",
            "Description",
        ];
        check(
            &zoho,
            &[],
            "number from 'Phone' and 'Mobile' and 'Other Phone', name from 'Full Name', owner_id from 'Contact Owner', \
             tags from 'Tag', note from 'Description'",
        );
    }

    #[test]
    fn somebody_who_says_which_is_believed() {
        check(
            &["A", "Phone"],
            &[("number", "A")],
            "number from 'A'; not used: 'Phone'",
        );
        check(
            &["Phone", "Tel"],
            &[("name", "phone")],
            "number from 'Tel', name from 'Phone'",
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        check(
            &["A", "B"],
            &[],
            "error: no column looks like a telephone number; say which: --map number='A'",
        );
        check(
            &["Phone"],
            &[("number", "B")],
            "error: no column is named 'B'; there are 'Phone'",
        );
        let error = "error: callers has no column 'email'; it has number, name, owner_id, tags, expires_on, note";
        check(&["Phone"], &[("email", "Phone")], error);
    }
}
