//! A resource as a table: which command creates it, what PATCH and DELETE stand for; every other
//! command is served as `POST {path}/{id}/{command}`. Nobody writes a handler for a command.
//!
//! ```ignore
//! resource::<Customer>("/customers")
//!     .create("create")
//!     .patch(|change: Change| change.commands())
//!     .delete(|| Command::Archive {})
//!     .list::<projections::crm::customer::Customer>()
//!     .item::<projections::crm::customer::Customer>()
//!     .history()
//!     .routes()
//!     .routes(routes!(timeline)) // what is more than a list or an item is written by hand
//! ```

use std::{collections::BTreeSet, marker::PhantomData, sync::Arc};

use axum::{
    extract::State,
    routing::{delete, get, patch, post},
};
use commands::Handler;
use domain::Id;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    App,
    ask::Ask,
    caller::Caller,
    describe::{self, Verb},
    error_location::read,
    explain,
    given::{Given, Nothing, Path, Query},
    history,
    problem::Problem,
    reads,
    visible::Visible,
};

/// The routes of one kind of aggregate, growing.
pub(crate) struct Resource<H: Visible> {
    path: &'static str,
    verbs: Vec<Verb>,
    router: OpenApiRouter<App>,
    handler: PhantomData<fn() -> H>,
}

/// Begins the table of `H` at `path`, such as `/customers`.
pub(crate) fn resource<H: Visible>(path: &'static str) -> Resource<H> {
    let verbs = describe::verbs::<H>();
    let router = OpenApiRouter::with_openapi(describe::components::<H>());
    Resource { path, verbs, router, handler: PhantomData }
}

impl<H: Visible> Resource<H> {
    /// `POST {path}` is this command, to something new.
    pub(crate) fn create(self, command: &str) -> Self {
        let path = self.path;
        self.create_at(path, command)
    }

    /// `POST {at}` is this command, to something new that is found below the resource's path.
    pub(crate) fn create_at(self, at: &'static str, command: &str) -> Self {
        self.create_with(at, command, |_, _| {})
    }

    /// As [`create_at`](Self::create_at), after `fill` has put into the body what follows from who
    /// asks.
    pub(crate) fn create_with(
        mut self,
        at: &'static str,
        command: &str,
        fill: fn(&Caller, &mut Map<String, Value>),
    ) -> Self {
        let path = self.path;
        for verb in self.take(&[command]) {
            let document = describe::create::<H>(at, &verb);
            let verb = Arc::new(verb);
            let handler = move |State(app): State<App>, caller: Caller, given: Given<_>| async move {
                let mut body = given.body;
                fill(&caller, &mut body);
                let command = verb.command::<H>(body)?;
                let done = app.create::<H>(&caller, command, given.terms).await?;
                Ok::<_, Problem>(done.created_in(path))
            };
            self = self.serve(at, post(handler), document);
        }
        self
    }

    /// `PATCH {path}/{id}` takes a JSON merge patch (RFC 7396) of the fields of `P`, and does what
    /// these commands do, all at once. `P` denies fields that it does not know. A field that is null
    /// is to be taken away; where that changes nothing, it cannot be.
    pub(crate) fn patch<P>(self, commands: fn(P) -> Vec<H::Command>) -> Self
    where
        P: DeserializeOwned + ToSchema + Send + 'static,
    {
        let path = format!("{}/{{id}}", self.path);
        let document = describe::patch::<H, P>(&path, commands);
        let handler =
            async move |State(app): State<App>, caller: Caller, Path(id), given: Given<_>| {
                let commands = merged::<H, P>(&given.body, commands)?;
                app.give::<H>(&caller, id, commands, given.terms).await
            };
        self.serve(&path, patch(handler), document)
    }

    /// `DELETE {path}/{id}` is this command; it is never loss.
    pub(crate) fn delete(self, command: fn() -> H::Command) -> Self {
        let path = format!("{}/{{id}}", self.path);
        let document = describe::delete::<H>(&path, &command());
        let handler =
            async move |State(app): State<App>, caller: Caller, Path(id), given: Given<Nothing>| {
                app.give::<H>(&caller, id, vec![command()], given.terms).await
            };
        self.serve(&path, delete(handler), document)
    }

    /// These commands are not served: workers give them, or a route written by hand does.
    pub(crate) fn without(mut self, commands: &[&str]) -> Self {
        self.take(commands);
        self
    }

