"""Every message that crosses a wire, its limits, its topic, and the settings files that people write.

Imports nothing else of ours; everything else may import it.
"""
