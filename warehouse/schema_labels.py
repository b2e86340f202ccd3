"""The labels of a post as columns: those that every post has, and those of a second look, are told in the same words."""

from __future__ import annotations

LABELS: tuple[tuple[str, str, str], ...] = (
    ("sentiment", "VARCHAR", "negative, neutral or positive"),
    ("sentiment_p", "FLOAT", "Probability of sentiment, 0 to 1"),
    ("emotion", "VARCHAR", "anger, fear, sadness, joy, love or neutral; NULL in languages that the model does not know"),
    ("emotion_p", "FLOAT", "Probability of emotion, 0 to 1"),
    ("intent", "VARCHAR", "question, complaint, request (for help), thanks, information, promotion or other"),
    ("intent_p", "FLOAT", "Probability of intent, 0 to 1"),
    ("firsthand_p", "FLOAT", "Probability that somebody tells at first hand of illness: their own, of family, of people they know"),
)
