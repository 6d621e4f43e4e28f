"""Rules, conditions, actions and records as sentences in Chinese and English."""
