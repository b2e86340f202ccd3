"""The warehouse room: records, settings, schema, the only writer, and the published copy that everybody reads."""
