//! Where settings come from, and what is said when one is wrong.

use figment::{
    Error, Metadata, Profile, Provider, Source,
    error::Kind,
    value::{Dict, Map, Value},
};

use super::{DEFAULT, SETTINGS, Setting};

const PREFIX: &str = "SERVICEBOOK_";

/// Variables that everybody knows by another name.
const WELL_KNOWN: [(&str, &str); 3] =
    [("DATABASE_URL", "database_url"), ("NATS_URL", "nats_url"), ("RUST_LOG", "log")];

/// Variables with our prefix that are no settings: they tell the scripts and the command line.
const NOT_OURS: [&str; 2] = ["SERVICEBOOK_CONFIG", "SERVICEBOOK_PROFILE"];

/// Where the environment is named as the source of a setting.
const ENVIRONMENT: &str = "environment";

/// The variables of the process that are settings. Empty ones count as not set.
pub(super) struct Environment(Vec<(String, String)>);

impl Environment {
    pub(super) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let (mut well_known, mut ours) = (Vec::new(), Vec::new());
        for (name, value) in variables.into_iter().filter(|(_, value)| !value.is_empty()) {
            if let Some((_, key)) = WELL_KNOWN.iter().find(|(known, _)| *known == name) {
                well_known.push(((*key).to_owned(), value));
            } else if NOT_OURS.contains(&name.as_str()) {
                // Read elsewhere.
            } else if let Some(key) = name.strip_prefix(PREFIX) {
                ours.push((key.to_ascii_lowercase(), value));
            }
        }
        // The more particular name wins.
        well_known.append(&mut ours);
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
    let known = WELL_KNOWN.iter().find(|(known, key)| *key == name && *known != "RUST_LOG");
    known.map_or_else(
        || format!("{PREFIX}{}", name.to_ascii_uppercase()),
        |(known, _)| (*known).to_owned(),
    )
}

/// Where a setting came from, for people.
pub(super) fn origin(source: &Metadata, name: &str) -> String {
    match &source.source {
        Some(Source::File(path)) => path.display().to_string(),
        _ if source.name == ENVIRONMENT => variable(name),
        _ => DEFAULT.into(),
    }
}

/// What is wrong with a setting, and what to do.
pub(super) fn wrong(name: &str, origin: &str, why: &str) -> String {
    let setting = SETTINGS.iter().find(|setting| setting.name == name);
    let help = setting.map_or_else(String::new, |Setting { means, example, .. }| {
        format!("\n  {means}\n  For example: {example}")
    });
    format!("The setting `{name}` (from {origin}) cannot be used: {why}.{help}")
}

/// All that is wrong, one sentence each.
pub(super) fn sentences(errors: &Error) -> anyhow::Error {
    let sentences = errors.clone().into_iter().map(|error| {
        let place = |name: &str| {
            error.metadata.as_ref().map_or_else(|| variable(name), |source| origin(source, name))
        };
        match (&error.kind, error.path.first()) {
            (Kind::UnknownField(name, known), _) => format!(
                "There is no setting `{name}` (from {}). Remove it, or use one of: {}.",
                place(name),
                known.join(", ")
            ),
            (kind, Some(name)) => wrong(name, &place(name), &kind.to_string()),
            (kind, None) => format!("The settings cannot be read: {kind}"),
        }
    });
    anyhow::anyhow!(sentences.collect::<Vec<_>>().join("\n"))
}
