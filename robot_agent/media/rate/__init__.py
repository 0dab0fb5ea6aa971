"""How fast to send: pure rules from what the far side reports. Time comes in as an argument, in monotonic seconds."""
