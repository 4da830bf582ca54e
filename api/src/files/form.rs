//! A form with one file (`multipart/form-data`, RFC 7578), read up to the file: its fields come first.

use std::{collections::BTreeMap, task::Poll, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{StatusCode, header::CONTENT_TYPE, request::Parts},
};
use domain::{FileName, MediaType};
use futures::{Stream, StreamExt, stream};
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde::de::{DeserializeOwned, IntoDeserializer, value};
use tokio::time::timeout;

use crate::{
    error_location,
    problem::{Problem, ProblemCode},
};

/// How long the next bytes of a file are awaited.
pub(super) const BODY_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest field beside the file, in bytes.
const MAX_FIELD_SIZE: u64 = 1_000;
/// How many fields there may be before the file.
const MAX_FIELDS: usize = 10;

/// A form with a file that was not read yet.
pub(crate) struct FileForm {
    parts: Parts,
    pub(super) name: FileName,
    /// What the file is said to hold.
    pub(super) media_type: MediaType,
    fields: BTreeMap<String, String>,
    form: Multipart<'static>,
    file: Field<'static>,
}

impl<S: Sync> FromRequest<S> for FileForm {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok());
        let boundary = boundary.ok_or_else(|| {
            let detail = "send a form with a file: Content-Type: multipart/form-data";
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ProblemCode::NotAForm, detail)
        })?;
        let limits = SizeLimit::new().per_field(MAX_FIELD_SIZE).for_field("file", u64::MAX);
        let limits = Constraints::new().size_limit(limits);
        let mut form = Multipart::with_constraints(one_at_a_time(body), boundary, limits);
        let mut fields = BTreeMap::new();
        while let Some(field) = wait(form.next_field()).await? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                let (name, media_type) = describe(&field)?;
                return Ok(Self { parts, name, media_type, fields, form, file: field });
            }
            if fields.len() == MAX_FIELDS {
                break;
            }
            fields.insert(name, wait(field.text()).await?);
        }
        Err(Problem::invalid("/file", "the form has no file, or not before its other fields"))
    }
}

impl FileForm {
    /// Takes a field that names a value, such as one of an enum; none is the default.
    pub(crate) fn take_field<T: DeserializeOwned + Default>(
        &mut self,
        name: &str,
    ) -> Result<T, Problem> {
        let Some(text) = self.fields.remove(name) else { return Ok(T::default()) };
        let read = T::deserialize(text.into_deserializer());
        let wrong =
            |why: value::Error| error_location::fault(&format!("/{name}"), &why.to_string());
        read.map_err(|why| Problem::invalid_fields(vec![wrong(why)]))
    }

    /// Refuses fields that nobody took.
    pub(crate) fn refuse_other_fields(&self) -> Result<(), Problem> {
        match self.fields.keys().next() {
            Some(name) => Err(Problem::invalid(format!("/{name}"), "there is no such field")),
            None => Ok(()),
        }
    }

    /// The next bytes of the file; none at its end, which is the end of the form.
    pub(super) async fn next_bytes(&mut self) -> Result<Option<Bytes>, Problem> {
        wait(self.file.chunk()).await
    }

    /// Refuses what comes after the file; the request without its body.
    pub(super) async fn expect_end(self) -> Result<Parts, Problem> {
        let Self { mut form, file, parts, .. } = self;
        drop(file);
        match wait(form.next_field()).await? {
            None => Ok(parts),
            Some(_) => Err(Problem::invalid("", "the file is to be the last field of the form")),
        }
    }
}

fn describe(file: &Field<'_>) -> Result<(FileName, MediaType), Problem> {
    let name = FileName::cleaned(file.file_name().unwrap_or_default());
    let media_type = file.content_type().map(ToString::to_string);
    let media_type = media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
    let media_type = media_type.parse().map_err(|why: String| Problem::invalid("/file", why))?;
    Ok((name, media_type))
}

async fn wait<T>(read: impl Future<Output = multer::Result<T>>) -> Result<T, Problem> {
    match timeout(BODY_READ_TIMEOUT, read).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(multer::Error::FieldSizeExceeded { .. })) => {
            Err(Problem::invalid("", "only the file may be that long"))
        }
        Ok(Err(why)) => Err(Problem::malformed(format!("the form cannot be read: {why}"))),
        Err(_) => Err(too_slow_problem()),
    }
}

/// 408: nothing came in time.
pub(super) fn too_slow_problem() -> Problem {
    let detail = "nothing came for 30 s, so it was given up";
    Problem::new(StatusCode::REQUEST_TIMEOUT, ProblemCode::TooSlow, detail)
}

/// The parts of a body, with a pause after each: the parser of forms takes in all that there is before it
/// gives any of it out.
fn one_at_a_time(body: Body) -> impl Stream<Item = Result<Bytes, axum::Error>> {
    let (mut body, mut pausing) = (body.into_data_stream(), false);
    stream::poll_fn(move |context| {
        if pausing {
            pausing = false;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let next = body.poll_next_unpin(context);
        pausing = next.is_ready();
        next
    })
}
