//! Too much of what would be well in small numbers.
