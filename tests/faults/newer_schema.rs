//! A database whose schema a newer version has changed: this one works beside it, and does not touch it (T-25).

use tests::world::World;

#[tokio::test]
async fn t_25_the_schema_of_a_newer_version_is_left_alone_and_what_runs_goes_on() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let newer =
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'newer', true, '\\x00', 0)";
    sqlx::query(newer).execute(&world.database().await).await.unwrap();

    // Whoever runs goes on, and commands find it.
    admin.get("/me").await.expect(reqwest::StatusCode::OK);
    world.cli(&["status"]);
    let refused = "made by a newer Servicebook (its schema has number 9999, which this one does not \
                   know): update this one";
    let migrated = world.try_cli(&["migrate"]);
    let errors = String::from_utf8_lossy(&migrated.stderr);
    assert!(!migrated.status.success() && errors.contains(refused), "{errors}");

    world.stop().await;
    world.spawn(&[]);
    assert!(!world.wait_for_exit().await.success());
    assert!(world.log().contains(refused), "{}", world.log());
}
