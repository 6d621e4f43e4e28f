"""The rulebook: drafts, four eyes, publishing, rollback, history, trials, undoing.

`RuleRecord` is the rule in force; `RuleVersion` every version it ever had. Publishing changes the
former through the door, so the journal alone tells which document was in force when.
"""
