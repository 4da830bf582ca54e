//! Writes the contracts.

fn main() -> std::io::Result<()> {
    schemas::write()
}
