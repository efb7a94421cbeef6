"""The OpenAPI document of the API, made of what the views declare, and its page. Needs the extra ``[openapi]``."""
