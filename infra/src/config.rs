//! What can be set: one struct, filled from the environment over a file over defaults.

mod settings;
mod sources;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, bail};
use api::{
    Breached, Idle,
    ingress::{Deprecations, Proxies, Rates},
};
use domain::identity::Role;
use engines::Secret;
use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::EnvFilter;

use crate::listener;
pub use settings::{SETTINGS, Setting};
use sources::Environment;

/// The file that is read when none is named, in the folder where the program was started.
const FILE: &str = "servicebook.toml";

/// How often one may ask when nothing else is said. Pages ask for much at once; passwords are
/// dear to check.
const RATES: &str = "user=200/s, key=100/s, address=400/s, /api/v1/jwt=60/m, /api/v1/auth=60/m, \
                     /oauth2=300/m, /oauth2/token=120/m, /oauth2/sign-in=60/m, \
                     /oauth2/consent=60/m, user_streams=10, address_streams=100";

/// For how long sessions may rest when nothing else is said: whoever works here signs in each day.
const IDLE: &str = "staff=12h, clients=14d, applications=30d";

/// The origin of what was not set.
pub const DEFAULT: &str = "default";

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
    pub db_connections: u32,
    pub master_key: Option<Secret>,
    pub gateway_key: Option<Secret>,
    pub smtp_url: Option<Secret>,
    pub mail_from: String,
    pub private_providers: bool,
    pub breached_passwords: Option<PathBuf>,
    pub require_second_factor: String,
    pub idle_sessions: String,
    pub log: String,
    pub log_format: LogFormat,
    pub log_to: LogTo,
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
pub enum LogTo {
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
            rates: RATES.into(),
            deprecations: String::new(),
            database_url: None,
            nats_url: None,
            bus_replicas: None,
            pg_bin: None,
            nats_bin: None,
            db_connections: 16,
            master_key: None,
            gateway_key: None,
            smtp_url: None,
            mail_from: "Servicebook <servicebook@localhost>".into(),
            private_providers: false,
            breached_passwords: None,
            require_second_factor: String::new(),
            idle_sessions: IDLE.into(),
            log: "info,async_nats=warn".into(),
            log_format: LogFormat::Text,
            log_to: LogTo::Stderr,
        }
    }
}

/// The settings, and where each came from.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    figment: Figment,
}

impl Config {
    /// Reads the settings. `file` must exist if it is named; `environment` is that of the process.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> anyhow::Result<Loaded> {
        if let Some(file) = file.filter(|file| !file.is_file()) {
            bail!("There is no settings file {}. Name one that exists.", file.display());
        }
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        let usual = Some(Path::new(FILE)).filter(|file| file.is_file());
        if let Some(file) = file.or(usual) {
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment.merge(Environment::new(environment));
        let config: Self = figment.extract().map_err(|error| sources::sentences(&error))?;
        let loaded = Loaded { config, figment };
        loaded.check()?;
        Ok(loaded)
    }

    /// How people reach this server, without a slash at the end.
    pub fn public_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| self.http()).trim_end_matches('/').to_owned()
    }

    /// Whether people reach this server by HTTPS.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// How a gateway reaches it: `host:port`.
    pub fn advertised(&self) -> String {
        self.advertise.clone().unwrap_or_else(|| self.listen.to_string())
    }

    /// How this machine reaches it, without a slash at the end.
    pub fn http(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// The passwords that nobody may choose.
    pub(crate) fn breached(&self) -> anyhow::Result<Option<Breached>> {
        self.breached_passwords.as_deref().map(Breached::open).transpose()
    }

    /// The roles in which a password alone lets nobody in.
    pub(crate) fn second_factor(&self) -> anyhow::Result<BTreeSet<Role>> {
        let roles = self.require_second_factor.split(',').map(str::trim);
        roles.filter(|role| !role.is_empty()).map(role).collect()
    }

    /// Where the engines are, or what private ones are made of.
    pub fn engines(&self) -> anyhow::Result<engines::Settings> {
        Ok(engines::Settings {
            data: self.data()?,
            database_url: self.database_url.clone(),
            nats_url: self.nats_url.clone(),
            pg_bin: self.pg_bin.clone(),
            nats_bin: self.nats_bin.clone(),
        })
    }

    /// The data folder, whatever folder the process works in later.
    pub fn data(&self) -> anyhow::Result<PathBuf> {
        std::path::absolute(&self.data)
            .with_context(|| format!("The data folder {} has no path", self.data.display()))
    }
}

