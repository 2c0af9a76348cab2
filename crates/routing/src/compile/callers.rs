//! `callers`.

use std::collections::HashMap;

use super::row::Row;
use super::{Compiler, Context};
use crate::arena::{Arena, Index};
use crate::callers::{Caller, Callers, CallersBuilder};
use crate::diagnosis::RowFault;
use crate::fold::folded;
use crate::number::NumberPattern;
use crate::schema::callers;
use crate::snapshot::Tag;
use crate::table::Table;

/// Gives each tag its index, the same one for all spellings of it.
#[derive(Default)]
pub(super) struct TagBook {
    /// By the letters that somebody has typed: of a million callers most have tags that came before.
    spellings: HashMap<Box<str>, Index<Tag>>,
    folded: HashMap<String, Index<Tag>>,
    /// As it was spelt first.
    tags: Vec<Tag>,
}

impl TagBook {
    /// The index of a tag, which is new if nobody has named it yet.
    pub(super) fn index(&mut self, tag: &str) -> Index<Tag> {
        if let Some(index) = self.spellings.get(tag) {
            return *index;
        }
        let next = Index::new(u32::try_from(self.tags.len()).unwrap_or(u32::MAX));
        let index = *self.folded.entry(folded(tag)).or_insert(next);
        if index == next {
            self.tags.push(Tag(tag.into()));
        }
        self.spellings.insert(tag.into(), index);
        index
    }

    /// All tags by their index.
    pub(super) fn into_arena(self) -> Arena<Tag> {
        Arena::new(self.tags)
    }
}

impl Compiler<'_> {
    /// All known callers.
    pub(super) fn callers(&mut self, context: &Context, tags: &mut TagBook) -> Callers {
        let mut builder = CallersBuilder::with_capacity(self.tables.count(Table::Callers));
        self.each(Table::Callers, |row| {
            let (number, caller) = caller(row, context, tags)?;
            if row.is_right() && !builder.add(&number, caller) {
                let number = number.to_string();
                row.warn(callers::NUMBER, RowFault::SameNumber { number });
            }
            Some(())
        });
        builder.finish()
    }
}

fn caller(
    row: &mut Row<'_>,
    context: &Context,
    tags: &mut TagBook,
) -> Option<(NumberPattern, Caller)> {
    let number = number(row, context);
    let owner = row.weak_reference(callers::OWNER_ID, &context.agents);
    // An empty list of tags is what spreadsheets export for none.
    let names = row
        .raw_text(callers::TAGS)
        .unwrap_or("")
        .split(',')
        .map(str::trim)
        .filter(|tag| !tag.is_empty());
    let mut tags: Vec<_> = names.map(|tag| tags.index(tag)).collect();
    tags.sort_unstable();
    tags.dedup();
    let expires_on = row.optional_date(callers::EXPIRES_ON);
    Some((
        number?,
        Caller {
            owner,
            tags: tags.into(),
            expires_on,
        },
    ))
}

fn number(row: &mut Row<'_>, context: &Context) -> Option<NumberPattern> {
    let number = NumberPattern::parse(row.required_text(callers::NUMBER)?, &context.country_code);
    row.refuse_unless(number, callers::NUMBER, RowFault::NotANumber)
}
