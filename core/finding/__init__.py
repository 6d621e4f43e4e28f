"""Finding records of every kind by a part of what they are called: an index over their texts, kept by the door."""
