//! Receives a file into the object store, and records that it is there.

use axum::{body::Bytes, http::request::Parts};
use commands::CommandEnvelope;
use domain::{
    FileName, MediaType, Refusal as _,
    files::file::{self, Command, FileId, NewFile, Purpose, Refusal, Sha256},
};
use objects::{FILES, ObjectError, ObjectKey, ObjectWriter, StoredObject};
use uuid::Uuid;

use super::{
    form::FileForm,
    sniff::{SNIFFED_BYTES, sniff_media_type},
};
use crate::{
    App,
    caller::Caller,
    dispatcher::CommandResponse,
    json_request::CommandOptions,
    problem::{Problem, ProblemCode},
};

/// Where the bytes of a file are.
pub(crate) fn object_key(file: FileId) -> ObjectKey {
    ObjectKey::new(FILES, file.uuid())
}

/// Stores the file of a form and records it.
pub(crate) async fn record_file(
    app: &App,
    caller: &Caller,
    form: FileForm,
    purpose: Purpose,
) -> Result<CommandResponse, Problem> {
    form.refuse_other_fields()?;
    let (name, media_type) = (form.name.clone(), form.media_type.clone());
    purpose.check_type(&name, &media_type).map_err(Problem::refused_file)?;
    let id = FileId::new();
    let mut receiver = FileReceiver::new(app.objects.writer(&object_key(id)), purpose, media_type);
    let request = match receiver.receive(form).await {
        Ok(request) => request,
        Err(problem) => return Err(receiver.abort(problem).await),
    };
    let file = receiver.finish(caller, name).await?;
    let content = [file.name.as_str(), file.media_type.as_str(), file.sha256.as_str()].join("\n");
    let Parts { method, uri, headers, .. } = request;
    match CommandOptions::read(&method, &uri, &headers, content.as_bytes()) {
        Ok(options) => record_new_file(app, caller, id, file, options).await,
        Err(problem) => {
            remove_object(app, id).await;
            Err(problem)
        }
    }
}

/// Records a file whose bytes are stored. Bytes that nothing was recorded of are removed again.
pub(super) async fn record_new_file(
    app: &App,
    caller: &Caller,
    id: FileId,
    file: NewFile,
    options: CommandOptions,
) -> Result<CommandResponse, Problem> {
    let envelope =
        CommandEnvelope::<file::File>::new(id, Command::Upload(file), caller.actor().clone());
    let recorded = app.dispatcher.create(caller, envelope, options).await;
    let is_of_no_use = match &recorded {
        // Done already under another id.
        Ok(done) => done.id() != id.uuid(),
        // Otherwise the object is swept if nothing was recorded.
        Err(problem) => is_definite_failure(problem),
    };
    if is_of_no_use {
        remove_object(app, id).await;
    }
    recorded
}

/// Whether nothing was changed for sure: when something is away, nobody knows.
pub(super) fn is_definite_failure(problem: &Problem) -> bool {
    problem.status() < 500
}

/// Deletes a file again that is of no use, as far as that is possible now.
pub(crate) async fn discard_file(app: &App, caller: &Caller, file: Uuid) {
    let delete = vec![Command::Delete {}];
    let id = FileId::from(file);
    let discarded = app.dispatcher.execute(caller, id, delete, CommandOptions::none()).await;
    if let Err(why) = discarded {
        tracing::info!(%file, code = why.code(), "a file that is of no use stays for now");
    }
}

async fn remove_object(app: &App, file: FileId) {
    if let Err(why) = app.objects.delete(&object_key(file)).await {
        // Whoever sweeps finds it.
        tracing::warn!(%file, "bytes of no file stay for now: {why}");
    }
}

/// Writes bytes to the store as they come, and looks at the first of them.
pub(super) struct FileReceiver {
    writer: ObjectWriter,
    purpose: Purpose,
    media_type: MediaType,
    /// The first bytes, until they were looked at.
    head: Vec<u8>,
    sniffed: Option<MediaType>,
}

impl FileReceiver {
    pub(super) fn new(writer: ObjectWriter, purpose: Purpose, media_type: MediaType) -> Self {
        Self { writer, purpose, media_type, head: Vec::new(), sniffed: None }
    }

    /// Takes in the file of a form; the request without its body.
    async fn receive(&mut self, mut form: FileForm) -> Result<Parts, Problem> {
        while let Some(bytes) = form.next_bytes().await? {
            self.write(bytes).await?;
        }
        self.finish_sniffing()?;
        form.expect_end().await
    }

    /// Gives the object up for this reason.
    pub(super) async fn abort(self, why: Problem) -> Problem {
        self.writer.abort().await;
        why
    }

    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), Problem> {
        let size = self.writer.size() + bytes.len() as u64;
        self.purpose.check_size(size).map_err(Problem::refused_file)?;
        if self.sniffed.is_none() {
            let missing = SNIFFED_BYTES - self.head.len();
            self.head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
            if self.head.len() == SNIFFED_BYTES {
                self.look_at_head()?;
            }
        }
        Ok(self.writer.write(bytes).await?)
    }

    /// Looks at the first bytes now if there are no more of them.
    pub(super) fn finish_sniffing(&mut self) -> Result<(), Problem> {
        if self.sniffed.is_none() { self.look_at_head() } else { Ok(()) }
    }

    fn look_at_head(&mut self) -> Result<(), Problem> {
        self.sniffed = Some(check_head(self.purpose, &self.media_type, &self.head)?);
        Ok(())
    }

    /// What is to be recorded of it, now that its bytes are stored.
    pub(super) async fn finish(self, caller: &Caller, name: FileName) -> Result<NewFile, Problem> {
        let Self { writer, purpose, media_type, sniffed, .. } = self;
        let StoredObject { size, sha256 } = writer.finish().await?;
        let (owner, sha256) = (caller.id.into(), Sha256::new(&sha256));
        let sniffed = sniffed.unwrap_or_else(|| media_type.clone());
        Ok(NewFile { owner, name, media_type, sniffed, size, sha256, purpose })
    }
}

/// What the first bytes of a file look like; refused if that does not fit its type (FIL-3).
pub(super) fn check_head(
    purpose: Purpose,
    media_type: &MediaType,
    head: &[u8],
) -> Result<MediaType, Problem> {
    let sniffed = sniff_media_type(head).map_err(anyhow::Error::msg)?;
    purpose.check_content(media_type, &sniffed).map_err(Problem::refused_file)?;
    Ok(sniffed)
}

impl Problem {
    /// What would be refused is refused before all of it is read.
    pub(super) fn refused_file(refusal: Refusal) -> Self {
        debug_assert!(!refusal.faults().is_empty(), "it is the file that is wrong");
        commands::Failure::Refused(refusal).into()
    }
}

impl From<ObjectError> for Problem {
    fn from(why: ObjectError) -> Self {
        if why.is_transient() {
            tracing::warn!("unavailable: {why}");
            return Self::unavailable(ProblemCode::Unavailable, "files cannot be reached just now");
        }
        Self::internal_error(&why.into())
    }
}
