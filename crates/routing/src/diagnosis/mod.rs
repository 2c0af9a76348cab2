//! What can be wrong with a row: a code and parameters for programs, and the sentence that is made from them.
//!
//! A code never changes once it is released; its words may. Each table below is one family: for everything that it can
//! say a line of code, fault and remedy in English, and the whole sentence in Vietnamese. What is said of calls is one
//! sentence in each language.

mod advice;
mod number;
mod objection;
mod param;
mod reason;
mod row;
mod said;
mod vietnamese;

pub use advice::Advice;
pub use number::Implausible;
pub use objection::Objection;
pub use param::{
    Ids, LeftAloneUntil, List, LocalTime, OfCallers, Param, Quoted, Telephone, Telephones,
    WholeNumbers,
};
pub use reason::{AgentReason, MismatchReason};
pub use row::RowFault;
pub use said::{
    AwayUntil, CalledNumber, CallersOwner, CallersTags, CallingNumber, Hotlines, InQueue, OneOf,
    OwnerWanted, People, SeveralTimes, StandingIn, WaitingCalls,
};
pub use vietnamese::{column_label, table_label};

use crate::language::Language;
use crate::table::Table;

/// Parameters of a sentence by their names.
pub type Params = Vec<(&'static str, Param)>;

/// A member of a family.
pub(crate) trait Diagnose {
    fn code(&self) -> &'static str;
    fn params(&self) -> Params;
    fn fault(&self) -> String;
    fn remedy(&self) -> String;
    /// The whole sentence, of a column that is called `column` and whose numbers are in `unit`.
    fn vietnamese(&self, column: &str, unit: &str) -> String;
}

/// Something with a code and a sentence about calls.
pub trait Coded {
    /// Stable, for programs.
    fn code(&self) -> &'static str;
    /// What the sentence is made from.
    fn params(&self) -> Params;
    /// The sentence.
    fn said(&self, language: Language) -> String;
}

/// What a code says, with the names of its parameters in braces.
#[derive(Clone, Copy, Debug)]
pub struct Wording {
    /// The code.
    pub code: &'static str,
    /// The names of its parameters.
    pub params: &'static [&'static str],
    /// What is wrong, or what is said of a call.
    pub fault: &'static str,
    /// What to do about it; empty for what is said of a call.
    pub remedy: &'static str,
    /// The whole in Vietnamese; there `column` and `unit` are of the column that is wrong.
    pub vietnamese: &'static str,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Diagnosis {
    /// What keeps it from being used, or what its writer cannot have meant.
    Row(RowFault),
    /// What most likely is not meant.
    Advice(Advice),
    /// A number that no call has.
    Number(Implausible),
}

/// Makes a family of diagnoses of a table: variant, parameters, code, fault and remedy.
macro_rules! diagnoses {
    (
        $(#[$about:meta])* $family:ident |$column:ident, $unit:ident|:
        $($variant:ident $({ $($param:ident: $type:ty),+ })?
            = $code:literal, $fault:literal, $remedy:literal, $vietnamese:literal;)+
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $family {
            $(
                #[doc = concat!("It ", $fault, ".")]
                $variant $({ $(
                    #[doc = concat!("`", stringify!($param), "` of the sentence.")]
                    $param: $type,
                )+ })?,
            )+
        }

        impl $family {
            /// All that it can say.
            pub const WORDINGS: &[$crate::diagnosis::Wording] = &[$(
                $crate::diagnosis::Wording {
                    code: $code,
                    params: &[$($(stringify!($param)),+)?],
                    fault: $fault,
                    remedy: $remedy,
                    vietnamese: $vietnamese,
                },
            )+];
        }

        #[expect(unused_variables, reason = "few sentences need every parameter twice")]
        impl $crate::diagnosis::Diagnose for $family {
            fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)+
                }
            }

            fn params(&self) -> $crate::diagnosis::Params {
                match self {
                    $(Self::$variant $({ $($param),+ })? => {
                        vec![$($((stringify!($param), $param.into())),+)?]
                    })+
                }
            }

            fn fault(&self) -> String {
                match self {
                    $(Self::$variant $({ $($param),+ })? => format!($fault),)+
                }
            }

            fn remedy(&self) -> String {
                match self {
                    $(Self::$variant $({ $($param),+ })? => format!($remedy),)+
                }
            }

            fn vietnamese(&self, $column: &str, $unit: &str) -> String {
                match self {
                    $(Self::$variant $({ $($param),+ })? => {
                        $($(let $param = $crate::diagnosis::vietnamese::said($param);)+)?
                        format!($vietnamese)
                    })+
                }
            }
        }
    };
}
use diagnoses;

