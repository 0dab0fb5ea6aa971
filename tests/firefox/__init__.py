"""The patient's page in Firefox ESR: `make firefox`. Not part of the suite, as it wants another browser."""
