//! Adds bytes to an upload: they become parts in the object store as they come, and a file with the last of them.
//!
//! Every process may do so, and may die at any moment. The row says which parts count, and changes only after
//! they are stored; a part that is not named there is swept some day. The last bytes are recorded with the file
//! only, so an upload of which all is said to be there is a file.

use std::{mem::take, time::Duration};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    http::HeaderMap,
};
use domain::files::file::{FileId, Purpose};
use futures::{StreamExt, TryStreamExt, stream};
use objects::ObjectError;
use projections::{ConcurrencyLimit, listing::BadQuery};
use tokio::{
    sync::SemaphorePermit,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    claim::UploadClaim,
    headers::upload_headers,
    parts::{PART_SIZE, part_key, remove_parts},
    row::{self, UploadRow},
};
use crate::{
    App,
    caller::Caller,
    dispatcher::{CommandResponse, X_POSITION},
    files::{
        discard_file,
        form::{BODY_READ_TIMEOUT, too_slow_problem},
        receive::{FileReceiver, check_head, is_definite_failure, object_key, record_new_file},
        sniff::SNIFFED_BYTES,
    },
    json_request::CommandOptions,
    problem::Problem,
};

/// What the files are for.
pub(super) const PURPOSE: Purpose = Purpose::IssueAttachment;

/// How many requests one process takes bytes in from at once.
static PERMITS: ConcurrencyLimit = ConcurrencyLimit::new(32);
/// How long a part may take: who sends less holds others up.
const MAX_PART_TIME: Duration = Duration::from_mins(10);

/// Adds the bytes of one request to an upload.
pub(super) struct UploadWriter {
    app: App,
    caller: Caller,
    claim: UploadClaim,
    upload: UploadRow,
    /// Each holds a part in memory.
    _permit: SemaphorePermit<'static>,
    /// The stored part that is smaller than others. Its bytes are in the buffer as well, and stored anew with those
    /// that follow.
    unfilled: Option<Uuid>,
    buffer: Vec<u8>,
}

/// What came of a request.
pub(super) struct Appended {
    upload: UploadRow,
    /// The file, if that was the rest.
    file: Option<CommandResponse>,
}

impl Appended {
    pub(super) fn headers(&self) -> HeaderMap {
        let Some(file) = &self.file else { return upload_headers(&self.upload, None) };
        let location = format!("/files/{}", file.id());
        let mut headers = upload_headers(&self.upload, Some(&location));
        headers.insert(X_POSITION, file.position().into());
        headers
    }
}

impl UploadWriter {
    /// Takes over an upload that has come to this offset.
    pub(super) async fn begin(
        app: &App,
        caller: &Caller,
        id: Uuid,
        offset: u64,
    ) -> Result<Self, Problem> {
        let permit = PERMITS.acquire().await.map_err(BadQuery::from)?;
        let (claim, mut upload) = UploadClaim::take(&app.db, id, caller.id, offset).await?;
        let (mut buffer, mut unfilled) = (Vec::new(), None);
        if upload.unfilled_part_size() > 0 {
            unfilled = upload.parts.pop();
        }
        if let Some(part) = unfilled {
            let mut stored =
                Box::pin(app.objects.read(&part_key(id, part), 0..upload.unfilled_part_size()));
            while let Some(bytes) = stored.try_next().await? {
                buffer.extend_from_slice(&bytes);
            }
        }
        let (app, caller) = (app.clone(), caller.clone());
        Ok(Self { app, caller, claim, upload, _permit: permit, unfilled, buffer })
    }

    /// Adds the bytes of a body, as many as come until it is given up, and makes the file if these are the last.
    pub(super) async fn append(
        mut self,
        body: Body,
        given_up: CancellationToken,
        options: CommandOptions,
    ) -> Result<Appended, Problem> {
        let ended = self.receive(body.into_data_stream(), &given_up).await?;
        if self.size() == self.upload.length {
            return self.finish(options).await;
        }
        if self.size() > self.upload.received {
            self.store_part().await?;
        }
        ended.map(|()| Appended { upload: self.upload, file: None })
    }

    /// How many bytes are there, stored or not.
    fn size(&self) -> u64 {
        (self.upload.parts.len() * PART_SIZE + self.buffer.len()) as u64
    }

    /// Takes in what comes; how it ended, which may be a break.
    async fn receive(
        &mut self,
        mut body: BodyDataStream,
        given_up: &CancellationToken,
    ) -> Result<Result<(), Problem>, Problem> {
        let broken_off = || Ok(Err(Problem::malformed("the body broke off")));
        let (mut parts, mut begun) = (self.upload.parts.len(), Instant::now());
        loop {
            let next = tokio::select! {
                biased;
                () = given_up.cancelled() => return broken_off(),
                next = timeout(BODY_READ_TIMEOUT, body.next()) => next,
            };
            match next {
                Ok(Some(Ok(bytes))) => self.take_in(bytes).await?,
                Ok(None) => return Ok(Ok(())),
                Ok(Some(Err(_))) => return broken_off(),
                Err(_) => return Ok(Err(too_slow_problem())),
            }
            if parts != self.upload.parts.len() {
                (parts, begun) = (self.upload.parts.len(), Instant::now());
            } else if begun.elapsed() > MAX_PART_TIME {
                return Ok(Err(too_slow_problem()));
            }
        }
    }

