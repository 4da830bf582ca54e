//! By which way letters leave the house.

use std::{io, path::PathBuf};

use anyhow::Context;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{self, response::Category},
};
use tokio::{
    fs::{self, DirBuilder, OpenOptions},
    io::AsyncWriteExt,
};
use uuid::Uuid;

use super::letter::Letter;

/// Where letters are taken to.
pub enum Post {
    /// A mail server.
    Server(AsyncSmtpTransport<Tokio1Executor>),
    /// A folder in which every letter is a file: `<recipient>.<about>.eml`. Whoever may read it may
    /// follow the links in them, so nobody else may.
    Folder(PathBuf),
}

/// Why a letter was not taken.
#[derive(Debug)]
pub struct Unsent {
    pub why: String,
    /// Whether it never will be.
    pub forever: bool,
}

impl Post {
    /// A mail server by its URL: `smtps://user:password@mail.example.com`, or `smtp://` with
    /// `?tls=required` for STARTTLS.
    pub fn server(url: &str) -> anyhow::Result<Self> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        Ok(Self::Server(transport.context("smtp_url names no mail server")?.build()))
    }

    pub(super) async fn send(&self, letter: &Letter) -> Result<(), Unsent> {
        match self {
            Self::Server(server) => match server.send(letter.message.clone()).await {
                Ok(_) => Ok(()),
                Err(why) => Err(Unsent::new(&why, is_about_the_letter(&why))),
            },
            Self::Folder(folder) => {
                let name = format!("{}.{}.eml", letter.recipient, letter.about);
                let draft = folder.join(format!("{name}.draft"));
                let filed = async {
                    DirBuilder::new().recursive(true).mode(0o700).create(folder).await?;
                    let mut file = OpenOptions::new();
                    let file = file.create(true).write(true).truncate(true).mode(0o600);
                    let mut file = file.open(&draft).await?;
                    file.write_all(&letter.message.formatted()).await?;
                    file.flush().await?;
                    fs::rename(&draft, folder.join(name)).await
                };
                filed.await.map_err(|why| Unsent::new(&why, false))
            }
        }
    }

    /// Destroys all letters to somebody. Those that a server took are out of our hands.
    pub(super) async fn forget(&self, recipient: Uuid) -> io::Result<()> {
        let Self::Folder(folder) = self else { return Ok(()) };
        let mut files = match fs::read_dir(folder).await {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
            files => files?,
        };
        let prefix = format!("{recipient}.");
        while let Some(file) = files.next_entry().await? {
            if file.file_name().to_string_lossy().starts_with(&prefix) {
                fs::remove_file(file.path()).await?;
            }
        }
        Ok(())
    }
}

/// Whether a server refuses this letter, or its recipient, for good (RFC 5321 §4.2.1: 55x). What
/// else it refuses "permanently" is us: a password that is no longer right must not cost a letter.
fn is_about_the_letter(why: &smtp::Error) -> bool {
    why.is_permanent() && why.status().is_some_and(|code| code.category == Category::MailSystem)
}

impl Unsent {
    fn new(why: &(dyn std::error::Error + 'static), forever: bool) -> Self {
        let why = anyhow::Chain::new(why).map(ToString::to_string).collect::<Vec<_>>().join(": ");
        Self {
            why: why.chars().filter(|letter| !letter.is_control()).take(1000).collect(),
            forever,
        }
    }
}
