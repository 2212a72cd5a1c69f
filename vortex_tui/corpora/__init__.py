"""Files become a domain's examples: extracted, de-duplicated, split by cluster, written whole."""
