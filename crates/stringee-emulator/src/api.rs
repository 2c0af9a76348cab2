//! The REST API over HTTP.

use std::io;
use std::net::SocketAddr;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use parking_lot::MutexGuard;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::collection::{Collection, Words};
use super::sample;
use super::state::{Record, SharedState, State, StateError};
use stringee::client::AUTH_HEADER;

/// The emulated REST API, bound and not yet served.
#[derive(Debug)]
pub struct Api {
    listener: TcpListener,
    address: SocketAddr,
    state: SharedState,
}

impl Api {
    /// Takes a port.
    ///
    /// # Errors
    /// The address is taken, or not ours.
    pub async fn bind(listen: SocketAddr, state: SharedState) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            state,
        })
    }

    /// Where it listens.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until told to stop.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn run(self, stop: CancellationToken) -> io::Result<()> {
        axum::serve(self.listener, routes(&self.state))
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
    }
}

fn routes(state: &SharedState) -> Router {
    let mut routes = Router::new();
    for collection in Collection::ALL {
        let words = collection.words();
        let resource = Resource {
            collection,
            words,
            state: state.clone(),
        };
        let one = Router::new()
            .route(words.path, get(list).post(create).delete(remove_listed))
            .route(
                &format!("{}/{{id}}", words.path),
                put(update).delete(remove),
            )
            .with_state(resource);
        routes = routes.merge(one);
    }
    routes
}

/// One list and the state it is part of.
#[derive(Clone)]
struct Resource {
    collection: Collection,
    words: Words,
    state: SharedState,
}

/// An answer in which the platform says no. The real one's codes are not documented.
struct Refusal(StatusCode, i64, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // Some of the platform's answers say `msg`; a client has to read both.
        let body = match self.0 {
            StatusCode::UNAUTHORIZED => json!({"r": self.1, "msg": self.2}),
            _ => json!({"r": self.1, "message": self.2}),
        };
        (self.0, Json(body)).into_response()
    }
}

type ApiAnswer = Result<Json<Value>, Refusal>;

#[derive(Deserialize)]
struct Paging {
    page: Option<usize>,
    limit: Option<usize>,
    group: Option<String>,
    queue: Option<String>,
}

async fn list(
    Shared(resource): Shared<Resource>,
    headers: HeaderMap,
    Query(paging): Query<Paging>,
) -> ApiAnswer {
    /// The documented default.
    const LIMIT: usize = 50;
    /// The largest limit documented for any list.
    const LARGEST: usize = 100;
    let state = resource.authorised(&headers)?;
    let wanted = match resource.words.filter {
        Some(("group", field)) => Some((field, paging.group.ok_or_else(|| missing("group"))?)),
        Some((parameter, field)) => Some((field, paging.queue.ok_or_else(|| missing(parameter))?)),
        None => None,
    };
    let is_wanted = |record: &&Record| match &wanted {
        Some((field, id)) => has(record, field, id),
        None => true,
    };
    let rows: Vec<&Record> = state
        .list(resource.collection)
        .iter()
        .filter(is_wanted)
        .collect();
    let page = paging.page.unwrap_or(1).max(1);
    let limit = paging.limit.unwrap_or(LIMIT).clamp(1, LARGEST);
    let mut shown = Vec::new();
    for record in rows.iter().skip((page - 1) * limit).take(limit) {
        shown.push(Collection::shown(record, state.project_id));
    }
    let mut data = Map::new();
    data.insert(
        resource.words.total.to_owned(),
        json!(rows.len().to_string()),
    );
    data.insert("totalPages".to_owned(), json!(rows.len().div_ceil(limit)));
    data.insert("currentPage".to_owned(), json!(page));
    data.insert("limit".to_owned(), json!(limit));
    data.insert(resource.words.rows.to_owned(), Value::Array(shown));
    let message = format!("Load {}(s) success", resource.words.noun);
    Ok(Json(
        json!({"r": 0, "message": message, "project": state.project_id, "data": data}),
    ))
}

