//! An answer of the REST API: `{"r": 0, "message": "...", ...}`.

use serde_json::{Map, Value};

use super::ApiError;
use super::tolerant::{number_of, text_of};

/// An answer in which Stringee said yes.
#[derive(Debug)]
pub(super) struct Reply {
    doing: &'static str,
    status: u16,
    fields: Map<String, Value>,
}

impl Reply {
    /// Reads a body. `r` decides, whatever the HTTP status says.
    pub(super) fn read(doing: &'static str, status: u16, body: &[u8]) -> Result<Self, ApiError> {
        let fields = match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => fields,
            Ok(_) => {
                return Err(ApiError::NotUnderstood {
                    doing,
                    fault: "not an object".to_owned(),
                    status,
                });
            }
            Err(fault) => {
                return Err(ApiError::NotUnderstood {
                    doing,
                    fault: fault.to_string(),
                    status,
                });
            }
        };
        let reply = Self {
            doing,
            status,
            fields,
        };
        match reply.fields.get("r").and_then(number_of) {
            Some(0) => Ok(reply),
            Some(code) => Err(ApiError::Refused {
                doing,
                code,
                message: reply.message(),
                status,
            }),
            None => Err(reply.not_understood("it has no r")),
        }
    }

    /// A field at the top, such as the id of what was created.
    pub(super) fn text(&self, name: &str) -> Result<String, ApiError> {
        if let Some(value) = self.fields.get(name)
            && let Some(text) = text_of(value)
        {
            return Ok(text);
        }
        Err(self.not_understood(&format!("it has no {name}")))
    }

    /// The object `data`, empty if there is none.
    pub(super) fn data(&self) -> Map<String, Value> {
        match self.fields.get("data") {
            Some(Value::Object(data)) => data.clone(),
            _ => Map::new(),
        }
    }

    /// The error for something unexpected in this answer.
    pub(super) fn not_understood(&self, fault: &str) -> ApiError {
        ApiError::NotUnderstood {
            doing: self.doing,
            fault: fault.to_owned(),
            status: self.status,
        }
    }

    fn message(&self) -> String {
        for name in ["message", "msg"] {
            if let Some(value) = self.fields.get(name)
                && let Some(text) = text_of(value)
            {
                return text;
            }
        }
        "it does not say why".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<Reply, String> {
        Reply::read("update the queue", status, body.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn r_decides_whatever_the_status_says() {
        assert!(read(500, r#"{"r": 0, "message": "Update queue success"}"#).is_ok());
        assert!(read(200, r#"{"r": "0"}"#).is_ok());
        assert_eq!(
            read(200, r#"{"r": 5, "message": "Queue not found"}"#).unwrap_err(),
            "Stringee refused to update the queue: Queue not found (r = 5, HTTP status 200)"
        );
        assert_eq!(
            read(401, r#"{"r": -1, "msg": "Token invalid"}"#).unwrap_err(),
            "Stringee refused to update the queue: Token invalid (r = -1, HTTP status 401)"
        );
    }

    #[test]
    fn what_is_no_answer_is_said() {
        let check = |body: &str, fault: &str| {
            let expected = format!(
                "the answer to \"update the queue\" is not understood: {fault} (HTTP status 502)"
            );
            assert_eq!(read(502, body).unwrap_err(), expected);
        };
        check("<html>", "expected value at line 1 column 1");
        check("[]", "not an object");
        check("{}", "it has no r");
        let printed =
            include_str!("../../../../tests/fixtures/stringee/queue-create-response.invalid.json");
        check(printed, "expected `,` or `}` at line 5 column 1");
    }
}
