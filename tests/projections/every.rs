use super::library::*;

#[tokio::test]
async fn every_read_model_can_be_built() {
    let library = Library::open().await;
    for projector in projections::all() {
        let built = library.projections().catch_up(projector).await;
        built.unwrap_or_else(|why| panic!("{}: {why}", projector.name));
        let rebuilt = library.projections().rebuild(projector, |_| ()).await;
        rebuilt.unwrap_or_else(|why| panic!("{}: {why}", projector.name));
    }
    library.database.stop().await;
}
