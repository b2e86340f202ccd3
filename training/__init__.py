"""How the models in analytics/models are made and measured: `python -m training`, `python -m training.evaluate`."""
