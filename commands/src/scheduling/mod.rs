//! Commands of appointments, resources and services.

mod appointment;
mod resource;
mod service;
