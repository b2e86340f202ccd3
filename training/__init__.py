"""How the models in analytics/models are made: `python -m training`; `kentongan evaluate text` measures them."""
