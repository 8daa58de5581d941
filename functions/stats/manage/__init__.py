"""The routes that change something: sites, keys, users and links."""
