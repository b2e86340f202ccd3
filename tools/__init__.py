"""What maintainers run: documents, screenshots, reference data."""
