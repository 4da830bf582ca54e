//! A resource as a table: which command creates it, which commands PATCH and DELETE stand for, and
//! which are served as `POST {path}/{id}/{command}`. No command needs a handler, and only those named
//! here are served.
//!
//! ```ignore
//! resource::<Customer>("/customers")
//!     .create(CommandKind::Create)
//!     .patch(CommandKind::Rename, |renaming: Renaming| vec![Command::Rename(renaming)])
//!     .delete(|| Command::Archive {})
//!     .commands(&[CommandKind::Restore])
//!     .list::<projections::crm::customer::Customer>()
//!     .item::<projections::crm::customer::Customer>()
//!     .history()
//!     .routes()
//!     .guarded(Right::CustomersRead, routes!(timeline)) // what is more is written by hand
//! ```

use std::{
    collections::{BTreeMap, HashMap},
    future::ready,
    marker::PhantomData,
    sync::Arc,
};

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, Method, request::Parts},
    response::Response,
    routing::{MethodFilter, MethodRouter, delete, get, on, patch, post},
};
use commands::{CommandEnvelope, CommandKind, Handler, policy::Right};
use domain::{Decider, Fault, Keyword};
use futures::{FutureExt, future::BoxFuture};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use utoipa::{ToSchema, openapi::OpenApi};

use crate::{
    App,
    acts::ActRegistry,
    caller::Caller,
    describe::{self, CommandSpec},
    error_location::{self, from_json},
    explain, history,
    json_request::{DRY_RUN, Empty, JsonRequest, Path, Query},
    lists::Lists,
    path_key::{ById, PathKey},
    problem::Problem,
    read_query::{ONLY_JSON, ReadQuery, min_position},
    reads::{self, Item, Row},
    rendering::DocumentQuery,
    routes::Routes,
    tables::Format,
    type_schema::TypeSchema,
    visible::Visible,
};

/// A builder of the routes of one kind of aggregate.
pub(crate) struct Resource<A: Visible, K = ById<A>> {
    path: &'static str,
    /// By the commands' tags.
    specs: BTreeMap<String, CommandSpec>,
    acts: ActRegistry<A>,
    /// Makes the route of an item, once all its acts are known.
    item: Option<ItemRoute<A>>,
    routes: Routes,
    key: PhantomData<fn(K) -> A>,
}

/// See [`Resource::item`].
type ItemRoute<A> = Box<dyn FnOnce(&str, ActRegistry<A>) -> (MethodRouter<App>, OpenApi)>;

/// Refuses a command before it is executed.
pub(crate) type CheckCommand<A> =
    fn(App, Lists, Caller, <A as Decider>::Command) -> BoxFuture<'static, Result<(), Problem>>;

/// Makes the PDF of an item for whoever asks.
pub(crate) type MakePdf<T> =
    fn(App, Caller, Item<Row<T>>, DocumentQuery) -> BoxFuture<'static, Result<Response, Problem>>;

/// Starts the table of `A` at `path`, such as `/customers`.
pub(crate) fn resource<A: Visible>(path: &'static str) -> Resource<A> {
    resource_by(path)
}

/// As [`resource`], for aggregates that the path does not name by one id.
pub(crate) fn resource_by<A: Visible, K: PathKey<A>>(path: &'static str) -> Resource<A, K> {
    let specs = describe::command_specs::<A>();
    let routes = Routes::with_schemas(describe::command_schemas::<A>());
    Resource { path, specs, acts: ActRegistry::new(), item: None, routes, key: PhantomData }
}

impl<A: Visible, K: PathKey<A>> Resource<A, K> {
    /// `POST {path}` executes this command on a new aggregate.
    pub(crate) fn create(self, kind: CommandKind<A>) -> Self {
        let path = self.path;
        self.create_at(path, kind)
    }

    /// As [`create`](Self::create), at `POST {at}`; the new item is found below the resource's path.
    pub(crate) fn create_at(self, at: &'static str, kind: CommandKind<A>) -> Self {
        self.create_with(at, kind, |_, _| {})
    }

    /// As [`create_at`](Self::create_at), after `fill` has added to the body what follows from the
    /// caller.
    pub(crate) fn create_with(
        self,
        at: &'static str,
        kind: CommandKind<A>,
        fill: fn(&Caller, &mut Map<String, Value>),
    ) -> Self {
        self.create_checked(at, kind, fill, |_, _, _, _| ready(Ok(())).boxed())
    }

