//! What can be wrong with a row: a code and parameters for programs, and the sentence that is made from them.
//!
//! A code never changes once it is released; its words may, and another language would stand beside them here. Each
//! table below is one family: a line of code, fault and remedy for everything that it can say.

mod advice;
mod param;
mod row;
mod number;

pub use advice::Advice;
pub use number::Implausible;
pub use param::{Ids, List, OfCallers, Param, Quoted, Telephone, Telephones, WholeNumbers};
pub use row::RowFault;

/// Parameters of a sentence by their names.
pub type Params = Vec<(&'static str, Param)>;

/// A member of a family.
pub(crate) trait Diagnose {
    fn code(&self) -> &'static str;
    fn params(&self) -> Params;
    fn fault(&self) -> String;
    fn remedy(&self) -> String;
}

/// What a code says, with the names of its parameters in braces.
#[derive(Clone, Copy, Debug)]
pub struct Wording {
    /// The code.
    pub code: &'static str,
    /// The names of its parameters.
    pub params: &'static [&'static str],
    /// What is wrong.
    pub fault: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
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
        $(#[$about:meta])* $family:ident:
        $($variant:ident $({ $($param:ident: $type:ty),+ })?
            = $code:literal, $fault:literal, $remedy:literal;)+
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
        }
    };
}
use diagnoses;

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
