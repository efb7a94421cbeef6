"""The pages that people see. They work without JavaScript and keep secrets out of addresses."""
