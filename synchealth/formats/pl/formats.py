"""Polish dates as Poland writes them: 28.11.2026 in short, where Django has 28-11-2026."""

SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y, H:i"
