"""Who makes access tokens: dashed GUIDs of our own, or what a site's API understands already. One issuer a file."""
