//! The settings: one struct, filled from the environment, then a file, then defaults.

mod lists;
mod settings;
mod sources;
mod validation;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use api::BreachedPasswords;
use domain::identity::Role;
use engines::Secret;
use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use objects::{Objects, S3Settings};
use serde::{Deserialize, Serialize};
use workers::files::Scanner;

pub(crate) use lists::{parse_origins, parse_routes};
pub use settings::{DEFAULT_SETTING_SOURCE, SETTINGS, Setting};
use sources::Environment;
pub(crate) use sources::describe_wrong_value;

/// The settings file that is read by default, in the working directory.
const DEFAULT_FILE: &str = "servicebook.toml";

/// The default rate limits. Pages send many requests at once; passwords are expensive to check.
const DEFAULT_RATES: &str = "user=200/s, key=100/s, address=400/s, /api/v1/jwt=60/m, /api/v1/auth=60/m, \
                     /oauth2=300/m, /oauth2/token=120/m, /oauth2/sign-in=60/m, \
                     /oauth2/consent=60/m, /sign-up=60/m, /forgot=60/m, /verify-email=60/m, \
                     /reset=60/m, /change-email=60/m, /invitation=60/m, \
                     /book=60/m, /a=60/m, /api/v1/public=60/m, user_streams=10, \
                     address_streams=100";

/// How long sessions may be idle by default: staff sign in each day.
const DEFAULT_IDLE_SESSIONS: &str = "staff=12h, clients=14d, applications=30d";

/// All settings of one process. Each is explained in [`SETTINGS`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub websocket_listen: SocketAddr,
    pub internal_listen: Option<SocketAddr>,
    pub tls_listen: Option<SocketAddr>,
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub redirect_listen: Option<SocketAddr>,
    pub public_url: Option<String>,
    pub advertise: Option<String>,
    pub routes: String,
    pub connections: usize,
    pub trusted_proxies: String,
    pub origins: String,
    pub rates: String,
    pub deprecations: String,
    pub database_url: Option<Secret>,
    pub nats_url: Option<Secret>,
    pub bus_replicas: Option<usize>,
    pub pg_bin: Option<PathBuf>,
    pub nats_bin: Option<PathBuf>,
    pub analyst_listen: Option<SocketAddr>,
    pub db_connections: u32,
    pub master_key: Option<Secret>,
    pub gateway_key: Option<Secret>,
    pub s3_endpoint: Option<String>,
    pub s3_region: String,
    pub s3_bucket: Option<String>,
    pub s3_key_id: Option<String>,
    pub s3_secret: Option<Secret>,
    pub s3_path_style: bool,
    pub scan: Option<String>,
    pub export_days: u16,
    pub smtp_url: Option<Secret>,
    pub mail_from: String,
    pub private_providers: bool,
    pub breached_passwords: Option<PathBuf>,
    pub require_second_factor: String,
    pub idle_sessions: String,
    pub log: String,
    pub log_format: LogFormat,
    pub log_to: LogDestination,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogDestination {
    /// Standard error only.
    Stderr,
    /// `logs/servicebook.log` in the data folder only.
    File,
    /// Both.
    Both,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: ".data".into(),
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            websocket_listen: (Ipv4Addr::LOCALHOST, 4000).into(),
            internal_listen: None,
            tls_listen: None,
            tls_certificate: None,
            tls_key: None,
            redirect_listen: None,
            public_url: None,
            advertise: None,
            routes: String::new(),
            connections: 8_192,
            trusted_proxies: String::new(),
            origins: String::new(),
            rates: DEFAULT_RATES.into(),
            deprecations: String::new(),
            database_url: None,
            nats_url: None,
            bus_replicas: None,
            pg_bin: None,
            nats_bin: None,
            analyst_listen: None,
            db_connections: 20,
            master_key: None,
            gateway_key: None,
            s3_endpoint: None,
            s3_region: "us-east-1".into(),
            s3_bucket: None,
            s3_key_id: None,
            s3_secret: None,
            s3_path_style: true,
            scan: None,
            export_days: 7,
            smtp_url: None,
            mail_from: "Servicebook <servicebook@localhost>".into(),
            private_providers: false,
            breached_passwords: None,
            require_second_factor: String::new(),
            idle_sessions: DEFAULT_IDLE_SESSIONS.into(),
            log: "info,async_nats=warn".into(),
            log_format: LogFormat::Text,
            log_to: LogDestination::Stderr,
        }
    }
}

/// The settings, and where each came from.
#[derive(Debug)]
pub struct LoadedConfig {
    pub config: Config,
    figment: Figment,
}

