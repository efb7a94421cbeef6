"""Voice backends, one provider a file."""
