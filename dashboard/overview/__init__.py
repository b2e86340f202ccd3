"""The panels of the page Overview, one file each."""
