//! Counters by label, each a plain atomic of its own.
//!
//! All label values are known beforehand, so each counter is looked up once, at start, and a request that counts
//! something adds to an atomic without a map or a lock.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// An enum of label values, and a struct with a counter for each of them; the value is the field's name.
macro_rules! counters_by_label {
    (
        $(#[$counters_doc:meta])*
        pub struct $counters:ident by $label_name:literal of
        $(#[$label_doc:meta])*
        pub enum $label:ident { $($(#[$value_doc:meta])* $value:ident = $field:ident,)+ }
    ) => {
        $(#[$label_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $label { $($(#[$value_doc])* $value,)+ }

        impl $label {
            /// The value of the label, and the reason in a log line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$value => stringify!($field),)+ }
            }
        }

        $(#[$counters_doc])*
        #[derive(Debug)]
        pub struct $counters { $($field: Counter,)+ }

        impl $counters {
            /// Registers all of them at once; `_total` is added to the name.
            pub(super) fn register(registry: &mut Registry, name: &str, help: &str) -> Self {
                let family = Family::<[(&str, &str); 1], Counter>::default();
                registry.register(name, help, family.clone());
                Self { $($field: family.get_or_create_owned(&[($label_name, stringify!($field))]),)+ }
            }

            /// The counter of one label value.
            pub fn of(&self, label: $label) -> &Counter {
                match label { $($label::$value => &self.$field,)+ }
            }
        }
    };
}

counters_by_label! {
    /// Requests to the webhook by outcome.
    pub struct RequestCounters by "outcome" of
    /// What became of a request to the webhook.
    pub enum RequestOutcome {
        /// Answered with a list for each call.
        Answered = answered,
        /// Refused; [`RejectionReason`] says why.
        Rejected = rejected,
    }
}

counters_by_label! {
    /// Rejections by reason.
    pub struct RejectionCounters by "reason" of
    /// Why a request to the webhook was refused.
    pub enum RejectionReason {
        /// The secret in its path is wrong or missing.
        PathSecret = path_secret,
        /// It comes from a network that may not ask.
        Network = network,
        /// Its signature is wrong.
        Signature = signature,
        /// It has no signature where one is required.
        Unsigned = unsigned,
        /// It names a project that is not listed, or none.
        Project = project,
        /// Its body is over the limit.
        TooLarge = too_large,
        /// It asks about more calls than one question may.
        TooManyCalls = too_many_calls,
        /// Its answer would be over the limit.
        AnswerTooLarge = answer_too_large,
        /// Its body did not arrive in one piece.
        Incomplete = incomplete,
        /// Its body is not JSON.
        NotJson = not_json,
        /// Its body is JSON, but not a question about calls.
        NotAQuestion = not_a_question,
        /// Its body is compressed, or in another encoding that is not read.
        ContentEncoding = content_encoding,
        /// It asks for a path that is not served.
        NoSuchPath = no_such_path,
    }
}

counters_by_label! {
    /// Signatures that were looked at without consequence, by result.
    pub struct SignatureCounters by "result" of
    /// What was found out about a signature that is only observed.
    pub enum SignatureResult {
        /// It is right.
        Valid = valid,
        /// It is wrong.
        Invalid = invalid,
        /// There is none.
        Missing = missing,
    }
}

counters_by_label! {
    /// Calls asked about, by how they were answered.
    pub struct CallCounters by "answer" of
    /// How a call was answered.
    pub enum CallAnswer {
        /// By a rule, with agents.
        Rule = rule,
        /// By the fallback group, as no rule found anybody.
        Fallback = fallback,
        /// With an empty list.
        Nobody = nobody,
        /// Not at all, as it has no `callId`.
        LeftOut = left_out,
    }
}

counters_by_label! {
    /// Call events by what they were.
    pub struct EventCounters by "event" of
    /// What a call event was.
    pub enum EventKind {
        /// An agent is rung.
        Ringing = ringing,
        /// An agent took a call.
        Answered = answered,
        /// A call, or an agent's part in it, is over.
        Ended = ended,
        /// Something else that happens to a call; nothing follows from it.
        Other = other,
        /// Somebody took a call who is no agent of the rules.
        UnknownAgent = unknown_agent,
        /// One of several agents who share a telephone number took a call.
        SharedNumber = shared_number,
        /// It does not say what has happened to which call.
        Unusable = unusable,
    }
}
