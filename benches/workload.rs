//! The questions that are asked, and the requests that carry them.

use anyhow::Context as _;
use serde_json::{Value, json};
use stringee::wire::signature::{SIGNATURE_HEADER, SigningKey};

use crate::database::{HOTLINE, KNOWN_CALLER};

/// The path of the webhook, here and at the peers.
pub(crate) const PATH: &str = "/get_list_agents";

/// The project that signs its requests.
const SIGNED_PROJECT: u64 = 26;

/// Its signing secret key.
pub(crate) const SIGNING_KEY: &str = "c2lnbmluZyBzZWNyZXQga2V5IG9mIHRoZSBiZW5jaG1hcms=";

/// How many calls wait and are asked about again and again, whatever the workload: many for a contact center, so that
/// what is remembered of them does not stay in the CPU's nearest cache.
const CALLS_WAITING: u64 = 2048;

/// The first call id's counter.
const FIRST_CALL: u64 = 1_534_145_391_502;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    queue: &'static str,
    pub(crate) calls: u64,
    pub(crate) agents: usize,
    pub(crate) signed: bool,
}

pub(crate) const W1: Workload = Workload {
    name: "W1",
    about: "1 call, 2 agents",
    queue: "bench_two",
    calls: 1,
    agents: 2,
    signed: false,
};
pub(crate) const W2: Workload = Workload {
    name: "W2",
    about: "the documented sample, 2 calls",
    queue: "queue_1",
    calls: 2,
    agents: 0,
    signed: false,
};
pub(crate) const W3: Workload = Workload {
    name: "W3",
    about: "50 calls, 20 agents each",
    queue: "bench_twenty",
    calls: 50,
    agents: 20,
    signed: false,
};
pub(crate) const W4: Workload = Workload {
    name: "W4",
    about: "W1 with a signature",
    signed: true,
    ..W1
};
pub(crate) const ALL: [Workload; 4] = [W1, W2, W3, W4];

/// The workload with this name.
pub(crate) fn named(name: &str) -> anyhow::Result<Workload> {
    ALL.into_iter()
        .find(|workload| workload.name == name)
        .with_context(|| format!("there is no workload {name}"))
}

impl Workload {
    /// The bodies of all requests: each asks about other calls, with consecutive ids, as the platform has them.
    pub(crate) fn bodies(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        let requests = CALLS_WAITING / self.calls;
        (0..requests)
            .map(|number| self.body(FIRST_CALL + number * self.calls))
            .collect()
    }

    fn body(&self, first: u64) -> anyhow::Result<Vec<u8>> {
        if *self == W2 {
            return documented(first);
        }
        let calls: Vec<Value> = (first..first + self.calls)
            .map(|call| json!({"callId": format!("call-vn-1-EHHC6JW1LT-{call}"), "from": KNOWN_CALLER, "to": HOTLINE}))
            .collect();
        let project = if self.signed { SIGNED_PROJECT } else { 25 };
        Ok(serde_json::to_vec(
            &json!({"queueId": self.queue, "calls": calls, "projectId": project}),
        )?)
    }

    /// All requests, as they go over the wire.
    pub(crate) fn requests(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        Ok(self.bodies()?.iter().map(|body| request(body)).collect())
    }
}

/// The part of a configuration that says whose signatures are checked; other projects are answered without.
pub(crate) fn config() -> String {
    format!(
        "[webhook]\nunlisted_projects = \"answer\"\n\
         [[webhook.projects]]\nid = {SIGNED_PROJECT}\nsigning_keys = [\"{SIGNING_KEY}\"]\n"
    )
}

/// The documented sample, with call ids that count up.
fn documented(first: u64) -> anyhow::Result<Vec<u8>> {
    const SAMPLE: &str = include_str!("../tests/fixtures/get-list-agents-request-2calls.json");
    let mut question: Value = serde_json::from_str(SAMPLE)?;
    let calls = question
        .get_mut("calls")
        .and_then(Value::as_array_mut)
        .context("the sample has calls")?;
    for (call, id) in calls.iter_mut().zip(first..) {
        call["callId"] = json!(format!("call-vn-1-EHHC6JW1LT-{id}"));
    }
    Ok(serde_json::to_vec(&question)?)
}

/// A body with the head that the platform would send; every request is signed, whoever looks at it.
pub(crate) fn request(body: &[u8]) -> Vec<u8> {
    let signature = SigningKey::new(SIGNING_KEY).sign(body);
    let mut request = format!(
        "POST {PATH} HTTP/1.1\r\nHost: router.example\r\nContent-Type: application/json\r\nAccept: */*\r\n\
         {SIGNATURE_HEADER}: {signature}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}
