//! The codes of problems.

use std::collections::BTreeSet;

use commands::{AggregateVisitor, Handler, visit_aggregates};
use domain::Decider;
use serde_json::{Value, json};
use strum::{Display, IntoStaticStr, VariantNames};
use utoipa::PartialSchema;

/// What a problem is for programs, where it is no refusal of the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ProblemCode {
    /// The invitation was accepted before.
    Accepted,
    /// The read model has not come as far as it was asked for.
    Behind,
    /// An error of the program itself.
    Broken,
    CabinetOutOfReach,
    ClocksDisagree,
    /// A body that was compressed.
    Compressed,
    /// Others changed it at the same time, again and again.
    Contended,
    Csrf,
    Forbidden,
    ForeignForm,
    ForeignOrigin,
    InsufficientScope,
    /// Something is wrong with fields, parameters or headers; `fields` says what.
    Invalid,
    /// The idempotency key was used for another request.
    KeyReused,
    /// After too many failed attempts.
    Locked,
    /// Nobody knows whether it was done.
    Lost,
    Malformed,
    MethodNotAllowed,
    MfaRequired,
    NoFile,
    /// The server has no name that passkeys could be for.
    NoPasskeys,
    NoSuchRange,
    NoSuchRoute,
    NoWebsocket,
    NotAForm,
    NotAcceptable,
    NotBytes,
    NotFound,
    NotJson,
    NotScanned,
    NotSignedIn,
    Overloaded,
    /// It is parked at another version by now.
    ParkedElsewhere,
    Quarantined,
    RightsChanged,
    SessionEnded,
    /// `If-Match` names another version than the present one.
    Stale,
    SubjectErased,
    /// A claim that somebody else holds.
    Taken,
    TemplateFault,
    TooLarge,
    /// A query that would take too long.
    TooLong,
    TooManyRequests,
    TooManyRows,
    TooManyStreams,
    TooManyUploads,
    /// It was given up after its time.
    TooSlow,
    TusVersion,
    Unauthenticated,
    Unavailable,
    /// A read model that is being built.
    Unbuilt,
    /// It would change nothing.
    Unchanged,
    /// Nobody said what this operation takes.
    Undeclared,
    UnsupportedFormat,
    UploadEnded,
    UploadHeld,
    UploadTakenOver,
    VersionEnded,
    WrongCode,
    WrongOffset,
    WrongPassword,
}

/// Every code that an answer may have: those of the API and those of all refusals.
pub(super) fn all_codes() -> BTreeSet<String> {
    let mut codes = RefusalCodes(ProblemCode::VARIANTS.iter().map(|&code| code.into()).collect());
    visit_aggregates(&mut codes);
    codes.0
}

struct RefusalCodes(BTreeSet<String>);

impl AggregateVisitor for RefusalCodes {
    fn visit<A: Handler>(&mut self) {
        self.collect(&json!(<A as Decider>::Refusal::schema()));
    }
}

impl RefusalCodes {
    fn collect(&mut self, schema: &Value) {
        let codes = schema["properties"]["code"]["enum"].as_array().into_iter().flatten();
        self.0.extend(codes.filter_map(Value::as_str).map(str::to_owned));
        for composition in ["oneOf", "allOf"] {
            let parts = schema[composition].as_array().into_iter().flatten();
            parts.for_each(|part| self.collect(part));
        }
    }
}
