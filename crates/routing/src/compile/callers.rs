//! `callers`.

use std::collections::HashMap;
use std::sync::Arc;

use super::parts::{PartKey, PartSources};
use super::row::Row;
use super::{Compiler, Context};
use crate::arena::{Arena, Index};
use crate::callers::{Caller, Callers, CallersBuilder};
use crate::diagnosis::RowFault;
use crate::fold::folded;
use crate::number::NumberPattern;
use crate::schema::callers;
use crate::snapshot::Tag;
use crate::table::{Rows, Table};

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

    /// A book that has these tags, by their index.
    fn of<'t>(tags: impl Iterator<Item = &'t Tag>) -> Self {
        let mut book = Self::default();
        for Tag(tag) in tags {
            book.index(tag);
        }
        book
    }

    /// All tags by their index, as they were spelt first.
    pub(super) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The same, to be kept.
    pub(super) fn into_arena(self) -> Arena<Tag> {
        Arena::new(self.tags)
    }
}

impl Compiler<'_> {
    /// All known callers, and their tags. Of all tables this one takes longest, and most room.
    ///
    /// Their rows name agents, and the country code completes their numbers.
    pub(super) fn callers(
        &mut self,
        context: &Context,
        sources: &mut PartSources,
    ) -> (Arc<Callers>, TagBook) {
        let before = self.before;
        if let Some(gone) = self.callers_gone {
            return self.edited_callers(context, gone);
        }
        let mut key = PartKey::new();
        key.add_rows(self.tables.mark(Table::Callers));
        key.add(context.agents.digest());
        key.add_text(context.country_code.as_str());
        let take_over = |_: &mut Self| {
            let tags = before.tags.values().take(before.sources.caller_tags);
            (Arc::clone(&before.callers), TagBook::of(tags))
        };
        let make = |compiler: &mut Self| {
            let mut tags = TagBook::default();
            let callers = compiler.all_callers(context, &mut tags);
            (Arc::new(callers), tags)
        };
        let source = before.sources.callers.as_ref();
        let ((callers, tags), source) = self.part(&key, source, take_over, make);
        sources.callers = source;
        sources.caller_tags = tags.tags.len();
        (callers, tags)
    }

    /// Those of the version before, but for the rows that are gone and those that there are now. They are not judged
    /// anew, and their numbers stay as they were completed.
    fn edited_callers(&mut self, context: &Context, gone: &Rows) -> (Arc<Callers>, TagBook) {
        let before = self.before;
        let mut tags = TagBook::of(before.tags.values());
        let number_of = |cells| {
            let mut row = Row::new(Table::Callers, cells);
            number(&mut row, context)
        };
        let gone: Vec<NumberPattern> = gone.iter().filter_map(number_of).collect();
        let read = |row: &mut Row<'_>| caller(row, context, &mut tags);
        let rows = self.each(Table::Callers, read).right;
        let agent = |agent| {
            let id = &before.agents.get(agent)?.id;
            context.agents.index(id)
        };
        let callers = before.callers.edited(agent, &gone, rows);
        (Arc::new(callers), tags)
    }

    fn all_callers(&mut self, context: &Context, tags: &mut TagBook) -> Callers {
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
    let mut own_tags = Vec::new();
    for tag in row.raw_text(callers::TAGS).unwrap_or("").split(',') {
        let tag = tag.trim();
        // An empty list of tags is what spreadsheets export for none.
        if !tag.is_empty() {
            own_tags.push(tags.index(tag));
        }
    }
    let mut tags = own_tags;
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
