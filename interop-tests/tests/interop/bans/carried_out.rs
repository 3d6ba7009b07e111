//! carried_out
