"""The company as a folder of YAML: written out, checked, and read back, nothing lost."""
