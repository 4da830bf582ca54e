//! The list of all workers: those that react to events, those on a schedule, and the inbox.

use std::path::PathBuf;

use anyhow::bail;
use futures::{FutureExt, future::BoxFuture};
use lease::Leases;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use workers::{
    Task, Worker, WorkerRuntime,
    analytics::{ReplayExpiry, replay_deletion_worker},
    files::{
        ExportExpiry, ObjectSweep, SavedExportRuns, export_deletion_worker, file_deletion_worker,
        file_scan_worker,
    },
    licensing::LicenseExpiry,
    notifications::{
        mail::{self, MailSender, MailSweep, Mailer},
        notification,
    },
    organizations::{InvitationReactions, membership_worker},
    platform::{self, ParkedStreamAlarm, RetentionSweep},
    purchasing::{PurchaseFulfilment, WaitingMessageTimeout, ingest_purchase_messages},
    scheduling::{AppointmentReminders, TimeZoneUpdates, appointment_mail_worker},
    support::issue_continuation_worker,
};

use crate::{config::Config, system::System};

/// A worker by its name, ready to run until it is stopped.
pub(crate) struct NamedWorker {
    pub name: &'static str,
    pub run: Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, ()> + Send>,
}

/// The workers of these names, or all if no name is passed. All of them are registered in any case, so
/// that none misses an event from now on.
pub(crate) async fn register_and_select_workers(
    names: &[String],
    system: &System,
    config: &Config,
) -> anyhow::Result<Vec<NamedWorker>> {
    let mut workers = create_workers(system, config).await?;
    for name in names {
        if !workers.iter().any(|worker| worker.name == name) {
            let available: Vec<_> = workers.iter().map(|worker| worker.name).collect();
            bail!("There is no worker called {name}. There are: {}.", available.join(", "));
        }
    }
    workers.retain(|worker| names.is_empty() || names.iter().any(|name| name == worker.name));
    Ok(workers)
}

async fn create_workers(system: &System, config: &Config) -> anyhow::Result<Vec<NamedWorker>> {
    let System { db, bus, commands, projections, objects, leases, .. } = system.clone();
    if config.smtp_url.is_none() {
        warn!(
            "no smtp_url is set: mails are sent to nobody, they are files in {}",
            mail_folder(config)?.display()
        );
    }
    let mail = mail_sender(system, config)?;
    let fulfilment = PurchaseFulfilment::worker(commands.clone());
    let notifications = notification::notification_creation_worker(
        commands.clone(),
        projections.clone(),
        db.clone(),
    );
    let membership = membership_worker(commands.clone(), projections.clone(), db.clone());
    let appointments =
        appointment_mail_worker(commands.clone(), projections.clone(), db.clone(), mail.clone());
    let scan = config.scanner()?;
    let scan = scan.map(|it| file_scan_worker(commands.clone(), objects.clone(), it));
    let register = async |worker| event_worker(system, worker).await;
    let mut all = vec![
        register(fulfilment).await?,
        register(notifications).await?,
        register(mail.worker()).await?,
        register(InvitationReactions::new(commands.clone(), mail.clone()).worker()).await?,
        register(membership).await?,
        register(issue_continuation_worker(commands.clone())).await?,
        register(appointments).await?,
        register(file_deletion_worker(commands.clone(), db.clone(), objects.clone())).await?,
        register(export_deletion_worker(commands.clone(), db.clone(), objects.clone())).await?,
        register(replay_deletion_worker(db.clone())).await?,
        register(platform::erase_from_replays_worker(projections)).await?,
        task_worker(&db, &leases, MailSweep(mail.clone())),
        task_worker(&db, &leases, mail),
        task_worker(&db, &leases, ObjectSweep::new(commands.clone(), db.clone(), objects)),
        task_worker(&db, &leases, ExportExpiry::new(commands.clone(), db.clone())),
        task_worker(&db, &leases, ReplayExpiry::new(commands.clone(), db.clone())),
        task_worker(&db, &leases, SavedExportRuns::new(commands.clone(), db.clone())),
        task_worker(&db, &leases, RetentionSweep::new(commands.clone(), db.clone())),
        task_worker(&db, &leases, ParkedStreamAlarm::new(commands.clone(), db.clone())),
        task_worker(&db, &leases, LicenseExpiry::new(commands.clone(), db.clone())),
        task_worker(&db, &leases, WaitingMessageTimeout::new(commands.clone(), db.clone())),
        task_worker(&db, &leases, AppointmentReminders::new(commands.clone(), db.clone())),
        task_worker(&db, &leases, TimeZoneUpdates::new(commands.clone(), db.clone())),
        NamedWorker {
            name: "purchasing.inbox",
            run: Box::new(move |stop| {
                async move { ingest_purchase_messages(&bus, &commands, stop).await }.boxed()
            }),
        },
    ];
    if let Some(scan) = scan {
        all.push(register(scan).await?);
    }
    Ok(all)
}

async fn event_worker(system: &System, worker: Worker) -> anyhow::Result<NamedWorker> {
    let System { db, keys, tail, leases, .. } = system.clone();
    let workers = WorkerRuntime::new(db, keys, Some(tail), leases);
    workers.register(&worker).await?;
    let name = worker.name;
    let run = move |stop| async move { workers.run(&worker, stop).await }.boxed();
    Ok(NamedWorker { name, run: Box::new(run) })
}

fn task_worker<T: Task + 'static>(db: &PgPool, leases: &Leases, task: T) -> NamedWorker {
    let (db, leases) = (db.clone(), leases.clone());
    let run = move |stop| async move { workers::run_task(&db, &leases, &task, stop).await }.boxed();
    NamedWorker { name: T::NAME, run: Box::new(run) }
}

/// Sends mails to a server, or as files into the data folder.
pub(crate) fn mail_sender(system: &System, config: &Config) -> anyhow::Result<MailSender> {
    let mailer = match &config.smtp_url {
        Some(url) => Mailer::for_server(url.reveal())?,
        None => Mailer::Folder(mail_folder(config)?),
    };
    let (from, portal) = (config.mail_from.clone(), config.public_url());
    let settings = mail::MailSettings { mailer, from, portal };
    Ok(MailSender::new(system.commands.clone(), system.db.clone(), settings))
}

fn mail_folder(config: &Config) -> anyhow::Result<PathBuf> {
    Ok(config.data_folder()?.join("mail"))
}
