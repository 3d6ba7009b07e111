//! The broker as its operator meets it: the process, its signals, its port, its gateways.

mod access;
mod clients;
mod echo;
mod failing;
mod operating;
mod process;
mod reloading;
mod stage;
mod tls;
mod wire;
