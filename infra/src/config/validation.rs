//! Checks settings beyond their types.

use std::str::FromStr;

use anyhow::bail;
use api::{
    IdleTimeouts,
    ingress::{Deprecations, RateLimits, TrustedProxies},
};
use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::EnvFilter;

use super::{
    LoadedConfig,
    lists::{parse_origins, parse_routes},
};

impl LoadedConfig {
    /// Checks what the types of the settings do not ensure.
    pub(super) fn validate(&self) -> anyhow::Result<()> {
        let config = &self.config;
        if let Err(why) = EnvFilter::builder().parse(&config.log) {
            bail!(self.invalid("log", &why.to_string()));
        }
        if let Some(url) = &config.public_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            bail!(self.invalid("public_url", "it begins neither with http:// nor with https://"));
        }
        if let Some(url) = &config.database_url {
            let is_of_postgres = |scheme| url.reveal().starts_with(scheme);
            if !["postgres://", "postgresql://"].into_iter().any(is_of_postgres) {
                bail!(self.invalid("database_url", "it does not begin with postgres://"));
            }
            if let Err(why) = PgConnectOptions::from_str(url.reveal()) {
                bail!(self.invalid("database_url", &why.to_string()));
            }
        }
        if let Some(url) = &config.nats_url
            && let Err(why) = url
                .reveal()
                .split(',')
                .try_for_each(|address| address.parse::<async_nats::ServerAddr>().map(drop))
        {
            bail!(self.invalid("nats_url", &why.to_string()));
        }
        for (name, invalid) in [
            ("routes", parse_routes(&config.routes).err()),
            ("trusted_proxies", config.trusted_proxies.parse::<TrustedProxies>().err()),
            ("origins", parse_origins(&config.origins).err()),
            ("breached_passwords", config.open_breached_passwords().err()),
            ("require_second_factor", config.second_factor_roles().err()),
            ("idle_sessions", config.idle_sessions.parse::<IdleTimeouts>().err()),
            ("scan", config.scanner().err()),
            ("rates", config.rates.parse::<RateLimits>().err()),
            ("deprecations", config.deprecations.parse::<Deprecations>().err()),
        ] {
            if let Some(why) = invalid {
                bail!(self.invalid(name, &format!("{why:#}")));
            }
        }
        if config.tls_listen.is_some()
            && (config.tls_certificate.is_none() || config.tls_key.is_none())
        {
            bail!(self.invalid("tls_listen", "it takes tls_certificate and tls_key"));
        }
        if config.analyst_listen.is_some_and(|address| !address.ip().is_loopback()) {
            bail!(self.invalid(
                "analyst_listen",
                "it is no address of this machine alone, and the private Postgres encrypts nothing"
            ));
        }
        if config.s3_bucket.is_some()
            && let Err(why) = config.open_objects()
        {
            bail!(self.invalid("s3_bucket", &format!("{why:#}")));
        }
        if let Some(url) = &config.smtp_url
            && !["smtp://", "smtps://"].into_iter().any(|scheme| url.reveal().starts_with(scheme))
        {
            bail!(self.invalid("smtp_url", "it begins neither with smtps:// nor with smtp://"));
        }
        if !(1..=365).contains(&config.export_days) {
            bail!(self.invalid("export_days", "it is not between 1 and 365"));
        }
        if !(10..=500).contains(&config.db_connections) {
            bail!(self.invalid("db_connections", "it is not between 10 and 500"));
        }
        if config.bus_replicas.is_some_and(|replicas| ![1, 3, 5].contains(&replicas)) {
            bail!(self.invalid("bus_replicas", "it is neither 1, 3 nor 5"));
        }
        if !(16..=1_000_000).contains(&config.connections) {
            bail!(self.invalid("connections", "it is not between 16 and 1000000"));
        }
        if !config.mail_from.contains('@') {
            bail!(self.invalid("mail_from", "it holds no address"));
        }
        Ok(())
    }
}
