//! Creates the API from the system and the settings, and keeps its signing keys up to date.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use api::{App, GuestCode, GuestMail, Readiness, Settings, Tokens, ingress::RateLimits};
use chrono::TimeDelta;
use documents::Renderer;
use futures::{FutureExt, future::BoxFuture};
use sealing::SigningKey;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use workers::notifications::mail::{MailSender, UnrenderedMail};

use crate::{
    all_workers,
    cli::RENDER,
    config::{self, Config},
    demo,
    system::System,
    task_group::TaskGroup,
};

/// How often a process reloads the signing keys.
const RELOAD_INTERVAL: Duration = Duration::from_secs(10);

pub(crate) async fn create_app(
    system: &System,
    config: &Config,
    readiness: Readiness,
    rates: Arc<RateLimits>,
    background: &TaskGroup,
) -> anyhow::Result<App> {
    let keys = SigningKey::ensure_current(&system.db, system.keys.master());
    let keys = keys.await.context("The signing keys cannot be had")?;
    Ok(App::new(Settings {
        db: system.db.clone(),
        commands: system.commands.clone(),
        projections: system.projections.clone(),
        objects: system.objects.clone(),
        scans_files: config.scan.is_some(),
        exports_kept: TimeDelta::days(config.export_days.into()),
        tokens: Arc::new(Tokens::new(config.public_url(), &keys)?),
        deployment: SigningKey::deployment_id(&system.db).await?,
        guest_mail: Arc::new(GuestMailer(all_workers::mail_sender(system, config)?)),
        // The program as it runs, whatever lies at its path by now.
        documents: Renderer::new("/proc/self/exe".into(), RENDER),
        readiness,
        rates,
        public_url: config.public_url(),
        origins: config::parse_origins(&config.origins)?,
        private_providers: config.private_providers,
        breached: config.open_breached_passwords()?.map(Arc::new),
        second_factor: config.second_factor_roles()?,
        idle: config.idle_sessions.parse()?,
        demonstration: demo::notice_when_loaded(system, config, background).await?,
    }))
}

/// Reloads the signing keys regularly, until `stop`.
pub(crate) async fn reload_signing_keys(app: App, system: System, stop: CancellationToken) {
    while stop.run_until_cancelled(sleep(RELOAD_INTERVAL)).await.is_some() {
        let keys = SigningKey::ensure_current(&system.db, system.keys.master()).await;
        if let Err(why) = keys.map_err(Into::into).and_then(|keys| app.tokens().replace_keys(&keys))
        {
            warn!("going on with the signing keys of before: {why:#}");
        }
    }
}

/// Mails to guests are sent as all others.
struct GuestMailer(MailSender);

impl GuestMail for GuestMailer {
    fn send_code(&self, code: GuestCode) -> BoxFuture<'_, anyhow::Result<()>> {
        let GuestCode { about, subject, to, language, code } = code;
        async move {
            let mail = UnrenderedMail::for_guest_code((about, subject), &to, language, code)?;
            self.0.send(mail).await
        }
        .boxed()
    }

    fn forget(&self, subject: Uuid) -> BoxFuture<'_, anyhow::Result<()>> {
        async move { Ok(self.0.delete_mail_files_to(subject).await?) }.boxed()
    }
}