    /// As [`create_with`](Self::create_with), if `check` finds nothing wrong that only the API can know.
    pub(crate) fn create_checked(
        mut self,
        at: &'static str,
        kind: CommandKind<A>,
        fill: fn(&Caller, &mut Map<String, Value>),
        check: CheckCommand<A>,
    ) -> Self {
        let (path, spec) = (self.path, self.take_spec(kind));
        let document = describe::create_operation(A::NAME, at, &spec);
        let spec = Arc::new(spec);
        let handler = move |State(app): State<App>,
                            Extension(lists): Extension<Lists>,
                            caller: Caller,
                            request: JsonRequest<_>| async move {
            let mut body = request.body;
            fill(&caller, &mut body);
            let command = spec.parse_command::<A>(body)?;
            check(app.clone(), lists, caller.clone(), command.clone()).await?;
            let envelope = CommandEnvelope::<A>::create(command.clone(), caller.actor().clone());
            match app.dispatcher.create(&caller, envelope, request.options).await {
                Ok(done) => Ok(done.created_below(path)),
                Err(problem) => Err(app
                    .dispatcher
                    .add_conflict_advice::<A>(&caller, None, &command, problem)
                    .await),
            }
        };
        self.serve(A::right(kind), post(handler), document)
    }

    /// Each of these commands is served as `POST {path}/{id}/{command}`.
    pub(crate) fn commands(mut self, kinds: &[CommandKind<A>]) -> Self {
        for kind in kinds {
            let spec = self.take_spec(*kind);
            self.acts.add(&spec.name, *kind);
            let path = format!("{}/{}", self.item_path(), spec.path_segment());
            let document =
                describe::item_command_operation(A::NAME, ("post", &path), K::parameters(), &spec);
            let spec = Arc::new(spec);
            let handler = move |State(app): State<App>,
                                caller: Caller,
                                Path(key): Path<K>,
                                request: JsonRequest<_>| async move {
                let command = spec.parse_command::<A>(request.body)?;
                app.dispatcher.execute(&caller, key.id(), vec![command], request.options).await
            };
            self = self.serve(A::right(*kind), post(handler), document);
        }
        self
    }

    /// Serves this command at an address of its own below the item's. A path parameter is the field
    /// of the command with its name, and the part the command changes: `/comments/{comment}`. The
    /// other fields are in the body, or for DELETE in the query.
    pub(crate) fn command_at(
        mut self,
        method: &Method,
        below: &'static str,
        kind: CommandKind<A>,
    ) -> Self {
        let (path, spec) = (self.item_path() + below, self.take_spec(kind));
        if !below.contains('{') {
            self.acts.add(&spec.name, kind);
        }
        let name = method.as_str().to_lowercase();
        let document =
            describe::item_command_operation(A::NAME, (&name, &path), K::parameters(), &spec);
        let (spec, in_query) = (Arc::new(spec), *method == Method::DELETE);
        let part = below.split_once("/{").map(|(_, part)| part.trim_end_matches('}'));
        let handler = move |State(app): State<App>,
                            caller: Caller,
                            Path(key): Path<K>,
                            Path(parts): Path<HashMap<String, String>>,
                            Query(mut query): Query<Map<String, Value>>,
                            request: JsonRequest<_>| async move {
            query.remove(DRY_RUN);
            let mut body = if in_query { query } else { request.body };
            let part = part.and_then(|name| Some((name, parts.get(name)?)));
            if let Some((name, value)) = part
                && body.insert(name.to_owned(), json!(value)).is_some()
            {
                return Err(Problem::invalid(format!("/{name}"), "the path says it already"));
            }
            let command = spec.parse_command::<A>(body)?;
            let done =
                app.dispatcher.execute(&caller, key.id(), vec![command], request.options).await;
            match part {
                None => done,
                Some((name, value)) => match done {
                    Ok(done) => {
                        Ok(done.with_part_id(value.parse().map_err(|_| Problem::not_found())?))
                    }
                    Err(problem) if problem.has_code(&format!("no_such_{name}")) => {
                        Err(Problem::not_found())
                    }
                    Err(problem) => Err(problem),
                },
            }
        };
        #[expect(clippy::expect_used, reason = "a method that axum does not know fails every test")]
        let filter = MethodFilter::try_from(method.clone()).expect("a method");
        self.serve(A::right(kind), on(filter, handler), document)
    }

