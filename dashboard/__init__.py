"""The dashboard room: Dash pages over the published catalog."""
