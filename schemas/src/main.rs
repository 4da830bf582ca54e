//! Writes the contracts into their files.

fn main() -> std::io::Result<()> {
    schemas::write()
}
