//! Who works: everybody who reacts to events, to the clock, or to what comes in.

use anyhow::bail;
use bus::Tail;
use futures::{FutureExt, future::BoxFuture};
use sealing::KeyRing;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use workers::{
    Task, Worker, Workers,
    licensing::Expiry,
    notifications::{
        mail::{self, MailSender, Mailer},
        notification,
    },
    organizations::{Invitations, membership_worker},
    platform::{self, Alarm, Sweep},
    purchasing::{Fulfilment, WaitingTimeout, run_inbox},
    scheduling::TimeZoneUpdates,
    support::continuation_worker,
};

use crate::{config::Config, system::System};

/// Work that goes on until it is stopped.
pub(crate) struct Member {
    pub name: &'static str,
    pub work: Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, ()> + Send>,
}

/// Those of these names, or all. All of them are entered, so that they react to whatever happens
/// once somebody is served.
pub(crate) async fn called(
    names: &[String],
    system: &System,
    config: &Config,
) -> anyhow::Result<Vec<Member>> {
    let mut members = all(system, config).await?;
    for name in names {
        if !members.iter().any(|member| member.name == name) {
            let known: Vec<_> = members.iter().map(|member| member.name).collect();
            bail!("There is no worker called {name}. There are: {}.", known.join(", "));
        }
    }
    members.retain(|member| names.is_empty() || names.iter().any(|name| name == member.name));
    Ok(members)
}

async fn all(system: &System, config: &Config) -> anyhow::Result<Vec<Member>> {
    let System { db, bus, tail, keys, commands, projections, .. } = system.clone();
    let mail = MailSender::new(commands.clone(), db.clone(), mail_settings(config)?);
    let fulfilment = Fulfilment::worker(commands.clone());
    let notifications =
        notification::notification_worker(commands.clone(), projections.clone(), db.clone());
    let membership = membership_worker(commands.clone(), projections.clone(), db.clone());
    let follow = async |worker| follower(&db, &keys, &tail, worker).await;
    Ok(vec![
        follow(fulfilment).await?,
        follow(notifications).await?,
        follow(mail.worker()).await?,
        follow(Invitations::new(commands.clone(), mail.clone()).worker()).await?,
        follow(membership).await?,
        follow(continuation_worker(commands.clone())).await?,
        follow(platform::erasure_worker(projections)).await?,
        task(&db, mail),
        task(&db, Sweep::new(db.clone())),
        task(&db, Alarm::new(commands.clone(), db.clone())),
        task(&db, Expiry::new(commands.clone(), db.clone())),
        task(&db, WaitingTimeout::new(commands.clone(), db.clone())),
        task(&db, TimeZoneUpdates::new(commands.clone(), db.clone())),
        Member {
            name: "purchasing.inbox",
            work: Box::new(move |stop| {
                async move { run_inbox(&bus, &commands, stop).await }.boxed()
            }),
        },
    ])
}

async fn follower(
    db: &PgPool,
    keys: &KeyRing,
    tail: &Tail,
    worker: Worker,
) -> anyhow::Result<Member> {
    let workers = Workers::new(db.clone(), keys.clone(), Some(tail.clone()));
    workers.register(&worker).await?;
    let name = worker.name;
    let work = move |stop| async move { workers.run(&worker, stop).await }.boxed();
    Ok(Member { name, work: Box::new(work) })
}

fn task<T: Task + 'static>(db: &PgPool, task: T) -> Member {
    let db = db.clone();
    let work = move |stop| async move { workers::run_task(&db, &task, stop).await }.boxed();
    Member { name: T::NAME, work: Box::new(work) }
}

/// By which way mails leave: to a server, or into a folder of ours.
fn mail_settings(config: &Config) -> anyhow::Result<mail::Settings> {
    let mailer = if let Some(url) = &config.smtp_url {
        Mailer::server(url.reveal())?
    } else {
        let folder = config.data()?.join("mail");
        warn!(
            "no smtp_url is set: mails are sent to nobody, they are files in {}",
            folder.display()
        );
        Mailer::Folder(folder)
    };
    Ok(mail::Settings { mailer, from: config.mail_from.clone(), portal: config.public_url() })
}
