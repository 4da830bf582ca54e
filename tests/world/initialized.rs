//! What the first start of the program leaves behind.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::UNIX_EPOCH,
};

use super::World;
use crate::process::program_path;

/// A data folder as the first start leaves it. The first test that needs one makes it, and it is kept
/// beside the program until that is built anew: most of a first start makes a cluster and keys that are
/// alike every time.
pub(crate) async fn initialized_data() -> PathBuf {
    let program = std::fs::metadata(program_path()).unwrap();
    let built = program.modified().unwrap().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let folder = program_path().with_file_name("worlds");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    // Other tests wait here until it is made.
    lock.lock().unwrap();
    let data = folder.join(built.to_string());
    if !data.exists() {
        for older in std::fs::read_dir(&folder).unwrap() {
            let older = older.unwrap().path();
            if older.is_dir() {
                std::fs::remove_dir_all(older).unwrap();
            }
        }
        let mut world = World::with_environment(Vec::new());
        world.run(&[]).await;
        world.wait_until_settled().await;
        world.stop().await;
        // Copies with the same address and logins would connect to each other's bus.
        for file in ["address", "logins.json"] {
            std::fs::remove_file(world.data().join("nats").join(file)).unwrap();
        }
        let draft = folder.join("draft");
        copy_folder(&world.data(), &draft);
        std::fs::rename(draft, &data).unwrap();
    }
    data
}

/// Copies a folder with its content and owners.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().unwrap();
    assert!(copied.success(), "{} cannot be copied", from.display());
}
