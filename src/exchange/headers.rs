//! Which columns of a CRM's export are which columns of `callers`, guessed from the names above them.

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
    /// Finds the columns in a line of names; `overrides` are pairs of a column's name and a name in that line.
    ///
    /// # Errors
    /// What is missing.
    pub(super) fn new(header: Vec<String>, overrides: &[(String, String)]) -> Result<Self, String> {
        if let Some((name, _)) = overrides
            .iter()
            .find(|(name, _)| Table::Callers.column(name).is_none())
        {
            let names = Table::Callers.columns().iter().map(|column| column.name);
            return Err(format!(
                "callers has no column '{name}'; it has {}",
                names.collect::<Vec<_>>().join(", ")
            ));
        }
        let mut places = Vec::new();
        for column in Table::Callers.columns() {
            let named = overrides.iter().filter(|(name, _)| name == column.name);
            let named = named.map(|(_, name)| place(&header, name));
            let named = named.collect::<Result<Vec<_>, String>>()?;
            places.push(if named.is_empty() {
                guess(&header, *column, overrides)
            } else {
                named
            });
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

    /// In words, for whoever wants to see whether the guess was right.
    pub(super) fn sentence(&self) -> String {
        let quoted = |place: &usize| Some(format!("'{}'", self.header.get(*place)?));
        let found = Table::Callers.columns().iter().filter_map(|column| {
            let names: Vec<String> = self.places(*column).iter().filter_map(quoted).collect();
            (!names.is_empty()).then(|| format!("{} from {}", column.name, names.join(" and ")))
        });
        let found = found.collect::<Vec<_>>().join(", ");
        let is_unused = |place: &usize| !self.places.iter().flatten().any(|used| used == place);
        let unused = (0..self.header.len()).filter(is_unused);
        let unused: Vec<String> = unused.filter_map(|place| quoted(&place)).collect();
        if unused.is_empty() {
            found
        } else {
            format!("{found}; not used: {}", unused.join(", "))
        }
    }
}

/// The place of a name that somebody has given.
pub(super) fn place(header: &[String], name: &str) -> Result<usize, String> {
    let exact = header.iter().position(|other| other == name);
    let alike = || header.iter().position(|other| plain(other) == plain(name));
    exact.or_else(alike).ok_or_else(|| {
        format!(
            "no column is named '{name}'; there are '{}'",
            header.join("', '")
        )
    })
}

/// Every column of numbers, the parts of a name, else the best-known name; but for those that somebody has named.
fn guess(header: &[String], column: Column, overrides: &[(String, String)]) -> Vec<usize> {
    let is_taken = |name: &str| {
        overrides
            .iter()
            .any(|(_, taken)| plain(taken) == plain(name))
    };
    let free = || {
        let names = header.iter().enumerate();
        names.filter(|(_, name)| !is_taken(name))
    };
    let all = |known_as: &[&str]| -> Vec<usize> {
        let known = free().filter(|(_, name)| known_as.contains(&&*without_digits(name)));
        known.map(|(place, _)| place).collect()
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
    let known_as = known_as.map_or("", |(_, names)| names).split_whitespace();
    let first = known_as
        .filter_map(|known| free().find(|(_, name)| plain(name) == known))
        .map(|(place, _)| place);
    first.take(1).collect()
}

fn example(header: &[String]) -> String {
    header
        .first()
        .map_or_else(|| "HEADER".to_owned(), |name| format!("'{name}'"))
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
    name.chars()
        .flat_map(char::to_lowercase)
        .filter_map(base)
        .collect()
}

/// The letter without its accents; Vietnamese has all of these. Accents that stand alone are dropped.
fn base(letter: char) -> Option<char> {
    const BASES: [(char, &str); 7] = [
        ('a', "àáảãạăằắẳẵặâầấẩẫậ"),
        ('d', "đ"),
        ('e', "èéẻẽẹêềếểễệ"),
        ('i', "ìíỉĩị"),
        ('o', "òóỏõọôồốổỗộơờớởỡợ"),
        ('u', "ùúủũụưừứửữự"),
        ('y', "ỳýỷỹỵ"),
    ];
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric().then_some(letter);
    }
    let base = BASES
        .iter()
        .find(|(_, accented)| accented.contains(letter))
        .map(|(base, _)| *base);
    base.or_else(|| letter.is_alphanumeric().then_some(letter))
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