    async fn take_in(&mut self, mut bytes: Bytes) -> Result<(), Problem> {
        if self.size() + bytes.len() as u64 > self.upload.length {
            return Err(Problem::invalid("", "these are more bytes than Upload-Length said"));
        }
        while !bytes.is_empty() {
            if self.buffer.len() == PART_SIZE {
                self.store_part().await?;
            }
            let missing = PART_SIZE - self.buffer.len();
            // What it would leave behind while it grows adds up to another part.
            self.buffer.reserve_exact(missing);
            self.buffer.extend_from_slice(&bytes.split_to(bytes.len().min(missing)));
        }
        Ok(())
    }

    /// Stores what is in the buffer as a part, instead of the one that it begins with.
    async fn store_part(&mut self) -> Result<(), Problem> {
        self.check_first_bytes().await?;
        let (part, received) = (Uuid::now_v7(), self.size());
        self.upload.parts.push(part);
        let bytes = Bytes::from(take(&mut self.buffer));
        let key = part_key(self.upload.id, part);
        self.app.objects.put::<ObjectError>(&key, stream::iter([Ok(bytes)])).await?;
        let added = self.claim.record_parts(&self.upload.parts, received).await;
        let unused = match &added {
            Ok(()) => self.unfilled.take(),
            Err(problem) => Some(part).filter(|_| is_definite_failure(problem)),
        };
        remove_parts(&self.app, self.upload.id, unused.as_slice()).await;
        self.upload.received = received;
        added
    }

    /// Refuses a file that is not what it says, as soon as that is known.
    async fn check_first_bytes(&self) -> Result<(), Problem> {
        if !self.upload.parts.is_empty() || self.buffer.len() < SNIFFED_BYTES {
            return Ok(());
        }
        let head = &self.buffer[..SNIFFED_BYTES];
        match check_head(PURPOSE, &self.upload.media_type()?, head) {
            Ok(_) => Ok(()),
            Err(problem) => Err(self.give_up(problem).await),
        }
    }

    /// Makes the file of the parts and the rest, and forgets the parts.
    async fn finish(mut self, options: CommandOptions) -> Result<Appended, Problem> {
        self.claim.hold().await?;
        let claim = self.claim.clone();
        let made = tokio::select! {
            made = self.make_file(options) => made,
            never = claim.keep_held() => match never {},
        };
        let file = match made {
            Ok(file) => file,
            Err(problem) => return Err(self.give_up(problem).await),
        };
        let Self { app, caller, mut upload, unfilled, .. } = self;
        if let Err(problem) = claim.finish(file.id()).await {
            if is_definite_failure(&problem) {
                discard_file(&app, &caller, file.id()).await;
            }
            return Err(problem);
        }
        upload.parts.extend(unfilled);
        remove_parts(&app, upload.id, &upload.parts).await;
        upload.received = upload.length;
        Ok(Appended { upload, file: Some(file) })
    }

    /// Makes and records the file, as one that came in a form.
    async fn make_file(&mut self, options: CommandOptions) -> Result<CommandResponse, Problem> {
        let (name, media_type) = (self.upload.name(&self.app)?, self.upload.media_type()?);
        let id = FileId::from(self.claim.writer);
        let writer = self.app.objects.writer(&object_key(id));
        let mut receiver = FileReceiver::new(writer, PURPOSE, media_type);
        if let Err(problem) = self.copy_into(&mut receiver).await {
            return Err(receiver.abort(problem).await);
        }
        let file = receiver.finish(&self.caller, name).await?;
        record_new_file(&self.app, &self.caller, id, file, options).await
    }

    async fn copy_into(&mut self, receiver: &mut FileReceiver) -> Result<(), Problem> {
        for part in &self.upload.parts {
            let key = part_key(self.upload.id, *part);
            let mut stored = Box::pin(self.app.objects.read(&key, 0..PART_SIZE as u64));
            while let Some(bytes) = stored.try_next().await? {
                receiver.write(bytes).await?;
            }
        }
        receiver.write(take(&mut self.buffer).into()).await?;
        receiver.finish_sniffing()
    }

    /// Ends an upload of which no file can be made. What fails for other reasons can be tried again at once.
    async fn give_up(&self, problem: Problem) -> Problem {
        let ended = if matches!(problem.status(), 410 | 422) {
            row::delete_unfinished(&self.app, self.upload.id, Some(self.claim.writer))
                .await
                .map(drop)
                .map_err(Problem::from)
        } else {
            self.claim.release().await
        };
        if let Err(why) = ended {
            tracing::info!(upload = %self.upload.id, code = why.code(), "an upload stays as it is");
        }
        problem
    }
}
