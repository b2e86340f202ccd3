"""The panels of the page Trends, one file each; `view` is what its controls ask for."""
