"""The web service: pages and WebSocket on one side, MQTT to the robots on the other. Imports `protocol` only."""
