//! Every verb of every gateway under every kind of rule.
