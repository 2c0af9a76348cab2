//! A hotline as people know it, and a call to it that stands for all.

use serde::Serialize;

use routing::call::Call;
use routing::coverage::{call_id_outside_shares, example, stranger};
use routing::number::{Number, NumberPattern};
use routing::snapshot::Snapshot;

/// Calls to one hotline in one queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct LineName<'s> {
    /// `None`: the rules name none.
    pub(crate) queue_id: Option<&'s str>,
    pub(crate) queue_name: Option<&'s str>,
    /// The number, or the beginning of one with a `*`; `None`: the rules name none for this queue.
    pub(crate) hotline: Option<String>,
    pub(crate) hotline_name: Option<&'s str>,
}

impl<'s> LineName<'s> {
    pub(crate) fn of(
        snapshot: &'s Snapshot,
        queue: Option<&'s str>,
        hotline: Option<&NumberPattern>,
    ) -> Self {
        let number = hotline.map(ToString::to_string);
        Self {
            queue_id: queue,
            queue_name: queue
                .and_then(|queue| snapshot.queue_names.get(queue))
                .map(|name| &**name),
            hotline_name: number
                .as_deref()
                .and_then(|number| snapshot.hotline_name(number)),
            hotline: number,
        }
    }
}

/// Who calls, and by which id, so that the call stands for most.
#[derive(Clone, Debug)]
pub(crate) struct Usual {
    /// `None`: anonymous.
    pub(crate) from: Option<Number<'static>>,
    call_id: String,
}

impl Usual {
    /// A caller by a number as people write it; without one a stranger. The call is in no rule's share.
    pub(crate) fn new(snapshot: &Snapshot, caller: Option<&str>) -> Self {
        let typed = caller.filter(|caller| !caller.trim().is_empty());
        let from = match typed {
            Some(caller) => {
                Number::from_table(caller, &snapshot.settings.country_code).map(Number::into_owned)
            }
            None => stranger(snapshot),
        };
        Self {
            from,
            call_id: call_id_outside_shares(snapshot),
        }
    }

    /// Such a call to a line.
    pub(crate) fn call<'a>(
        &'a self,
        snapshot: &Snapshot,
        queue: Option<&'a str>,
        hotline: Option<&NumberPattern>,
    ) -> Call<'a> {
        Call {
            queue_id: queue.unwrap_or_default(),
            call_id: &self.call_id,
            from: self.from.clone(),
            to: hotline.map(|hotline| example(snapshot, hotline)),
        }
    }
}