    /// `PATCH {path}/{id}` takes a JSON merge patch (RFC 7396) of the fields of `P`, and executes the
    /// resulting commands in one transaction. `P` must deny unknown fields. Null removes a field; it
    /// is refused where removing changes nothing.
    ///
    /// It always takes the right of `kind`, which must be the weakest that its commands take.
    pub(crate) fn patch<P>(
        mut self,
        kind: CommandKind<A>,
        commands: fn(P) -> Vec<A::Command>,
    ) -> Self
    where
        P: DeserializeOwned + ToSchema + Send + 'static,
    {
        self.acts.add("patch", kind);
        let document = describe::patch_operation(
            A::NAME,
            &self.item_path(),
            &K::parameters(),
            &TypeSchema::of::<P>(),
        );
        let handler = async move |State(app): State<App>,
                                  caller: Caller,
                                  Path(key): Path<K>,
                                  request: JsonRequest<_>| {
            let commands = merge_patch_commands::<A, P>(&request.body, commands)?;
            app.dispatcher.execute(&caller, key.id(), commands, request.options).await
        };
        self.serve(A::right(kind), patch(handler), document)
    }

    /// `DELETE {path}/{id}` executes this command; nothing is lost by it.
    pub(crate) fn delete(mut self, command: fn() -> A::Command) -> Self {
        self.acts.add_command("delete", command());
        let document = describe::delete_operation(A::NAME, &self.item_path(), &K::parameters());
        let handler = async move |State(app): State<App>,
                                  caller: Caller,
                                  Path(key): Path<K>,
                                  request: JsonRequest<Empty>| {
            app.dispatcher.execute(&caller, key.id(), vec![command()], request.options).await
        };
        self.serve(A::right_of(&command()), delete(handler), document)
    }

    /// `GET {path}`: the rows that the caller may see.
    pub(crate) fn list<T>(self) -> Self
    where
        T: DeserializeOwned + Serialize + ToSchema + Send + 'static,
    {
        let document =
            describe::list_operation(A::NAME, self.path, A::LISTING, &TypeSchema::of::<T>());
        let handler = async |State(app): State<App>, caller: Caller, parts: Parts| {
            let (query, _) = ReadQuery::read(&parts, Format::OF_LISTS, &|_| false)?;
            reads::visible_list::<A, T>(&app, &caller, query).await
        };
        self.serve(A::READ_RIGHT, get(handler), document)
    }

    /// An operation with a handler of its own that gives commands of this kind to an item.
    pub(crate) fn register_act(mut self, operation: &str, kind: CommandKind<A>) -> Self {
        self.acts.add(operation, kind);
        self
    }

    /// `GET {path}/{id}`.
    pub(crate) fn item<T>(self) -> Self
    where
        T: DeserializeOwned + Serialize + ToSchema + Send + 'static,
    {
        Self { item: Some(Box::new(|path, acts| Self::item_route::<T>(path, acts, None))), ..self }
    }

    /// As [`item`](Self::item), and as PDF as well.
    pub(crate) fn item_with_pdf<T>(self, pdf: MakePdf<T>) -> Self
    where
        T: DeserializeOwned + Serialize + ToSchema + Send + 'static,
    {
        let route = move |path: &str, acts| Self::item_route::<T>(path, acts, Some(pdf));
        Self { item: Some(Box::new(route)), ..self }
    }

    fn item_route<T>(
        path: &str,
        acts: ActRegistry<A>,
        make_pdf: Option<MakePdf<T>>,
    ) -> (MethodRouter<App>, OpenApi)
    where
        T: DeserializeOwned + Serialize + ToSchema + Send + 'static,
    {
        let document = describe::item_operation(
            A::NAME,
            path,
            K::parameters(),
            &TypeSchema::of::<T>(),
            make_pdf.is_some(),
        );
        let acts = Arc::new(acts);
        let offered = make_pdf.map_or(ONLY_JSON, |_| Format::OF_DOCUMENTS);
        let handler = async move |State(app): State<App>,
                                  caller: Caller,
                                  Path(key): Path<K>,
                                  parts: Parts| {
            let (id, (read, _)) = (key.id(), ReadQuery::read(&parts, offered, &|_| false)?);
            let item = reads::visible_item::<A, T>(&app, &caller, id, &read).await?;
            if let Some(make_pdf) = make_pdf.filter(|_| read.format == Format::Pdf) {
                let query = DocumentQuery::of(&app, &caller, &read).await?;
                return make_pdf(app, caller, item, query).await;
            }
            if read.as_of.is_some() {
                return item.conditional_response(&read);
            }
            let obstacles = acts.act_obstacles(&app, &caller, id, item.version()).await?;
            item.with_acts(obstacles).conditional_response(&read)
        };
        (get(handler), document)
    }

