//! The reference for HTTP: plain endpoints with axum and one statement of sqlx, in a process of their own
//! (this program, started with `plain`).

use std::{net::SocketAddr, process::Stdio};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgPool, postgres::PgPoolOptions};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};
use uuid::Uuid;

#[derive(Debug, Deserialize)]
struct NewCustomer {
    name: String,
    walk_in: bool,
}

#[derive(Debug, Serialize, FromRow)]
struct Customer {
    id: Uuid,
    name: String,
    walk_in: bool,
}

/// Starts it on a database; it ends when the child is dropped.
pub(crate) async fn start(database_url: &str) -> (Child, SocketAddr) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["plain", database_url])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.next_line().await.unwrap().unwrap().parse().unwrap();
    (child, address)
}

/// Serves until it is killed; prints its address first.
pub(crate) async fn serve(database_url: &str) {
    let db = PgPoolOptions::new().max_connections(16).connect(database_url).await.unwrap();
    sqlx::raw_sql(
        "create table if not exists public.plain_customers
            (id uuid primary key, name text not null, walk_in bool not null)",
    )
    .execute(&db)
    .await
    .unwrap();
    let router = Router::new()
        .route("/customers", post(create))
        .route("/customers/{id}", get(find))
        .with_state(db);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    axum::serve(listener, router).await.unwrap();
}

async fn create(
    State(db): State<PgPool>,
    Json(new): Json<NewCustomer>,
) -> (StatusCode, Json<Customer>) {
    let NewCustomer { name, walk_in } = new;
    let customer = Customer { id: Uuid::now_v7(), name, walk_in };
    sqlx::query("insert into public.plain_customers values ($1, $2, $3)")
        .bind(customer.id)
        .bind(&customer.name)
        .bind(customer.walk_in)
        .execute(&db)
        .await
        .unwrap();
    (StatusCode::CREATED, Json(customer))
}

async fn find(State(db): State<PgPool>, Path(id): Path<Uuid>) -> Json<Customer> {
    let customer =
        sqlx::query_as("select id, name, walk_in from public.plain_customers where id = $1");
    Json(customer.bind(id).fetch_one(&db).await.unwrap())
}