impl Config {
    /// Reads the settings. `file` must exist if it is named; `environment` is that of the process.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> anyhow::Result<LoadedConfig> {
        if let Some(file) = file.filter(|file| !file.is_file()) {
            bail!("There is no settings file {}. Name one that exists.", file.display());
        }
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        let default_file = Some(Path::new(DEFAULT_FILE)).filter(|file| file.is_file());
        if let Some(file) = file.or(default_file) {
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment.merge(Environment::new(environment));
        let config: Self = figment.extract().map_err(|error| sources::describe_errors(&error))?;
        let loaded = LoadedConfig { config, figment };
        loaded.validate()?;
        Ok(loaded)
    }

    /// The URL by which people reach this server, without a slash at the end.
    pub fn public_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| self.local_url()).trim_end_matches('/').to_owned()
    }

    /// Whether people reach this server by HTTPS.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The address at which a gateway reaches this process: `host:port`.
    pub fn advertised_address(&self) -> String {
        self.advertise.clone().unwrap_or_else(|| self.listen.to_string())
    }

    /// The URL by which this machine reaches it, without a slash at the end.
    pub fn local_url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// The list of breached passwords, which nobody may choose.
    pub(crate) fn open_breached_passwords(&self) -> anyhow::Result<Option<BreachedPasswords>> {
        self.breached_passwords.as_deref().map(BreachedPasswords::open).transpose()
    }

    /// The roles that must sign in with a second factor.
    pub(crate) fn second_factor_roles(&self) -> anyhow::Result<BTreeSet<Role>> {
        let roles = self.require_second_factor.split(',').map(str::trim);
        roles.filter(|name| !name.is_empty()).map(sign_in_role).collect()
    }

    /// The addresses of the engines, or the settings of private ones.
    pub fn engine_settings(&self) -> anyhow::Result<engines::Settings> {
        Ok(engines::Settings {
            data: self.data_folder()?,
            database_url: self.database_url.clone(),
            nats_url: self.nats_url.clone(),
            pg_bin: self.pg_bin.clone(),
            nats_bin: self.nats_bin.clone(),
            analyst_listen: self.analyst_listen,
        })
    }

    /// The object store: a bucket, or a folder of the data folder.
    pub(crate) fn open_objects(&self) -> anyhow::Result<Objects> {
        let Some(bucket) = &self.s3_bucket else {
            return Ok(Objects::in_folder(&self.data_folder()?.join("objects"))?);
        };
        let (Some(key_id), Some(secret)) = (&self.s3_key_id, &self.s3_secret) else {
            bail!("it takes s3_key_id and s3_secret");
        };
        Ok(Objects::on_s3(&S3Settings {
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            bucket: bucket.clone(),
            key_id: key_id.clone(),
            secret: secret.reveal().to_owned(),
            path_style: self.s3_path_style,
        })?)
    }

    /// Who scans files, if anybody does.
    pub(crate) fn scanner(&self) -> anyhow::Result<Option<Scanner>> {
        self.scan.as_deref().map(str::parse).transpose()
    }

    /// The data folder as an absolute path.
    pub fn data_folder(&self) -> anyhow::Result<PathBuf> {
        std::path::absolute(&self.data)
            .with_context(|| format!("The data folder {} has no path", self.data.display()))
    }
}

impl LoadedConfig {
    /// Where a setting came from: a variable, a file, or nowhere.
    pub fn setting_source(&self, name: &str) -> String {
        self.figment.find_metadata(name).map_or_else(
            || DEFAULT_SETTING_SOURCE.into(),
            |source| sources::describe_setting_source(source, name),
        )
    }

    fn invalid(&self, name: &str, why: &str) -> String {
        sources::invalid_setting_message(name, &self.setting_source(name), why)
    }

    /// All settings as a file that could be read again, each with its meaning and source;
    /// secrets are hidden.
    pub fn to_toml(&self) -> anyhow::Result<String> {
        let values = serde_json::to_value(&self.config)?;
        let mut text = String::from(
            "# Settings of Servicebook. Each can be set in the environment (SERVICEBOOK_<NAME>)\n\
             # or in servicebook.toml; the environment wins.\n",
        );
        for Setting { name, description, example } in SETTINGS {
            let source = self.setting_source(name);
            match values.get(name).filter(|value| !value.is_null()) {
                Some(value) => writeln!(text, "\n# {description}\n{name} = {value}  # {source}")?,
                None => writeln!(text, "\n# {description}\n# {name} = {example:?}  # not set")?,
            }
        }
        Ok(text)
    }
}

/// Parses a role in which people sign in.
fn sign_in_role(name: &str) -> anyhow::Result<Role> {
    let signs_in = |role: &Role| !matches!(role, Role::Guest | Role::System);
    let role = Role::ALL.into_iter().filter(signs_in).find(|role| role.to_string() == name);
    role.with_context(|| format!("nobody signs in in a role {name}"))
}

#[cfg(test)]
mod tests;