async fn create(Shared(resource): Shared<Resource>, headers: HeaderMap, body: Bytes) -> ApiAnswer {
    let mut state = resource.authorised(&headers)?;
    let given = object(&body)?;
    let mut record = resource
        .collection
        .accepted(&given, true)
        .map_err(invalid)?;
    let Words {
        prefix,
        id_field,
        noun,
        ..
    } = resource.words;
    let rows = state.list_mut(resource.collection);
    let made_of = format!(
        "{} after {} rows",
        String::from_utf8_lossy(&body),
        rows.len()
    );
    let mut id = sample::id(prefix, &made_of);
    if rows.iter().any(|row| has(row, "id", &id)) {
        id = sample::id(prefix, &id);
    }
    record.insert("id".to_owned(), json!(id));
    rows.push(resource.collection.with_defaults(record));
    resource.saved(
        &state,
        json!({"message": format!("Create {noun} success"), (id_field): id}),
    )
}

async fn update(
    Shared(resource): Shared<Resource>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiAnswer {
    let mut state = resource.authorised(&headers)?;
    let mut accepted = resource
        .collection
        .accepted(&object(&body)?, false)
        .map_err(invalid)?;
    let noun = resource.words.noun;
    let rows = state.list_mut(resource.collection);
    let Some(record) = rows.iter_mut().find(|row| has(row, "id", &id)) else {
        return Err(not_found(noun));
    };
    record.append(&mut accepted);
    resource.saved(&state, json!({"message": format!("Update {noun} success")}))
}

async fn remove(
    Shared(resource): Shared<Resource>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiAnswer {
    let state = resource.authorised(&headers)?;
    resource.without(state, |row| has(row, "id", &id))
}

/// Agents leave a group by a `DELETE` that names both in its body.
async fn remove_listed(
    Shared(resource): Shared<Resource>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiAnswer {
    let state = resource.authorised(&headers)?;
    let given = resource
        .collection
        .accepted(&object(&body)?, true)
        .map_err(invalid)?;
    resource.without(state, |row| {
        given
            .iter()
            .all(|(name, value)| row.get(name) == Some(value))
    })
}

impl Resource {
    /// The state, for somebody whose token is right.
    fn authorised(&self, headers: &HeaderMap) -> Result<MutexGuard<'_, State>, Refusal> {
        let refused = |fault: String| Refusal(StatusCode::UNAUTHORIZED, 1, fault);
        let Some(Ok(token)) = headers.get(AUTH_HEADER).map(HeaderValue::to_str) else {
            return Err(refused("X-STRINGEE-AUTH is missing".to_owned()));
        };
        let state = self.state.lock();
        if let Err(fault) = state.api_key().verify(token, clock::now()) {
            return Err(refused(fault.to_string()));
        }
        Ok(state)
    }

    fn without(
        &self,
        mut state: MutexGuard<'_, State>,
        is_meant: impl Fn(&Record) -> bool,
    ) -> ApiAnswer {
        let rows = state.list_mut(self.collection);
        let before = rows.len();
        rows.retain(|row| !is_meant(row));
        if rows.len() == before {
            return Err(not_found(self.words.noun));
        }
        self.saved(
            &state,
            json!({"message": format!("Delete {} success", self.words.noun)}),
        )
    }

    /// Writes the file, then says yes.
    fn saved(&self, state: &State, mut answer: Value) -> ApiAnswer {
        let failed =
            |error: StateError| Refusal(StatusCode::INTERNAL_SERVER_ERROR, 500, error.to_string());
        self.state.save(state).map_err(failed)?;
        if let Value::Object(fields) = &mut answer {
            fields.insert("r".to_owned(), json!(0));
            fields.insert("project".to_owned(), json!(state.project_id));
        }
        Ok(Json(answer))
    }
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_slice(body).map_err(|fault| invalid(format!("the body is invalid: {fault}")))
}

fn has(record: &Record, field: &str, text: &str) -> bool {
    matches!(record.get(field), Some(Value::String(value)) if value == text)
}

fn invalid(fault: String) -> Refusal {
    Refusal(StatusCode::OK, 2, fault)
}

fn missing(parameter: &str) -> Refusal {
    invalid(format!("{parameter} is required"))
}

fn not_found(noun: &str) -> Refusal {
    Refusal(StatusCode::OK, 3, format!("The {noun} does not exist"))
}
