"""The editor's side: one process per window, which only asks and answers."""
