//! flapping
