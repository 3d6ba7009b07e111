//! Bans, made as an operator makes them: over the admin port.
mod carried_out;
mod evasion;
mod flapping;
mod kept;
