"""A city as data: packs, feeds, calendar, patterns, synthesis."""