    /// `GET {path}/{id}/history`: what happened to it, as far as the caller may know.
    pub(crate) fn history(self) -> Self {
        let document =
            describe::history_operation(A::NAME, &(self.item_path() + "/history"), K::parameters());
        let handler =
            async |State(app): State<App>, caller: Caller, Path(key): Path<K>, query: ReadQuery| {
                history::list_events(&app, &caller, key.id(), &query).await
            };
        self.serve(A::HISTORY_RIGHT, get(handler), document).explained()
    }

    /// `GET {path}/{id}/explain?field=`: the events that gave a field its value.
    fn explained(self) -> Self {
        let document =
            describe::explain_operation(A::NAME, &(self.item_path() + "/explain"), K::parameters());
        let handler = async |State(app): State<App>,
                             caller: Caller,
                             Path(key): Path<K>,
                             Query(params): Query<explain::ExplainParams>,
                             headers: HeaderMap| {
            let min_position = min_position(&headers)?;
            explain::explain_field(&app, &caller, key.id(), params, min_position).await
        };
        self.serve(A::HISTORY_RIGHT, get(handler), document)
    }

    /// The routes of the table.
    pub(crate) fn routes(self) -> Routes {
        let path = self.item_path();
        let Self { item, acts, routes, .. } = self;
        let Some(item) = item else { return routes };
        let (handler, document) = item(&path, acts);
        routes.with_operation(A::READ_RIGHT, handler, document)
    }

    fn item_path(&self) -> String {
        format!("{}{}", self.path, K::PATH)
    }

    fn take_spec(&mut self, kind: CommandKind<A>) -> CommandSpec {
        let spec = json!(kind).as_str().and_then(|tag| self.specs.remove(tag));
        #[expect(clippy::expect_used, reason = "a command that is served twice fails every test")]
        spec.expect("a command that has no address yet")
    }

    fn serve(self, right: Right, methods: MethodRouter<App>, document: OpenApi) -> Self {
        Self { routes: self.routes.with_operation(right, methods, document), ..self }
    }
}

impl CommandSpec {
    /// Deserializes a body as this command.
    pub(crate) fn parse_command<A: Handler>(
        &self,
        mut body: Map<String, Value>,
    ) -> Result<A::Command, Problem> {
        if body.contains_key("type") {
            return Err(Problem::invalid("/type", "the path says it already"));
        }
        let unknown =
            |name: &String| self.fields.as_ref().is_some_and(|fields| !fields.contains(name));
        let strange: Vec<_> = body.keys().filter(|name| unknown(name)).cloned().collect();
        let strange = strange.into_iter().map(|name| {
            body.remove(&name);
            Fault::new(format!("/{name}"), "there is no such field")
                .with_keyword(Keyword::AdditionalProperties, None)
        });
        let mut faults: Vec<_> = strange.collect();
        body.insert("type".into(), self.name.clone().into());
        match error_location::deserialize(&Value::Object(body)) {
            Ok(command) if faults.is_empty() => return Ok(command),
            Ok(_) => {}
            Err(more) => faults.extend(more),
        }
        Err(Problem::invalid_fields(faults))
    }
}

/// The commands for a merge patch.
fn merge_patch_commands<A: Visible, P: DeserializeOwned>(
    body: &Value,
    commands: fn(P) -> Vec<A::Command>,
) -> Result<Vec<A::Command>, Problem> {
    let merged_commands = from_json(body).map(commands)?;
    let fields = body.as_object().into_iter().flatten();
    for (name, _) in fields.filter(|(_, value)| value.is_null()) {
        let mut without = body.clone();
        without.as_object_mut().and_then(|fields| fields.remove(name));
        if json!(from_json(&without).map(commands)?) == json!(merged_commands) {
            let fault = Fault::new(format!("/{name}"), "cannot be taken away");
            return Err(Problem::invalid_fields(vec![fault.with_keyword(Keyword::Required, None)]));
        }
    }
    Ok(merged_commands)
}
