"""The protocols. Each module's docstring is its protocol; its functions follow that order."""
