//! Sends mails to a mail server, or writes them into a folder.

use std::{
    io,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use anyhow::Context;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{self, response::Category},
};
use tokio::{
    fs::{self, DirBuilder, OpenOptions, ReadDir},
    io::AsyncWriteExt,
};
use uuid::Uuid;

/// How long mails are kept that are files.
const FILE_RETENTION: Duration = Duration::from_hours(30 * 24);
/// The same of those with a code: as long as it is good for.
const CODE_FILE_RETENTION: Duration = Duration::from_mins(30);
/// How the names of files with codes end.
const CODE: &str = "code.eml";

/// A mail, ready to be sent.
pub(super) struct MailMessage {
    /// The data subject with whom it is erased.
    pub(super) data_subject: Uuid,
    pub(super) about: Uuid,
    /// The same for the same mail, for ever.
    pub(super) message_id: String,
    pub(super) message: Message,
    /// Whether it holds a code that is good for a short time.
    pub(super) is_code: bool,
}

/// Where mails go.
pub enum Mailer {
    /// A mail server.
    Server(AsyncSmtpTransport<Tokio1Executor>),
    /// A folder in which every mail is a file: `<data_subject>.<about>.eml`, or `….code.eml`. Only the user of the
    /// process may read it, since the links in mails let somebody in.
    Folder(PathBuf),
}

/// Why a mail was not sent.
#[derive(Debug)]
pub struct SendError {
    pub reason: String,
    /// Whether it is refused for good, so that trying again does not help.
    pub permanent: bool,
}

impl Mailer {
    /// A mail server by its URL: `smtps://user:password@mail.example.com`, or `smtp://` with
    /// `?tls=required` for STARTTLS.
    pub fn for_server(url: &str) -> anyhow::Result<Self> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        Ok(Self::Server(transport.context("smtp_url names no mail server")?.build()))
    }

    pub(super) async fn send(&self, message: &MailMessage) -> Result<(), SendError> {
        match self {
            Self::Server(server) => match server.send(message.message.clone()).await {
                Ok(_) => Ok(()),
                Err(why) => Err(SendError::new(&why, rejects_message(&why))),
            },
            Self::Folder(folder) => {
                let kind = if message.is_code { CODE } else { "eml" };
                let name = format!("{}.{}.{kind}", message.data_subject, message.about);
                // Several may write the same mail at once.
                let draft = folder.join(format!("{name}.{}.draft", Uuid::now_v7()));
                let write = async {
                    DirBuilder::new().recursive(true).mode(0o700).create(folder).await?;
                    let mut file = OpenOptions::new();
                    let file = file.create_new(true).write(true).mode(0o600);
                    let mut file = file.open(&draft).await?;
                    file.write_all(&message.message.formatted()).await?;
                    file.flush().await?;
                    fs::rename(&draft, folder.join(name)).await
                };
                if let Err(why) = write.await {
                    // It may not be there.
                    let _ = fs::remove_file(&draft).await;
                    return Err(SendError::new(&why, false));
                }
                Ok(())
            }
        }
    }

    /// Deletes the mails from the folder that nobody fetched in time.
    pub(super) async fn delete_old_files(&self, now: SystemTime) -> io::Result<()> {
        let Some(mut files) = self.files().await? else { return Ok(()) };
        while let Some(file) = files.next_entry().await? {
            let is_code = file.file_name().to_string_lossy().contains(CODE);
            let kept = if is_code { CODE_FILE_RETENTION } else { FILE_RETENTION };
            if file.metadata().await?.modified()? + kept < now {
                fs::remove_file(file.path()).await?;
            }
        }
        Ok(())
    }

    /// Deletes all mails to somebody from the folder. Those that a server accepted are out of reach.
    pub(super) async fn delete_mail_files_to(&self, data_subject: Uuid) -> io::Result<()> {
        let Some(mut files) = self.files().await? else { return Ok(()) };
        let prefix = format!("{data_subject}.");
        while let Some(file) = files.next_entry().await? {
            if file.file_name().to_string_lossy().starts_with(&prefix) {
                fs::remove_file(file.path()).await?;
            }
        }
        Ok(())
    }

    /// What is in the folder, if there is one.
    async fn files(&self) -> io::Result<Option<ReadDir>> {
        let Self::Folder(folder) = self else { return Ok(None) };
        match fs::read_dir(folder).await {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            files => files.map(Some),
        }
    }
}

/// Whether a server refuses this mail, or its recipient, for good (RFC 5321 §4.2.1: 55x). Every other
/// "permanent" refusal is about us: a wrong password must not lose a mail.
fn rejects_message(why: &smtp::Error) -> bool {
    why.is_permanent() && why.status().is_some_and(|code| code.category == Category::MailSystem)
}

impl SendError {
    fn new(why: &(dyn std::error::Error + 'static), permanent: bool) -> Self {
        let why = anyhow::Chain::new(why).map(ToString::to_string).collect::<Vec<_>>().join(": ");
        Self {
            reason: why.chars().filter(|character| !character.is_control()).take(1000).collect(),
            permanent,
        }
    }
}
