//! How good an answer is: from somebody at once to nobody at all.

use crate::language::Language;
use routing::coverage::{Answer, Reach};
use serde::Serialize;

/// Best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shade {
    /// Somebody is rung at once.
    Rung,
    /// A rule says that nobody is rung.
    Blocked,
    /// Somebody is rung at once, but a rule before it finds nobody.
    PassedOver,
    /// Somebody is rung once the caller has waited.
    Later,
    /// Only the fallback is rung.
    Fallback,
    /// Nobody is rung.
    Nobody,
}

impl Shade {
    pub(crate) const ALL: [Self; 6] = [
        Self::Rung,
        Self::Blocked,
        Self::PassedOver,
        Self::Later,
        Self::Fallback,
        Self::Nobody,
    ];

    pub(crate) const fn of(answer: &Answer) -> Self {
        match answer.reach {
            Reach::Rung if answer.empty_rules.is_empty() => Self::Rung,
            Reach::Rung => Self::PassedOver,
            Reach::Blocked => Self::Blocked,
            Reach::Later { .. } => Self::Later,
            Reach::Fallback => Self::Fallback,
            Reach::Nobody => Self::Nobody,
        }
    }

    /// Whether somebody should see to it: nobody is rung at once, and no rule says so.
    pub(crate) const fn is_hole(self) -> bool {
        matches!(self, Self::Later | Self::Fallback | Self::Nobody)
    }

    /// Stands before a line of text; a blank where all is well.
    pub(crate) const fn mark(self) -> char {
        match self {
            Self::Rung | Self::Blocked => ' ',
            Self::PassedOver => '-',
            Self::Later => '+',
            Self::Fallback => '?',
            Self::Nobody => '!',
        }
    }

    /// For a legend.
    pub(crate) const fn meaning(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Rung, Language::En) => "somebody is rung at once",
            (Self::Rung, Language::Vi) => "có người ngay",
            (Self::Blocked, Language::En) => "nobody, because a rule says so",
            (Self::Blocked, Language::Vi) => "không ai, vì quy tắc nói vậy",
            (Self::PassedOver, Language::En) => "rung, but a rule before it finds nobody",
            (Self::PassedOver, Language::Vi) => {
                "có người, nhưng một quy tắc trước đó không tìm được ai"
            }
            (Self::Later, Language::En) => "rung only after waiting",
            (Self::Later, Language::Vi) => "chỉ có người sau khi chờ",
            (Self::Fallback, Language::En) => "only the fallback is rung",
            (Self::Fallback, Language::Vi) => "chỉ còn nhóm dự phòng",
            (Self::Nobody, Language::En) => "nobody at all is rung",
            (Self::Nobody, Language::Vi) => "không đổ chuông cho ai",
        }
    }

    /// For programs.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Rung => "rung",
            Self::Blocked => "blocked",
            Self::PassedOver => "passed_over",
            Self::Later => "later",
            Self::Fallback => "fallback",
            Self::Nobody => "nobody",
        }
    }
}

/// How many half hours have which shade.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ShadeCounts([usize; Shade::ALL.len()]);

impl ShadeCounts {
    /// Each shade with its count.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Shade, usize)> {
        Shade::ALL.into_iter().zip(self.0)
    }

    pub(crate) fn total(&self) -> usize {
        self.0.iter().sum()
    }

    pub(crate) fn has_nobody(&self) -> bool {
        self.iter()
            .any(|(shade, count)| shade == Shade::Nobody && count > 0)
    }
}

impl<'a> FromIterator<&'a Answer> for ShadeCounts {
    fn from_iter<I: IntoIterator<Item = &'a Answer>>(answers: I) -> Self {
        let mut counts = Self::default();
        for shade in answers.into_iter().map(Shade::of) {
            for (other, count) in Shade::ALL.iter().zip(&mut counts.0) {
                if *other == shade {
                    *count += 1;
                }
            }
        }
        counts
    }
}
