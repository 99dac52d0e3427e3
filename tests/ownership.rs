//! Whose entries are whose.
