"""The contract with plugins: markers, specs, payloads, effects, discovery, and the wall around a plugin."""
