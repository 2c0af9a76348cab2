//! Hotlines: <https://developer.stringee.com/docs/pcc-rest-api/integrable-contact-center-number-management>.

use serde::Deserialize;

use super::page::List;
use super::{ApiError, Client, tolerant};

const NUMBERS: List = List {
    doing: "list the numbers",
    path: "/v1/number",
    rows: "numbers",
};

/// A number of the contact center.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HotlineNumber {
    /// The number that callers dial.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub number: Option<String>,
    /// The queue in which its calls wait, if no menu comes before.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub queue_id: Option<String>,
}

impl Client {
    /// All numbers of the project.
    ///
    /// # Errors
    /// As every request: no answer, a refusal, or an answer that is not understood.
    pub fn numbers(&self) -> Result<Vec<HotlineNumber>, ApiError> {
        self.all(NUMBERS, None)
    }
}
