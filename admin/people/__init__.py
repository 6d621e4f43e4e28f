"""成员: people and teams, switching somebody off with what they have in hand, teams merged and split."""
