"""The bundles at work: executed as Lambda would, against real servers that speak TLS."""
