//! The executable; all it does is in the library.
fn main() {}
