"""SMS backends, one provider a file."""