/// Makes a family of sentences about calls: variant, parameters, code, English, Vietnamese.
macro_rules! sentences {
    (
        $(#[$about:meta])* $family:ident:
        $($variant:ident $({ $($param:ident: $type:ty),+ })?
            = $code:literal, $english:literal, $vietnamese:literal;)+
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $family {
            $(
                #[doc = concat!($english, ".")]
                $variant $({ $(
                    #[doc = concat!("`", stringify!($param), "` of the sentence.")]
                    $param: $type,
                )+ })?,
            )+
        }

        impl $family {
            /// All that it can say.
            pub const WORDINGS: &[$crate::diagnosis::Wording] = &[$(
                $crate::diagnosis::Wording {
                    code: $code,
                    params: &[$($(stringify!($param)),+)?],
                    fault: $english,
                    remedy: "",
                    vietnamese: $vietnamese,
                },
            )+];
        }

        impl $crate::diagnosis::Coded for $family {
            fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)+
                }
            }

            fn params(&self) -> $crate::diagnosis::Params {
                match self {
                    $(Self::$variant $({ $($param),+ })? => {
                        vec![$($((stringify!($param), $param.into())),+)?]
                    })+
                }
            }

            fn said(&self, language: $crate::language::Language) -> String {
                match (self, language) {
                    $((Self::$variant $({ $($param),+ })?, $crate::language::Language::En) => {
                        format!($english)
                    })+
                    $((Self::$variant $({ $($param),+ })?, $crate::language::Language::Vi) => {
                        $($(let $param = $crate::diagnosis::vietnamese::said($param);)+)?
                        format!($vietnamese)
                    })+
                }
            }
        }
    };
}
use sentences;

impl Diagnosis {
    /// Stable, for programs: `not_a_date`.
    pub fn code(&self) -> &'static str {
        self.family().code()
    }

    /// What the sentence is made from.
    pub fn params(&self) -> Params {
        self.family().params()
    }

    /// What is wrong with the value: `is not in international form`.
    pub fn fault(&self) -> String {
        self.family().fault()
    }

    /// What to do about it: `write 84909000001`.
    pub fn remedy(&self) -> String {
        self.family().remedy()
    }

    /// Fault and remedy as one sentence, of a column of a table.
    pub(crate) fn vietnamese(&self, table: Table, column: &str) -> String {
        let label = vietnamese::column_label(table.name(), column).unwrap_or(column);
        self.family().vietnamese(label, vietnamese::unit(column))
    }

    fn family(&self) -> &dyn Diagnose {
        match self {
            Self::Row(fault) => fault,
            Self::Advice(advice) => advice,
            Self::Number(implausible) => implausible,
        }
    }
}

impl From<RowFault> for Diagnosis {
    fn from(fault: RowFault) -> Self {
        Self::Row(fault)
    }
}

impl From<Advice> for Diagnosis {
    fn from(advice: Advice) -> Self {
        Self::Advice(advice)
    }
}

impl From<Implausible> for Diagnosis {
    fn from(implausible: Implausible) -> Self {
        Self::Number(implausible)
    }
}
