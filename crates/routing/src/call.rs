//! One call, as the core sees it.

use super::callers::Found;
use super::number::Number;

/// A call that waits in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// Opaque; one of the platform's queue ids.
    pub queue_id: &'a str,
    /// Opaque; the same in every ask about the call.
    pub call_id: &'a str,
    /// Who calls; `None`: anonymous.
    pub from: Option<Number<'a>>,
    /// The hotline that was called.
    pub to: Option<Number<'a>>,
}

/// A call with what is known when it is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a, 's> {
    pub(super) call: &'a Call<'a>,
    /// Seconds since the call was first asked about.
    pub(super) waited: u32,
    /// The caller's row.
    pub(super) caller: Option<Found<'s>>,
}
