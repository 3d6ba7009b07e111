//! evasion
