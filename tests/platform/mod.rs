mod clocks;
mod demo;
mod erasure;
mod keys;
mod parked;
mod sweep;
