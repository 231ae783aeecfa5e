"""Generated from envrunner/v1/envrunner.proto by scripts/generate.py."""
