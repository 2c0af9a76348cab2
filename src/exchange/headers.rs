//! Which column of a CRM's export is which column of `callers`, guessed from the names in its first line.

use routing::schema::Column;
use routing::table::Table;

/// The columns of `callers`, and where in a line their values stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    places: Vec<Option<usize>>,
    header: Vec<String>,
}

impl Mapping {
    /// Finds the columns in the first line of a file; `overrides` are pairs of a column's name and a name in that line.
    ///
    /// # Errors
    /// What is missing, or named twice.
    pub(super) fn of(header: Vec<String>, overrides: &[(String, String)]) -> Result<Self, String> {
        let mut places: Vec<Option<usize>> = Vec::new();
        for column in Table::Callers.columns() {
            let named = overrides.iter().find(|(name, _)| name == column.name);
            places.push(match named {
                Some((_, name)) => Some(place(&header, name)?),
                None => guess(&header, column, overrides),
            });
        }
        if let Some((name, _)) = overrides.iter().find(|(name, _)| !is_column(name)) {
            let names: Vec<&str> = Table::Callers
                .columns()
                .iter()
                .map(|column| column.name)
                .collect();
            return Err(format!(
                "callers has no column '{name}'; it has {}",
                names.join(", ")
            ));
        }
        if places.first().is_none_or(Option::is_none) {
            return Err(format!(
                "no column looks like a telephone number; say which: --map number={}",
                example(&header)
            ));
        }
        Ok(Self { places, header })
    }

    /// The columns found, each with its place in a line.
    pub(super) fn columns(&self) -> impl Iterator<Item = (usize, usize)> {
        self.places
            .iter()
            .enumerate()
            .filter_map(|(column, place)| Some((column, (*place)?)))
    }

    /// How many fields a line has.
    pub(super) fn width(&self) -> usize {
        self.header.len()
    }

    /// In words, for whoever wants to see whether the guess was right.
    pub(super) fn sentence(&self) -> String {
        let found = self.columns().filter_map(|(column, place)| {
            Some(format!(
                "{} from '{}'",
                Table::Callers.columns().get(column)?.name,
                self.header.get(place)?
            ))
        });
        let found = found.collect::<Vec<_>>().join(", ");
        let is_used = |place: usize| self.places.contains(&Some(place));
        let unused = self
            .header
            .iter()
            .enumerate()
            .filter(|(place, _)| !is_used(*place));
        let unused: Vec<String> = unused.map(|(_, name)| format!("'{name}'")).collect();
        if unused.is_empty() {
            found
        } else {
            format!("{found}; not used: {}", unused.join(", "))
        }
    }
}

fn is_column(name: &str) -> bool {
    Table::Callers
        .columns()
        .iter()
        .any(|column| column.name == name)
}

/// The place of a name that somebody has given.
fn place(header: &[String], name: &str) -> Result<usize, String> {
    let exact = header.iter().position(|other| other == name);
    let alike = || header.iter().position(|other| plain(other) == plain(name));
    exact.or_else(alike).ok_or_else(|| {
        format!(
            "no column is named '{name}'; there are '{}'",
            header.join("', '")
        )
    })
}

/// The best-known name that stands in the line, unless somebody has said what it is for.
fn guess(header: &[String], column: &Column, overrides: &[(String, String)]) -> Option<usize> {
    let is_free = |name: &String| {
        !overrides
            .iter()
            .any(|(_, taken)| plain(taken) == plain(name))
    };
    let (_, known_as) = KNOWN_AS.iter().find(|(name, _)| *name == column.name)?;
    known_as.split_whitespace().find_map(|known| {
        header
            .iter()
            .position(|name| plain(name) == known && is_free(name))
    })
}

fn example(header: &[String]) -> String {
    header
        .first()
        .map_or_else(|| "HEADER".to_owned(), |name| format!("'{name}'"))
}

/// Names that columns have in exports, plain, the surest first.
const KNOWN_AS: [(&str, &str); 6] = [
    (
        "number",
        "number phonenumber phone mobilephone mobile mobilenumber phoneno telephone tel \
         callernumber caller msisdn sodienthoai dienthoai sdt sodt dienthoaididong didong \
         sodidong phone1",
    ),
    (
        "name",
        "name fullname customername contactname customer contact displayname hovaten \
         hoten ten tenkhachhang tenkh khachhang tenlienhe",
    ),
    (
        "owner_id",
        "ownerid owner owneremail contactowner accountmanager accountowner pic assignedto \
         assignee agentid agent salesperson salesrep stringeeuserid nguoiphutrach \
         phutrach nhanvienphutrach nhanvien nvphutrach nguoiquanly nguoichamsoc",
    ),
    (
        "tags",
        "tags tag labels label segment nhan the phanloai loaikhachhang nhomkhachhang",
    ),
    (
        "expires_on",
        "expireson expires expiry expirydate validuntil hethan ngayhethan",
    ),
    (
        "note",
        "note notes comment comments remark remarks description ghichu mota",
    ),
];

/// A name without case, accents, blanks and signs.
pub(super) fn plain(name: &str) -> String {
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
        Mapping::of(
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
    fn the_surest_name_wins_and_the_others_are_said() {
        check(
            &["Mobile", "Phone", "Email"],
            &[],
            "number from 'Phone'; not used: 'Mobile', 'Email'",
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
