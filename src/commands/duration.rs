//! Durations as people read them.

/// Formats a duration in one unit, rounded down.
pub fn duration(millis: u64) -> String {
    let minutes = millis.saturating_add(5_000) / 60_000;
    match minutes {
        0 => "less than a minute".to_owned(),
        1..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        2880.. => format!("{} days", minutes / 1440),
    }
}