    /// `GET {path}`: the rows that the caller may see.
    pub(crate) fn list<T>(self) -> Self
    where
        T: DeserializeOwned + Serialize + ToSchema + Send + 'static,
    {
        let path = self.path;
        let document = describe::list::<H, T>(path, H::LISTING, H::SEEN);
        let handler = async |State(app): State<App>, caller: Caller, ask: Ask| {
            reads::list::<T>(&app, &caller, H::listing(&caller), H::SEEN, ask).await
        };
        self.serve(path, get(handler), document)
    }

    /// `GET {path}/{id}`.
    pub(crate) fn item<T>(self) -> Self
    where
        T: DeserializeOwned + Serialize + ToSchema + Send + 'static,
    {
        let path = format!("{}/{{id}}", self.path);
        let document = describe::item::<H, T>(&path, H::SEEN);
        let handler = async |State(app): State<App>, caller: Caller, Path(id), ask: Ask| {
            reads::item::<T>(&app, &caller, H::listing(&caller), H::SEEN, id, &ask).await
        };
        self.serve(&path, get(handler), document)
    }

    /// `GET {path}/{id}/history`: what happened to it, as far as the caller may know.
    pub(crate) fn history(self) -> Self {
        let path = format!("{}/{{id}}/history", self.path);
        let document = describe::history::<H>(&path);
        let handler = async |State(app): State<App>, caller: Caller, Path(id), ask: Ask| {
            history::of::<H>(&app, &caller, id, &ask).await
        };
        self.serve(&path, get(handler), document).explained()
    }

    /// `GET {path}/{id}/explain?field=`: the events that gave a field its value.
    fn explained(self) -> Self {
        let path = format!("{}/{{id}}/explain", self.path);
        let document = describe::explain::<H>(&path);
        let handler = async |State(app): State<App>,
                             caller: Caller,
                             Path(id): Path<Id<H>>,
                             Query(wanted): Query<explain::Wanted>| {
            explain::of::<H>(&app, &caller, id, wanted.field).await
        };
        self.serve(&path, get(handler), document)
    }

    /// The whole table; every command that is left has a route of its own.
    pub(crate) fn routes(mut self) -> OpenApiRouter<App> {
        for verb in std::mem::take(&mut self.verbs) {
            let path = format!("{}/{{id}}/{}", self.path, verb.segment());
            let document = describe::command::<H>(&path, &verb);
            let verb = Arc::new(verb);
            let handler = move |State(app): State<App>,
                                caller: Caller,
                                Path(id),
                                given: Given<_>| async move {
                let command = verb.command::<H>(given.body)?;
                app.give::<H>(&caller, id, vec![command], given.terms).await
            };
            self = self.serve(&path, post(handler), document);
        }
        self.router
    }

    fn take(&mut self, commands: &[&str]) -> Vec<Verb> {
        let (taken, left) = std::mem::take(&mut self.verbs)
            .into_iter()
            .partition(|verb| commands.contains(&verb.name.as_str()));
        self.verbs = left;
        let taken: Vec<Verb> = taken;
        debug_assert_eq!(taken.len(), commands.len(), "{} knows not all of {commands:?}", H::NAME);
        taken
    }

    fn serve(
        self,
        path: &str,
        method: axum::routing::MethodRouter<App>,
        document: utoipa::openapi::OpenApi,
    ) -> Self {
        let mut router = self.router.route(path, method);
        router.get_openapi_mut().merge(document);
        Self { router, ..self }
    }
}

impl Verb {
    /// The command that a body stands for.
    fn command<H: Handler>(&self, mut body: Map<String, Value>) -> Result<H::Command, Problem> {
        if body.contains_key("type") {
            return Err(Problem::invalid("/type", "the path says it already"));
        }
        if let Some(fields) = &self.fields {
            let unknown: BTreeSet<_> = body.keys().filter(|name| !fields.contains(*name)).collect();
            if let Some(name) = unknown.first() {
                return Err(Problem::invalid(format!("/{name}"), "there is no such field"));
            }
        }
        body.insert("type".into(), self.name.clone().into());
        read(&Value::Object(body))
    }
}

/// The commands that a merge patch stands for.
fn merged<H: Visible, P: DeserializeOwned>(
    body: &Value,
    commands: fn(P) -> Vec<H::Command>,
) -> Result<Vec<H::Command>, Problem> {
    let meant = read(body).map(commands)?;
    let fields = body.as_object().into_iter().flatten();
    for (name, _) in fields.filter(|(_, value)| value.is_null()) {
        let mut without = body.clone();
        without.as_object_mut().and_then(|fields| fields.remove(name));
        if json!(read(&without).map(commands)?) == json!(meant) {
            return Err(Problem::invalid(format!("/{name}"), "cannot be taken away"));
        }
    }
    Ok(meant)
}
