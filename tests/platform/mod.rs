mod erasure;
mod parked;
mod sweep;
