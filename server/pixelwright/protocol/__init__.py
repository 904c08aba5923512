"""The one contract: `messages` is generated from protocol/schema.json, `wire` reads and writes it."""
