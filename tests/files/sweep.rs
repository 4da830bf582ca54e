//! Objects of nothing are removed when they are old enough, and so are files that nobody uses.

use std::time::Duration;

use commands::CommandEnvelope;
use domain::{
    FileName,
    files::file::{Command, File, FileId, NewFile, Purpose, Sha256},
    identity::Actor,
};
use futures::{TryStreamExt, stream};
use objects::{ObjectError, ObjectKey, Objects};
use tests::database::Database;
use uuid::Uuid;
use workers::{Task, Window, files::ObjectSweep};

#[tokio::test]
async fn fil_6_objects_of_nothing_are_swept_and_files_that_nobody_uses_are_deleted() {
    let (database, folder) = (Database::new().await, tempfile::tempdir().unwrap());
    let (commands, objects) = (database.commands(), Objects::in_folder(folder.path()).unwrap());
    let put = async |key: &ObjectKey, days: u64| {
        let bytes = stream::iter([Ok("bytes".into())]);
        objects.put::<ObjectError>(key, bytes).await.unwrap();
        let file = std::fs::File::open(folder.path().join(key.to_string())).unwrap();
        let then = file.metadata().unwrap().modified().unwrap();
        file.set_modified(then - Duration::from_hours(24 * days)).unwrap();
    };
    let file = |id: FileId| ObjectKey::new("files", id.uuid());
    let (unused, orphan, young) = (FileId::new(), FileId::new(), FileId::new());
    let upload = Uuid::now_v7();
    let part = |upload| ObjectKey::new("uploads", upload).part(Uuid::now_v7());
    let (part, kept) = (part(Uuid::now_v7()), part(upload));
    let begin = "select uploads.begin($1, $1, '', 'text/plain', 9, '1 day', 1, 9)";
    sqlx::query(begin).bind(upload).execute(&database.app).await.unwrap();
    let export = ObjectKey::new("exports", Uuid::now_v7()).part(Uuid::now_v7());
    for (key, days) in [
        (&file(unused), 3),
        (&file(orphan), 3),
        (&file(young), 1),
        (&part, 0),
        (&kept, 3),
        (&export, 3),
    ] {
        put(key, days).await;
    }
    let upload = Command::Upload(NewFile {
        owner: Uuid::now_v7().into(),
        name: FileName::cleaned("a.txt"),
        media_type: "text/plain".parse().unwrap(),
        sniffed: "text/plain".parse().unwrap(),
        size: 5,
        sha256: Sha256::new(&[7; 32]),
        purpose: Purpose::IssueAttachment,
    });
    let envelope = CommandEnvelope::<File>::new(unused, upload, Actor::system("test"));
    commands.execute(envelope).await.unwrap();

    let now = commands.now();
    let sweep = ObjectSweep::new(commands.clone(), database.app.clone(), objects.clone());
    sweep.run(Window { from: now, until: now }).await.unwrap();
    let mut left: Vec<_> = Vec::new();
    for folder in ["files", "uploads", "exports"] {
        let listed: Vec<_> = objects.list(folder).try_collect().await.unwrap();
        left.extend(listed.into_iter().map(|object| object.key));
    }
    assert_eq!(left.len(), 3, "{left:?}");
    assert!([file(unused), file(young), kept].iter().all(|key| left.contains(key)), "{left:?}");
    // Its bytes follow, as those of all that is deleted.
    let deleted: File = commands.aggregates().load(unused).await.unwrap();
    assert!(deleted.content().is_none());
    database.stop().await;
}
