//! An invitation that is withdrawn before the worker has mailed it is not mailed.

use commands::CommandEnvelope;
use domain::{
    Id,
    identity::{Actor, Reach, Role, user::Language},
    organizations::{
        cabinet::{self, Cabinet},
        invitation::{Command, Invitation},
        membership::{Grant, Rank},
    },
};
use lease::Leases;
use sealing::KeyRing;
use serde_json::json;
use tests::database::Database;
use uuid::Uuid;
use workers::{
    WorkerRuntime,
    notifications::mail::{MailSender, MailSettings, Mailer},
    organizations::InvitationReactions,
};

#[tokio::test]
async fn iam_9_an_invitation_that_was_taken_back_is_not_mailed_any_more() {
    let (database, folder) = (Database::new().await, tempfile::tempdir().unwrap());
    let commands = database.commands();
    let settings = MailSettings {
        mailer: Mailer::Folder(folder.path().to_owned()),
        from: "Salon <salon@example.com>".into(),
        portal: "https://book.example.com".into(),
    };
    let sender = MailSender::new(commands.clone(), database.app.clone(), settings);
    let worker = InvitationReactions::new(commands.clone(), sender).worker();
    let keys = KeyRing::new(database.app.clone(), database.master.clone());
    let workers =
        WorkerRuntime::new(database.app.clone(), keys, None, Leases::new(&database.options));
    workers.register(&worker).await.unwrap();

    let actor = Actor::new(Uuid::from_u128(1), Role::Admin);
    let cabinet = Id::<Cabinet>::from(Uuid::from_u128(2));
    let create = json!({ "type": "create", "name": "Acme" });
    let create: cabinet::Command = serde_json::from_value(create).unwrap();
    commands.execute(CommandEnvelope::new(cabinet, create, actor.clone())).await.unwrap();
    let execute = async |number: u128, command: Command| {
        let id = Id::<Invitation>::from(Uuid::from_u128(number));
        commands.execute(CommandEnvelope::new(id, command, actor.clone())).await.unwrap();
    };
    let grant = Grant { role: Rank::ClientUser, reach: Reach::Own };
    for (number, email) in [(3, "eva@example.org"), (4, "otto@example.org")] {
        let (email, language) = (email.parse().unwrap(), Language::default());
        execute(number, Command::Send { cabinet, email, grant, language }).await;
    }
    // The worker has not run yet.
    execute(3, Command::Withdraw {}).await;
    workers.catch_up(&worker).await.unwrap();

    let mails: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    let [Ok(mail)] = &mails[..] else { panic!("{mails:?}") };
    let mail = std::fs::read_to_string(mail.path()).unwrap();
    assert!(mail.contains("To: otto@example.org"), "{mail}");
    database.stop().await;
}
