"""The ingest room: one file a source, each a generator of Post records."""
