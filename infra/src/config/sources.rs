//! Reads settings from environment variables, and words the errors for invalid ones.

use figment::{
    Error, Metadata, Profile, Provider, Source,
    error::Kind,
    value::{Dict, Map, Value},
};

use super::settings::{DEFAULT_SETTING_SOURCE, SETTINGS, Setting};

const PREFIX: &str = "SERVICEBOOK_";

/// Settings with a conventional variable of another name.
const WELL_KNOWN: [(&str, &str); 3] =
    [("DATABASE_URL", "database_url"), ("NATS_URL", "nats_url"), ("RUST_LOG", "log")];

/// Variables with the prefix that are not settings: scripts and the command line read them.
const NOT_SETTINGS: [&str; 2] = ["SERVICEBOOK_CONFIG", "SERVICEBOOK_PROFILE"];

/// The name of the environment as a source of settings.
const ENVIRONMENT: &str = "environment";

/// The variables of the process that are settings. Empty ones count as not set.
pub(super) struct Environment(Vec<(String, String)>);

impl Environment {
    pub(super) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let (mut well_known, mut prefixed) = (Vec::new(), Vec::new());
        for (name, value) in variables.into_iter().filter(|(_, value)| !value.is_empty()) {
            if let Some((_, key)) = WELL_KNOWN.iter().find(|(variable, _)| *variable == name) {
                well_known.push(((*key).to_owned(), value));
            } else if NOT_SETTINGS.contains(&name.as_str()) {
                // Read elsewhere.
            } else if let Some(key) = name.strip_prefix(PREFIX) {
                prefixed.push((key.to_ascii_lowercase(), value));
            }
        }
        // The name with the prefix wins.
        well_known.append(&mut prefixed);
        Self(well_known)
    }
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named(ENVIRONMENT)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let typed = |text: &String| text.parse::<Value>().unwrap_or_else(|never| match never {});
        let values = self.0.iter().map(|(key, value)| (key.clone(), typed(value)));
        Ok(Profile::Default.collect(values.collect()))
    }
}

/// The name of a setting's variable.
fn variable(name: &str) -> String {
    let well_known =
        WELL_KNOWN.iter().find(|(variable, key)| *key == name && *variable != "RUST_LOG");
    well_known.map_or_else(
        || format!("{PREFIX}{}", name.to_ascii_uppercase()),
        |(variable, _)| (*variable).to_owned(),
    )
}

/// Where a setting came from, as it is shown: a variable, a file, or `default`.
pub(super) fn describe_setting_source(source: &Metadata, name: &str) -> String {
    match &source.source {
        Some(Source::File(path)) => path.display().to_string(),
        _ if source.name == ENVIRONMENT => variable(name),
        _ => DEFAULT_SETTING_SOURCE.into(),
    }
}

/// The message about an invalid setting, with its description and an example.
pub(super) fn invalid_setting_message(name: &str, source: &str, why: &str) -> String {
    let setting = SETTINGS.iter().find(|setting| setting.name == name);
    let help = setting.map_or_else(String::new, |Setting { description, example, .. }| {
        format!("\n  {description}\n  For example: {example}")
    });
    format!("The setting `{name}` (from {source}) cannot be used: {why}.{help}")
}

/// What is wrong with a value, in the words of people who write settings.
pub(crate) fn describe_wrong_value(kind: &Kind) -> String {
    match kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => match expected.as_str()
        {
            "a boolean" => "it is neither true nor false".into(),
            "socket address" => NO_ADDRESS.into(),
            "usize" | "u32" => "it is no whole number from 0 on".into(),
            expected => format!("it is not {expected}"),
        },
        Kind::UnknownVariant(value, expected) | Kind::UnknownField(value, expected) => {
            format!("`{value}` is none of {}", expected.join(", "))
        }
        Kind::MissingField(name) => format!("`{name}` is missing"),
        kind if kind.to_string().contains("socket address") => NO_ADDRESS.into(),
        kind => kind.to_string(),
    }
}

const NO_ADDRESS: &str = "it is no address with a port";

/// All errors, one sentence each.
pub(super) fn describe_errors(errors: &Error) -> anyhow::Error {
    let sentences = errors.clone().into_iter().map(|error| {
        let source_of = |name: &str| {
            error
                .metadata
                .as_ref()
                .map_or_else(|| variable(name), |source| describe_setting_source(source, name))
        };
        match (&error.kind, error.path.first()) {
            (Kind::UnknownField(name, expected), _) => format!(
                "There is no setting `{name}` (from {}). Remove it, or use one of: {}.",
                source_of(name),
                expected.join(", ")
            ),
            (kind, Some(name)) => {
                invalid_setting_message(name, &source_of(name), &describe_wrong_value(kind))
            }
            (kind, None) => format!("The settings cannot be read: {kind}"),
        }
    });
    anyhow::anyhow!(sentences.collect::<Vec<_>>().join("\n"))
}