impl Loaded {
    /// What the types cannot say.
    fn check(&self) -> anyhow::Result<()> {
        let config = &self.config;
        if let Err(why) = EnvFilter::builder().parse(&config.log) {
            bail!(self.wrong("log", &why.to_string()));
        }
        if let Some(url) = &config.public_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            bail!(self.wrong("public_url", "it begins neither with http:// nor with https://"));
        }
        if let Some(url) = &config.database_url
            && let Err(why) = PgConnectOptions::from_str(url.reveal())
        {
            bail!(self.wrong("database_url", &why.to_string()));
        }
        if let Some(url) = &config.nats_url
            && let Err(why) = url
                .reveal()
                .split(',')
                .try_for_each(|address| address.parse::<async_nats::ServerAddr>().map(drop))
        {
            bail!(self.wrong("nats_url", &why.to_string()));
        }
        for (name, wrong) in [
            ("routes", listener::instances(&config.routes).err()),
            ("trusted_proxies", config.trusted_proxies.parse::<Proxies>().err()),
            ("origins", listener::origins(&config.origins).err()),
            ("breached_passwords", config.breached().err()),
            ("require_second_factor", config.second_factor().err()),
            ("idle_sessions", config.idle_sessions.parse::<Idle>().err()),
            ("rates", config.rates.parse::<Rates>().err()),
            ("deprecations", config.deprecations.parse::<Deprecations>().err()),
        ] {
            if let Some(why) = wrong {
                bail!(self.wrong(name, &format!("{why:#}")));
            }
        }
        if config.tls_listen.is_some()
            && (config.tls_certificate.is_none() || config.tls_key.is_none())
        {
            bail!(self.wrong("tls_listen", "it takes tls_certificate and tls_key"));
        }
        if !(2..=500).contains(&config.db_connections) {
            bail!(self.wrong("db_connections", "it is not between 2 and 500"));
        }
        if config.bus_replicas.is_some_and(|replicas| ![1, 3, 5].contains(&replicas)) {
            bail!(self.wrong("bus_replicas", "it is neither 1, 3 nor 5"));
        }
        if !(16..=1_000_000).contains(&config.connections) {
            bail!(self.wrong("connections", "it is not between 16 and 1000000"));
        }
        if !config.mail_from.contains('@') {
            bail!(self.wrong("mail_from", "it holds no address"));
        }
        Ok(())
    }

    /// Where a setting came from: a variable, a file, or nowhere.
    pub fn origin(&self, name: &str) -> String {
        self.figment
            .find_metadata(name)
            .map_or_else(|| DEFAULT.into(), |source| sources::origin(source, name))
    }

    fn wrong(&self, name: &str, why: &str) -> String {
        sources::wrong(name, &self.origin(name), why)
    }

    /// All settings as a file that could be read again, each with its meaning and origin;
    /// secrets are hidden.
    pub fn print(&self) -> anyhow::Result<String> {
        let values = serde_json::to_value(&self.config)?;
        let mut text = String::from(
            "# Settings of Servicebook. Each can be set in the environment (SERVICEBOOK_<NAME>)\n\
             # or in servicebook.toml; the environment wins.\n",
        );
        for Setting { name, means, example } in SETTINGS {
            let origin = self.origin(name);
            match values.get(name).filter(|value| !value.is_null()) {
                Some(value) => writeln!(text, "\n# {means}\n{name} = {value}  # {origin}")?,
                None => writeln!(text, "\n# {means}\n# {name} = {example:?}  # not set")?,
            }
        }
        Ok(text)
    }
}

/// A role by its name, in which people sign in.
fn role(name: &str) -> anyhow::Result<Role> {
    let signs_in = |role: &Role| !matches!(role, Role::Guest | Role::System);
    let role = Role::ALL.into_iter().filter(signs_in).find(|role| role.to_string() == name);
    role.with_context(|| format!("nobody signs in in a role {name}"))
}

#[cfg(test)]
mod tests;
